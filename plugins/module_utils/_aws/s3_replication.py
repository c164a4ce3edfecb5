# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replication of a bucket to others: it needs both buckets and a role to be there, so it is a kind of its own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PARAMETER = "ReplicationConfiguration"
NONE = ("NoSuchBucket", "ReplicationConfigurationNotFoundError")


class Replication(Resource):
    """GetBucketReplication; PutBucketReplication, DeleteBucketReplication. ``bucket`` is the name of the source."""

    service = "s3"
    kind = "replication"
    option = "replications"
    key = "bucket"
    create_operation = "PutBucketReplication"
    references: ClassVar[dict[str, str]] = {
        "role": "iam_role",
        "rules.destination.encryption_configuration.replica_kms_key_id": "kms_key",
    }
    depends_on = ("bucket",)
    taggable = False

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = shapes.input_shape(self.client, "PutBucketReplication").members[PARAMETER]
        return shapes.errors_in(shape, item, {self.key})

    def normalise(self, desired: State) -> State:
        return _with_sorted_rules(desired)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {key: state for key in keys or () if (state := self._state(key))}

    def owns(self, state: State) -> bool:
        return False  # it goes with its bucket

    def create(self, key: str, desired: State) -> None:
        shape = shapes.input_shape(self.client, "PutBucketReplication").members[PARAMETER]
        wanted = shapes.to_api(shape, {name: value for name, value in desired.items() if name != self.key})
        self.client.put_bucket_replication(Bucket=key, ReplicationConfiguration=wanted)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_bucket_replication(Bucket=key)

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
