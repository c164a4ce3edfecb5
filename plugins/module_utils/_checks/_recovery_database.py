# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database and its replica in the recovery region as definitions, and how far that is behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks._at_rest import keys
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import Item, Kind, Pair
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_network import called
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres import Instance

FIELDS = (
    "EngineVersion",
    "DBInstanceClass",
    "MultiAZ",
    "StorageType",
    "StorageEncrypted",
    "MaxAllocatedStorage",
    "PubliclyAccessible",
    "DeletionProtection",
    "AutoMinorVersionUpgrade",
    "CopyTagsToSnapshot",
    "IAMDatabaseAuthenticationEnabled",
    "CACertificateIdentifier",
    "MonitoringInterval",
    "PerformanceInsightsEnabled",
    "EnabledCloudwatchLogsExports",
    "PreferredMaintenanceWindow",
)
REPLICATING = "replicating"
LAG_MINUTES = 10

# What the primary knows of whoever follows it. RDS doesn't say which of them is where.
_FOLLOWED = """
SELECT count(*) FILTER (WHERE state = 'streaming') AS streaming,
       coalesce(max(CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0
                    ELSE greatest(extract(epoch FROM greatest(write_lag, flush_lag, replay_lag)),
                                  extract(epoch FROM clock_timestamp() - reply_time)) END), 0)::float AS seconds
  FROM pg_stat_replication WHERE usename = 'rdsrepladmin'
"""


def followers(home: World, there: World) -> list[tuple[Instance, Instance]]:
    """Databases of the home region with their replicas in the other."""
    return [
        (primary, replica)
        for primary in _postgres.primaries(home)
        for replica in there.once(_postgres.instances)
        if replica.get("ReadReplicaSourceDBInstanceIdentifier") == primary["DBInstanceArn"]
    ]


def databases(home: World, there: World) -> Pair:
    """By name of the primary; a replica that follows it counts under the same name."""
    return (
        {one["DBInstanceIdentifier"]: _definition(home, one) for one in _postgres.primaries(home)},
        {primary["DBInstanceIdentifier"]: _definition(there, one) for primary, one in followers(home, there)},
    )


def standing(home: World, there: World, limit: float) -> tuple[Item, list[Breach]]:
    """Whether each replica replicates, and no more than ``limit`` seconds behind."""
    observed: Item = {}
    breaches = []
    for primary, replica in followers(home, there):
        name = replica["DBInstanceIdentifier"]
        told = [one for one in replica.get("StatusInfos", ()) if one["StatusType"] == "read replication"]
        status = ", ".join(one["Status"] for one in told) or replica["DBInstanceStatus"]
        seconds, source = _lag(home, there, primary, name)
        observed[name] = {"replication": status, "lag_seconds": seconds, "lag_told_by": source}
        if not any(one["Normal"] and one["Status"] == REPLICATING for one in told):
            breaches.append(Breach("dr.replica_stopped", {"db": name, "status": status}))
        elif seconds is None:
            breaches.append(Breach("dr.replica_unheard", {"db": name}))
        elif seconds > limit:
            breaches.append(Breach("dr.replica_behind", {"db": name, "seconds": round(seconds, 1), "wanted": limit}))
    return observed, breaches


def _definition(world: World, instance: Instance) -> Item:
    (group,) = instance["DBParameterGroups"]
    pages = world.client("rds").get_paginator("describe_db_parameters").paginate(
        DBParameterGroupName=group["DBParameterGroupName"], Source="user"
    )  # fmt: skip
    parameters = (one for page in pages for one in page["Parameters"])
    key = world.once(keys).get(instance.get("KmsKeyId", ""), {}).get("alias", "another")
    port = instance.get("Endpoint", {}).get("Port")
    names = world.once(called)
    groups = sorted(names.get(one["VpcSecurityGroupId"], "another") for one in instance.get("VpcSecurityGroups", ()))
    return {
        **{name: _plain(instance.get(name)) for name in FIELDS},
        "key": key,
        "port": port,
        "security groups": ", ".join(groups),
        "parameters": group["ParameterApplyStatus"],
        **{f"parameter {one['ParameterName']}": one.get("ParameterValue") for one in parameters},
    }


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _lag(home: World, there: World, primary: Instance, replica: str) -> tuple[float | None, str]:
    """The most of the last minutes as CloudWatch tells it; where it has heard nothing, as the primary itself does.

    cloudwatch:GetMetricStatistics. None where the primary misses one of its followers.
    """
    points = there.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName="ReplicaLag",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": replica}],
        StartTime=there.now - timedelta(minutes=LAG_MINUTES),
        EndTime=there.now,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    if points:
        return max(one["Maximum"] for one in points), "CloudWatch"
    with _postgres.session(home, primary) as connection:
        found = connection.execute(_FOLLOWED).fetchone() or {}
    expected = len(primary.get("ReadReplicaDBInstanceIdentifiers", ()))
    return (found["seconds"] if found["streaming"] >= max(expected, 1) else None), "pg_stat_replication"


KINDS = (Kind("database", databases),)
