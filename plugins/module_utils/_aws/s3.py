# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon S3: buckets with all their settings."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3_aspects import ASPECTS, Aspect
from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3_replication import Replication
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered, error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DEFAULT_REGION = "us-east-1"
"""The one region whose buckets have no location constraint."""
LOCK = "object_lock_configuration"
LOGGING = "bucket_logging_status"
TARGET_WAIT = {"Delay": 1, "MaxAttempts": 30}
KMS_KEY = "server_side_encryption_configuration.rules.apply_server_side_encryption_by_default.kms_master_key_id"
SETTINGS = frozenset({"policy", *(aspect.field for aspect in ASPECTS)})
DECLARABLE = SETTINGS | {"bucket", "create_bucket_configuration", "tags"}


class Bucket(Resource):
    """ListBuckets, GetBucketLocation, GetBucketPolicy, GetBucketTagging and the reads of ``ASPECTS`` per bucket (the
    API has no bulk read for them); CreateBucket, PutBucketPolicy, PutBucketTagging, the writes of ``ASPECTS``,
    ListObjectVersions and DeleteObjects (only when unprotected), DeleteBucket.

    ``policy`` is a document in the API's own form. A bucket that declares an object lock is created with it.
    """

    service = "s3"
    kind = "bucket"
    option = "buckets"
    key = "bucket"
    create_operation = "CreateBucket"
    extra = SETTINGS
    immutable = frozenset({"create_bucket_configuration"})
    policies = frozenset({"policy"})
    references: ClassVar[dict[str, str]] = {KMS_KEY: "kms_key"}
    protected = True

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        # What is only a parameter of creation could not be compared later; there is a setting for each of them.
        errors += [f"{name} cannot be declared" for name in item if name not in DECLARABLE]
        for aspect in ASPECTS:
            if aspect.field in item:
                shape = shapes.input_shape(self.client, aspect.put).members[aspect.parameter]
                errors += [f"{aspect.field}: {error}" for error in shapes.errors_in(shape, item[aspect.field])]
        if "policy" in item and not isinstance(item["policy"], dict):
            errors.append("policy must be a policy document")
        return errors

    def normalise(self, desired: State) -> State:
        desired.setdefault("create_bucket_configuration", {"location_constraint": self.context.region})
        return _with_sorted_rules(desired)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        owned = [bucket["Name"] for bucket in self.context.pages("s3", "list_buckets", "Buckets")]
        names = [name for name in owned if keys is None or name in keys]
        states: dict[str, State] = {name: {"bucket": name} for name in names}
        reads = [(name, read) for name in names for read in (self._location, self._policy, self._tags)]
        for name, found in self.context.each(lambda pair: (pair[0], pair[1](pair[0])), reads):
            states[name] |= found
        aspects = [(name, aspect) for name in names for aspect in ASPECTS]
        for name, found in self.context.each(lambda pair: (pair[0], self._aspect(*pair)), aspects):
            states[name] |= found
        return {name: _with_sorted_rules(state) for name, state in states.items()}

    def create(self, key: str, desired: State) -> None:
        parameters = self.parameters(desired, "CreateBucket")
        if self.context.region == DEFAULT_REGION:
            del parameters["CreateBucketConfiguration"]
        if LOCK in desired:
            parameters["ObjectLockEnabledForBucket"] = True
        self.client.create_bucket(**parameters)
        self._put(key, desired, tuple(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        kept = {} if self.context.purge_tags else current["tags"]
        self._put(key, {**desired, "tags": {**kept, **desired["tags"]}}, fields)

    def unprotect(self, key: str, current: State) -> None:
        """Delete every version of every object. What a lock in compliance mode still holds, S3 refuses to delete."""
        bypass = {"BypassGovernanceRetention": True} if LOCK in current else {}
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=key):
            doomed = [
                {"Key": one["Key"], "VersionId": one["VersionId"]}
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            ]
            if not doomed:
                continue
            answer = self.client.delete_objects(Bucket=key, Delete={"Objects": doomed, "Quiet": True}, **bypass)
            if refused := answer.get("Errors"):
                first = refused[0]
                raise ReconcileError(f"{len(refused)} objects stay, the first {first['Key']}: {first['Message']}")

    def delete(self, key: str, current: State) -> None:
        self.client.delete_bucket(Bucket=key)

    def transient(self, error: Exception) -> bool:
        # Between emptying and deleting, the access logs of another bucket may have arrived: empty it again.
        return error_code(error) == "BucketNotEmpty" or super().transient(error)

    def _put(self, name: str, desired: State, fields: Collection[str]) -> None:
        for aspect in ASPECTS:
            if aspect.field in fields:
                if aspect.field == LOGGING:
                    self._await_target(desired[LOGGING])
                shape = shapes.input_shape(self.client, aspect.put).members[aspect.parameter]
                value = shapes.to_api(shape, desired[aspect.field])
                getattr(self.client, shapes.xform_name(aspect.put))(Bucket=name, **{aspect.parameter: value})
        if "policy" in fields:
            self.client.put_bucket_policy(Bucket=name, Policy=json.dumps(desired["policy"]))
        if "tags" in fields:
            tags = [{"Key": tag, "Value": value} for tag, value in desired["tags"].items()]
            self.client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})

    def _await_target(self, logging: dict[str, Any]) -> None:
        """The bucket that takes the access logs may be one that is being created beside this one (HeadBucket)."""
        if target := logging.get("logging_enabled", {}).get("target_bucket"):
            self.client.get_waiter("bucket_exists").wait(Bucket=target, WaiterConfig=TARGET_WAIT)

    def _location(self, name: str) -> State:
        region = self.client.get_bucket_location(Bucket=name).get("LocationConstraint") or DEFAULT_REGION
        return {"create_bucket_configuration": {"location_constraint": region}}

    def _policy(self, name: str) -> State:
        answer = answered(self.client.get_bucket_policy, "NoSuchBucketPolicy", Bucket=name)
        return {} if answer is None else {"policy": json.loads(answer["Policy"])}

    def _tags(self, name: str) -> State:
        answer = answered(self.client.get_bucket_tagging, "NoSuchTagSet", Bucket=name)
        return {"tags": from_list(answer["TagSet"]) if answer else {}}

    def _aspect(self, name: str, aspect: Aspect) -> State:
        absent = () if aspect.absent is None else (aspect.absent,)
        answer = answered(getattr(self.client, shapes.xform_name(aspect.get)), *absent, Bucket=name)
        if answer is None:
            return {}
        value = answer if aspect.member is None else answer[aspect.member]
        return {aspect.field: self.snake(aspect.get, (aspect.member,) if aspect.member else (), value)}


def _with_sorted_rules(state: State) -> State:
    """Lifecycle rules by id: S3 doesn't promise to return them in the order they were given."""
    lifecycle = state.get("lifecycle_configuration")
    if not lifecycle:
        return state
    rules = sorted(lifecycle.get("rules", ()), key=lambda rule: str(rule.get("id")))
    return {**state, "lifecycle_configuration": {**lifecycle, "rules": rules}}


ADAPTERS = (Bucket, Replication)
