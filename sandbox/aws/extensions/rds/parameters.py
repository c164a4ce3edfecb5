"""DB parameter groups: moto keeps no parameters worth the name and answers no error for a missing group."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds import servers
from sandbox.aws.extensions.rds.catalogue import PARAMETERS, accepts
from sandbox.aws.extensions.rds.versions import MINORS

PER_REQUEST = 20


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html
@operation("rds", "CreateDBParameterGroup")
def create(call: Call) -> dict[str, Any]:
    family = call.params["DBParameterGroupFamily"]
    if family.startswith("postgres") and family not in {f"postgres{major}" for major in MINORS}:
        raise AwsError("InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family")
    return call.moto({**call.params, "DBParameterGroupName": call.params["DBParameterGroupName"].lower()})


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameterGroups.html
@operation("rds", "DescribeDBParameterGroups")
def describe(call: Call) -> dict[str, Any]:
    if call.params.get("DBParameterGroupName"):
        _group(call)
    return call.moto()


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameters.html
@operation("rds", "DescribeDBParameters")
def describe_parameters(call: Call) -> dict[str, Any]:
    own = _group(call).parameters
    source = call.params.get("Source")
    listed = [{**parameter, **own.get(name, {})} for name, parameter in PARAMETERS.items()]
    found = [parameter for parameter in listed if source in (None, parameter["Source"])]
    start = int(call.params.get("Marker") or 0)
    end = start + int(call.params.get("MaxRecords") or 100)
    return {"Parameters": found[start:end], **({"Marker": str(end)} if end < len(found) else {})}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html
@operation("rds", "ModifyDBParameterGroup")
def modify(call: Call) -> dict[str, Any]:
    group = _own_group(call)
    changes = call.params["Parameters"]
    if len(changes) > PER_REQUEST:
        raise AwsError(
            "InvalidParameterValue", f"A maximum of {PER_REQUEST} parameters can be modified in a single request.", 400
        )
    for change in changes:
        _check(change)
    for change in changes:
        group.parameters[change["ParameterName"]] = {
            "ParameterValue": change["ParameterValue"],
            "ApplyMethod": change["ApplyMethod"],
            "Source": "user",
        }
    _mark(call, group, [change["ParameterName"] for change in changes])
    return {"DBParameterGroupName": group.name}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ResetDBParameterGroup.html
@operation("rds", "ResetDBParameterGroup")
def reset(call: Call) -> dict[str, Any]:
    group = _own_group(call)
    named = [parameter["ParameterName"] for parameter in call.params.get("Parameters", [])]
    for name in named or list(group.parameters):
        group.parameters.pop(name, None)
    _mark(call, group, named or list(PARAMETERS))
    return {"DBParameterGroupName": group.name}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html
@operation("rds", "DeleteDBParameterGroup")
def delete(call: Call) -> dict[str, Any]:
    group = _own_group(call)
    users = [name for name, database in call.backend().databases.items() if group.name in _names(database)]
    if users:
        raise AwsError(
            "InvalidDBParameterGroupState",
            "One or more database instances are still members of this parameter group, so the group cannot be deleted",
            400,
        )
    return call.moto()


def _group(call: Call) -> Any:
    """moto's group that a request names."""
    name = call.params["DBParameterGroupName"].lower()
    groups = call.backend().db_parameter_groups
    if name not in groups:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    return groups[name]


def _own_group(call: Call) -> Any:
    group = _group(call)
    if group.name.startswith("default."):
        raise AwsError("InvalidParameterValue", "The default parameter group cannot be modified or deleted", 400)
    return group


def _check(change: dict[str, Any]) -> None:
    name, value = change["ParameterName"], change["ParameterValue"]
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}", 400)
    if parameter["ApplyType"] == "static" and change["ApplyMethod"] == "immediate":
        raise AwsError(
            "InvalidParameterCombination", f"cannot use immediate apply method for static parameter ({name})", 400
        )
    if not accepts(parameter, value):
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid parameter value: {value} for: {name} allowed values are: {parameter['AllowedValues']}",
            400,
        )


def _mark(call: Call, group: Any, names: list[str]) -> None:
    """Each instance that uses the group takes changed dynamic parameters; a static one waits for its reboot."""
    static = any(PARAMETERS[name]["ApplyType"] == "static" for name in names)
    for identifier, database in call.backend().databases.items():
        if group.name in _names(database):
            if static:
                database.parameter_apply_status = "pending-reboot"
            servers.take_parameters(call, identifier, group.name, at_once=True)


def _names(database: Any) -> list[str]:
    return [group.name for group in database.db_parameter_groups()]
