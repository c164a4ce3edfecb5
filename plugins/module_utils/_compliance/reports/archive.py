# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of reports in the bucket: below the document's hash, so that what was there once stays what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import render
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256

PREFIX = "compliance/reports"
Problems = list[dict[str, Any]]


def examined(entry: Entry, built: Built, snapshot: str, as_of: date, problems: Problems) -> Entry:
    """The entry with what the report is now; one that may not be filed has no files.

    :param snapshot: id of the records it was made of, ``as_of`` the day they are judged on.
    :param problems: ``{id, params}`` of what is wrong with it.
    """
    kept = ("told",) if problems else ("told", "objects")
    artefacts = {name: entry.artefacts[name] for name in kept if name in entry.artefacts}
    artefacts |= {"snapshot": snapshot, "as_of": as_of.isoformat(), "problems": problems}
    form = built.form.number["en"]
    if problems:
        return replace(entry, artefacts=artefacts, sha256=None, built_at=None, form_version=form)
    return replace(entry, artefacts=artefacts, sha256=built.sha256, form_version=form)


def is_stored(entry: Entry, built: Built) -> bool:
    """Whether the files of the report as it is now are in the bucket, as far as the register knows."""
    wanted = {render.DOCUMENT, *built.form.formats}
    return set(entry.objects) == wanted and entry.objects[render.DOCUMENT]["sha256"] == built.sha256


def store(client: Any, bucket: str, entry: Entry, built: Built, now: datetime) -> Entry:
    """Make the files and upload them (s3:PutObject); return the entry that names them.

    Raises PackError when a font is missing, KeyError when the bucket keeps no versions, ClientError.
    """
    objects: dict[str, Mapping[str, str]] = {}
    for form, content in render.render(built).items():
        key = f"{PREFIX}/{entry.kind}/{entry.period_end}/{entry.id}/{built.sha256[:12]}.{form}"
        answer = client.put_object(
            Bucket=bucket, Key=key, Body=content, ContentType=render.MIME[form], ChecksumAlgorithm="SHA256"
        )
        objects[form] = {"key": key, "version_id": answer["VersionId"], "sha256": sha256(content)}
    return replace(entry, artefacts={**entry.artefacts, "objects": objects}, built_at=now)
