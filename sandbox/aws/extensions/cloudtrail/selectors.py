"""Whether a trail's selectors choose an event. Pure.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

OBJECTS = "AWS::S3::Object"

# The condition holds when any value does; a negative one when all do.
CONDITIONS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "Equals": (lambda have, want: have == want, True),
    "StartsWith": (str.startswith, True),
    "EndsWith": (str.endswith, True),
    "NotEquals": (lambda have, want: have == want, False),
    "NotStartsWith": (str.startswith, False),
    "NotEndsWith": (str.endswith, False),
}


def chosen(event: Mapping[str, Any], basic: Sequence[Mapping[str, Any]], advanced: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any selector chooses an event (a record as it is delivered)."""
    if advanced:
        facts = _facts(event)
        return any(all(_holds(facts, field) for field in one["FieldSelectors"]) for one in advanced)
    return any(_basic(event, one) for one in basic)


def _facts(event: Mapping[str, Any]) -> dict[str, str]:
    resource: Mapping[str, str] = next(iter(event.get("resources", [])), {})
    return {
        "eventCategory": event["eventCategory"],
        "eventName": event["eventName"],
        "eventSource": event["eventSource"],
        "readOnly": str(event["readOnly"]).lower(),
        "resources.type": resource.get("type", ""),
        "resources.ARN": resource.get("ARN", ""),
    }


def _holds(facts: Mapping[str, str], field: Mapping[str, Any]) -> bool:
    have = facts.get(field["Field"], "")
    return all(
        any(test(have, want) for want in field[name]) is positive
        for name, (test, positive) in CONDITIONS.items()
        if name in field
    )


def _basic(event: Mapping[str, Any], selector: Mapping[str, Any]) -> bool:
    wanted = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}[selector["ReadWriteType"]]
    if event["readOnly"] not in wanted:
        return False
    if event["managementEvent"]:
        return bool(selector["IncludeManagementEvents"]) and event["eventSource"] not in selector.get(
            "ExcludeManagementEventSources", []
        )
    arn = event["resources"][0]["ARN"]
    return any(
        resource["Type"] == OBJECTS and arn.startswith(tuple(resource["Values"]))
        for resource in selector["DataResources"]
    )
