# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replication of a bucket to others: it needs both buckets and a role to be there, so it is a kind of its own."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PARAMETER = "ReplicationConfiguration"
NONE = ("NoSuchBucket", "ReplicationConfigurationNotFoundError")
EXISTING = "existing_objects_role"
"""Of S3 Batch Replication: a rule is for what is written from then on."""


class Replication(Resource):
    """GetBucketReplication; PutBucketReplication, s3control:CreateJob (S3ReplicateObject), DeleteBucketReplication.

    ``bucket`` is the name of the source. With ``existing_objects_role`` a new or changed configuration is followed by a
    job that copies what was there before; it is not waited for.
    """

    service = "s3"
    kind = "replication"
    option = "replications"
    key = "bucket"
    create_operation = "PutBucketReplication"
    references: ClassVar[dict[str, str]] = {
        "role": "iam_role",
        EXISTING: "iam_role",
        "rules.destination.encryption_configuration.replica_kms_key_id": "kms_key",
    }
    depends_on = ("bucket",)
    taggable = False

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = shapes.input_shape(self.client, "PutBucketReplication").members[PARAMETER]
        return shapes.errors_in(shape, item, {self.key, EXISTING})

    def normalise(self, desired: State) -> State:
        existing = desired.pop(EXISTING, None)
        # Not compared: a job is done and gone.
        return _with_sorted_rules({**desired, "_existing": existing})

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {key: state for key in keys or () if (state := self._state(key))}

    def owns(self, state: State) -> bool:
        return False  # it goes with its bucket

    def create(self, key: str, desired: State) -> None:
        shape = shapes.input_shape(self.client, "PutBucketReplication").members[PARAMETER]
        wanted = shapes.to_api(shape, {name: value for name, value in desired.items() if name in ("role", "rules")})
        self.client.put_bucket_replication(Bucket=key, ReplicationConfiguration=wanted)
        if desired["_existing"]:
            self._copy_existing(key, desired["_existing"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_bucket_replication(Bucket=key)

    def _copy_existing(self, bucket: str, role: str) -> None:
        chosen = {"EligibleForReplication": True, "ObjectReplicationStatuses": ["NONE", "FAILED"]}
        manifest = {"SourceBucket": f"arn:aws:s3:::{bucket}", "EnableManifestOutput": False, "Filter": chosen}
        self.context.client("s3control").create_job(
            AccountId=role.split(":")[4],
            Operation={"S3ReplicateObject": {}},
            ManifestGenerator={"S3JobManifestGenerator": manifest},
            Report={"Enabled": False},
            Description=f"what was in {bucket} before it was replicated",
            ConfirmationRequired=False,
            ClientRequestToken=str(uuid.uuid4()),
            Priority=10,
            RoleArn=role,
        )

    def _state(self, key: str) -> State | None:
        answer = answered(self.client.get_bucket_replication, *NONE, Bucket=key)
        if answer is None:
            return None
        found = answer[PARAMETER]
        state = self.snake("GetBucketReplication", (PARAMETER,), found)
        return _with_sorted_rules({**state, self.key: key})


def _with_sorted_rules(state: State) -> State:
    """By id: S3 doesn't promise to return them in the order they were given."""
    return {**state, "rules": sorted(state["rules"], key=lambda rule: str(rule.get("id")))}
