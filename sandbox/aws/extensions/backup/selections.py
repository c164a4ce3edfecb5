"""What a plan backs up: by ARN, with wildcards, and by tags. A selection is made and deleted, never changed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup.plans import plan
from sandbox.aws.extensions.backup.roles import require_role

PREFIX = "aws:ResourceTag/"


def selections(call: Call) -> dict[str, dict[str, Any]]:
    """Selections by id, as GetBackupSelection tells them."""
    return call.store("backup.selections")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupSelection.html
@operation("backup", "CreateBackupSelection")
def create(call: Call) -> dict[str, Any]:
    plan(call, call.params["BackupPlanId"])
    wanted = call.params["BackupSelection"]
    require_role(call, wanted["IamRoleArn"])
    if any(one["BackupSelection"]["SelectionName"] == wanted["SelectionName"] for one in _of(call)):
        raise AwsError("AlreadyExistsException", f"Backup selection {wanted['SelectionName']} already exists")
    if not wanted.get("Resources") and not wanted.get("ListOfTags"):
        raise AwsError("InvalidParameterValueException", "Invalid BackupSelection: neither resources nor tags")
    for tests in wanted.get("Conditions", {}).values():
        for test in tests:
            if not test["ConditionKey"].startswith(PREFIX):
                raise AwsError("InvalidParameterValueException", f"Invalid condition key: {test['ConditionKey']}")
    identifier = str(uuid.uuid4())
    selections(call)[identifier] = {
        "BackupSelection": wanted,
        "SelectionId": identifier,
        "BackupPlanId": call.params["BackupPlanId"],
        "CreationDate": datetime.now(UTC),
    }
    return _short(selections(call)[identifier])


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupSelection.html
@operation("backup", "GetBackupSelection")
def get(call: Call) -> dict[str, Any]:
    return dict(_selection(call))


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupSelections.html
@operation("backup", "ListBackupSelections")
def listed(call: Call) -> dict[str, Any]:
    plan(call, call.params["BackupPlanId"])
    return {
        "BackupSelectionsList": [
            {
                **_short(one),
                "SelectionName": one["BackupSelection"]["SelectionName"],
                "IamRoleArn": one["BackupSelection"]["IamRoleArn"],
            }
            for one in _of(call)
        ]
    }


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupSelection.html
@operation("backup", "DeleteBackupSelection")
def delete(call: Call) -> dict[str, Any]:
    del selections(call)[_selection(call)["SelectionId"]]
    return {}


def _of(call: Call) -> list[dict[str, Any]]:
    return [one for one in selections(call).values() if one["BackupPlanId"] == call.params["BackupPlanId"]]


def _selection(call: Call) -> dict[str, Any]:
    for one in _of(call):
        if one["SelectionId"] == call.params["SelectionId"]:
            return one
    raise AwsError("InvalidParameterValueException", "Cannot find Backup selection")


def _short(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("SelectionId", "BackupPlanId", "CreationDate")}
