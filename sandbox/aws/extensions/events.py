"""EventBridge: events really go where the rules of the default bus say, to topics, queues and buses of other regions.

A target whose policy or key doesn't let EventBridge in gets nothing, and nobody is told: as of AWS, that is only to be
seen in what is missing. Topics and their keys are not told of the rule, so a condition on it keeps EventBridge out.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.event_patterns import matches, transformed
from sandbox.aws.extensions.kept_logs import put_events as put_log_events
from sandbox.aws.extensions.resource_policies import allows, key_allows

SERVICE = "events.amazonaws.com"
DEFAULT = "default"
Event = dict[str, Any]


# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEndpoints.html
@operation("events", "ListEndpoints")
def list_endpoints(call: Call) -> dict[str, Any]:
    """None: CreateEndpoint is not implemented."""
    return {"Endpoints": []}


@operation("events", "PutEvents")
def put_events(call: Call) -> dict[str, Any]:
    entries = [_put(call, entry) for entry in call.params["Entries"]]
    return {"FailedEntryCount": sum("ErrorCode" in entry for entry in entries), "Entries": entries}


# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
@operation("events", "TestEventPattern")
def test_event_pattern(call: Call) -> dict[str, Any]:
    try:
        pattern = json.loads(call.params["EventPattern"])
    except ValueError as error:
        raise AwsError("InvalidEventPatternException", "Event pattern is not valid. Reason: Invalid JSON") from error
    return {"Result": matches(pattern, json.loads(call.params["Event"]))}


def emit(
    call: Call, source: str, kind: str, detail: dict[str, Any], resources: list[str], region: str | None = None
) -> str:
    """Put an event that a service tells of on the default bus of a region; its id."""
    event = _event(call, source, kind, detail, resources, region or call.region)
    deliver(call, event, event["region"])
    return str(event["id"])


def deliver(call: Call, event: Event, region: str, bus: str = DEFAULT) -> None:
    """Send an event to the targets of all rules of a bus that match it."""
    buses = call.backend("events", region).event_buses
    rules = buses[bus].rules.values() if bus in buses else ()
    for rule in list(rules):
        pattern = rule.event_pattern.get_pattern()
        if rule.state != "DISABLED" and pattern and matches(pattern, event):
            for target in rule.targets:
                _send(call, event, rule, target)


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    missing = [name for name in ("Source", "DetailType", "Detail") if not entry.get(name)]
    if missing:
        message = f"Parameter {missing[0]} is not valid. Reason: {missing[0]} is a required argument."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    if entry["Source"].startswith("aws."):
        return {"ErrorCode": "NotAuthorizedForSource", "ErrorMessage": "Not authorized for the source."}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    resources = list(entry.get("Resources", []))
    event = _event(call, entry["Source"], entry["DetailType"], detail, resources, call.region)
    deliver(call, event, call.region, entry.get("EventBusName", DEFAULT).rpartition("/")[2])
    return {"EventId": str(event["id"])}


def _event(call: Call, source: str, kind: str, detail: Any, resources: list[str], region: str) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": call.account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": resources,
        "detail": detail,
    }


def _send(call: Call, event: Event, rule: Any, target: Mapping[str, Any]) -> None:
    arn = target["Arn"]
    service, region, _account, name = arn.split(":", 5)[2:6]
    transformer = target.get("InputTransformer")
    text = transformed(transformer, event, rule.name) if transformer else json.dumps(event)
    if service == "sns":
        topic = call.backend("sns", region).topics.get(arn)
        lets = topic and allows(topic.policy, SERVICE, "sns:Publish", arn, tells=False)
        if lets and _may_encrypt(call, topic, region):
            topic.publish(text)
    elif service == "sqs":
        queue = call.backend("sqs", region).queues.get(name)
        if queue and allows(queue.policy, SERVICE, "sqs:SendMessage", arn):
            call.backend("sqs", region).send_message(name, text)
    elif service == "events" and name.startswith("event-bus/"):
        if _role_exists(call, target.get("RoleArn", "")):
            deliver(call, event, region, name.partition("/")[2])
    elif service == "logs":
        moment = int(datetime.now(UTC).timestamp() * 1000)
        put_log_events(call, name.partition(":")[2].removesuffix(":*"), rule.name, [(moment, text)], region)
    else:
        raise UnsupportedError(f"target {arn}")


def _may_encrypt(call: Call, topic: Any, region: str) -> bool:
    key = topic.kms_master_key_id
    return not key or all(
        key_allows(call, key, SERVICE, action, region, tells=False) for action in ("kms:Decrypt", "kms:GenerateDataKey")
    )


def _role_exists(call: Call, arn: str) -> bool:
    return any(role.arn == arn for role in call.backend("iam").roles.values())
