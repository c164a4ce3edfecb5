"""Backup jobs, started by hand: a plan never runs by itself here."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup import resources
from sandbox.aws.extensions.backup.points import SETTLED, new_point, settle
from sandbox.aws.extensions.backup.roles import require_role
from sandbox.aws.extensions.backup.vaults import points, refuse_retention, vault
from sandbox.aws.extensions.events import emit
from sandbox.aws.extensions.rds.servers import utc

ENDS = {"COMPLETED": "COMPLETED", "FAILED": "FAILED"}
EVENT = "Backup Job State Change"


def jobs(call: Call) -> dict[str, dict[str, Any]]:
    """Backup jobs by id, as DescribeBackupJob tells them."""
    return call.store("backup.jobs")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
@operation("backup", "StartBackupJob")
def start(call: Call) -> dict[str, Any]:
    target = vault(call, call.params["BackupVaultName"])
    require_role(call, call.params["IamRoleArn"])
    found = resources.resource(call, call.params["ResourceArn"])
    opted = call.ask("backup", "DescribeRegionSettings")["ResourceTypeOptInPreference"]
    if not opted[found.kind]:
        raise AwsError("InvalidParameterValueException", f"Resource type {found.kind} is not opted in to")
    token = call.params.get("IdempotencyToken")
    known = next((one for one in jobs(call).values() if token and one.get("token") == token), None)
    if known:
        return _started(known)
    identifier, now = str(uuid.uuid4()), datetime.now(UTC)
    lifecycle = call.params.get("Lifecycle", {})
    job = jobs(call)[identifier] = {
        "AccountId": call.account,
        "BackupJobId": identifier,
        "BackupVaultName": target.backup_vault_name,
        "BackupVaultArn": target.backup_vault_arn,
        "ResourceArn": found.arn,
        "ResourceType": found.kind,
        "ResourceName": found.name,
        "IamRoleArn": call.params["IamRoleArn"],
        "CreationDate": now,
        "StartBy": now + timedelta(minutes=call.params.get("StartWindowMinutes", 480)),
        "State": "RUNNING",
        "PercentDone": "0.0",
        "token": token,
    }
    refusal = refuse_retention(target, lifecycle)
    if refusal:
        job.update(State="FAILED", StatusMessage=refusal, CompletionDate=now)
        _tell(call, job)
        return _started(job)
    arn = resources.begin_point(call, found, identifier)
    job["RecoveryPointArn"] = arn
    point = new_point(target, job, arn, lifecycle, call.params["IamRoleArn"])
    points(call)[arn] = point
    call.backend().tag_resource(arn, call.params.get("RecoveryPointTags", {}))
    return _started(job)


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupJob.html
@operation("backup", "DescribeBackupJob")
def describe(call: Call) -> dict[str, Any]:
    job = jobs(call).get(call.params["BackupJobId"])
    if job is None:
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup job with ID {call.params['BackupJobId']}")
    return _shown(call, job)


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
@operation("backup", "ListBackupJobs")
def listed(call: Call) -> dict[str, Any]:
    wanted = {
        "ResourceArn": call.params.get("ByResourceArn"),
        "State": call.params.get("ByState"),
        "BackupVaultName": call.params.get("ByBackupVaultName"),
        "ResourceType": call.params.get("ByResourceType"),
    }
    after = utc(call.params.get("ByCreatedAfter", datetime.min))
    before = utc(call.params.get("ByCreatedBefore", datetime.max))
    found = [_shown(call, job) for job in jobs(call).values()]
    newest = sorted(found, key=lambda job: job["CreationDate"], reverse=True)
    return {
        "BackupJobs": [
            job
            for job in newest
            if all(value in (None, job[name]) for name, value in wanted.items())
            and after <= job["CreationDate"] <= before
        ]
    }


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StopBackupJob.html
@operation("backup", "StopBackupJob")
def stop(call: Call) -> dict[str, Any]:
    job = jobs(call).get(call.params["BackupJobId"])
    if job is None:
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup job with ID {call.params['BackupJobId']}")
    if _shown(call, job)["State"] != "RUNNING":
        raise AwsError("InvalidRequestException", "The job is not running")
    job.update(State="ABORTED", CompletionDate=datetime.now(UTC))
    resources.remove(call, points(call).pop(job["RecoveryPointArn"]))
    _tell(call, job)
    return {}


def _shown(call: Call, job: dict[str, Any]) -> dict[str, Any]:
    if job["State"] == "RUNNING":
        state = settle(call, points(call)[job["RecoveryPointArn"]])
        if state in SETTLED:
            job.update(State=ENDS[state], CompletionDate=datetime.now(UTC), PercentDone="100.0")
            _tell(call, job)
    return {name: value for name, value in job.items() if name != "token"}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
def _tell(call: Call, job: dict[str, Any]) -> None:
    detail = {
        "backupJobId": job["BackupJobId"],
        "backupVaultName": job["BackupVaultName"],
        "resourceArn": job["ResourceArn"],
        "resourceType": job["ResourceType"],
        "state": job["State"],
        "statusMessage": job.get("StatusMessage", ""),
    }
    emit(call, "aws.backup", EVENT, detail, [job.get("RecoveryPointArn", job["ResourceArn"])])


def _started(job: dict[str, Any]) -> dict[str, Any]:
    names = ("BackupJobId", "RecoveryPointArn", "CreationDate")
    return {name: job[name] for name in names if name in job}
