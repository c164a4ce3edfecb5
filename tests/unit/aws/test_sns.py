from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.sns import Topic, same_subscriptions
from tests.unit.aws.scripted import context

ARN = "arn:aws:sns:ap-northeast-1:123456789012:alerts"
MAIL, HOOK = {"protocol": "email", "endpoint": "a@b.jp"}, {"protocol": "https", "endpoint": "https://b.jp"}
POLICY = {"Version": "2012-10-17", "Statement": []}


def have(address, pending=False):
    return {**address, "pending": pending}


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        ([], [], True),
        ([have(MAIL)], [MAIL], True),
        ([have(MAIL, pending=True)], [MAIL], True),
        ([have(MAIL), have(HOOK)], [HOOK, MAIL], True),
        ([], [MAIL], False),
        ([have(MAIL), have(HOOK)], [MAIL], False),
        ([have(MAIL), have(HOOK, pending=True)], [MAIL], True),
        ([have({**MAIL, "protocol": "email-json"})], [MAIL], False),
    ],
)
def test_everybody_declared_and_nobody_else_who_confirmed(current, desired, same):
    assert same_subscriptions(current, desired) is same


def subscription(address, arn):
    return {"Protocol": address["protocol"], "Endpoint": address["endpoint"], "SubscriptionArn": arn, "TopicArn": ARN}


def attribute(name, value):
    return ("SetTopicAttributes", {"TopicArn": ARN, "AttributeName": name, "AttributeValue": value})


@pytest.mark.parametrize(
    ("current", "desired", "calls"),
    [
        ([], {"policy": POLICY}, [attribute("Policy", json.dumps(POLICY))]),
        ([], {"kms_master_key_id": "key"}, [attribute("KmsMasterKeyId", "key")]),
        ([], {"attributes": {"SignatureVersion": "2"}}, [attribute("SignatureVersion", "2")]),
        (
            [subscription(HOOK, "arn:hook")],
            {"subscriptions": [MAIL]},
            [
                (
                    "Subscribe",
                    {"TopicArn": ARN, "Protocol": "email", "Endpoint": "a@b.jp", "ReturnSubscriptionArn": True},
                ),
                ("Unsubscribe", {"SubscriptionArn": "arn:hook"}),
            ],
        ),
        ([subscription(HOOK, "PendingConfirmation")], {"subscriptions": []}, []),
    ],
)
def test_an_update_makes_exactly_these_calls(current, desired, calls):
    clients, shared = context({key: {} for key in ("SetTopicAttributes", "Subscribe", "Unsubscribe")})
    Topic(shared).update("alerts", desired, {"_arn": ARN, "_subscriptions": current, "tags": {}}, tuple(desired))
    assert clients.made == calls


def test_subscriptions_are_read_for_all_topics_at_once():
    clients, shared = context(
        {
            "ListTopics": {"Topics": [{"TopicArn": ARN}, {"TopicArn": ARN + "-2"}, {"TopicArn": ARN + "-3"}]},
            "ListSubscriptions": {"Subscriptions": [subscription(MAIL, "PendingConfirmation")]},
            "GetTopicAttributes": {"Attributes": {"Policy": "{}", "DisplayName": "x"}},
            "ListTagsForResource": {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "aws:x", "Value": "y"}]},
        }
    )
    states = Topic(shared).read({"alerts", "alerts-2", "absent"})
    assert set(states) == {"alerts", "alerts-2"}
    assert states["alerts"]["subscriptions"] == [have(MAIL, pending=True)]
    assert states["alerts-2"]["subscriptions"] == []
    assert states["alerts"]["tags"] == {"a": "b"}
    assert [name for name, _ in clients.made].count("ListSubscriptions") == 1
