"""CloudWatch: alarms as AWS lists them (types, pages, absent fields), and composite alarms.

A new alarm is OK at once, where AWS says INSUFFICIENT_DATA until its first evaluation: nothing evaluates alarms here.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

DEFAULT_PAGE, LONGEST_PAGE = 50, 100
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")


@operation("cloudwatch", "PutMetricAlarm")
def put_metric_alarm(call: Call) -> dict[str, Any]:
    """AWS takes tags only when it creates the alarm."""
    params = dict(call.params)
    if params["AlarmName"] in call.backend().alarms and params.pop("Tags", None):
        return call.moto(params)
    return call.moto()


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(call: Call) -> dict[str, Any]:
    params = {key: value for key, value in call.params.items() if key not in ("MaxRecords", "NextToken", "AlarmTypes")}
    kinds = call.params.get("AlarmTypes", [METRIC])
    alarms: list[tuple[str, dict[str, Any]]] = []
    if METRIC in kinds:
        alarms += [(METRIC, _as_aws(alarm)) for alarm in call.moto(params)["MetricAlarms"]]
    if COMPOSITE in kinds:
        alarms += [(COMPOSITE, alarm) for alarm in _composites(call).values() if _is_asked_for(alarm, params)]
    start = int(call.params.get("NextToken", 0))
    end = start + min(call.params.get("MaxRecords", DEFAULT_PAGE), LONGEST_PAGE)
    output: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": []}
    for kind, alarm in alarms[start:end]:
        output[f"{kind}s"].append(alarm)
    if end < len(alarms):
        output["NextToken"] = str(end)
    return output


@operation("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(call: Call) -> dict[str, Any]:
    name, now = call.params["AlarmName"], datetime.now(UTC)
    composites = _composites(call)
    former = composites.get(name)
    arn = f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{name}"
    given = {key: value for key, value in call.params.items() if key != "Tags"}
    state = {
        "StateValue": former["StateValue"] if former else "OK",
        "StateReason": former["StateReason"] if former else "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": former["StateUpdatedTimestamp"] if former else now,
    }
    composites[name] = {
        "ActionsEnabled": True,
        **{key: [] for key in LISTS},
        **given,
        **state,
        "AlarmArn": arn,
        "AlarmConfigurationUpdatedTimestamp": now,
    }
    if former is None and "Tags" in call.params:
        call.backend().tagger.tag_resource(arn, call.params["Tags"])
    return {}


@operation("cloudwatch", "DeleteAlarms")
def delete_alarms(call: Call) -> dict[str, Any]:
    composites = _composites(call)
    metric_alarms = call.backend().alarms
    missing = [name for name in call.params["AlarmNames"] if name not in composites and name not in metric_alarms]
    if missing:
        raise AwsError("ResourceNotFound", f"Alarms not found: {', '.join(missing)}")
    for name in call.params["AlarmNames"]:
        composites.pop(name, None)
    return call.moto()


def _composites(call: Call) -> dict[str, dict[str, Any]]:
    return call.store("cloudwatch.composite_alarms")


def _as_aws(alarm: dict[str, Any]) -> dict[str, Any]:
    """An alarm on one metric has no list of metric queries, one on an expression no dimensions."""
    if not alarm.get("Metrics"):
        alarm.pop("Metrics", None)
    elif not alarm.get("Dimensions"):
        alarm.pop("Dimensions", None)
    return alarm


def _is_asked_for(alarm: dict[str, Any], params: dict[str, Any]) -> bool:
    return (
        alarm["AlarmName"] in params.get("AlarmNames", [alarm["AlarmName"]])
        and alarm["AlarmName"].startswith(params.get("AlarmNamePrefix", ""))
        and alarm["StateValue"] == params.get("StateValue", alarm["StateValue"])
    )
