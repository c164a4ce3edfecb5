"""AWS X-Ray: encryption, sampling rules and groups, which moto lacks; it keeps and answers traces.

https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

DEFAULT = "Default"
GROUPS, RULES = 25, 25
"""How many of each an account may have besides the default ones."""


@operation("xray", "GetEncryptionConfig")
def get_encryption(call: Call) -> dict[str, Any]:
    return {"EncryptionConfig": {"Status": "ACTIVE", "Type": "NONE", **call.store("xray.encryption")}}


@operation("xray", "PutEncryptionConfig")
def put_encryption(call: Call) -> dict[str, Any]:
    kind, key = call.params["Type"], call.params.get("KeyId")
    if (kind == "KMS") != bool(key):
        raise AwsError("InvalidRequestException", "KeyId is required for the type KMS, and only for it")
    kept = call.store("xray.encryption")
    kept.clear()
    kept.update({"Type": kind, **({"KeyId": key} if key else {})})
    return {"EncryptionConfig": {"Status": "ACTIVE", **kept}}


@operation("xray", "GetSamplingRules")
def get_rules(call: Call) -> dict[str, Any]:
    return {"SamplingRuleRecords": [_record(one) for one in _rules(call).values()]}


@operation("xray", "CreateSamplingRule")
def create_rule(call: Call) -> dict[str, Any]:
    rule = dict(call.params["SamplingRule"])
    name = rule.get("RuleName")
    if not name or rule["Version"] != 1 or not 1 <= rule["Priority"] <= 9999:
        raise AwsError("InvalidRequestException", "RuleName, a Priority of 1 to 9999 and Version 1 are required")
    rules = _rules(call)
    if name in rules:
        raise AwsError("InvalidRequestException", f"Sampling rule {name} already exists")
    if len(rules) > RULES:
        raise AwsError("RuleLimitExceededException", f"There can be no more than {RULES} sampling rules")
    _check_rate(rule)
    rule["RuleARN"] = f"arn:aws:xray:{call.region}:{call.account}:sampling-rule/{name}"
    now = datetime.now(UTC)
    rules[name] = {"SamplingRule": {"Attributes": {}, **rule}, "CreatedAt": now, "ModifiedAt": now}
    _tags(call)[rule["RuleARN"]] = list(call.params.get("Tags", []))
    return {"SamplingRuleRecord": _record(rules[name])}


@operation("xray", "UpdateSamplingRule")
def update_rule(call: Call) -> dict[str, Any]:
    given = dict(call.params["SamplingRuleUpdate"])
    found = _rule(call, given)
    if found["SamplingRule"]["RuleName"] == DEFAULT and not given.keys() <= {
        "RuleName",
        "RuleARN",
        "FixedRate",
        "ReservoirSize",
    }:
        raise AwsError("InvalidRequestException", "Only FixedRate and ReservoirSize of the default rule can be changed")
    _check_rate(given)
    found["SamplingRule"].update(given)
    found["ModifiedAt"] = datetime.now(UTC)
    return {"SamplingRuleRecord": _record(found)}


@operation("xray", "DeleteSamplingRule")
def delete_rule(call: Call) -> dict[str, Any]:
    found = _rule(call, call.params)
    name = found["SamplingRule"]["RuleName"]
    if name == DEFAULT:
        raise AwsError("InvalidRequestException", "The default sampling rule cannot be deleted")
    _tags(call).pop(found["SamplingRule"]["RuleARN"], None)
    return {"SamplingRuleRecord": _record(_rules(call).pop(name))}


@operation("xray", "GetGroups")
def get_groups(call: Call) -> dict[str, Any]:
    return {"Groups": [dict(one) for one in _groups(call).values()]}


@operation("xray", "CreateGroup")
def create_group(call: Call) -> dict[str, Any]:
    groups, name = _groups(call), call.params["GroupName"]
    if name in groups or name == DEFAULT:
        raise AwsError("InvalidRequestException", f"Group {name} already exists")
    if len(groups) >= GROUPS:
        raise AwsError("InvalidRequestException", f"There can be no more than {GROUPS} groups")
    arn = f"arn:aws:xray:{call.region}:{call.account}:group/{name}/{len(groups):026X}"
    given = {key: value for key, value in call.params.items() if key != "Tags"}
    groups[name] = {
        "InsightsConfiguration": {"InsightsEnabled": False, "NotificationsEnabled": False},
        **given,
        "GroupARN": arn,
    }
    _tags(call)[arn] = list(call.params.get("Tags", []))
    return {"Group": dict(groups[name])}


@operation("xray", "UpdateGroup")
def update_group(call: Call) -> dict[str, Any]:
    found = _group(call)
    found.update({key: value for key, value in call.params.items() if key not in ("GroupName", "GroupARN")})
    return {"Group": dict(found)}


@operation("xray", "DeleteGroup")
def delete_group(call: Call) -> dict[str, Any]:
    found = _group(call)
    _tags(call).pop(found["GroupARN"], None)
    del _groups(call)[found["GroupName"]]
    return {}


@operation("xray", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    return {"Tags": _tagged(call)}


@operation("xray", "TagResource")
def tag(call: Call) -> dict[str, Any]:
    new = {one["Key"]: one for one in call.params["Tags"]}
    kept = [one for one in _tagged(call) if one["Key"] not in new]
    _tags(call)[call.params["ResourceARN"]] = [*kept, *new.values()]
    return {}


@operation("xray", "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    kept = [one for one in _tagged(call) if one["Key"] not in call.params["TagKeys"]]
    _tags(call)[call.params["ResourceARN"]] = kept
    return {}


def _rules(call: Call) -> dict[str, dict[str, Any]]:
    rules = call.store("xray.sampling_rules")
    if DEFAULT not in rules:
        then = datetime(2020, 1, 1, tzinfo=UTC)
        anything = dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")
        arn = f"arn:aws:xray:{call.region}:{call.account}:sampling-rule/{DEFAULT}"
        numbers = {"Priority": 10000, "FixedRate": 0.05, "ReservoirSize": 1, "Version": 1}
        rule = {"RuleName": DEFAULT, "RuleARN": arn, **anything, **numbers, "Attributes": {}}
        rules[DEFAULT] = {"SamplingRule": rule, "CreatedAt": then, "ModifiedAt": then}
    return rules


def _rule(call: Call, named: dict[str, Any]) -> dict[str, Any]:
    name = named.get("RuleName") or named.get("RuleARN", "").rpartition("/")[2]
    if name not in _rules(call):
        raise AwsError("InvalidRequestException", f"Sampling rule {name} does not exist")
    return _rules(call)[name]


def _record(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "SamplingRule": dict(found["SamplingRule"])}


def _check_rate(rule: dict[str, Any]) -> None:
    if not 0 <= rule.get("FixedRate", 0) <= 1 or rule.get("ReservoirSize", 0) < 0:
        raise AwsError("InvalidRequestException", "FixedRate must be 0 to 1, and ReservoirSize not negative")


def _groups(call: Call) -> dict[str, dict[str, Any]]:
    return call.store("xray.groups")


def _group(call: Call) -> dict[str, Any]:
    for one in _groups(call).values():
        if call.params.get("GroupName") == one["GroupName"] or call.params.get("GroupARN") == one["GroupARN"]:
            return one
    raise AwsError("InvalidRequestException", "The group does not exist")


def _tags(call: Call) -> dict[str, list[dict[str, str]]]:
    return call.store("xray.tags")


def _tagged(call: Call) -> list[dict[str, str]]:
    arn = call.params["ResourceARN"]
    if arn not in _tags(call):
        raise AwsError("ResourceNotFoundException", f"There is no resource {arn}")
    return _tags(call)[arn]
