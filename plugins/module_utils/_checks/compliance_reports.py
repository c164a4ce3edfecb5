# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check 2.2.2.3: reports to authorities are built from the records, valid, and registered before they are due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._compliance_facts import (
    in_japan,
    registered,
    rehearsed,
    session,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._compliance_reports import described
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import register, render
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256


@check("2.2.2.3")
def reports_are_made(world: World, required: dict[str, Any]) -> Finding:
    evaluation = world.once(registered).evaluation
    with session(world) as registry:
        found = register.entries(registry)
    if evaluation is None:
        return Finding({"reports": len(found)}, (Breach("compliance.no_evaluation", {}),))
    if not found:
        return Finding({"reports": 0}, (Breach("compliance_reports.none", {}),))
    made = world.once(described)
    today = evaluation["as_of"] if rehearsed(world) else in_japan(world.now)
    breaches = [
        Breach("compliance_reports.kind_missing", {"kind": each}) for each in required["kinds"] if each not in made
    ]
    soon = today + timedelta(days=required["built_days_ahead"])
    for entry in found.values():
        if entry.state == "void":
            continue
        if entry.state in register.OPEN or entry.due_on >= today - timedelta(days=required["files_days_behind"]):
            breaches += _stored(world, entry)
        # What is kept at the workplace is done when it is built.
        if entry.sha256 is not None and not made.get(entry.kind, True) and today > entry.due_on:
            continue
        breaches += _late(entry, today)
        if entry.state in register.OPEN and entry.kind in made:
            breaches += _unmade(entry, soon, evaluation["as_of"].isoformat())
    observed = {
        "evaluation": evaluation["id"],
        "snapshot": evaluation["snapshot_id"],
        "states": dict(Counter(entry.state for entry in found.values())),
        "kinds": dict(Counter(entry.kind for entry in found.values() if entry.state != "void")),
        "buildable": sorted(made),
        "objects": sum(len(entry.objects) for entry in found.values()),
    }
    return Finding(observed, tuple(breaches))


def _late(entry: Entry, today: date) -> Iterator[Breach]:
    """An open report past its day, whatever state was written."""
    if entry.filed_on is None and today > entry.due_on:
        yield Breach("compliance_reports.overdue", {"report": entry.id, "due_on": entry.due_on})


def _unmade(entry: Entry, soon: date, judged: str) -> Iterator[Breach]:
    """What is due soon and not built, and what was not made again since the day of which records were judged last."""
    problems = entry.artefacts.get("problems", [])
    if entry.due_on <= soon and (problems or entry.sha256 is None):
        params = {"report": entry.id, "due_on": entry.due_on, "problems": len(problems)}
        yield Breach("compliance_reports.not_built", params)
    if entry.sha256 is not None and entry.artefacts.get("as_of", "") < judged:
        yield Breach("compliance_reports.old_records", {"report": entry.id})


def _stored(world: World, entry: Entry) -> Iterator[Breach]:
    """Files that are not in the bucket as the register says (s3:GetObject)."""
    client = world.client("s3")
    bucket = f"{world.platform.prefix}-evidence-{world.platform.account_id}"
    wanted = {form: dict(each) for form, each in entry.objects.items()}
    if entry.sha256 is not None and wanted.get(render.DOCUMENT, {}).get("sha256") != entry.sha256:
        yield Breach("compliance_reports.object_differs", {"report": entry.id, "key": render.DOCUMENT})
    for each in wanted.values():
        try:
            answer = client.get_object(Bucket=bucket, Key=each["key"], VersionId=each["version_id"])
            content = answer["Body"].read()
        except (client.exceptions.NoSuchKey, client.exceptions.ClientError) as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "NoSuchVersion", "404"):
                raise
            content = b""
        if sha256(content) != each["sha256"]:
            yield Breach("compliance_reports.object_differs", {"report": entry.id, "key": each["key"]})
