# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From DescribeReplicationGroups and DescribeCacheClusters to the form in which a group is declared. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

# Keys that are declared, or that an operator wants to see, under the name they have in the answer.
OF_GROUP = frozenset(
    [
        "arn",
        "at_rest_encryption_enabled",
        "auto_minor_version_upgrade",
        "cache_node_type",
        "cluster_mode",
        "ip_discovery",
        "kms_key_id",
        "network_type",
        "replication_group_id",
        "snapshot_retention_limit",
        "snapshot_window",
        "status",
        "transit_encryption_enabled",
        "transit_encryption_mode",
    ]
)
OF_MEMBER = ("cache_subnet_group_name", "engine", "engine_version", "preferred_maintenance_window")
ON = frozenset({"enabled", "enabling"})


def described(answer: State, members: Sequence[State]) -> State:
    """A comparable state from one group of the answer and its member clusters, in snake case.

    What waits for the maintenance window is laid over what is in force, and shown by itself under
    ``pending_modified_values``.
    """
    member = members[0] if members else {}
    groups = answer.get("node_groups") or []
    pending = dict(answer.get("pending_modified_values") or {})
    later = {k: v for m in members for k, v in (m.get("pending_modified_values") or {}).items() if v}
    users = pending.get("user_groups") or {}
    user_groups = set(answer.get("user_group_ids") or []) - set(users.get("user_group_ids_to_remove") or [])
    parameter_group = member.get("cache_parameter_group") or {}
    state: State = {name: answer[name] for name in OF_GROUP if name in answer}
    state |= {name: member.get(name) for name in OF_MEMBER}
    state |= {
        "automatic_failover_enabled": pending.get("automatic_failover_status", answer.get("automatic_failover")) in ON,
        "cache_parameter_group_name": parameter_group.get("cache_parameter_group_name"),
        "data_tiering_enabled": answer.get("data_tiering") in ON,
        "log_delivery_configurations": list(
            pending.get("log_delivery_configurations") or answer.get("log_delivery_configurations") or []
        ),
        "member_clusters": list(answer.get("member_clusters") or []),
        "multi_az_enabled": answer.get("multi_az") in ON,
        "notification_topic_arn": (member.get("notification_configuration") or {}).get("topic_arn"),
        "num_node_groups": len(groups) or None,
        "parameter_apply_status": parameter_group.get("parameter_apply_status"),
        "pending_modified_values": {**pending, **later},
        "port": _port(answer, groups),
        "replicas_per_node_group": _replicas(groups),
        "replication_group_description": answer.get("description"),
        "security_group_ids": [group["security_group_id"] for group in member.get("security_groups") or []],
        "user_group_ids": sorted(user_groups | set(users.get("user_group_ids_to_add") or [])),
    }
    return state | {name: later[name] for name in ("cache_node_type", "engine_version") if name in later}


def _replicas(groups: Sequence[State]) -> int | None:
    """Replicas of the largest shard, None until there is a shard."""
    return max(len(group.get("node_group_members") or []) for group in groups) - 1 if groups else None


def _port(answer: State, groups: Sequence[State]) -> int | None:
    """The group's port, None until it has an endpoint."""
    endpoint = answer.get("configuration_endpoint") or (groups[0].get("primary_endpoint") if groups else None) or {}
    port: int | None = endpoint.get("port")
    return port


def logs_change(current: Sequence[State], desired: Sequence[State]) -> list[dict[str, Any]]:
    """The declared deliveries, and those of other log types turned off."""
    wanted = {log["log_type"] for log in desired}
    off = [{"log_type": log["log_type"], "enabled": False} for log in current if log["log_type"] not in wanted]
    return [*({**log, "enabled": True} for log in desired), *off]
