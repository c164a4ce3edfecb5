"""Event subscriptions: moto changes none, and checks neither their topics nor their categories."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
CATEGORIES = {
    "db-instance": {
        "availability", "backup", "configuration change", "creation", "deletion", "failover", "failure", "low storage",
        "maintenance", "notification", "read replica", "recovery", "restoration", "security", "security patching",
    },
    "db-parameter-group": {"configuration change"},
    "db-security-group": {"configuration change", "failure"},
    "db-snapshot": {"creation", "deletion", "notification", "restoration"},
}  # fmt: skip
PER_PAGE = 100


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateEventSubscription.html
@operation("rds", "CreateEventSubscription")
def create(call: Call) -> dict[str, Any]:
    _check(call, call.params)
    if call.params.get("SourceIds") and "SourceType" not in call.params:
        raise AwsError("InvalidParameterCombination", "SourceType must be provided with SourceIds.")
    # Enabled is the default of the API, not of moto.
    return call.moto({"Enabled": True, **call.params})


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyEventSubscription.html
@operation("rds", "ModifyEventSubscription")
def modify(call: Call) -> dict[str, Any]:
    params = call.params
    found = call.backend().event_subscriptions.get(params["SubscriptionName"])
    if found is None:
        raise AwsError("SubscriptionNotFound", f"Subscription {params['SubscriptionName']} not found.", 404)
    _check(call, {"SourceType": found.source_type, **params})
    found.sns_topic_arn = params.get("SnsTopicArn", found.sns_topic_arn)
    found.source_type = params.get("SourceType", found.source_type)
    found.event_categories = params.get("EventCategories", found.event_categories)
    found.enabled = params.get("Enabled", found.enabled)
    answer = call.ask("rds", "DescribeEventSubscriptions", SubscriptionName=params["SubscriptionName"])
    return {"EventSubscription": answer["EventSubscriptionsList"][0]}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEventSubscriptions.html
@operation("rds", "DescribeEventSubscriptions")
def describe(call: Call) -> dict[str, Any]:
    found = call.moto({key: value for key, value in call.params.items() if key == "SubscriptionName"})
    start = int(call.params.get("Marker") or 0)
    end = start + call.params.get("MaxRecords", PER_PAGE)
    listed = found["EventSubscriptionsList"]
    return {"EventSubscriptionsList": listed[start:end], **({"Marker": str(end)} if end < len(listed) else {})}


def _check(call: Call, params: dict[str, Any]) -> None:
    known = CATEGORIES.get(params.get("SourceType", ""))
    for category in params.get("EventCategories", []):
        if known is not None and category not in known:
            message = f"Event category {category} is not supported for source type {params['SourceType']}."
            raise AwsError("SubscriptionCategoryNotFound", message, 404)
    topic = params.get("SnsTopicArn")
    if topic and topic.split(":")[3] != call.region:
        raise AwsError("SNSInvalidTopic", f"Topic {topic} is in another region.")
    if topic and topic not in call.backend("sns").topics:
        raise AwsError("SNSTopicArnNotFound", f"Topic {topic} does not exist.", 404)
