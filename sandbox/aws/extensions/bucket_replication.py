"""Replication of buckets, and what it does: an object appears in the other bucket with the call that wrote it.

moto keeps a part of the configuration and replicates nothing. A replica has the version id, the retention and the
metadata of its source and is encrypted by the key that the rule names. What a rule doesn't choose has no status; what
the role, the other bucket or its versioning doesn't allow has the status FAILED. Objects that were there before the
rule are replicated by a job of S3 Batch Operations, s3control.py.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
"""

from __future__ import annotations

import functools
from typing import Any

from moto.s3.models import FakeKey, S3Backend

from sandbox.aws.call import AwsError, Call
from sandbox.aws.documents import assumable
from sandbox.aws.extensions import operation

SERVICE = "s3.amazonaws.com"
MINUTES = 15
"""The one threshold of replication time control."""
NO_VERSIONS = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
@operation("s3", "PutBucketReplication")
def put(call: Call) -> dict[str, Any]:
    bucket = _bucket(call)
    wanted = call.params["ReplicationConfiguration"]
    if not bucket.is_versioned:
        raise AwsError("InvalidRequest", NO_VERSIONS, 400)
    for rule in wanted["Rules"]:
        _check(call, bucket, rule)
    bucket.replication = wanted
    return {}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
@operation("s3", "GetBucketReplication")
def get(call: Call) -> dict[str, Any]:
    found = getattr(_bucket(call), "replication", None)
    if not found:
        message = "The replication configuration was not found"
        raise AwsError("ReplicationConfigurationNotFoundError", message, 404)
    return {"ReplicationConfiguration": found}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html
@operation("s3", "DeleteBucketReplication")
def delete(call: Call) -> dict[str, Any]:
    _bucket(call).replication = None
    return {}


def _check(call: Call, source: Any, rule: dict[str, Any]) -> None:
    destination = rule["Destination"]
    target = call.backend().buckets.get(destination["Bucket"].rpartition(":")[2])
    encrypted = rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"
    timed = destination.get("ReplicationTime", {}).get("Status") == "Enabled"
    for broken, message in (
        (target is None, "Destination bucket must exist."),
        (target is not None and not target.is_versioned, "Destination bucket must have versioning enabled."),
        (
            source.object_lock_enabled and target is not None and not target.object_lock_enabled,
            "Object Lock must be enabled on the destination bucket.",
        ),
        (
            encrypted != bool(destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")),
            "SseKmsEncryptedObjects and ReplicaKmsKeyID go together.",
        ),
        (
            timed
            and (
                destination.get("Metrics", {}).get("Status") != "Enabled"
                or destination["ReplicationTime"]["Time"].get("Minutes") != MINUTES
            ),
            f"Replication time is {MINUTES} minutes, and needs metrics.",
        ),
        (
            "Filter" in rule and "Priority" not in rule,
            "Priority must be specified for this version",
        ),
        (
            "Filter" in rule and "DeleteMarkerReplication" not in rule,
            "DeleteMarkerReplication must be specified for this version",
        ),
    ):
        if broken:
            raise AwsError("InvalidRequest", message, 400)


def _bucket(call: Call) -> Any:
    name = call.params["Bucket"]
    found = call.backend().buckets.get(name)
    if found is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
    return found


def _rule(bucket: Any, key: str) -> dict[str, Any] | None:
    """The rule for a key: the enabled one with the highest priority."""
    rules = [one for one in (getattr(bucket, "replication", None) or {}).get("Rules", []) if one["Status"] == "Enabled"]
    fitting = [one for one in rules if key.startswith(one.get("Filter", {}).get("Prefix", one.get("Prefix", "")))]
    return max(fitting, key=lambda one: one.get("Priority", 0), default=None)


def _target(backend: Any, bucket: Any, rule: dict[str, Any]) -> Any:
    """The bucket to replicate to; None where the role or the bucket doesn't allow it."""
    from moto.backends import get_backend

    roles = get_backend("iam")[backend.account_id]["aws"].roles.values()
    trusted = assumable(roles, bucket.replication["Role"], SERVICE)
    target = backend.buckets.get(rule["Destination"]["Bucket"].rpartition(":")[2])
    return target if trusted and target is not None and target.is_versioned else None


def _replicate(backend: Any, key: Any) -> None:
    bucket = backend.buckets[key.bucket_name]
    rule = _rule(bucket, key.name)
    criteria = (rule or {}).get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {})
    if rule is None or (key.encryption == "aws:kms" and criteria.get("Status") != "Enabled"):
        return
    target = _target(backend, bucket, rule)
    if target is None:
        key.replication_status = "FAILED"
        return
    encryption = rule["Destination"].get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
    replica = _put(
        backend,
        target.name,
        key.name,
        key.value,
        storage=rule["Destination"].get("StorageClass"),
        etag=key.etag.strip('"'),
        **({"encryption": "aws:kms", "kms_key_id": encryption} if encryption else {}),
        lock_mode=key.lock_mode,
        lock_until=key.lock_until,
        disable_notification=True,
    )
    # moto adds the metadata to the source's own only after it was put.
    replica._version_id, replica._metadata = key._version_id, key._metadata
    key.replication_status, replica.replication_status = "COMPLETED", "REPLICA"


def replicate_existing(backend: Any, bucket: Any, statuses: list[str]) -> int:
    """Replicate the versions whose status is among these (all, when there are none); return how many."""
    copied = 0
    for name in list(bucket.keys):
        versions = [one for one in bucket.keys.getlist(name) if isinstance(one, FakeKey)]
        for version in versions:
            if not statuses or (getattr(version, "replication_status", None) or "NONE") in statuses:
                _replicate(backend, version)
                copied += getattr(version, "replication_status", None) == "COMPLETED"
        rule = _rule(bucket, name)
        target = _target(backend, bucket, rule) if rule else None
        if target is not None and name in target.keys:
            order = {one.version_id: place for place, one in enumerate(versions)}
            replicas = target.keys.getlist(name)
            replicas.sort(key=lambda one: order.get(getattr(one, "version_id", None), len(order)))
    return copied


_put, _mark, _headers = S3Backend.put_object, S3Backend._set_delete_marker, FakeKey.response_dict.fget


@functools.wraps(_put)
def put_object(self: Any, *args: Any, **kwargs: Any) -> Any:
    key = _put(self, *args, **kwargs)
    _replicate(self, key)
    return key


@functools.wraps(_mark)
def set_delete_marker(self: Any, bucket_name: str, key_name: str) -> Any:
    """A deletion that names no version hides the object in both buckets, where the rule says so."""
    marker = _mark(self, bucket_name, key_name)
    bucket = self.buckets[bucket_name]
    rule = _rule(bucket, key_name)
    if rule and rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled":
        target = _target(self, bucket, rule)
        if target is not None and key_name in target.keys:
            _mark(self, target.name, key_name)
    return marker


def response_dict(self: Any) -> dict[str, Any]:
    status = getattr(self, "replication_status", None)
    return {**_headers(self), **({"x-amz-replication-status": status} if status else {})}


S3Backend.put_object = put_object
S3Backend._set_delete_marker = set_delete_marker
FakeKey.response_dict = property(response_dict)
