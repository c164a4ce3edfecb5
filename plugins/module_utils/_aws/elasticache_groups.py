# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replication groups of Amazon ElastiCache."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.compare import (
    same_key,
    same_version,
    unless_unknown,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache_state import described, logs_change
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

WINDOWS = ("snapshot_window", "preferred_maintenance_window")
COMPANIONS = {"automatic_failover_enabled": "multi_az_enabled", "multi_az_enabled": "automatic_failover_enabled"}
# Told by endpoints, shards and members, of which a group in creation may have none.
UNTOLD = (
    "cache_parameter_group_name",
    "cache_subnet_group_name",
    "engine",
    "num_node_groups",
    "port",
    "preferred_maintenance_window",
    "replicas_per_node_group",
)
COUNT, SCALING = "replicas_per_node_group", "application-autoscaling"
REPLICAS = {"ServiceNamespace": "elasticache", "ScalableDimension": "elasticache:replication-group:Replicas"}
BUSY = frozenset({"InvalidReplicationGroupState", "InvalidCacheClusterState", "InvalidUserGroupState"})


class ReplicationGroup(Resource):
    """DescribeReplicationGroups and DescribeCacheClusters (all pages: much of a group is only told by its members) and
    ListTagsForResource of each, DescribeScalableTargets of Application Auto Scaling; CreateReplicationGroup,
    ModifyReplicationGroup, IncreaseReplicaCount, DecreaseReplicaCount, DeleteReplicationGroup.

    Changes that wait for the maintenance window count as made; the state shows them under
    ``pending_modified_values``. Replicas that are scaled automatically count as declared within the bounds of their
    target.
    """

    service = "elasticache"
    kind = "replication_group"
    option = "replication_groups"
    key = "replication_group_id"
    create_operation = "CreateReplicationGroup"
    extra = frozenset({"apply_immediately"})
    depends_on = ("cache_subnet_group", "cache_parameter_group", "user_group")
    immutable = frozenset(
        {
            "at_rest_encryption_enabled",
            "cache_subnet_group_name",
            "cluster_mode",
            "data_tiering_enabled",
            "engine",
            "kms_key_id",
            "num_node_groups",
            "port",
        }
    )
    unordered = frozenset({"log_delivery_configurations", "security_group_ids", "user_group_ids"})
    references: ClassVar = {
        "kms_key_id": "kms_key",
        "notification_topic_arn": "sns_topic",
        "security_group_ids": "security_group",
    }
    protected = True
    timeout = 3600

    @property
    def equal(self) -> dict[str, Equal]:
        return {
            **super().equal,
            **dict.fromkeys(UNTOLD, unless_unknown()),
            "engine_version": unless_unknown(same_version),
            "kms_key_id": same_key,
        }

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate({name: value for name, value in item.items() if name != "auth_token"})
        if "auth_token" in item:
            errors.append("auth_token is not taken, so that no password is ever in a variable: use user_group_ids")
        if "num_cache_clusters" in item:
            errors.append("declare num_node_groups and replicas_per_node_group instead of num_cache_clusters")
        name = str(item.get(self.key, ""))
        if name != name.lower():
            errors.append(f"{self.key} {name} must be in lower case, as ElastiCache stores it")
        return errors

    def normalise(self, desired: State) -> State:
        at_once = desired.pop("apply_immediately", False)
        windows = {name: desired[name].lower() for name in WINDOWS if name in desired}
        return {**desired, **windows, "_apply_immediately": at_once}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        groups = self.context.pages("elasticache", "describe_replication_groups", "ReplicationGroups")
        found = [group for group in groups if keys is None or group["ReplicationGroupId"] in keys]
        if not found:
            return {}
        members: dict[str, list[State]] = {}
        for cluster in self.context.pages("elasticache", "describe_cache_clusters", "CacheClusters"):
            member = self.snake("DescribeCacheClusters", ("CacheClusters",), cluster)
            members.setdefault(str(member.get("replication_group_id")), []).append(member)
        states = dict(self.context.each(lambda group: self._state(group, members), found))
        for target in self.context.pages(SCALING, "describe_scalable_targets", "ScalableTargets", **REPLICAS):
            state = states.get(target["ResourceId"].partition("/")[2], {})
            count = state.get(COUNT)
            if count is not None and target["MinCapacity"] <= count <= target["MaxCapacity"]:
                state[COUNT] = None
        return states

    def create(self, key: str, desired: State) -> None:
        self.client.create_replication_group(
            **self.parameters(desired, "CreateReplicationGroup"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        """Every change makes the group busy, and a busy group takes no other."""
        if "tags" in fields:
            self._settle(key)
            self.retag(current["arn"], {"tags": {}, **current}, desired)
        more = fewer = False
        if "replicas_per_node_group" in fields:
            more = desired["replicas_per_node_group"] > current["replicas_per_node_group"]
            fewer = not more
        changes = self._modifications(desired, current, fields)
        # Replicas come before failover is turned on, which needs them, and go after it was turned off.
        if more:
            self._settle(key)
            self.client.increase_replica_count(**self._replicas(key, desired))
        if changes:
            self._settle(key)
            self.client.modify_replication_group(
                ReplicationGroupId=key, ApplyImmediately=desired["_apply_immediately"], **changes
            )
        if fewer:
            self._settle(key)
            self.client.decrease_replica_count(**self._replicas(key, desired))

    def delete(self, key: str, current: State) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        self.client.delete_replication_group(
            ReplicationGroupId=key, RetainPrimaryCluster=False, FinalSnapshotIdentifier=f"{key}-final-{stamp}"
        )

    def ready(self, state: State) -> bool:
        if state["status"] == "create-failed":
            raise TerminalState("could not be created (create-failed)")
        for log in state["log_delivery_configurations"]:
            if log.get("status") == "error":
                raise TerminalState(
                    f"log {log['log_type']} cannot be delivered: {log.get('message', 'no reason given')}"
                )
        return bool(state["status"] == "available")

    def transient(self, error: Exception) -> bool:
        return error_code(error) in BUSY or super().transient(error)

    def _settle(self, key: str) -> None:
        waiter = self.client.get_waiter("replication_group_available")
        attempts = int(self.timeout / self.poll_seconds)
        waiter.wait(ReplicationGroupId=key, WaiterConfig={"Delay": int(self.poll_seconds), "MaxAttempts": attempts})

    def _replicas(self, key: str, desired: State) -> dict[str, Any]:
        count = desired["replicas_per_node_group"]
        return {"ReplicationGroupId": key, "NewReplicaCount": count, "ApplyImmediately": True}

    def _modifications(self, desired: State, current: State, fields: tuple[str, ...]) -> dict[str, Any]:
        names = {*fields, *(COMPANIONS[name] for name in fields if name in COMPANIONS)}
        shape = shapes.input_shape(self.client, "ModifyReplicationGroup")
        known = {shapes.xform_name(name) for name in shape.members} - {self.key, "log_delivery_configurations"}
        changes: dict[str, Any] = shapes.to_api(shape, {n: desired[n] for n in names & known if n in desired})
        if "log_delivery_configurations" in fields:
            logs = logs_change(current["log_delivery_configurations"], desired["log_delivery_configurations"])
            changes["LogDeliveryConfigurations"] = shapes.to_api(shape.members["LogDeliveryConfigurations"], logs)
        if "user_group_ids" in fields:
            have, want = set(current["user_group_ids"]), set(desired["user_group_ids"])
            groups = {"UserGroupIdsToAdd": sorted(want - have), "UserGroupIdsToRemove": sorted(have - want)}
            changes |= {name: ids for name, ids in groups.items() if ids}
        return changes

    def _state(self, group: dict[str, Any], members: dict[str, list[State]]) -> tuple[str, State]:
        name = group["ReplicationGroupId"]
        answer = self.snake("DescribeReplicationGroups", ("ReplicationGroups",), group)
        state = described(answer, members.get(name, []))
        try:
            tags = self.client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
        except self.client.exceptions.ClientError as error:
            # A group that is being changed, or has gone since it was described, does not tell its tags.
            if error_code(error) not in {*BUSY, "ReplicationGroupNotFoundFault"}:
                raise
        else:
            state["tags"] = from_list(tags)
        return name, state
