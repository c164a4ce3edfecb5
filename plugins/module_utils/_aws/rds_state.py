# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From DescribeDBInstances to the names and forms in which an instance is declared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

KMS_KEYS = ("kms_key_id", "performance_insights_kms_key_id", "master_user_secret_kms_key_id")

# Declared name: name in the answer.
RENAMED = {
    "enable_cloudwatch_logs_exports": "enabled_cloudwatch_logs_exports",
    "enable_iam_database_authentication": "iam_database_authentication_enabled",
    "enable_performance_insights": "performance_insights_enabled",
    "source_db_instance_identifier": "read_replica_source_db_instance_identifier",
}

# Keys of the answer that are declared, or that an operator wants to see, under the name they have.
KEPT = frozenset(
    [
        "allocated_storage",
        "auto_minor_version_upgrade",
        "availability_zone",
        "backup_retention_period",
        "ca_certificate_identifier",
        "copy_tags_to_snapshot",
        "database_insights_mode",
        "db_instance_arn",
        "db_instance_class",
        "db_instance_identifier",
        "db_instance_status",
        "db_name",
        "dedicated_log_volume",
        "deletion_protection",
        "endpoint",
        "engine",
        "engine_version",
        "iops",
        "kms_key_id",
        "license_model",
        "master_user_secret",
        "master_username",
        "max_allocated_storage",
        "monitoring_interval",
        "monitoring_role_arn",
        "multi_az",
        "network_type",
        "performance_insights_kms_key_id",
        "performance_insights_retention_period",
        "preferred_backup_window",
        "preferred_maintenance_window",
        "publicly_accessible",
        "secondary_availability_zone",
        "storage_encrypted",
        "storage_throughput",
        "storage_type",
    ]
)

# Names that only PendingModifiedValues has.
PENDING = {"iam_database_authentication_enabled": "enable_iam_database_authentication"}

# ModifyDBInstance wants these beside the key that differs.
COMPANIONS = {
    "monitoring_interval": ("monitoring_role_arn",),
    "monitoring_role_arn": ("monitoring_interval",),
    "enable_performance_insights": ("performance_insights_kms_key_id", "performance_insights_retention_period"),
    "performance_insights_kms_key_id": ("enable_performance_insights",),
    "performance_insights_retention_period": ("enable_performance_insights",),
    "manage_master_user_password": ("master_user_secret_kms_key_id",),
    "iops": ("storage_type", "allocated_storage", "storage_throughput"),
    "storage_throughput": ("storage_type", "iops"),
    "storage_type": ("allocated_storage", "iops", "storage_throughput"),
}


def described(answer: State) -> State:
    """A comparable state from one instance of the answer in snake case.

    Values that wait for the maintenance window are laid over those in force, and shown by themselves under
    ``pending_modified_values``.
    """
    secret = answer.get("master_user_secret") or {}
    groups = answer.get("db_parameter_groups") or [{}]
    state: State = {name: answer[name] for name in KEPT if name in answer}
    state |= {name: answer[other] for name, other in RENAMED.items() if other in answer}
    state |= {
        "db_parameter_group_name": groups[0].get("db_parameter_group_name"),
        "db_subnet_group_name": (answer.get("db_subnet_group") or {}).get("db_subnet_group_name"),
        "enable_cloudwatch_logs_exports": list(answer.get("enabled_cloudwatch_logs_exports") or []),
        "manage_master_user_password": bool(secret),
        "master_user_secret_kms_key_id": secret.get("kms_key_id"),
        "parameter_apply_status": groups[0].get("parameter_apply_status"),
        "pending_modified_values": dict(answer.get("pending_modified_values") or {}),
        "port": (answer.get("endpoint") or {}).get("port"),
        "status_infos": list(answer.get("status_infos") or []),
        "tags": from_list(answer.get("tag_list"), ("key", "value")),
        "vpc_security_group_ids": [g["vpc_security_group_id"] for g in answer.get("vpc_security_groups") or []],
    }
    return state | _expected(state)


def _expected(state: State) -> dict[str, Any]:
    """What the pending values will make of the state."""
    pending = {PENDING.get(name, name): value for name, value in state["pending_modified_values"].items()}
    logs = pending.pop("pending_cloudwatch_logs_exports", {})
    expected = {name: value for name, value in pending.items() if name in state}
    if logs:
        kept = set(state["enable_cloudwatch_logs_exports"]) - set(logs.get("log_types_to_disable") or [])
        expected["enable_cloudwatch_logs_exports"] = sorted(kept | set(logs.get("log_types_to_enable") or []))
    return expected


def logs_change(current: Iterable[str], desired: Iterable[str]) -> dict[str, list[str]]:
    """CloudwatchLogsExportConfiguration that leads from the one set of log types to the other."""
    have, want = set(current), set(desired)
    change = {"EnableLogTypes": sorted(want - have), "DisableLogTypes": sorted(have - want)}
    return {name: types for name, types in change.items() if types}
