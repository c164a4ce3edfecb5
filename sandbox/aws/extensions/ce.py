"""Cost Explorer: anomaly monitors, their subscriptions, and which tags costs are told by. moto has none of these.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Cost_Explorer_Service.html

What differs from AWS: nothing costs anything, so there are no anomalies; and the keys of tags are known to billing at
once, where AWS takes up to 24 hours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

KINDS = {"AnomalyMonitor": "Monitor", "AnomalySubscription": "Subscription"}
CHANNEL = {"IMMEDIATE": "SNS", "DAILY": "EMAIL", "WEEKLY": "EMAIL"}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CreateAnomalyMonitor.html
@operation("ce", "CreateAnomalyMonitor")
def create_monitor(call: Call) -> dict[str, Any]:
    monitor = call.params["AnomalyMonitor"]
    dimensional = monitor["MonitorType"] == "DIMENSIONAL"
    if dimensional != ("MonitorDimension" in monitor) or dimensional == ("MonitorSpecification" in monitor):
        raise _invalid("A DIMENSIONAL monitor has a MonitorDimension, a CUSTOM one a MonitorSpecification")
    if dimensional and any(
        one.get("MonitorDimension") == monitor["MonitorDimension"] for one in _all(call, "AnomalyMonitor").values()
    ):
        message = "Limit exceeded on dimensional spend monitor creation"
        raise AwsError("LimitExceededException", message)
    return {"MonitorArn": _make(call, "AnomalyMonitor", monitor)}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateAnomalyMonitor.html
@operation("ce", "UpdateAnomalyMonitor")
def update_monitor(call: Call) -> dict[str, Any]:
    found = _one(call, "AnomalyMonitor")
    found["MonitorName"] = call.params.get("MonitorName", found["MonitorName"])
    return {"MonitorArn": found["MonitorArn"]}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CreateAnomalySubscription.html
@operation("ce", "CreateAnomalySubscription")
def create_subscription(call: Call) -> dict[str, Any]:
    subscription = call.params["AnomalySubscription"]
    _check(call, subscription)
    return {"SubscriptionArn": _make(call, "AnomalySubscription", {**subscription, "AccountId": call.account})}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateAnomalySubscription.html
@operation("ce", "UpdateAnomalySubscription")
def update_subscription(call: Call) -> dict[str, Any]:
    found, given = _one(call, "AnomalySubscription"), dict(call.params)
    if "ThresholdExpression" in given:
        found.pop("Threshold", None)
    new = {**found, **given}
    _check(call, new)
    found.update(new)
    return {"SubscriptionArn": found["SubscriptionArn"]}


@operation("ce", "GetAnomalyMonitors", "GetAnomalySubscriptions")
def listed(call: Call) -> dict[str, Any]:
    kind = call.operation.removeprefix("Get").removesuffix("s")
    wanted = call.params.get(f"{KINDS[kind]}ArnList")
    found = [one for arn, one in _all(call, kind).items() if wanted is None or arn in wanted]
    if "MonitorArn" in call.params:
        found = [one for one in found if call.params["MonitorArn"] in one["MonitorArnList"]]
    return {f"{kind}s": found}


@operation("ce", "DeleteAnomalyMonitor", "DeleteAnomalySubscription")
def delete(call: Call) -> dict[str, Any]:
    kind = call.operation.removeprefix("Delete")
    found = _one(call, kind)
    del _all(call, kind)[found[f"{KINDS[kind]}Arn"]]
    return {}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostAllocationTags.html
@operation("ce", "ListCostAllocationTags")
def cost_tags(call: Call) -> dict[str, Any]:
    wanted = call.params.get("TagKeys")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = [
        {"TagKey": key, "Type": "UserDefined", "Status": _statuses(call).get(key, "Inactive"), "LastUsedDate": now}
        for key in sorted(_keys(call))
        if wanted is None or key in wanted
    ]
    status = call.params.get("Status")
    return {"CostAllocationTags": [one for one in found if status in (None, one["Status"])]}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html
@operation("ce", "UpdateCostAllocationTagsStatus")
def set_status(call: Call) -> dict[str, Any]:
    given = {one["TagKey"]: one["Status"] for one in call.params["CostAllocationTagsStatus"]}
    unknown = sorted(given.keys() - _keys(call))
    _statuses(call).update({key: status for key, status in given.items() if key not in unknown})
    return {
        "Errors": [
            {"TagKey": key, "Code": "TagKeysNotFoundException", "Message": "Tag keys not found"} for key in unknown
        ]
    }


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _all(call: Call, kind: str) -> dict[str, dict[str, Any]]:
    return call.store(f"ce.{kind}", "global")


def _statuses(call: Call) -> dict[str, str]:
    return call.store("ce.cost_allocation_tags", "global")


def _keys(call: Call) -> set[str]:
    """Keys of tags that resources of the account carry."""
    found: set[str] = set()
    token = ""
    while True:
        given = {"PaginationToken": token} if token else {}
        page = call.ask("resourcegroupstaggingapi", "GetTagKeys", region="ap-northeast-1", **given)
        found |= set(page["TagKeys"])
        token = page.get("PaginationToken", "")
        if not token:
            return found


def _make(call: Call, kind: str, given: dict[str, Any]) -> str:
    arn = f"arn:aws:ce::{call.account}:{kind.lower()}/{uuid4()}"
    _all(call, kind)[arn] = {**given, f"{KINDS[kind]}Arn": arn}
    if "ResourceTags" in call.params:
        call.ask("ce", "TagResource", ResourceArn=arn, ResourceTags=call.params["ResourceTags"])
    return arn


def _one(call: Call, kind: str) -> dict[str, Any]:
    arn = call.params[f"{KINDS[kind]}Arn"]
    if arn not in _all(call, kind):
        raise AwsError(f"Unknown{KINDS[kind]}Exception", f"{arn} does not exist")
    return _all(call, kind)[arn]


def _check(call: Call, subscription: dict[str, Any]) -> None:
    missing = sorted(set(subscription["MonitorArnList"]) - _all(call, "AnomalyMonitor").keys())
    if missing or not subscription["MonitorArnList"]:
        raise AwsError("UnknownMonitorException", f"Unknown monitors: {', '.join(missing)}")
    if ("Threshold" in subscription) == ("ThresholdExpression" in subscription):
        raise _invalid("One of Threshold or ThresholdExpression is required, and not both")
    channel = CHANNEL[subscription["Frequency"]]
    if not subscription["Subscribers"] or any(one["Type"] != channel for one in subscription["Subscribers"]):
        raise _invalid(f"{subscription['Frequency']} notifications go to subscribers of type {channel} only")
