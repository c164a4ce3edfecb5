"""Recovery points: of one vault, of one resource, and which resources have any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup import resources
from sandbox.aws.extensions.backup.vaults import points, vault

CREATING = "CREATING"
SETTLED = ("COMPLETED", "FAILED")


def new_point(
    target: Any, of: dict[str, Any], arn: str, lifecycle: dict[str, Any], role: str, source: str | None = None
) -> dict[str, Any]:
    """A recovery point in a vault, of what a job or another recovery point is of; `source` is the vault of a copy."""
    now = datetime.now(UTC)
    dates = {"MoveToColdStorageAt": "MoveToColdStorageAfterDays", "DeleteAt": "DeleteAfterDays"}
    calculated = {at: now + timedelta(days=lifecycle[days]) for at, days in dates.items() if days in lifecycle}
    return {
        "RecoveryPointArn": arn,
        "BackupVaultName": target.backup_vault_name,
        "BackupVaultArn": target.backup_vault_arn,
        **{name: of[name] for name in ("ResourceArn", "ResourceType", "ResourceName")},
        "IamRoleArn": role,
        "Status": CREATING,
        "CreationDate": now,
        **({"Lifecycle": lifecycle} if lifecycle else {}),
        **({"CalculatedLifecycle": calculated} if calculated else {}),
        **({"EncryptionKeyArn": target.encryption_key_arn} if target.encryption_key_arn else {}),
        **({"SourceBackupVaultArn": source} if source else {}),
        "IsEncrypted": True,
        "VaultType": "BACKUP_VAULT",
    }


def settle(call: Call, point: dict[str, Any]) -> str:
    """Its status now: CREATING until what it consists of is there."""
    if point["Status"] == CREATING:
        point["Status"] = resources.status(call, point)
        if point["Status"] in SETTLED:
            point["CompletionDate"] = datetime.now(UTC)
    return str(point["Status"])


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html
@operation("backup", "ListRecoveryPointsByBackupVault")
def of_vault(call: Call) -> dict[str, Any]:
    name = vault(call, call.params["BackupVaultName"]).backup_vault_name
    wanted = {"ResourceArn": call.params.get("ByResourceArn"), "ResourceType": call.params.get("ByResourceType")}
    return {
        "RecoveryPoints": [
            _shown(call, point)
            for point in points(call).values()
            if point["BackupVaultName"] == name and all(value in (None, point[key]) for key, value in wanted.items())
        ]
    }


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByResource.html
@operation("backup", "ListRecoveryPointsByResource")
def of_resource(call: Call) -> dict[str, Any]:
    members = ("RecoveryPointArn", "CreationDate", "Status", "EncryptionKeyArn", "BackupVaultName", "ResourceName")
    found = [_shown(call, one) for one in points(call).values() if one["ResourceArn"] == _arn(call, "ResourceArn")]
    return {"RecoveryPoints": [{name: one[name] for name in members if name in one} for one in found]}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListProtectedResources.html
@operation("backup", "ListProtectedResources")
def protected(call: Call) -> dict[str, Any]:
    newest: dict[str, dict[str, Any]] = {}
    for point in sorted(points(call).values(), key=lambda one: one["CreationDate"]):
        if settle(call, point) == "COMPLETED":
            newest[point["ResourceArn"]] = point
    return {
        "Results": [
            {
                "ResourceArn": arn,
                "ResourceType": point["ResourceType"],
                "ResourceName": point["ResourceName"],
                "LastBackupTime": point["CreationDate"],
                "LastBackupVaultArn": point["BackupVaultArn"],
                "LastRecoveryPointArn": point["RecoveryPointArn"],
            }
            for arn, point in newest.items()
        ]
    }


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRecoveryPoint.html
@operation("backup", "DescribeRecoveryPoint")
def describe(call: Call) -> dict[str, Any]:
    return _shown(call, _point(call))


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html
@operation("backup", "DeleteRecoveryPoint")
def delete(call: Call) -> dict[str, Any]:
    point = _point(call)
    if vault(call, point["BackupVaultName"]).locked:
        message = f"Recovery points of vault {point['BackupVaultName']} cannot be deleted while it is locked"
        raise AwsError("InvalidRequestException", message)
    if settle(call, point) == CREATING:
        raise AwsError("InvalidResourceStateException", "The recovery point is still being made")
    resources.remove(call, point)
    del points(call)[point["RecoveryPointArn"]]
    return {}


def _point(call: Call) -> dict[str, Any]:
    name = vault(call, call.params["BackupVaultName"]).backup_vault_name
    found = points(call).get(_arn(call, "RecoveryPointArn"))
    if found is None or found["BackupVaultName"] != name:
        raise AwsError("ResourceNotFoundException", "Cannot find recovery point.")
    return found


def _arn(call: Call, parameter: str) -> str:
    return unquote(call.params[parameter])


def _shown(call: Call, point: dict[str, Any]) -> dict[str, Any]:
    settle(call, point)
    return dict(point)
