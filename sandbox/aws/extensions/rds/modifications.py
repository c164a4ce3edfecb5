"""ModifyDBInstance: what is applied at once, and what waits for the maintenance window or a transition."""

from __future__ import annotations

from functools import partial
from typing import Any

from botocore import xform_name
from moto.backends import get_backend
from moto.core.exceptions import ServiceException

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds import servers
from sandbox.aws.extensions.rds.instances import KIND, check_insights, combination, described, found
from sandbox.aws.extensions.rds.versions import resolve

# Applied in the next maintenance window unless at once: "Apply Immediately" and "Settings for DB instances" of
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
DEFERRED = frozenset(
    {
        "AllocatedStorage",
        "CACertificateIdentifier",
        "DBInstanceClass",
        "DedicatedLogVolume",
        "EngineVersion",
        "Iops",
        "MultiAZ",
        "StorageThroughput",
        "StorageType",
    }
)
STORAGE = frozenset({"AllocatedStorage", "Iops", "StorageThroughput", "StorageType"})
# Parameters of the request that describe no property by their own name.
MANNER = frozenset(
    {
        "AllowMajorVersionUpgrade",
        "ApplyImmediately",
        "DBInstanceIdentifier",
        "DBPortNumber",
        "EnablePerformanceInsights",
        "RotateMasterUserPassword",
    }
)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
@operation("rds", "ModifyDBInstance")
def modify(call: Call) -> dict[str, Any]:
    identifier, database = found(call)
    if database.engine != "postgres":
        return call.moto()
    if call.state(KIND, identifier, database.status) not in ("available", "backing-up", "modifying"):
        raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
    params = dict(call.params)
    _check(database, params)
    deferred = {name for name in DEFERRED & params.keys() if _value(database, name) != params[name]}
    if _toggles_backups(database, params):
        deferred.add("BackupRetentionPeriod")
    pending = {
        **getattr(database, "pending_modified_values", {}),
        **{name: params[name] for name in deferred},
    }
    password = _new_password(params)
    changes = _of_servers(database, params, pending if params.get("ApplyImmediately") else {}, password)
    until = servers.act(call, identifier, "modify", **changes) if changes else None
    if params.get("DBParameterGroupName", database.db_parameter_group_name) != database.db_parameter_group_name:
        database.parameter_apply_status = "pending-reboot"
        servers.take_parameters(call, identifier, params["DBParameterGroupName"], at_once=False)
    at_once = {name: value for name, value in params.items() if name not in DEFERRED | deferred | MANNER}
    _apply(call.account, call.region, identifier, at_once)
    if password and hasattr(database, "master_user_secret"):
        servers.set_secret(database, password)
    if "DBPortNumber" in params:
        database.port = params["DBPortNumber"]
    if "EnablePerformanceInsights" in params:
        database.performance_insights_enabled = params["EnablePerformanceInsights"]
    database.pending_modified_values = pending
    if params.get("ApplyImmediately"):
        states = ["modifying"]
        if STORAGE & database.pending_modified_values.keys():
            states.append("storage-optimization")
        end = partial(_settle, call.account, call.region, identifier)
        call.begin(KIND, identifier, *states, then=end, until=until)
    elif at_once or "DBPortNumber" in params or "EnablePerformanceInsights" in params:
        call.begin(KIND, identifier, "modifying", until=until)
    return described(call, identifier)


def _check(database: Any, params: dict[str, Any]) -> None:
    check_insights(params)
    if params.get("RotateMasterUserPassword"):
        if not params.get("ApplyImmediately"):
            raise combination("You must specify apply immediately when rotating the master user password.")
        if not hasattr(database, "master_user_secret"):
            raise combination("You can't rotate the password of a master user that is not managed in Secrets Manager.")
    if "EngineVersion" in params:
        params["EngineVersion"] = resolve(params["EngineVersion"])
        major, current = params["EngineVersion"].split(".")[0], database.engine_version.split(".")[0]
        if int(major) < int(current):
            raise combination(f"Cannot upgrade postgres from {database.engine_version} to {params['EngineVersion']}")
        if major != current and not params.get("AllowMajorVersionUpgrade"):
            raise combination(
                "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
            )
    if params.get("AllocatedStorage", database.allocated_storage) < database.allocated_storage:
        raise combination(
            f"Invalid storage size: {params['AllocatedStorage']}. The storage of an instance cannot be reduced."
        )


def _new_password(params: dict[str, Any]) -> str | None:
    """The one that is asked for, a random one when RDS is to keep it, None when it stays."""
    if params.get("ManageMasterUserPassword") or params.get("RotateMasterUserPassword"):
        return servers.random_password()
    given: str | None = params.get("MasterUserPassword")
    return given


def _of_servers(database: Any, params: dict[str, Any], pending: dict[str, Any], password: str | None) -> dict[str, Any]:
    """What of a modification concerns the servers, in the form the action `modify` takes. pending: what is in force
    from now on although it could have waited."""
    changes: dict[str, Any] = {}
    if password:
        changes["master"] = {"username": database.master_username, "password": password}
    if params.get("DBPortNumber", database.port) != database.port:
        changes["port"] = params["DBPortNumber"]
    iam = params.get("EnableIAMDatabaseAuthentication")
    if iam is not None and iam != bool(database.enable_iam_database_authentication):
        changes["iam"] = iam
    if "BackupRetentionPeriod" in pending:
        changes["backups"] = bool(pending["BackupRetentionPeriod"])
    if "MultiAZ" in pending:
        changes["secondary_zone"] = servers.secondary_zone(database) if pending["MultiAZ"] else None
    return changes


def _value(database: Any, name: str) -> Any:
    return getattr(database, xform_name(name), None)


def _toggles_backups(database: Any, params: dict[str, Any]) -> bool:
    """From none to some or back waits; from some to others is done at once."""
    days = params.get("BackupRetentionPeriod")
    return days is not None and bool(days) != bool(database.backup_retention_period)


def _apply(account: str, region: str, identifier: str, values: dict[str, Any]) -> None:
    backend = get_backend("rds")[account][region]
    try:
        backend.modify_db_instance(identifier, {xform_name(name): value for name, value in values.items()})
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error


def _settle(account: str, region: str, identifier: str) -> None:
    """Everything that was pending is in force."""
    database = get_backend("rds")[account][region].databases[identifier]
    _apply(account, region, identifier, database.pending_modified_values)
    database.pending_modified_values = {}
