"""DB instances: creation, description, reboot, promotion and deletion."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from moto.backends import get_backend

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds.versions import resolve

KIND = "rds.instance"
CERTIFICATE = "rds-ca-rsa2048-g1"
BACKUP_EVERY = timedelta(minutes=5)
# Parameters of the create operations that moto drops, by the attribute they are described by.
DROPPED = {
    "EnablePerformanceInsights": "performance_insights_enabled",
    "PerformanceInsightsKMSKeyId": "performance_insights_kms_key_id",
    "PerformanceInsightsRetentionPeriod": "performance_insights_retention_period",
    "DatabaseInsightsMode": "database_insights_mode",
    "NetworkType": "network_type",
    "DedicatedLogVolume": "dedicated_log_volume",
}
INSIGHTS_DAYS = {7, 731, *(31 * month for month in range(1, 24))}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
@operation("rds", "CreateDBInstance")
def create(call: Call) -> dict[str, Any]:
    if "DBClusterIdentifier" in call.params or call.params["Engine"] != "postgres":
        return call.moto()
    params = {**call.params, "EngineVersion": resolve(call.params.get("EngineVersion"))}
    params.setdefault("CACertificateIdentifier", CERTIFICATE)
    if params.get("ManageMasterUserPassword") and "MasterUserPassword" in params:
        raise combination("You can't specify MasterUserPassword when ManageMasterUserPassword is true.")
    if params.get("MultiAZ") and "AvailabilityZone" in params:
        raise combination("Requesting a specific availability zone is not valid for Multi-AZ instances.")
    check_insights(params)
    identifier = call.moto(params)["DBInstance"]["DBInstanceIdentifier"]
    database = call.backend().databases[identifier]
    for name, attribute in DROPPED.items():
        if name in params:
            setattr(database, attribute, params[name])
    if "AvailabilityZone" not in params:
        database.availability_zone = _zones(database)[0]
    database.pending_modified_values = {}
    call.begin(KIND, identifier, "creating", "backing-up")
    return described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html
@operation("rds", "CreateDBInstanceReadReplica")
def create_replica(call: Call) -> dict[str, Any]:
    params = call.params
    identifier = params["DBInstanceIdentifier"].lower()
    if identifier in call.backend().databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    source = _source(call, params["SourceDBInstanceIdentifier"])
    if not source.backup_retention_period:
        raise AwsError(
            "InvalidDBInstanceState",
            "Automated backups are not enabled for this database instance. To enable automated backups, use "
            "ModifyDBInstance to set the backup retention period to a non-zero value.",
        )
    check_insights(params)
    call.moto({**params, "DBInstanceIdentifier": identifier})
    replica = call.backend().databases[identifier]
    # moto copies the source; this is what a replica does not share with it.
    replica.tags = params.get("Tags", [])
    replica.multi_az = params.get("MultiAZ", False)
    replica.deletion_protection = params.get("DeletionProtection", False)
    replica.backup_retention_period = 0
    replica.availability_zone = params.get("AvailabilityZone") or _zones(replica)[-1]
    replica.enabled_cloudwatch_logs_exports = list(params.get("EnableCloudwatchLogsExports", []))
    replica.monitoring_interval = params.get("MonitoringInterval", 0)
    replica.monitoring_role_arn = params.get("MonitoringRoleArn")
    for name, attribute in DROPPED.items():
        setattr(replica, attribute, params.get(name))
    replica.pending_modified_values = {}
    replica.parameter_apply_status = "in-sync"
    replica.instance_create_time = _now()
    replica.manage_master_user_password = False
    vars(replica).pop("master_user_secret", None)
    call.begin(KIND, identifier, "creating")
    return described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
@operation("rds", "DescribeDBInstances")
def describe(call: Call) -> dict[str, Any]:
    output = call.moto()
    for instance in output["DBInstances"]:
        database = call.backend().databases[instance["DBInstanceIdentifier"]]
        _complete(call, instance, database)
    return output


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RebootDBInstance.html
@operation("rds", "RebootDBInstance")
def reboot(call: Call) -> dict[str, Any]:
    identifier, database = available(call)
    if call.params.get("ForceFailover"):
        if not database.multi_az:
            raise combination("Cannot reboot with failover: the DB instance is not a Multi-AZ deployment.")
        database.availability_zone = _secondary(database)
    database.parameter_apply_status = "in-sync"
    call.begin(KIND, identifier, "rebooting")
    return described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html
@operation("rds", "PromoteReadReplica")
def promote(call: Call) -> dict[str, Any]:
    identifier, database = available(call)
    if not database.is_replica:
        raise AwsError("InvalidDBInstanceState", "DB Instance is not a read replica.")
    _part(call, database)
    database.backup_retention_period = call.params.get("BackupRetentionPeriod", 1)
    database.preferred_backup_window = call.params.get("PreferredBackupWindow", database.preferred_backup_window)
    call.begin(KIND, identifier, "modifying", "backing-up")
    return described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
@operation("rds", "DeleteDBInstance")
def delete(call: Call) -> dict[str, Any]:
    identifier, database = found(call)
    final = call.params.get("FinalDBSnapshotIdentifier")
    skip = call.params.get("SkipFinalSnapshot", False)
    if database.deletion_protection:
        raise combination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
    if bool(final) == skip:
        raise combination("Specify either FinalDBSnapshotIdentifier or SkipFinalSnapshot, and not both.")
    if final and database.is_replica:
        raise combination("FinalDBSnapshotIdentifier can not be specified when deleting a read replica.")
    if final and final in call.backend().database_snapshots:
        raise AwsError("DBSnapshotAlreadyExists", f"Cannot create the snapshot because {final} already exists.")
    if call.state(KIND, identifier, database.status) == "deleting":
        raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is already being deleted.")
    # A replica whose source goes stands alone from then on.
    for replica in [call.backend().databases[name] for name in database.replicas if name in call.backend().databases]:
        _part(call, replica)
    end = partial(
        _remove, call.account, call.region, identifier, final, call.params.get("DeleteAutomatedBackups", True)
    )
    call.begin(KIND, identifier, "deleting", then=end)
    return described(call, identifier) if identifier in call.backend().databases else {}


def _remove(account: str, region: str, identifier: str, final: str | None, backups: bool) -> None:
    get_backend("rds")[account][region].delete_db_instance(
        identifier,
        final_db_snapshot_identifier=final,
        skip_final_snapshot=final is None,
        delete_automated_backups=backups,
    )


def combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message, 400)


def check_insights(params: dict[str, Any]) -> None:
    days = params.get("PerformanceInsightsRetentionPeriod")
    if days is not None and days not in INSIGHTS_DAYS:
        raise AwsError("InvalidParameterValue", f"Invalid Performance Insights retention period: {days}", 400)


def described(call: Call, identifier: str) -> dict[str, Any]:
    (instance,) = call.ask("rds", "DescribeDBInstances", DBInstanceIdentifier=identifier)["DBInstances"]
    return {"DBInstance": instance}


def found(call: Call) -> tuple[str, Any]:
    """The identifier and moto's model of the instance that a request names."""
    identifier = call.params["DBInstanceIdentifier"].lower()
    if identifier not in call.backend().databases:
        raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.")
    return identifier, call.backend().databases[identifier]


def available(call: Call) -> tuple[str, Any]:
    """Like ``found``, for operations that need the instance to be available."""
    identifier, database = found(call)
    if call.state(KIND, identifier, database.status) != "available":
        raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
    return identifier, database


def _source(call: Call, identifier: str) -> Any:
    parts = identifier.split(":")
    region = parts[3] if len(parts) > 1 else call.region
    databases = call.backend("rds", region).databases
    if parts[-1] not in databases:
        raise AwsError("DBInstanceNotFound", f"DBInstance {parts[-1]} not found.")
    return databases[parts[-1]]


def _part(call: Call, replica: Any) -> None:
    """End the replication: the replica is an instance of its own."""
    source = _source(call, replica.source_db_instance_identifier)
    source.replicas = [name for name in source.replicas if name.rsplit(":", 1)[-1] != replica.db_instance_identifier]
    replica.is_replica = False
    replica.source_db_instance_identifier = None


def _zones(database: Any) -> list[str]:
    return sorted(subnet["SubnetAvailabilityZone"]["Name"] for subnet in database.db_subnet_group.subnets)


def _secondary(database: Any) -> str:
    return next(zone for zone in _zones(database) if zone != database.availability_zone)


def _complete(call: Call, instance: dict[str, Any], database: Any) -> None:
    """What AWS shows and moto does not, or shows otherwise."""
    identifier = instance["DBInstanceIdentifier"]
    status = call.state(KIND, identifier, database.status)
    instance["DBInstanceStatus"] = status
    digest = hashlib.sha256(database.arn.encode()).digest()
    instance["DbiResourceId"] = "db-" + base64.b32encode(digest).decode()[:26]
    instance.setdefault("PendingModifiedValues", {})
    if database.engine != "postgres" or database.db_cluster_identifier:
        return
    instance["CertificateDetails"] = {"CAIdentifier": database.ca_certificate_identifier}
    instance.setdefault("PerformanceInsightsEnabled", False)
    instance.setdefault("NetworkType", "IPV4")
    for group in instance["DBParameterGroups"]:
        group["ParameterApplyStatus"] = getattr(database, "parameter_apply_status", "in-sync")
    if database.multi_az and hasattr(database, "db_subnet_group"):
        instance["SecondaryAvailabilityZone"] = _secondary(database)
    if database.storage_type == "gp3":
        instance.setdefault("Iops", 3000)
        instance.setdefault("StorageThroughput", 125)
    if database.is_replica and status != "creating":
        instance["StatusInfos"] = [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    if status == "creating":
        instance.pop("Endpoint", None)
    instance.pop("LatestRestorableTime", None)
    if database.backup_retention_period and status != "creating":
        instance["LatestRestorableTime"] = _restorable(instance["InstanceCreateTime"])


def _restorable(created: datetime) -> datetime:
    """Logs are shipped every five minutes; the first backup is as old as the instance."""
    now = _now()
    shipped = now - timedelta(seconds=now.timestamp() % BACKUP_EVERY.total_seconds())
    return max(shipped, created)


def _now() -> datetime:
    return datetime.now(UTC)
