"""Security Hub: standards, aggregation of regions, and findings that are told of as events.

What differs from AWS: no control is ever judged, and findings reach the aggregating region at once.
https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Operations.html
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.events import emit

# https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
STANDARDS = {
    "aws-foundational-security-best-practices/v/1.0.0": "AWS Foundational Security Best Practices v1.0.0",
    "aws-resource-tagging-standard/v/1.0.0": "AWS Resource Tagging Standard v1.0.0",
    "cis-aws-foundations-benchmark/v/1.4.0": "CIS AWS Foundations Benchmark v1.4.0",
    "cis-aws-foundations-benchmark/v/3.0.0": "CIS AWS Foundations Benchmark v3.0.0",
    "nist-800-53/v/5.0.0": "NIST Special Publication 800-53 Revision 5",
    "pci-dss/v/3.2.1": "PCI DSS v3.2.1",
    "pci-dss/v/4.0.1": "PCI DSS v4.0.1",
}
AGGREGATOR = "securityhub.aggregator"
IMPORTED = "Security Hub Findings - Imported"


@operation("securityhub", "EnableSecurityHub")
def enable(call: Call) -> dict[str, Any]:
    if call.backend().enabled:
        raise AwsError("ResourceConflictException", "Account is already subscribed to Security Hub")
    call.moto()
    _settings(call).update(
        AutoEnableControls=True,
        ControlFindingGenerator=call.params.get("ControlFindingGenerator", "SECURITY_CONTROL"),
    )
    if call.params.get("EnableDefaultStandards", True):
        _enable(call, next(iter(STANDARDS)))
    return {}


@operation("securityhub", "DisableSecurityHub")
def disable(call: Call) -> dict[str, Any]:
    call.moto()
    _settings(call).clear()
    _subscriptions(call).clear()
    aggregator = call.store(AGGREGATOR, "global")
    if aggregator.get("FindingAggregationRegion") == call.region:
        aggregator.clear()
    return {}


@operation("securityhub", "DescribeHub")
def describe(call: Call) -> dict[str, Any]:
    return {**call.moto(), **_settings(call)}


@operation("securityhub", "UpdateSecurityHubConfiguration")
def configure(call: Call) -> dict[str, Any]:
    _require_hub(call)
    _settings(call).update(call.params)
    return {}


@operation("securityhub", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    _require_hub(call)
    return {"Tags": dict(call.backend().tags)}


@operation("securityhub", "TagResource")
def tag(call: Call) -> dict[str, Any]:
    _require_hub(call)
    call.backend().tags = {**call.backend().tags, **call.params["Tags"]}
    return {}


@operation("securityhub", "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    _require_hub(call)
    removed = call.params["TagKeys"]
    call.backend().tags = {key: value for key, value in call.backend().tags.items() if key not in removed}
    return {}


@operation("securityhub", "DescribeStandards")
def describe_standards(call: Call) -> dict[str, Any]:
    return {
        "Standards": [
            {"StandardsArn": _standard(call, name), "Name": title, "EnabledByDefault": not index}
            for index, (name, title) in enumerate(STANDARDS.items())
        ]
    }


@operation("securityhub", "BatchEnableStandards")
def enable_standards(call: Call) -> dict[str, Any]:
    _require_hub(call)
    names = [one["StandardsArn"].partition("/")[2] for one in call.params["StandardsSubscriptionRequests"]]
    for request, name in zip(call.params["StandardsSubscriptionRequests"], names, strict=True):
        if name not in STANDARDS or request["StandardsArn"] != _standard(call, name):
            raise AwsError("InvalidInputException", f"Invalid parameter: {request['StandardsArn']}")
        _enable(call, name)
    return {"StandardsSubscriptions": [_told(call, name) for name in names]}


@operation("securityhub", "BatchDisableStandards")
def disable_standards(call: Call) -> dict[str, Any]:
    _require_hub(call)
    subscriptions = _subscriptions(call)
    gone = [name for name, one in subscriptions.items() if one in call.params["StandardsSubscriptionArns"]]
    told = [{**_told(call, name), "StandardsStatus": "DELETING"} for name in gone]
    for name in gone:
        del subscriptions[name]
    return {"StandardsSubscriptions": told}


@operation("securityhub", "GetEnabledStandards")
def enabled_standards(call: Call) -> dict[str, Any]:
    _require_hub(call)
    return {"StandardsSubscriptions": [_told(call, name) for name in _subscriptions(call)]}


@operation("securityhub", "CreateFindingAggregator")
def create_aggregator(call: Call) -> dict[str, Any]:
    _require_hub(call)
    if call.store(AGGREGATOR, "global"):
        raise AwsError("InvalidInputException", "A finding aggregator already exists in this account.")
    identifier = uuid.uuid4()
    arn = f"arn:aws:securityhub:{call.region}:{call.account}:finding-aggregator/{identifier}"
    call.store(AGGREGATOR, "global").update(
        FindingAggregatorArn=arn, FindingAggregationRegion=call.region, **_linking(call)
    )
    return dict(call.store(AGGREGATOR, "global"))


@operation("securityhub", "UpdateFindingAggregator")
def update_aggregator(call: Call) -> dict[str, Any]:
    _aggregator(call).update({"Regions": [], **_linking(call)})
    return dict(_aggregator(call))


@operation("securityhub", "GetFindingAggregator")
def get_aggregator(call: Call) -> dict[str, Any]:
    return dict(_aggregator(call))


@operation("securityhub", "ListFindingAggregators")
def list_aggregators(call: Call) -> dict[str, Any]:
    _require_hub(call)
    found = call.store(AGGREGATOR, "global")
    return {"FindingAggregators": [{"FindingAggregatorArn": found["FindingAggregatorArn"]}] if found else []}


@operation("securityhub", "DeleteFindingAggregator")
def delete_aggregator(call: Call) -> dict[str, Any]:
    _aggregator(call).clear()
    return {}


# https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-integration-types.html
@operation("securityhub", "BatchImportFindings")
def import_findings(call: Call) -> dict[str, Any]:
    _require_hub(call)
    product = f"arn:aws:securityhub:{call.region}:{call.account}:product/{call.account}/default"
    if any(one["ProductArn"] != product for one in call.params["Findings"]):
        raise AwsError("InvalidAccessException", "The account is not authorized to import findings of this product.")
    answer = call.moto()
    refused = {one["Id"] for one in answer.get("FailedFindings", [])}
    regions = [call.region]
    aggregating = call.store(AGGREGATOR, "global")
    if aggregating and call.region != aggregating["FindingAggregationRegion"] and _linked(aggregating, call.region):
        regions.append(aggregating["FindingAggregationRegion"])
    for finding in call.params["Findings"]:
        if finding["Id"] not in refused:
            told = {"RecordState": "ACTIVE", "Workflow": {"Status": "NEW"}, "Region": call.region, **finding}
            for region in regions:
                emit(call, "aws.securityhub", IMPORTED, {"findings": [told]}, [finding["Id"]], region)
    return answer


def _linked(aggregator: dict[str, Any], region: str) -> bool:
    mode, regions = aggregator["RegionLinkingMode"], aggregator.get("Regions", [])
    return {
        "ALL_REGIONS": True,
        "ALL_REGIONS_EXCEPT_SPECIFIED": region not in regions,
        "SPECIFIED_REGIONS": region in regions,
        "NO_REGIONS": False,
    }[mode]


def _linking(call: Call) -> dict[str, Any]:
    return {name: call.params[name] for name in ("RegionLinkingMode", "Regions") if name in call.params}


def _aggregator(call: Call) -> dict[str, Any]:
    found = call.store(AGGREGATOR, "global")
    if not found or found["FindingAggregatorArn"] != call.params["FindingAggregatorArn"]:
        raise AwsError("ResourceNotFoundException", "The finding aggregator does not exist.")
    return found


def _enable(call: Call, name: str) -> None:
    arn = f"arn:aws:securityhub:{call.region}:{call.account}:subscription/{name}"
    _subscriptions(call).setdefault(name, arn)


def _told(call: Call, name: str) -> dict[str, Any]:
    """Without a recorder of Config that records, a standard judges next to nothing."""
    recorders = call.backend("config").recorders.values()
    judged = any(recorder.status.recording for recorder in recorders)
    return {
        "StandardsSubscriptionArn": _subscriptions(call)[name],
        "StandardsArn": _standard(call, name),
        "StandardsInput": {},
        "StandardsStatus": "READY" if judged else "INCOMPLETE",
        **({} if judged else {"StandardsStatusReason": {"StatusReasonCode": "NO_AVAILABLE_CONFIGURATION_RECORDER"}}),
    }


def _standard(call: Call, name: str) -> str:
    return f"arn:aws:securityhub:{call.region}::standards/{name}"


def _settings(call: Call) -> dict[str, Any]:
    return call.store("securityhub.settings")


def _subscriptions(call: Call) -> dict[str, str]:
    return call.store("securityhub.standards")


def _require_hub(call: Call) -> None:
    if not call.backend().enabled:
        raise AwsError("InvalidAccessException", f"Account {call.account} is not subscribed to AWS Security Hub")
