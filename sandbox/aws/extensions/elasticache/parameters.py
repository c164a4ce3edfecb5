"""Cache parameter groups of Redis 7; moto has none."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.elasticache import servers
from sandbox.aws.extensions.elasticache.catalogue import PARAMETERS, groups
from sandbox.aws.extensions.elasticache.tags import arn, forget, tag

FAMILIES = frozenset({"redis6.x", "redis7", "valkey7", "valkey8"})
PER_REQUEST = 20


def exists(call: Call, group: str) -> bool:
    return group in groups(call) or group.startswith("default.")


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html
@operation("elasticache", "CreateCacheParameterGroup")
def create(call: Call) -> dict[str, Any]:
    name, family = call.params["CacheParameterGroupName"].lower(), call.params["CacheParameterGroupFamily"]
    if name in groups(call):
        raise AwsError("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.")
    if family not in FAMILIES:
        raise AwsError(
            "InvalidParameterValue", f"CacheParameterGroupFamily {family} is not a valid parameter group family."
        )
    groups(call)[name] = {
        "shown": {
            "CacheParameterGroupName": name,
            "CacheParameterGroupFamily": family,
            "Description": call.params["Description"],
            "IsGlobal": False,
            "ARN": arn(call, "parametergroup", name),
        },
        "values": {},
    }
    tag(call, arn(call, "parametergroup", name), call.params.get("Tags", []))
    return {"CacheParameterGroup": groups(call)[name]["shown"]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameterGroups.html
@operation("elasticache", "DescribeCacheParameterGroups")
def describe(call: Call) -> dict[str, Any]:
    if "CacheParameterGroupName" in call.params:
        return {"CacheParameterGroups": [_group(call)["shown"]]}
    return {"CacheParameterGroups": [group["shown"] for group in groups(call).values()]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameters.html
@operation("elasticache", "DescribeCacheParameters")
def describe_parameters(call: Call) -> dict[str, Any]:
    values = _group(call)["values"]
    listed = [
        {**parameter, "ParameterValue": values[name], "Source": "user"} if name in values else parameter
        for name, parameter in PARAMETERS.items()
    ]
    source = call.params.get("Source")
    found = [parameter for parameter in listed if source in (None, parameter["Source"])]
    start = int(call.params.get("Marker") or 0)
    end = start + int(call.params.get("MaxRecords") or 100)
    return {"Parameters": found[start:end], **({"Marker": str(end)} if end < len(found) else {})}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheParameterGroup.html
@operation("elasticache", "ModifyCacheParameterGroup")
def modify(call: Call) -> dict[str, Any]:
    changes = call.params["ParameterNameValues"]
    if len(changes) > PER_REQUEST:
        raise AwsError("InvalidParameterValue", f"A maximum of {PER_REQUEST} parameters can be modified per request.")
    for change in changes:
        _check(change["ParameterName"], change["ParameterValue"])
    group = _group(call)
    group["values"] |= {change["ParameterName"]: change["ParameterValue"] for change in changes}
    servers.configure(call, lambda record: record["CacheParameterGroupName"] == call.params["CacheParameterGroupName"])
    return {"CacheParameterGroupName": group["shown"]["CacheParameterGroupName"]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ResetCacheParameterGroup.html
@operation("elasticache", "ResetCacheParameterGroup")
def reset(call: Call) -> dict[str, Any]:
    group = _group(call)
    named = [change["ParameterName"] for change in call.params.get("ParameterNameValues", [])]
    for name in named or list(group["values"]):
        group["values"].pop(name, None)
    servers.configure(call, lambda record: record["CacheParameterGroupName"] == call.params["CacheParameterGroupName"])
    return {"CacheParameterGroupName": group["shown"]["CacheParameterGroupName"]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheParameterGroup.html
@operation("elasticache", "DeleteCacheParameterGroup")
def delete(call: Call) -> None:
    name = _group(call)["shown"]["CacheParameterGroupName"]
    if any(group.get("CacheParameterGroupName") == name for group in call.store("elasticache.groups").values()):
        raise AwsError(
            "InvalidCacheParameterGroupState", "One or more cache clusters are still members of this parameter group."
        )
    del groups(call)[name]
    forget(call, arn(call, "parametergroup", name))


def _group(call: Call) -> dict[str, Any]:
    name = call.params["CacheParameterGroupName"].lower()
    if name not in groups(call):
        raise AwsError("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    found: dict[str, Any] = groups(call)[name]
    return found


def _check(name: str, value: str) -> None:
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}")
    if not parameter["IsModifiable"]:
        raise AwsError("InvalidParameterValue", f"The parameter {name} cannot be modified.")
    if not _accepts(parameter, value):
        raise AwsError(
            "InvalidParameterValue", f"The value {value} for {name} is not one of {parameter['AllowedValues']}."
        )


def _accepts(parameter: dict[str, Any], value: str) -> bool:
    allowed = parameter.get("AllowedValues")
    if allowed is None:
        return True
    if parameter["DataType"] == "string":
        return value in allowed.split(",")
    if not value.lstrip("-").isdigit():
        return False
    for part in allowed.split(","):
        low, dash, high = part[1:].partition("-")
        low = int(part[0] + low)
        if int(value) == low or (dash and low <= int(value) <= int(high or 2**63)):
            return True
    return False
