# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DB instances of Amazon RDS and their read replicas."""

from __future__ import annotations

import operator
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.compare import (
    same_key,
    same_version,
    unless_unknown,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds_state import (
    COMPANIONS,
    KMS_KEYS,
    described,
    logs_change,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

USABLE = frozenset({"available", "storage-optimization", "storage-config-upgrade"})
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html: states RDS does not leave by itself.
HOPELESS = frozenset(
    {
        "failed",
        "inaccessible-encryption-credentials",
        "incompatible-create",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "restore-error",
        "stopped",
        "storage-full",
    }
)
# How to modify, not what: parameters of ModifyDBInstance that are no property of the instance.
MANNER = {"apply_immediately": False, "allow_major_version_upgrade": False}
WINDOWS = ("preferred_backup_window", "preferred_maintenance_window")


class _DbInstance(Resource):
    """DescribeDBInstances (all pages, tags included), ModifyDBInstance, AddTagsToResource, RemoveTagsFromResource,
    DeleteDBInstance.

    A change that waits for the maintenance window (PendingModifiedValues) counts as made; the state shows it under
    ``pending_modified_values``.
    """

    service = "rds"
    key = "db_instance_identifier"
    extra = frozenset(MANNER)
    unordered = frozenset({"vpc_security_group_ids", "enable_cloudwatch_logs_exports"})
    protected = True
    timeout = 3600
    is_replica: ClassVar[bool]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._immediate: set[str] = set()

    @property
    def equal(self) -> dict[str, Equal]:
        # Autoscaling lets storage grow above what is declared, and it can never shrink.
        grown = {"allocated_storage": operator.ge, "engine_version": same_version}
        return {**super().equal, **grown, **dict.fromkeys(KMS_KEYS, same_key), "port": unless_unknown()}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate({name: value for name, value in item.items() if name != "master_user_password"})
        if "master_user_password" in item:
            errors.append(
                "master_user_password is not taken, so that no password is ever in a variable: declare "
                "manage_master_user_password: true and RDS keeps it in Secrets Manager"
            )
        name = str(item.get(self.key, ""))
        if name != name.lower():
            errors.append(f"{self.key} {name} must be in lower case, as RDS stores it")
        return errors

    def normalise(self, desired: State) -> State:
        manner = {f"_{name}": desired.pop(name, default) for name, default in MANNER.items()}
        windows = {name: desired[name].lower() for name in WINDOWS if name in desired}
        return {**desired, **windows, **manner}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        """By name whatever has it, be it an instance or a replica; else everything that is of this kind."""
        found = self.context.pages("rds", "describe_db_instances", "DBInstances")
        return {
            item["DBInstanceIdentifier"]: described(self.snake("DescribeDBInstances", ("DBInstances",), item))
            for item in found
            if (
                bool(item.get("ReadReplicaSourceDBInstanceIdentifier")) == self.is_replica
                if keys is None
                else item["DBInstanceIdentifier"] in keys
            )
        }

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        changes = self._modifications(desired, current, fields)
        if changes:
            if current["db_instance_status"] not in USABLE:
                self._settle(key)
            if desired["_apply_immediately"]:
                self._immediate.add(key)
            if desired["_allow_major_version_upgrade"]:
                changes["AllowMajorVersionUpgrade"] = True
            self.client.modify_db_instance(
                DBInstanceIdentifier=key, ApplyImmediately=desired["_apply_immediately"], **changes
            )
        if "tags" in fields:
            self.retag(current["db_instance_arn"], current, desired)

    def unprotect(self, key: str, current: State) -> None:
        if current["deletion_protection"]:
            self.client.modify_db_instance(DBInstanceIdentifier=key, DeletionProtection=False, ApplyImmediately=False)

    def ready(self, state: State) -> bool:
        status = state["db_instance_status"]
        if status in HOPELESS:
            raise TerminalState(f"is {status}")
        if state[self.key] in self._immediate and state["pending_modified_values"]:
            return False
        return status in USABLE

    def transient(self, error: Exception) -> bool:
        # A change in progress, such as the end of its protection, refuses the deletion for a while.
        return error_code(error) == "InvalidDBInstanceState" or super().transient(error)

    def _settle(self, name: str, region: str | None = None) -> None:
        """Wait for an instance that something else has made busy: an earlier run that was killed, maintenance."""
        delay = int(self.poll_seconds)
        waiter = self.context.client("rds", region).get_waiter("db_instance_available")
        waiter.wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": delay, "MaxAttempts": self.timeout // delay})

    def _modifications(self, desired: State, current: State, fields: tuple[str, ...]) -> dict[str, Any]:
        """The parameters of ModifyDBInstance for the keys that differ, with those it wants beside them."""
        names = {*fields, *(other for name in fields for other in COMPANIONS.get(name, ()))}
        shape = shapes.input_shape(self.client, "ModifyDBInstance")
        known = {shapes.xform_name(name) for name in shape.members} - {self.key}
        changes: dict[str, Any] = shapes.to_api(shape, {n: desired[n] for n in names & known if n in desired})
        if "port" in fields:
            changes["DBPortNumber"] = desired["port"]
        if "enable_cloudwatch_logs_exports" in fields:
            changes["CloudwatchLogsExportConfiguration"] = logs_change(
                current["enable_cloudwatch_logs_exports"], desired["enable_cloudwatch_logs_exports"]
            )
        return changes


class Instance(_DbInstance):
    """CreateDBInstance. Deleted with a final snapshot; automated backups are kept for their retention."""

    kind = "db_instance"
    option = "instances"
    create_operation = "CreateDBInstance"
    depends_on = ("db_subnet_group", "db_parameter_group")
    immutable = frozenset(
        {"availability_zone", "db_name", "db_subnet_group_name", "engine", "kms_key_id", "master_username"}
        | {"storage_encrypted"}
    )
    references: ClassVar = {
        "vpc_security_group_ids": "security_group",
        "monitoring_role_arn": "iam_role",
        **dict.fromkeys(KMS_KEYS, "kms_key"),
    }
    is_replica = False

    def create(self, key: str, desired: State) -> None:
        self.client.create_db_instance(**self.parameters(desired, "CreateDBInstance"), Tags=self.tag_list(desired))

    def delete(self, key: str, current: State) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        self.client.delete_db_instance(
            DBInstanceIdentifier=key,
            SkipFinalSnapshot=False,
            FinalDBSnapshotIdentifier=f"{key}-final-{stamp}",
            DeleteAutomatedBackups=False,
        )


class Replica(_DbInstance):
    """CreateDBInstanceReadReplica. Deleted without a snapshot: what it holds is its source's.

    A source in another region is given by its ARN, with a key of this region; RDS then tells it by its ARN as well.
    The keys in ``INHERITED`` are taken from the source on creation and can be changed afterwards.
    """

    INHERITED = frozenset({"preferred_maintenance_window"})

    kind = "db_replica"
    option = "replicas"
    create_operation = "CreateDBInstanceReadReplica"
    extra = frozenset(MANNER) | INHERITED
    depends_on = ("db_instance",)
    immutable = frozenset({"availability_zone", "db_subnet_group_name", "kms_key_id", "source_db_instance_identifier"})
    references: ClassVar = {
        "vpc_security_group_ids": "security_group",
        "monitoring_role_arn": "iam_role",
        "kms_key_id": "kms_key",
        "performance_insights_kms_key_id": "kms_key",
    }
    protected = False
    is_replica = True

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        region = self._source_region(str(item.get("source_db_instance_identifier", "")))
        if region != self.context.region and not {"db_subnet_group_name", "kms_key_id"} <= item.keys():
            errors.append(
                f"its source is in {region}: declare db_subnet_group_name and kms_key_id, as neither network nor key "
                "reaches beyond its region"
            )
        return errors

    def create(self, key: str, desired: State) -> None:
        source = desired["source_db_instance_identifier"]
        region = self._source_region(source)
        self._settle(source, region)
        # boto3 presigns the request for the other region when it is told that one.
        abroad = {"SourceRegion": region} if region != self.context.region else {}
        self.client.create_db_instance_read_replica(
            **self.parameters(desired, "CreateDBInstanceReadReplica"), Tags=self.tag_list(desired), **abroad
        )

    def delete(self, key: str, current: State) -> None:
        self.client.delete_db_instance(DBInstanceIdentifier=key, SkipFinalSnapshot=True)

    def _source_region(self, source: str) -> str:
        return source.split(":")[3] if source.startswith("arn:") else self.context.region

    def ready(self, state: State) -> bool:
        for info in state["status_infos"]:
            if info.get("status") == "error":
                raise TerminalState(f"replication failed: {info.get('message', 'no reason given')}")
        return super().ready(state)
