"""DB instances: creation, description, reboot, promotion and deletion."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore import xform_name
from moto.backends import get_backend
from moto.core.exceptions import ServiceException

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds import servers
from sandbox.aws.extensions.rds.versions import resolve

KIND = "rds.instance"
CERTIFICATE = "rds-ca-rsa2048-g1"
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
    complete_new(call, database)
    password = params.get("MasterUserPassword") or servers.random_password()
    if database.manage_master_user_password:
        servers.set_secret(database, password)
    master = {"username": database.master_username, "password": password}
    until = servers.create(call, database, {"master": master, "database": params.get("DBName")})
    call.begin(KIND, identifier, "creating", "backing-up", until=until)
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
    group = params.get("DBSubnetGroupName")
    if group and group.lower() not in call.backend().subnet_groups:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{group}' does not exist.")
    _copy(call, identifier)
    replica = call.backend().databases[identifier]
    if source.region != call.region:
        # These are the region's own, and the source has other ones.
        vars(replica).pop("db_subnet_group", None)
        replica.db_parameter_group_name = params.get("DBParameterGroupName")
        replica.vpc_security_group_ids = params.get("VpcSecurityGroupIds") or [_default_security_group(call)]
    if group:
        replica.db_subnet_group_name = group.lower()
    # moto copies the source; this is what a replica does not share with it.
    replica.tags = params.get("Tags", [])
    replica.multi_az = params.get("MultiAZ", False)
    replica.deletion_protection = params.get("DeletionProtection", False)
    replica.backup_retention_period = 0
    replica.availability_zone = params.get("AvailabilityZone") or servers.zones(replica)[-1]
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
    if "Port" not in params:
        replica.port = source.port
    origin = servers.key(source.region, source.db_instance_identifier)
    call.begin(KIND, identifier, "creating", until=servers.create(call, replica, {"source": origin}))
    return described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
@operation("rds", "DescribeDBInstances")
def describe(call: Call) -> dict[str, Any]:
    output = call.moto()
    planes = servers.describe(call, [instance["DBInstanceIdentifier"] for instance in output["DBInstances"]])
    for instance in output["DBInstances"]:
        database = call.backend().databases[instance["DBInstanceIdentifier"]]
        _complete(call, instance, database)
        if plane := planes.get(instance["DBInstanceIdentifier"]):
            servers.overlay(instance, plane)
    return output


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RebootDBInstance.html
@operation("rds", "RebootDBInstance")
def reboot(call: Call) -> dict[str, Any]:
    identifier, database = available(call)
    failover = call.params.get("ForceFailover", False)
    if failover and not database.multi_az:
        raise combination("Cannot reboot with failover: the DB instance is not a Multi-AZ deployment.")
    if failover and not servers.is_in_sync(call, identifier):
        raise AwsError(
            "InvalidDBInstanceState",
            f"Cannot reboot {identifier} with failover: its standby is not in sync with the primary.",
        )
    until = servers.act(call, identifier, "reboot", failover=failover)
    if failover:
        database.availability_zone = servers.secondary_zone(database)
    database.parameter_apply_status = "in-sync"
    call.begin(KIND, identifier, "rebooting", until=until)
    return described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html
@operation("rds", "PromoteReadReplica")
def promote(call: Call) -> dict[str, Any]:
    identifier, database = available(call)
    if not database.is_replica:
        raise AwsError("InvalidDBInstanceState", "DB Instance is not a read replica.")
    days = call.params.get("BackupRetentionPeriod", 1)
    until = servers.act(call, identifier, "promote", backups=bool(days))
    _part(call.account, call.region, database)
    database.backup_retention_period = days
    database.preferred_backup_window = call.params.get("PreferredBackupWindow", database.preferred_backup_window)
    call.begin(KIND, identifier, "modifying", "backing-up", until=until)
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
        name = replica.db_instance_identifier
        if call.state(KIND, name, replica.status) != "deleting":
            call.begin(KIND, name, "modifying", until=servers.act(call, name, "promote", backups=False))
            _part(call.account, call.region, replica)
    end = partial(
        _remove, call.account, call.region, identifier, final, call.params.get("DeleteAutomatedBackups", True)
    )
    call.begin(KIND, identifier, "deleting", then=end, until=servers.delete(call, identifier, final))
    return described(call, identifier) if identifier in call.backend().databases else {}


def _remove(account: str, region: str, identifier: str, final: str | None, backups: bool) -> None:
    backend = get_backend("rds")[account][region]
    if backend.databases[identifier].is_replica:
        _part(account, region, backend.databases[identifier])
    backend.delete_db_instance(
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


def _copy(call: Call, identifier: str) -> None:
    """Let moto copy the source. Its handler would look groups of the source up in this region, and fail."""
    params = {xform_name(name): value for name, value in call.params.items() if name != "DBSubnetGroupName"}
    try:
        call.backend().create_db_instance_read_replica({**params, "db_instance_identifier": identifier})
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error


def _default_security_group(call: Call) -> str:
    ec2 = call.backend("ec2")
    return str(ec2.get_default_security_group(ec2.default_vpc.id).id)


def complete_new(call: Call, database: Any) -> None:
    """What moto drops of the request that made an instance, or has no default for."""
    for name, attribute in DROPPED.items():
        if name in call.params:
            setattr(database, attribute, call.params[name])
    if "AvailabilityZone" not in call.params:
        database.availability_zone = servers.zones(database)[0]
    database.pending_modified_values = {}
    database.parameter_apply_status = "in-sync"


def _source(call: Call, identifier: str) -> Any:
    database = _found(call.account, call.region, identifier)
    if database is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {identifier.rsplit(':', 1)[-1]} not found.")
    return database


def _found(account: str, region: str, identifier: str) -> Any:
    """The instance of a name or ARN, which may be in another region; None without one."""
    parts = identifier.split(":")
    databases = get_backend("rds")[account][parts[3] if len(parts) > 1 else region].databases
    return databases.get(parts[-1])


def _part(account: str, region: str, replica: Any) -> None:
    """End the replication: the replica is an instance of its own."""
    source = _found(account, region, replica.source_db_instance_identifier)
    if source:
        name = replica.db_instance_identifier
        source.replicas = [other for other in source.replicas if other.rsplit(":", 1)[-1] != name]
    replica.is_replica = False
    replica.source_db_instance_identifier = None


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
        instance["SecondaryAvailabilityZone"] = servers.secondary_zone(database)
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
    """To the last full second: RDS ships logs every five minutes, but here they are when they are asked for. The first
    backup is as old as the instance."""
    return max(_now().replace(microsecond=0), created)


def _now() -> datetime:
    return datetime.now(UTC)
