"""Backup plans, with all their rules may say; moto knows no update, and lists what was deleted."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup.vaults import vault

# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
DEFAULTS = {
    "ScheduleExpression": "cron(0 5 ? * * *)",
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 480,
    "CompletionWindowMinutes": 10080,
    "EnableContinuousBackup": False,
}
SCHEDULE = re.compile(r"^cron\((\S+ ){5}\S+\)$|^rate\(\d+ (minute|hour|day)s?\)$")
COLD_DAYS = 90
"""What is moved to cold storage stays there at least so long."""
MOST_CONTINUOUS_DAYS = 35


def plans(call: Call) -> dict[str, dict[str, Any]]:
    """Plans by id, as GetBackupPlan tells them."""
    return call.store("backup.plans")


def plan(call: Call, identifier: str) -> dict[str, Any]:
    if identifier not in plans(call):
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup plan with ID {identifier}")
    return plans(call)[identifier]


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupPlan.html
@operation("backup", "CreateBackupPlan")
def create(call: Call) -> dict[str, Any]:
    document = call.params["BackupPlan"]
    if any(one["BackupPlan"]["BackupPlanName"] == document["BackupPlanName"] for one in plans(call).values()):
        raise AwsError("AlreadyExistsException", "Backup plan with the same plan document already exists")
    identifier = str(uuid.uuid4())
    plans(call)[identifier] = {
        "BackupPlanId": identifier,
        "BackupPlanArn": f"arn:aws:backup:{call.region}:{call.account}:backup-plan:{identifier}",
        "CreationDate": datetime.now(UTC),
        **_version(call, document),
    }
    call.backend().tag_resource(plans(call)[identifier]["BackupPlanArn"], call.params.get("BackupPlanTags", {}))
    return _short(plans(call)[identifier])


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateBackupPlan.html
@operation("backup", "UpdateBackupPlan")
def update(call: Call) -> dict[str, Any]:
    found = plan(call, call.params["BackupPlanId"])
    found.update(_version(call, call.params["BackupPlan"]))
    return _short(found)


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupPlan.html
@operation("backup", "GetBackupPlan")
def get(call: Call) -> dict[str, Any]:
    return dict(plan(call, call.params["BackupPlanId"]))


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupPlans.html
@operation("backup", "ListBackupPlans")
def listed(call: Call) -> dict[str, Any]:
    return {
        "BackupPlansList": [
            {**_short(one), "BackupPlanName": one["BackupPlan"]["BackupPlanName"]} for one in plans(call).values()
        ]
    }


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupPlan.html
@operation("backup", "DeleteBackupPlan")
def delete(call: Call) -> dict[str, Any]:
    found = plan(call, call.params["BackupPlanId"])
    if any(one["BackupPlanId"] == found["BackupPlanId"] for one in call.store("backup.selections").values()):
        message = "Related backup plan selections must be deleted prior to backup plan deletion"
        raise AwsError("InvalidRequestException", message)
    del plans(call)[found["BackupPlanId"]]
    return {**_short(found), "DeletionDate": datetime.now(UTC)}


def _version(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    rules = [{**DEFAULTS, **rule, "RuleId": str(uuid.uuid4())} for rule in document["Rules"]]
    for rule in rules:
        _check(call, rule)
    return {"BackupPlan": {**document, "Rules": rules}, "VersionId": uuid.uuid4().hex}


def _check(call: Call, rule: dict[str, Any]) -> None:
    name = rule["RuleName"]
    vault(call, rule["TargetBackupVaultName"])
    if not SCHEDULE.match(rule["ScheduleExpression"]):
        raise AwsError("InvalidParameterValueException", f"Invalid ScheduleExpression of rule {name}")
    try:
        ZoneInfo(rule["ScheduleExpressionTimezone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise AwsError("InvalidParameterValueException", f"Invalid timezone of rule {name}") from error
    if rule["StartWindowMinutes"] < 60 or rule["CompletionWindowMinutes"] < rule["StartWindowMinutes"] + 60:
        raise AwsError("InvalidParameterValueException", f"Invalid windows of rule {name}: an hour each at least")
    for lifecycle in (rule.get("Lifecycle", {}), *(one.get("Lifecycle", {}) for one in rule.get("CopyActions", []))):
        cold, deleted = lifecycle.get("MoveToColdStorageAfterDays"), lifecycle.get("DeleteAfterDays")
        if cold is not None and deleted is not None and deleted < cold + COLD_DAYS:
            message = f"Rule {name}: DeleteAfterDays must be {COLD_DAYS} days after MoveToColdStorageAfterDays"
            raise AwsError("InvalidParameterValueException", message)
    days = rule.get("Lifecycle", {}).get("DeleteAfterDays")
    if rule["EnableContinuousBackup"] and not 1 <= (days or 0) <= MOST_CONTINUOUS_DAYS:
        message = f"Rule {name}: continuous backups are kept for 1 to {MOST_CONTINUOUS_DAYS} days"
        raise AwsError("InvalidParameterValueException", message)


def _short(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("BackupPlanId", "BackupPlanArn", "CreationDate", "VersionId")}
