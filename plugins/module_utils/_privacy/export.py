# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answer to a person who asks what is held: one JSON document, complete or not made at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import person
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

SCHEMA = 1
ENCRYPTIONS = ("aws:kms", "aws:kms:dsse")


@dataclass(frozen=True)
class Export:
    """
    :param counts: what was found, by place.
    """

    body: bytes
    sha256: str
    counts: Mapping[str, int]


def make(stores: Stores, subject: str, request: str, now: datetime) -> Export:
    """Read every place of the inventory. Raises ReconcileError unless all of them were read, each once."""
    found = list(person.held(stores, subject))
    read, wanted = sorted(one.place for one in found), sorted(stores.places.names)
    if read != wanted:
        differing = ", ".join(sorted(set(read) ^ set(wanted)) or ["one was read twice"])
        raise ReconcileError(f"the export is not complete, so there is none: {differing}")
    document = {
        "schema": SCHEMA,
        "request": request,
        "subject": subject,
        "made_at": now.isoformat(),
        "places": [{"place": one.place, "kind": one.kind, "purpose": one.purpose, "items": one.items} for one in found],
        "coverage": {"inventory": len(wanted), "read": len(read)},
    }
    body = canonical(document)
    return Export(body, sha256(body), {one.place: len(one.items) for one in found})


def upload(client: Any, made: Export, bucket: str, key: str, kms_key: str | None) -> None:
    """Put it where only its receiver's key opens it (s3:PutObject, kms:GenerateDataKey).

    Raises ReconcileError, the object deleted again, where the bucket did not encrypt it with a key of AWS KMS.
    """
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    answer = client.put_object(
        Bucket=bucket, Key=key, Body=made.body, ContentType="application/json", ChecksumAlgorithm="SHA256", **encrypted
    )
    if answer.get("ServerSideEncryption") not in ENCRYPTIONS:
        client.delete_object(
            Bucket=bucket, Key=key, **({"VersionId": answer["VersionId"]} if "VersionId" in answer else {})
        )
        raise ReconcileError(f"bucket {bucket} does not encrypt with a key of AWS KMS: declare one, or give kms_key")
