"""Groups of protections. moto has none."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.shield.account import require_subscription, shield_of

GROUPS = "shield.protection_groups"
NEEDED = {"ARBITRARY": "Members", "BY_RESOURCE_TYPE": "ResourceType"}
MOST = 100
PER_PAGE = 100


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_CreateProtectionGroup.html
# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_UpdateProtectionGroup.html
@operation("shield", "CreateProtectionGroup", "UpdateProtectionGroup")
def put(call: Call) -> dict[str, Any]:
    require_subscription(call)
    params = {name: value for name, value in call.params.items() if name != "Tags"}
    name, creates = params["ProtectionGroupId"], call.operation == "CreateProtectionGroup"
    if creates and name in _groups(call):
        raise AwsError("ResourceAlreadyExistsException", "The protection group already exists.")
    if not creates:
        _group(call, name)
    if creates and len(_groups(call)) == MOST:
        raise AwsError("LimitsExceededException", "There are as many protection groups as may be.")
    for pattern, needed in NEEDED.items():
        if (params["Pattern"] == pattern) != bool(params.get(needed)):
            raise AwsError("InvalidParameterException", f"{needed} must be given with pattern {pattern} only.")
    known = {one.resource_arn for one in shield_of(call).protections.values()}
    if missing := sorted(set(params.get("Members", [])) - known):
        raise AwsError("ResourceNotFoundException", f"No protection exists of {', '.join(missing)}.")
    arn = f"arn:aws:shield::{call.account}:protection-group/{name}"
    _groups(call)[name] = {"Members": [], **params, "ProtectionGroupArn": arn}
    if creates:
        shield_of(call).tag_resource(arn, call.params.get("Tags", []))
    return {}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_DescribeProtectionGroup.html
@operation("shield", "DescribeProtectionGroup")
def describe(call: Call) -> dict[str, Any]:
    require_subscription(call)
    return {"ProtectionGroup": _group(call, call.params["ProtectionGroupId"])}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_ListProtectionGroups.html
@operation("shield", "ListProtectionGroups")
def listed(call: Call) -> dict[str, Any]:
    require_subscription(call)
    found, start = list(_groups(call).values()), int(call.params.get("NextToken", 0))
    most = call.params.get("MaxResults", PER_PAGE)
    following = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {"ProtectionGroups": found[start : start + most], **following}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_DeleteProtectionGroup.html
@operation("shield", "DeleteProtectionGroup")
def delete(call: Call) -> dict[str, Any]:
    require_subscription(call)
    del _groups(call)[_group(call, call.params["ProtectionGroupId"])["ProtectionGroupId"]]
    return {}


def _groups(call: Call) -> dict[str, dict[str, Any]]:
    return call.store(GROUPS, "global")


def _group(call: Call, name: str) -> dict[str, Any]:
    if name not in _groups(call):
        raise AwsError("ResourceNotFoundException", "The protection group does not exist.")
    return _groups(call)[name]
