"""LookupEvents: the management events of the last 90 days, from the log of calls.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.cloudtrail.records import TIME, identity, is_data_event

DAYS = 90
MOST = 50
NAMESPACE = uuid.UUID("8a5de0a4-5a5b-4b4f-8f0e-1d2c3b4a5968")
# Attribute: the key of an event that holds it.
ATTRIBUTES = {
    "AccessKeyId": "AccessKeyId",
    "EventId": "EventId",
    "EventName": "EventName",
    "EventSource": "EventSource",
    "ReadOnly": "ReadOnly",
}


@operation("cloudtrail", "LookupEvents")
def lookup_events(call: Call) -> dict[str, Any]:
    """The newest first. What a call was about is not in the log of calls: events name no resources."""
    params = call.params
    now = datetime.now(UTC)
    start, end = _utc(params.get("StartTime", now - timedelta(days=DAYS))), _utc(params.get("EndTime", now))
    wanted = {one["AttributeKey"]: one["AttributeValue"] for one in params.get("LookupAttributes", [])}
    if unknown := wanted.keys() - ATTRIBUTES.keys():
        raise AwsError("InvalidLookupAttributesException", f"Not recorded by the sandbox: {', '.join(sorted(unknown))}")
    events = ((entry, _event(entry)) for entry in call.calls() if _is_management(entry, call.region))
    found = [
        (entry, event)
        for entry, event in events
        if start <= event["EventTime"] <= end and all(event[ATTRIBUTES[key]] == value for key, value in wanted.items())
    ]
    found.reverse()
    skip, most = int(params.get("NextToken", 0)), params.get("MaxResults", MOST)
    told = [{**event, "CloudTrailEvent": _record(call, entry, event)} for entry, event in found[skip : skip + most]]
    answer: dict[str, Any] = {"Events": told}
    if len(found) > skip + most:
        answer["NextToken"] = str(skip + most)
    return answer


def _is_management(entry: Mapping[str, Any], region: str) -> bool:
    return (
        bool(entry["operation"])
        and entry["region"] == region
        and not is_data_event(entry["service"], entry["operation"])
    )


def _event(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EventId": str(uuid.uuid5(NAMESPACE, f"{entry['sequence']} {entry['time']}")),
        "EventName": entry["operation"],
        "EventSource": f"{entry['service']}.amazonaws.com",
        "ReadOnly": str(not entry["mutating"]).lower(),
        "AccessKeyId": entry["access_key"],
        "EventTime": datetime.fromisoformat(entry["time"]),
        "Resources": [],
    }


def _record(call: Call, entry: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity(call, entry["access_key"], entry["region"]),
        "eventID": event["EventId"],
        "eventName": event["EventName"],
        "eventSource": event["EventSource"],
        "eventTime": event["EventTime"].strftime(TIME),
        "awsRegion": entry["region"],
        "readOnly": not entry["mutating"],
        "managementEvent": True,
        "eventCategory": "Management",
        "recipientAccountId": call.account,
        **({"errorCode": entry["error"]} if entry["error"] else {}),
    }
    return json.dumps(record)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
