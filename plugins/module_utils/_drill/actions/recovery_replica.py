# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The replica in the recovery region: promoting it, and making it a replica again."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._drill import instances
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, Facts, StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

SOURCE = "ReadReplicaSourceDBInstanceIdentifier"

# Of DescribeDBInstances, under the name that CreateDBInstanceReadReplica takes.
KEPT = (
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "AvailabilityZone",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBInstanceIdentifier",
    "DedicatedLogVolume",
    "DeletionProtection",
    "Iops",
    "KmsKeyId",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "NetworkType",
    "PerformanceInsightsRetentionPeriod",
    "PubliclyAccessible",
    "StorageThroughput",
    "StorageType",
)
RENAMED = {
    "EnabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "IAMDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "PerformanceInsightsEnabled": "EnablePerformanceInsights",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
}


def replica_request(described: dict[str, Any], source_region: str) -> dict[str, Any]:
    """The request that makes a replica anew as it is described. Pure."""
    names = {**dict.fromkeys(KEPT), **RENAMED}
    request = {new or old: described[old] for old, new in names.items() if described.get(old)}
    groups = described.get("DBParameterGroups") or []
    return request | {
        "SourceDBInstanceIdentifier": described[SOURCE],
        "SourceRegion": source_region,
        "DBSubnetGroupName": described["DBSubnetGroup"]["DBSubnetGroupName"],
        "VpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in described["VpcSecurityGroups"]],
        "Tags": described["TagList"],
        **({"DBParameterGroupName": groups[0]["DBParameterGroupName"]} if groups else {}),
        **({"Port": described["Endpoint"]["Port"]} if "Endpoint" in described else {}),
    }


def _note(context: Context, *, database: str, region: str, source_region: str) -> Facts:
    found = instances.existing(context, database, region)
    if not found.get(SOURCE):
        raise StepFailed(f"{database} is no replica")
    # Without dates, which the request does not need and JSON does not have.
    return {"request": replica_request(found, source_region)}


@action("rds:PromoteReadReplica")
def rds_promote_replica(context: Context, *, database: str, region: str) -> None:
    """Have the replica become a database of its own; returns when it takes writes."""
    client = context.client("rds", region)
    context.when_free(database, lambda: client.promote_read_replica(DBInstanceIdentifier=database))
    busy = False

    def promoted() -> bool:
        nonlocal busy
        found = instances.existing(context, database, region)
        settled = instances.available(found)
        if settled and found.get(SOURCE) and busy:
            raise StepFailed(f"{database} was not promoted: it still follows {found[SOURCE]}")
        busy = busy or not settled
        return settled and not found.get(SOURCE)

    context.wait(f"the promotion of {database}", promoted)


@action("rds:ModifyDBInstance", "rds:DeleteDBInstance", "rds:CreateDBInstanceReadReplica", note=_note)
def rds_recreate_replica(context: Context, *, database: str, region: str, source_region: str) -> Facts:
    """Delete what the replica was promoted to and make the replica anew; nothing happens where it still is one."""
    request = context.noted["request"]
    client = context.client("rds", region)
    found = _settled(context, database, region)
    if found and found.get(SOURCE):
        return {"recreated": False}
    if found:
        _delete(context, client, found)
        context.wait(f"the deletion of {database}", lambda: postgres.instance(context, database, region) is None)
    client.create_db_instance_read_replica(**request)
    context.wait(f"replica {database}", lambda: instances.available(instances.existing(context, database, region)))
    return {"recreated": True}


def _settled(context: Context, database: str, region: str) -> dict[str, Any] | None:
    """The instance once nothing is being done to it; None when it is gone."""

    def settled() -> list[dict[str, Any] | None]:
        found = postgres.instance(context, database, region)
        status = found["DBInstanceStatus"] if found else "gone"
        return [found] if status in {"gone", "available", *instances.HOPELESS} else []

    return context.wait(f"what is being done to {database}", settled)[0]


def _delete(context: Context, client: Any, found: dict[str, Any]) -> None:
    """Delete a promoted replica. Raises StepFailed for one that is not the platform's, or that others follow."""
    name = found["DBInstanceIdentifier"]
    if not context.site.owns(from_list(found.get("TagList"))):
        raise StepFailed(f"{name} does not carry the platform's tags and is not deleted")
    if found.get("ReadReplicaDBInstanceIdentifiers"):
        raise StepFailed(f"{name} has replicas of its own and is not deleted")
    if found.get("DeletionProtection"):
        client.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True)
    context.when_free(
        name,
        lambda: client.delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
        ),
    )
