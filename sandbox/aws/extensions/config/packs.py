"""Conformance packs.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.config.tags import tags_of

KIND = "AWS::Config::ConfigRule"


@operation("config", "PutConformancePack")
def put(call: Call) -> dict[str, Any]:
    params = call.params
    if not call.backend().recorders:
        raise AwsError("NoAvailableConfigurationRecorderException", "Configuration recorder is not available.")
    name, now = params["ConformancePackName"], datetime.now(UTC)
    former = _packs(call).get(name)
    identifier = former["ConformancePackId"] if former else f"conformance-pack-{uuid4().hex[:9]}"
    arn = f"arn:aws:config:{call.region}:{call.account}:conformance-pack/{name}/{identifier}"
    rules = _rules(params)
    if not former:
        tags_of(call, arn).update({one["Key"]: one["Value"] for one in params.get("Tags", [])})
    _packs(call)[name] = {
        "ConformancePackName": name,
        "ConformancePackArn": arn,
        "ConformancePackId": identifier,
        "DeliveryS3Bucket": params.get("DeliveryS3Bucket", ""),
        "DeliveryS3KeyPrefix": params.get("DeliveryS3KeyPrefix", ""),
        "ConformancePackInputParameters": params.get("ConformancePackInputParameters", []),
        "LastUpdateRequestedTime": now,
        "Type": "CUSTOM",
        "rules": [f"{rule}-{identifier}" for rule in rules],
    }
    return {"ConformancePackArn": arn}


@operation("config", "DescribeConformancePacks")
def describe(call: Call) -> dict[str, Any]:
    return {
        "ConformancePackDetails": [
            {name: value for name, value in one.items() if name != "rules"} for one in _wanted(call)
        ]
    }


@operation("config", "DescribeConformancePackStatus")
def status(call: Call) -> dict[str, Any]:
    return {
        "ConformancePackStatusDetails": [
            {
                **{name: one[name] for name in ("ConformancePackName", "ConformancePackId", "ConformancePackArn")},
                "ConformancePackState": "CREATE_COMPLETE",
                "LastUpdateRequestedTime": one["LastUpdateRequestedTime"],
                "LastUpdateCompletedTime": one["LastUpdateRequestedTime"],
                "Type": "CUSTOM",
            }
            for one in _wanted(call)
        ]
    }


@operation("config", "DescribeConformancePackCompliance")
def compliance(call: Call) -> dict[str, Any]:
    pack = _pack(call, call.params["ConformancePackName"])
    return {
        "ConformancePackName": pack["ConformancePackName"],
        "ConformancePackRuleComplianceList": [
            {"ConfigRuleName": rule, "ComplianceType": "INSUFFICIENT_DATA", "Controls": []} for rule in pack["rules"]
        ],
    }


@operation("config", "DeleteConformancePack")
def delete(call: Call) -> dict[str, Any]:
    pack = _pack(call, call.params["ConformancePackName"])
    call.store("config.tags").pop(pack["ConformancePackArn"], None)
    del _packs(call)[pack["ConformancePackName"]]
    return {}


def _rules(params: dict[str, Any]) -> list[str]:
    """Names of the rules of a template, which is JSON here, and may be YAML on AWS."""
    if "TemplateBody" not in params:
        raise UnsupportedError("a conformance pack without TemplateBody")
    try:
        resources = json.loads(params["TemplateBody"])["Resources"]
    except ValueError as error:
        raise UnsupportedError("a template that is not JSON") from error
    except KeyError as error:
        message = "Template format error: At least one Resources member must be defined."
        raise AwsError("ConformancePackTemplateValidationException", message) from error
    strange = sorted({one.get("Type") for one in resources.values()} - {KIND})
    if strange:
        message = f"Template contains resource types that are not supported here: {', '.join(map(str, strange))}"
        raise AwsError("ConformancePackTemplateValidationException", message)
    return [one["Properties"]["ConfigRuleName"] for one in resources.values()]


def _wanted(call: Call) -> list[dict[str, Any]]:
    names = call.params.get("ConformancePackNames") or list(_packs(call))
    return [_pack(call, name) for name in names]


def _pack(call: Call, name: str) -> dict[str, Any]:
    if name not in _packs(call):
        message = f"The conformance pack {name} does not exist."
        raise AwsError("NoSuchConformancePackException", message)
    return _packs(call)[name]


def _packs(call: Call) -> dict[str, dict[str, Any]]:
    return call.store("config.packs")
