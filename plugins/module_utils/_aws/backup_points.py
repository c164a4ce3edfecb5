# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""First recovery points: a plan runs at night, and what was made during the day would be without a backup until then.

A recovery point is only made where there is none of the resource, and a copy likewise; what plans make afterwards is
not looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_member import ABSENT
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

THERE = frozenset({"AVAILABLE", "COMPLETED"})
MAKING = frozenset({"CREATING"})
LOST = frozenset({"ABORTED", "EXPIRED", "FAILED", "PARTIAL"})
VAULT, DESTINATION, LIFECYCLE, ROLE = "backup_vault_name", "destination_backup_vault_arn", "lifecycle", "iam_role_arn"
# Of a job, not of what it makes: these are not compared.
OF_THE_JOB = (LIFECYCLE, ROLE)
FIRST = "first"


class Made(Resource):
    """What a job makes of a resource. ``jobs`` are those that this run has started, by the resource's ARN."""

    service = "backup"
    key = "resource_arn"
    taggable = False
    references: ClassVar[dict[str, str]] = {ROLE: "iam_role"}
    timeout = 6 * 3600
    poll_seconds = 30.0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.jobs: dict[str, str] = {}

    def normalise(self, desired: State) -> State:
        return {f"_{name}" if name in OF_THE_JOB else name: value for name, value in desired.items()}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {key: state for key in keys or () if (state := self._state(key))}

    def owns(self, state: State) -> bool:
        return False  # recovery points go with their vault

    def ready(self, state: State) -> bool:
        if "_lost" in state:
            raise TerminalState(f"no recovery point was made: {state['_lost']}")
        return state["_status"] in THERE

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def _state(self, key: str) -> State | None:
        if key in self.jobs and (job := self.job(key))["State"] in LOST:
            return {self.key: key, "_lost": job.get("StatusMessage", job["State"])}
        return self.newest(key)

    def newest(self, key: str) -> State | None:
        """The newest of a resource that is there or being made."""
        raise NotImplementedError

    def job(self, key: str) -> dict[str, Any]:
        raise NotImplementedError


class RecoveryPoint(Made):
    """ListRecoveryPointsByResource, DescribeBackupJob; StartBackupJob."""

    kind = "recovery_point"
    option = "recovery_points"
    create_operation = "StartBackupJob"
    depends_on = ("region_settings", "vault")

    def newest(self, key: str) -> State | None:
        # RDS tells of its own snapshots here, too.
        asked = {"ResourceArn": key, "ManagedByAWSBackupOnly": True}
        found = answered(self.client.list_recovery_points_by_resource, *ABSENT, **asked)
        point = _newest(found["RecoveryPoints"] if found else ())
        return point and {self.key: key, VAULT: point["BackupVaultName"], "_status": point["Status"]}

    def create(self, key: str, desired: State) -> None:
        parameters = self.parameters(_declared(desired), "StartBackupJob")
        self.jobs[key] = self.client.start_backup_job(**parameters)["BackupJobId"]

    def job(self, key: str) -> dict[str, Any]:
        described: dict[str, Any] = self.client.describe_backup_job(BackupJobId=self.jobs[key])
        return described


class Copy(Made):
    """ListRecoveryPointsByBackupVault there and here, DescribeCopyJob; StartCopyJob with the newest recovery point."""

    kind = "copy"
    option = "copies"
    create_operation = "StartCopyJob"
    extra = frozenset({"resource_arn", VAULT})
    filled = frozenset({"recovery_point_arn", "source_backup_vault_name"})
    depends_on = ("recovery_point",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._destinations: dict[str, str] = {}

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        self._destinations[item[self.key]] = item[DESTINATION]
        return super().prepare(item, strict)

    def validate(self, item: dict[str, Any]) -> list[str]:
        self._destinations[str(item.get(self.key))] = str(item.get(DESTINATION))
        return super().validate(item)

    def newest(self, key: str) -> State | None:
        destination = self._destinations[key]
        there = self.context.client("backup", destination.split(":")[3])
        name = destination.rpartition(":")[2]
        asked = {"BackupVaultName": name, "ByResourceArn": key}
        found = answered(there.list_recovery_points_by_backup_vault, *ABSENT, **asked)
        copy = _newest(found["RecoveryPoints"] if found else ())
        if copy is None:
            return None
        # The source is whichever recovery point there is: it makes no difference to the copy.
        return {self.key: key, DESTINATION: destination, "_status": copy["Status"]}

    def normalise(self, desired: State) -> State:
        desired = super().normalise(desired)
        return {f"_{VAULT}" if name == VAULT else name: value for name, value in desired.items()}

    def create(self, key: str, desired: State) -> None:
        vault = desired[f"_{VAULT}"]
        found = self.client.list_recovery_points_by_backup_vault(BackupVaultName=vault, ByResourceArn=key)
        point = _newest(one for one in found["RecoveryPoints"] if one["Status"] in THERE)
        if point is None:
            raise ReconcileError(f"there is no recovery point in {vault} to copy")
        parameters = self.parameters(_declared(desired), "StartCopyJob")
        self.jobs[key] = self.client.start_copy_job(
            **parameters, RecoveryPointArn=point["RecoveryPointArn"], SourceBackupVaultName=vault
        )["CopyJobId"]

    def job(self, key: str) -> dict[str, Any]:
        described: dict[str, Any] = self.client.describe_copy_job(CopyJobId=self.jobs[key])["CopyJob"]
        return described


class CacheSnapshot(Resource):
    """elasticache:DescribeSnapshots; CreateSnapshot where a replication group has none, DeleteSnapshot once there is
    one that ElastiCache made by itself: snapshots that were asked for stay for ever.

    ``surplus`` are the names of such; none is wanted.
    """

    service = "elasticache"
    kind = "cache_snapshot"
    option = "cache_snapshots"
    key = "replication_group_id"
    create_operation = "CreateSnapshot"
    filled = frozenset({"snapshot_name"})
    taggable = False
    timeout = 3600
    poll_seconds = 30.0

    def normalise(self, desired: State) -> State:
        return {**desired, "surplus": []}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {key: state for key in keys or () if (state := self._state(key))}

    def owns(self, state: State) -> bool:
        return False  # what outlives its store is told of at the end

    def create(self, key: str, desired: State) -> None:
        tags = TAG_APIS["elasticache"].form(self.context.tags)
        self.client.create_snapshot(ReplicationGroupId=key, SnapshotName=f"{key}-{FIRST}", Tags=tags)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        for name in current["surplus"]:
            self.client.delete_snapshot(SnapshotName=name)

    def ready(self, state: State) -> bool:
        if state["_status"] == "failed":
            raise TerminalState("the snapshot failed")
        return bool(state["_status"] == "available")

    def _state(self, key: str) -> State | None:
        found = self.context.pages("elasticache", "describe_snapshots", "Snapshots", ReplicationGroupId=key)
        if not found:
            return None
        automatic = any(one["SnapshotSource"] == "automated" and one["SnapshotStatus"] == "available" for one in found)
        first = f"{key}-{FIRST}"
        surplus = [one["SnapshotName"] for one in found if automatic and one["SnapshotName"] == first]
        status = "available" if automatic else found[-1]["SnapshotStatus"]
        return {self.key: key, "surplus": surplus, "_status": status}


def _newest(points: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    alive = [one for one in points if one["Status"] in THERE | MAKING]
    return max(alive, key=lambda one: one["CreationDate"], default=None)


def _declared(desired: State) -> State:
    return {name.removeprefix("_"): value for name, value in desired.items() if value}
