"""Copies of recovery points in other vaults, of other regions usually."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup import resources
from sandbox.aws.extensions.backup.points import SETTLED, new_point, settle
from sandbox.aws.extensions.backup.roles import require_role
from sandbox.aws.extensions.backup.vaults import points, refuse_retention, vault
from sandbox.aws.extensions.events import emit

EVENT = "Copy Job State Change"


def copies(call: Call) -> dict[str, dict[str, Any]]:
    """Copy jobs by id, as DescribeCopyJob tells them."""
    return call.store("backup.copies")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartCopyJob.html
@operation("backup", "StartCopyJob")
def start(call: Call) -> dict[str, Any]:
    source = vault(call, call.params["SourceBackupVaultName"])
    point = points(call).get(call.params["RecoveryPointArn"])
    if point is None or point["BackupVaultName"] != source.backup_vault_name:
        raise AwsError("ResourceNotFoundException", "Cannot find recovery point.")
    require_role(call, call.params["IamRoleArn"])
    if settle(call, point) != "COMPLETED":
        raise AwsError("InvalidRequestException", "The recovery point is not complete")
    destination = call.params["DestinationBackupVaultArn"]
    region = destination.split(":")[3]
    target = vault(call, destination.rpartition(":")[2], region)
    identifier, now = str(uuid.uuid4()), datetime.now(UTC)
    job = copies(call)[identifier] = {
        "AccountId": call.account,
        "CopyJobId": identifier,
        "SourceBackupVaultArn": source.backup_vault_arn,
        "SourceRecoveryPointArn": point["RecoveryPointArn"],
        "DestinationBackupVaultArn": destination,
        **{name: point[name] for name in ("ResourceArn", "ResourceType", "ResourceName")},
        "IamRoleArn": call.params["IamRoleArn"],
        "CreationDate": now,
        "State": "RUNNING",
    }
    lifecycle = call.params.get("Lifecycle", {})
    refusal = refuse_retention(target, lifecycle)
    if refusal:
        job.update(State="FAILED", StatusMessage=refusal, CompletionDate=now)
        _tell(call, job)
        return _started(job)
    arn = resources.begin_copy(call, point, identifier, region, target.encryption_key_arn)
    job["DestinationRecoveryPointArn"] = arn
    points(call, region)[arn] = new_point(
        target, point, arn, lifecycle, call.params["IamRoleArn"], source.backup_vault_arn
    )
    return _started(job)


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeCopyJob.html
@operation("backup", "DescribeCopyJob")
def describe(call: Call) -> dict[str, Any]:
    job = copies(call).get(call.params["CopyJobId"])
    if job is None:
        raise AwsError("ResourceNotFoundException", f"Cannot find Copy job with ID {call.params['CopyJobId']}")
    return {"CopyJob": _shown(call, job)}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListCopyJobs.html
@operation("backup", "ListCopyJobs")
def listed(call: Call) -> dict[str, Any]:
    wanted = {
        "ResourceArn": call.params.get("ByResourceArn"),
        "State": call.params.get("ByState"),
        "DestinationBackupVaultArn": call.params.get("ByDestinationVaultArn"),
        "SourceRecoveryPointArn": call.params.get("BySourceRecoveryPointArn"),
    }
    found = sorted((_shown(call, job) for job in copies(call).values()), key=lambda job: job["CreationDate"])
    return {
        "CopyJobs": [job for job in found[::-1] if all(value in (None, job[name]) for name, value in wanted.items())]
    }


def _shown(call: Call, job: dict[str, Any]) -> dict[str, Any]:
    if job["State"] == "RUNNING":
        arn = job["DestinationRecoveryPointArn"]
        state = settle(call, points(call, arn.split(":")[3])[arn])
        if state in SETTLED:
            job.update(State=state, CompletionDate=datetime.now(UTC))
            _tell(call, job)
    return dict(job)


# https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
def _tell(call: Call, job: dict[str, Any]) -> None:
    detail = {
        "copyJobId": job["CopyJobId"],
        "destinationBackupVaultArn": job["DestinationBackupVaultArn"],
        "resourceArn": job["ResourceArn"],
        "resourceType": job["ResourceType"],
        "state": job["State"],
        "statusMessage": job.get("StatusMessage", ""),
    }
    emit(call, "aws.backup", EVENT, detail, [job["SourceRecoveryPointArn"]])


def _started(job: dict[str, Any]) -> dict[str, Any]:
    return {"CopyJobId": job["CopyJobId"], "CreationDate": job["CreationDate"]}
