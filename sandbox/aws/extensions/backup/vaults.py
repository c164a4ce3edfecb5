"""Vaults: what moto leaves out of them (policy, notifications), and their locks and errors as AWS has them.

A vault that does not exist is told like one that one may not see.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

DENIED = "Insufficient privileges to perform this action."
LEAST_GRACE_DAYS = 3
MOST_DAYS = 36500


def vault(call: Call, name: str, region: str | None = None) -> Any:
    found = call.backend("backup", region).vaults.get(name)
    if found is None:
        raise AwsError("AccessDeniedException", DENIED, 403)
    return found


def points(call: Call, region: str | None = None) -> dict[str, dict[str, Any]]:
    """Recovery points of a region by ARN; jobs.py and copies.py make them."""
    return call.store("backup.points", region)


def locked_for_good(found: Any) -> bool:
    """Whether a lock in compliance mode has passed its days of grace."""
    return found.lock_date is not None and datetime.now(UTC).timestamp() >= found.lock_date


def refuse_retention(found: Any, lifecycle: dict[str, Any]) -> str | None:
    """Why a locked vault takes no recovery point with this lifecycle."""
    days = lifecycle.get("DeleteAfterDays")
    least, most = (found.min_retention_days, found.max_retention_days) if found.locked else (None, None)
    if least and days is not None and days < least:
        return f"Retention of {days} days is shorter than the {least} days of {found.backup_vault_name}"
    if most and (days is None or days > most):
        return f"Retention of {days or 'unlimited'} days is longer than the {most} days of {found.backup_vault_name}"
    return None


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
@operation("backup", "CreateBackupVault")
def create(call: Call) -> dict[str, Any]:
    name = call.params["BackupVaultName"]
    if not 2 <= len(name) <= 50:
        raise AwsError("InvalidParameterValueException", f"Backup vault name {name} must have 2 to 50 characters")
    if "EncryptionKeyArn" in call.params:
        key = call.params["EncryptionKeyArn"]
        if not key.startswith(f"arn:aws:kms:{call.region}:"):
            raise AwsError("InvalidParameterValueException", f"Key {key} is not of this region")
        call.ask("kms", "DescribeKey", KeyId=key)
    call.moto()
    return _told(call, name, "BackupVaultName", "BackupVaultArn", "CreationDate")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupVault.html
@operation("backup", "DescribeBackupVault")
def describe(call: Call) -> dict[str, Any]:
    vault(call, call.params["BackupVaultName"])
    return {**_told(call, call.params["BackupVaultName"]), "VaultState": "AVAILABLE"}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupVaults.html
@operation("backup", "ListBackupVaults")
def listed(call: Call) -> dict[str, Any]:
    return {"BackupVaultList": [_told(call, name) for name in sorted(call.backend().vaults)]}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVault.html
@operation("backup", "DeleteBackupVault")
def delete(call: Call) -> dict[str, Any]:
    name = call.params["BackupVaultName"]
    vault(call, name)
    if any(point["BackupVaultName"] == name for point in points(call).values()):
        raise AwsError("InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points")
    for kept in ("backup.policies", "backup.notifications"):
        call.store(kept).pop(name, None)
    return call.moto()


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html
@operation("backup", "PutBackupVaultLockConfiguration")
def lock(call: Call) -> dict[str, Any]:
    """Without days of grace it is a lock in governance mode; with them, in compliance mode from that day on."""
    found = vault(call, call.params["BackupVaultName"])
    _require_unlocked(found)
    least, most = call.params.get("MinRetentionDays"), call.params.get("MaxRetentionDays")
    grace = call.params.get("ChangeableForDays")
    if least is not None and least < 1:
        raise AwsError("InvalidParameterValueException", "MinRetentionDays must be at least 1 day")
    if most is not None and (most > MOST_DAYS or most < (least or 1)):
        raise AwsError("InvalidParameterValueException", f"MaxRetentionDays {most} is out of range")
    if grace is not None and grace < LEAST_GRACE_DAYS:
        raise AwsError("InvalidParameterValueException", f"ChangeableForDays must be at least {LEAST_GRACE_DAYS} days")
    found.locked, found.min_retention_days, found.max_retention_days = True, least, most
    until = datetime.now(UTC) + timedelta(days=grace) if grace is not None else None
    found.lock_date = until.timestamp() if until else None
    return {}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVaultLockConfiguration.html
@operation("backup", "DeleteBackupVaultLockConfiguration")
def unlock(call: Call) -> dict[str, Any]:
    found = vault(call, call.params["BackupVaultName"])
    _require_unlocked(found)
    found.locked, found.min_retention_days, found.max_retention_days, found.lock_date = False, None, None, None
    return {}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultAccessPolicy.html
@operation("backup", "PutBackupVaultAccessPolicy")
def put_policy(call: Call) -> dict[str, Any]:
    vault(call, call.params["BackupVaultName"])
    try:
        document = json.loads(call.params["Policy"])
    except ValueError as error:
        raise AwsError("InvalidParameterValueException", "The policy is not valid JSON") from error
    call.store("backup.policies")[call.params["BackupVaultName"]] = json.dumps(document)
    return {}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupVaultAccessPolicy.html
@operation("backup", "GetBackupVaultAccessPolicy")
def get_policy(call: Call) -> dict[str, Any]:
    found = vault(call, call.params["BackupVaultName"])
    policy = call.store("backup.policies").get(found.backup_vault_name)
    if policy is None:
        raise AwsError("ResourceNotFoundException", "Failed reading policy from database for Backup vault")
    return {**_named(found), "Policy": policy}


@operation("backup", "DeleteBackupVaultAccessPolicy")
def delete_policy(call: Call) -> dict[str, Any]:
    call.store("backup.policies").pop(vault(call, call.params["BackupVaultName"]).backup_vault_name, None)
    return {}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultNotifications.html
@operation("backup", "PutBackupVaultNotifications")
def put_notifications(call: Call) -> dict[str, Any]:
    name = vault(call, call.params["BackupVaultName"]).backup_vault_name
    told = {key: call.params[key] for key in ("SNSTopicArn", "BackupVaultEvents")}
    call.store("backup.notifications")[name] = told
    return {}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupVaultNotifications.html
@operation("backup", "GetBackupVaultNotifications")
def get_notifications(call: Call) -> dict[str, Any]:
    found = vault(call, call.params["BackupVaultName"])
    told = call.store("backup.notifications").get(found.backup_vault_name)
    if told is None:
        raise AwsError("ResourceNotFoundException", "Failed reading notifications from database for Backup vault")
    return {**_named(found), **told}


@operation("backup", "DeleteBackupVaultNotifications")
def delete_notifications(call: Call) -> dict[str, Any]:
    call.store("backup.notifications").pop(vault(call, call.params["BackupVaultName"]).backup_vault_name, None)
    return {}


def _require_unlocked(found: Any) -> None:
    if locked_for_good(found):
        message = "Vault Lock configuration is immutable and cannot be modified or deleted"
        raise AwsError("InvalidRequestException", message)


def _named(found: Any) -> dict[str, Any]:
    return {"BackupVaultName": found.backup_vault_name, "BackupVaultArn": found.backup_vault_arn}


def _told(call: Call, name: str, *members: str) -> dict[str, Any]:
    found = call.backend().vaults[name]
    whole = {
        **_named(found),
        "CreationDate": _moment(found.creation_date),
        "EncryptionKeyArn": found.encryption_key_arn,
        "NumberOfRecoveryPoints": sum(point["BackupVaultName"] == name for point in points(call).values()),
        "Locked": found.locked,
        "MinRetentionDays": found.min_retention_days,
        "MaxRetentionDays": found.max_retention_days,
        "LockDate": _moment(found.lock_date),
    }
    return {key: value for key, value in whole.items() if value is not None and (not members or key in members)}


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
