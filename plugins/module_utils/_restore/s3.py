# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: the replica of each replicated bucket, compared object by object; a part of it is copied back into a bucket of
its own and read to the last byte.

What is compared of every object is its version, which a replica shares with its original, and its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS, from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, check_own
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point, Unit

STORE = "s3"
KIND = "bucket"
ABSENT = ("NoSuchBucket", "NoSuchTagSet", "ReplicationConfigurationNotFoundError")
GONE = ("NoSuchVersion", "NoSuchKey", "404")
ON_ITS_WAY = ("PENDING", "COMPLETED")
CHUNK = 2**20


@dataclass(frozen=True)
class Version:
    """The current one of an object."""

    key: str
    id: str
    size: int
    time: datetime


class S3:
    """See proof.Store."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._here = context.client("s3")
        self._there = context.client("s3", context.site.recovery_region)

    def points(self) -> list[Point]:
        """s3:ListBuckets, GetBucketTagging, GetBucketReplication."""
        names = [bucket["Name"] for bucket in self._here.list_buckets()["Buckets"]]
        owned = [name for name in names if self._context.site.owns(_tags(self._here, name))]
        replicas = {name: _replica(self._here, name) for name in owned}
        return [self._point(name, replica) for name, replica in replicas.items() if replica]

    def prepare(self, point: Point) -> Point:
        return point

    def restore(self, point: Point, copies: Copies) -> Copy:
        """s3:CreateBucket, CopyObject. A new bucket lets nobody in from outside the account."""
        name = copies.name
        copies.making(KIND)
        place = {"LocationConstraint": self._context.site.region}
        self._here.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        self._here.put_bucket_tagging(Bucket=name, Tagging={"TagSet": TAG_APIS["rds"].form(copies.tags)})
        copied = list(islice(_current(self._there, point.id), self._context.site.limits.objects))
        for version in copied:
            origin = {"Bucket": point.id, "Key": version.key, "VersionId": version.id}
            self._here.copy_object(Bucket=name, Key=version.key, CopySource=origin)
        return Copy(self._context, point, name, copied, self._here, self._there)

    def _point(self, bucket: str, replica: str) -> Point:
        """A replica is as new as the oldest version that it lacks."""
        now = self._context.clock.now()
        pairs = _paired(_current(self._here, bucket), _current(self._there, replica))
        waiting = (ours.time for ours, theirs in pairs if ours and (theirs is None or theirs.id != ours.id))
        return Point(STORE, "replica", bucket, replica, "replica", min(waiting, default=now))


@dataclass(frozen=True)
class Copy:
    """See proof.Restored.

    :param name: of the bucket, into which ``copied`` versions of the replica were copied back.
    :param here: and ``there``: clients of the home region and of the replica's.
    """

    context: Context
    point: Point
    name: str
    copied: Sequence[Version]
    here: Any
    there: Any

    def compare(self) -> Comparison:
        unit = Unit(self.point.source, 0, 0)
        late = self.context.clock.now() - timedelta(hours=self.context.site.limits.age_hours[STORE])
        pairs = _paired(_current(self.here, self.point.source), _current(self.there, self.point.id))
        for ours, theirs in pairs:
            unit.source += ours is not None
            unit.copy += theirs is not None
            if ours and theirs and (ours.id, ours.size) == (theirs.id, theirs.size):
                unit.compared += 1
            elif ours and (ours.time < late or (theirs and theirs.id == ours.id) or not self._on_its_way(ours)):
                unit.differences += 1
            else:
                unit.moved += 1
        damaged = [version.key for version in self.copied if not self._whole(version)]
        unit.differences += len(damaged)
        found = Comparison([unit])
        if unit.copy > len(self.copied):
            found.unproven.append("restore.unproven_objects")
        name = self.point.source
        breach = Breach("restore.rows_differ", {"table": name, "rows": unit.differences})
        found.judge("restore.proven_objects", [breach] if unit.differences else [])
        return found

    def _on_its_way(self, version: Version) -> bool:
        """Whether S3 is still to copy it: what it failed to copy, or what is older than the rule, never comes."""
        told = answered(self.here.head_object, *GONE, Bucket=self.point.source, Key=version.key, VersionId=version.id)
        return told is None or told.get("ReplicationStatus") in ON_ITS_WAY

    def _whole(self, version: Version) -> bool:
        """Whether what was copied back has the bytes of that version at the source; a version that is gone there is not
        judged."""
        original = answered(
            self.here.get_object, *GONE, Bucket=self.point.source, Key=version.key, VersionId=version.id
        )
        return original is None or _digest(original) == _digest(self.here.get_object(Bucket=self.name, Key=version.key))


def destroy(context: Context, identifier: str, what: Mapping[str, Any]) -> None:
    """See copies.Destroy (s3:DeleteObject, DeleteBucket)."""
    client, name = context.client("s3"), what["name"]
    if name not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        return
    check_own(f"bucket {name}", _tags(client, name), identifier)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for entry in page.get("Contents", []):
            client.delete_object(Bucket=name, Key=entry["Key"])
    client.delete_bucket(Bucket=name)


def _current(client: Any, bucket: str) -> Iterator[Version]:
    """In the order of their keys (s3:ListObjectVersions)."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in page.get("Versions", []):
            if each["IsLatest"]:
                yield Version(each["Key"], each["VersionId"], each["Size"], each["LastModified"])


def _paired(left: Iterator[Version], right: Iterator[Version]) -> Iterator[tuple[Version | None, Version | None]]:
    """Versions of the same key side by side."""
    ours, theirs = next(left, None), next(right, None)
    while ours or theirs:
        if ours and theirs and ours.key == theirs.key:
            yield ours, theirs
            ours, theirs = next(left, None), next(right, None)
        elif theirs is None or (ours and ours.key.encode() < theirs.key.encode()):
            yield ours, None
            ours = next(left, None)
        else:
            yield None, theirs
            theirs = next(right, None)


def _tags(client: Any, bucket: str) -> dict[str, str]:
    found = answered(client.get_bucket_tagging, *ABSENT, Bucket=bucket)
    return from_list(found["TagSet"]) if found else {}


def _replica(client: Any, bucket: str) -> str | None:
    """The bucket that everything in a bucket is replicated to."""
    found = answered(client.get_bucket_replication, *ABSENT, Bucket=bucket)
    rules = found["ReplicationConfiguration"]["Rules"] if found else []
    enabled = [rule["Destination"]["Bucket"] for rule in rules if rule["Status"] == "Enabled"]
    return str(enabled[0]).rpartition(":")[2] if enabled else None


def _digest(answer: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for chunk in answer["Body"].iter_chunks(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
