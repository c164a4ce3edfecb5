"""DB snapshots, and instances restored from them or as they were at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds import servers
from sandbox.aws.extensions.rds.instances import KIND, available, complete_new, described

SNAPSHOT_KIND = "rds.snapshot"
AUTOMATED = "automated"
AWS_BACKUP = "awsbackup"


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html
@operation("rds", "CreateDBSnapshot")
def create(call: Call) -> dict[str, Any]:
    identifier, _ = available(call)
    output = call.moto()
    name = output["DBSnapshot"]["DBSnapshotIdentifier"]
    try:
        until = servers.create_snapshot(call, name, {"source": servers.key(call.region, identifier)})
    except AwsError:
        call.backend().delete_db_snapshot(name)
        raise
    _begin(call, name, until)
    return _show(call, output)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html
@operation("rds", "CopyDBSnapshot")
def copy(call: Call) -> dict[str, Any]:
    source = call.params["SourceDBSnapshotIdentifier"]
    region = source.split(":")[3] if source.startswith("arn:") else call.region
    output = call.moto()
    name = output["DBSnapshot"]["DBSnapshotIdentifier"]
    _begin(call, name, servers.create_snapshot(call, name, {"copy": servers.key(region, _name(source))}))
    return _show(call, output)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html
@operation("rds", "DescribeDBSnapshots")
def describe(call: Call) -> dict[str, Any]:
    """moto takes an automated one of every new instance; without a retention period there is none."""
    output = call.moto()
    databases = call.backend().databases
    output["DBSnapshots"] = [
        snapshot
        for snapshot in output["DBSnapshots"]
        if snapshot["SnapshotType"] != AUTOMATED
        or (source := databases.get(snapshot["DBInstanceIdentifier"])) is None
        or source.backup_retention_period
    ]
    for snapshot in output["DBSnapshots"]:
        _complete(call, snapshot)
    return output


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSnapshot.html
@operation("rds", "DeleteDBSnapshot")
def delete(call: Call) -> dict[str, Any]:
    output = call.moto()
    servers.delete_snapshot(call, output["DBSnapshot"]["DBSnapshotIdentifier"])
    output["DBSnapshot"]["Status"] = "deleted"
    return output


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
@operation("rds", "RestoreDBInstanceFromDBSnapshot")
def restore(call: Call) -> dict[str, Any]:
    name = _name(call.params["DBSnapshotIdentifier"])
    if call.state(SNAPSHOT_KIND, name, "available") != "available":
        raise AwsError("InvalidDBSnapshotState", f"The snapshot {name} is not available.")
    with _found(call, name):
        identifier = call.moto()["DBInstance"]["DBInstanceIdentifier"]
    snapshot = call.backend().database_snapshots[name]
    if snapshot.snapshot_type == AUTOMATED:
        return _restored(call, identifier, {"base": servers.key(call.region, snapshot.db_instance_identifier)})
    return _restored(call, identifier, {"snapshot": servers.key(call.region, name)})


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
@operation("rds", "RestoreDBInstanceToPointInTime")
def restore_to_time(call: Call) -> dict[str, Any]:
    if "SourceDBInstanceIdentifier" not in call.params:
        return call.moto()
    source = call.params["SourceDBInstanceIdentifier"].lower()
    databases = call.backend().databases
    if source in databases and not databases[source].backup_retention_period:
        raise AwsError("InvalidDBInstanceState", f"Instance {source} keeps no backups.")
    now = datetime.now(UTC)
    time = servers.utc(call.params.get("RestoreTime", now))
    if source in databases and not servers.utc(databases[source].instance_create_time) <= time <= now:
        raise AwsError("InvalidRestoreFault", f"{source} can't be restored to {time}: it did not exist, or will.")
    call.moto()
    identifier = call.params["TargetDBInstanceIdentifier"].lower()
    past = {"source": servers.key(call.region, source), "time": time.isoformat()}
    return _restored(call, identifier, {"past": past})


def _restored(call: Call, identifier: str, origin: dict[str, Any]) -> dict[str, Any]:
    database = call.backend().databases[identifier]
    # moto takes these from the former instance.
    database.multi_az = call.params.get("MultiAZ", False)
    database.deletion_protection = call.params.get("DeletionProtection", False)
    database.backup_retention_period = call.params.get("BackupRetentionPeriod", database.backup_retention_period)
    complete_new(call, database)
    if call.params.get("ManageMasterUserPassword"):
        password = servers.random_password()
        servers.set_secret(database, password)
        origin["master"] = {"username": database.master_username, "password": password}
    until = servers.create(call, database, origin)
    call.begin(KIND, identifier, "creating", "backing-up", until=until)
    return described(call, identifier)


@contextmanager
def _found(call: Call, name: str) -> Iterator[None]:
    """moto finds a snapshot of AWS Backup by its type alone, also where AWS finds it by its name."""
    snapshot = call.backend().database_snapshots.get(name)
    if snapshot is None or snapshot.snapshot_type != AWS_BACKUP:
        yield
        return
    snapshot.snapshot_type = "manual"
    try:
        yield
    finally:
        snapshot.snapshot_type = AWS_BACKUP


def _name(identifier: str) -> str:
    """Of a name, which may have colons, or an ARN."""
    return identifier.partition(":snapshot:")[2] or identifier


def _begin(call: Call, name: str, until: Callable[[], bool] | None) -> None:
    call.begin(SNAPSHOT_KIND, name, "creating", until=until)


def _show(call: Call, output: dict[str, Any]) -> dict[str, Any]:
    _complete(call, output["DBSnapshot"])
    return output


def _complete(call: Call, snapshot: dict[str, Any]) -> None:
    name = snapshot["DBSnapshotIdentifier"]
    status = call.state(SNAPSHOT_KIND, name, snapshot["Status"])
    if status == "available":
        plane = servers.describe_snapshot(call, name)
        if plane and plane["state"] == "failed":
            status = "failed"
    snapshot["Status"] = status
    snapshot["PercentProgress"] = 100 if status == "available" else 0
