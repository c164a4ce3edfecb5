"""Restore testing plans and what they restore. No test is run here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.backup.plans import SCHEDULE
from sandbox.aws.extensions.backup.roles import require_role

NAME = re.compile(r"^[a-zA-Z0-9_]{1,50}$")
PLAN, SELECTION = "RestoreTestingPlan", "RestoreTestingSelection"
DEFAULTS = {"ScheduleExpressionTimezone": "Etc/UTC", "StartWindowHours": 24}
WINDOW_DAYS = 30


def tests(call: Call) -> dict[str, dict[str, Any]]:
    """Restore testing plans by name, as GetRestoreTestingPlan tells them; `selections` holds what they restore."""
    return call.store("backup.restore_testing")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateRestoreTestingPlan.html
@operation("backup", "CreateRestoreTestingPlan")
def create(call: Call) -> dict[str, Any]:
    wanted = call.params[PLAN]
    name = wanted["RestoreTestingPlanName"]
    _check_name(name)
    if name in tests(call):
        raise AwsError("AlreadyExistsException", f"Restore testing plan {name} already exists")
    arn = f"arn:aws:backup:{call.region}:{call.account}:restore-testing-plan:{name}"
    tests(call)[name] = {
        **DEFAULTS,
        "CreationTime": datetime.now(UTC),
        "RestoreTestingPlanArn": arn,
        "RestoreTestingPlanName": name,
        "selections": {},
    }
    _apply(tests(call)[name], wanted)
    call.backend().tag_resource(arn, call.params.get("Tags", {}))
    return _short(tests(call)[name])


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRestoreTestingPlan.html
@operation("backup", "UpdateRestoreTestingPlan")
def update(call: Call) -> dict[str, Any]:
    found = _plan(call)
    _apply(found, call.params[PLAN])
    found["LastUpdateTime"] = datetime.now(UTC)
    return {**_short(found), "UpdateTime": found["LastUpdateTime"]}


@operation("backup", "GetRestoreTestingPlan")
def get(call: Call) -> dict[str, Any]:
    return {PLAN: _shown(_plan(call))}


@operation("backup", "ListRestoreTestingPlans")
def listed(call: Call) -> dict[str, Any]:
    return {"RestoreTestingPlans": [_shown(one) for one in tests(call).values()]}


@operation("backup", "DeleteRestoreTestingPlan")
def delete(call: Call) -> dict[str, Any]:
    found = _plan(call)
    if found["selections"]:
        raise AwsError("InvalidRequestException", "Restore testing selections must be deleted first")
    del tests(call)[found["RestoreTestingPlanName"]]
    return {}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateRestoreTestingSelection.html
@operation("backup", "CreateRestoreTestingSelection")
def create_selection(call: Call) -> dict[str, Any]:
    found, wanted = _plan(call), call.params[SELECTION]
    name = wanted["RestoreTestingSelectionName"]
    _check_name(name)
    if name in found["selections"]:
        raise AwsError("AlreadyExistsException", f"Restore testing selection {name} already exists")
    _put_selection(call, found, name, {"CreationTime": datetime.now(UTC), **wanted})
    return _short_selection(found, name)


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRestoreTestingSelection.html
@operation("backup", "UpdateRestoreTestingSelection")
def update_selection(call: Call) -> dict[str, Any]:
    """The kind of resource and the name stay."""
    found, name = _plan(call), call.params["RestoreTestingSelectionName"]
    _put_selection(call, found, name, {**_selection(call), **call.params[SELECTION]})
    return {**_short_selection(found, name), "UpdateTime": datetime.now(UTC)}


@operation("backup", "GetRestoreTestingSelection")
def get_selection(call: Call) -> dict[str, Any]:
    return {SELECTION: dict(_selection(call))}


@operation("backup", "ListRestoreTestingSelections")
def list_selections(call: Call) -> dict[str, Any]:
    return {"RestoreTestingSelections": list(_plan(call)["selections"].values())}


@operation("backup", "DeleteRestoreTestingSelection")
def delete_selection(call: Call) -> dict[str, Any]:
    del _plan(call)["selections"][_selection(call)["RestoreTestingSelectionName"]]
    return {}


def _apply(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    schedule = wanted.get("ScheduleExpression", found.get("ScheduleExpression", ""))
    if not SCHEDULE.match(schedule):
        raise AwsError("InvalidParameterValueException", f"Invalid ScheduleExpression {schedule}")
    found.update(wanted)
    selection = found["RecoveryPointSelection"]
    found["RecoveryPointSelection"] = {"ExcludeVaults": [], "SelectionWindowDays": WINDOW_DAYS, **selection}


def _put_selection(call: Call, found: dict[str, Any], name: str, wanted: dict[str, Any]) -> None:
    require_role(call, wanted["IamRoleArn"])
    plan = {"RestoreTestingPlanName": found["RestoreTestingPlanName"], "RestoreTestingSelectionName": name}
    found["selections"][name] = {"ValidationWindowHours": 0, **wanted, **plan}


def _check_name(name: str) -> None:
    if not NAME.match(name):
        message = f"Invalid name {name}: letters, digits and underscores, 50 at the most"
        raise AwsError("InvalidParameterValueException", message)


def _plan(call: Call) -> dict[str, Any]:
    found = tests(call).get(call.params["RestoreTestingPlanName"])
    if found is None:
        raise AwsError("ResourceNotFoundException", "Restore testing plan not found")
    return found


def _selection(call: Call) -> dict[str, Any]:
    found: dict[str, Any] | None = _plan(call)["selections"].get(call.params["RestoreTestingSelectionName"])
    if found is None:
        raise AwsError("ResourceNotFoundException", "Restore testing selection not found")
    return found


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "selections"}


def _short(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("CreationTime", "RestoreTestingPlanArn", "RestoreTestingPlanName")}


def _short_selection(found: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "CreationTime": found["selections"][name]["CreationTime"],
        "RestoreTestingPlanArn": found["RestoreTestingPlanArn"],
        "RestoreTestingPlanName": found["RestoreTestingPlanName"],
        "RestoreTestingSelectionName": name,
    }
