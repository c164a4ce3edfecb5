# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person in S3: objects below the person's prefix, all versions of them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import Person
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import SUBJECT, Objects
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

BATCH = 1000
KINDS = ("Versions", "DeleteMarkers")


def held(client: Any, place: Objects, subject: str) -> list[dict[str, Any]]:
    """The person's current objects as ``{key, bytes, sha256, content}``, content in base64
    (s3:ListBucket, s3:GetObject)."""
    found = []
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=_prefix(place, subject))
    for key in (entry["Key"] for page in pages for entry in page.get("Contents", [])):
        content = client.get_object(Bucket=place.bucket, Key=key)["Body"].read()
        found.append(
            {
                "key": key,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "content": base64.b64encode(content).decode(),
            }
        )
    return found


def erase(client: Any, place: Objects, subject: str) -> int:
    """Delete every version and every marker of a deletion; return how many there were
    (s3:ListBucketVersions, s3:DeleteObjectVersion).

    Raises ReconcileError naming how many could not be deleted, for an object lock or the lack of a right.
    """
    count = 0
    refused: list[str] = []
    for bucket in _buckets(client, place.bucket):
        doomed = list(_versions(client, bucket, _prefix(place, subject)))
        count += len(doomed)
        for begin in range(0, len(doomed), BATCH):
            answer = client.delete_objects(
                Bucket=bucket, Delete={"Objects": doomed[begin : begin + BATCH], "Quiet": True}
            )
            refused += [error["Code"] for error in answer.get("Errors", [])]
    if refused:
        raise ReconcileError(
            f"{place.place}: {len(refused)} versions were not deleted: {', '.join(sorted(set(refused)))}"
        )
    return count


def search(client: Any, place: Objects, person: Person) -> int:
    """Versions whose key names the person, anywhere below the part of the prefix that is everybody's."""
    pattern = re.compile(person.sure)
    below = place.prefix.split(SUBJECT)[0]
    return sum(
        bool(pattern.search(one["Key"]))
        for bucket in _buckets(client, place.bucket)
        for one in _versions(client, bucket, below)
    )


def _buckets(client: Any, bucket: str) -> list[str]:
    """A bucket and its replicas: S3 replicates no deletion of a version (s3:GetReplicationConfiguration)."""
    told = answered(client.get_bucket_replication, "ReplicationConfigurationNotFoundError", Bucket=bucket)
    rules = told["ReplicationConfiguration"]["Rules"] if told else []
    return list(dict.fromkeys([bucket, *(rule["Destination"]["Bucket"].rpartition(":")[2] for rule in rules)]))


def _prefix(place: Objects, subject: str) -> str:
    return place.prefix.replace(SUBJECT, subject)


def _versions(client: Any, bucket: str, prefix: str) -> Iterator[dict[str, str]]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for kind in KINDS:
            yield from ({"Key": one["Key"], "VersionId": one["VersionId"]} for one in page.get(kind, []))
