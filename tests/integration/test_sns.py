from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.sns import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-alerts"
ARN = f"arn:aws:sns:ap-northeast-1:123456789012:{NAME}"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": ARN,
        }
    ],
}
MAIL = {"protocol": "email", "endpoint": "ops@iworkz.jp"}
HOOK = {"protocol": "https", "endpoint": "https://hooks.iworkz.jp/alerts"}
TOPIC = {
    "name": NAME,
    "display_name": "alerts",
    "kms_master_key_id": "alias/iworkz-sandbox-data",
    "policy": POLICY,
    "subscriptions": [MAIL, HOOK],
}


@pytest.fixture
def made(account, data_key):
    account.converges(ADAPTERS, topics=[TOPIC])
    return account


def addresses(account):
    found = account.client("sns").list_subscriptions_by_topic(TopicArn=ARN)["Subscriptions"]
    return {one["Endpoint"]: one["SubscriptionArn"] for one in found}


def test_converges_on_an_encrypted_topic(made, data_key):
    attributes = made.client("sns").get_topic_attributes(TopicArn=ARN)["Attributes"]
    assert attributes["KmsMasterKeyId"] == data_key
    assert json.loads(attributes["Policy"]) == POLICY
    assert set(addresses(made)) == {MAIL["endpoint"], HOOK["endpoint"]}


def test_mends_policy_key_and_tags(made):
    client = made.client("sns")
    client.set_topic_attributes(TopicArn=ARN, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    client.remove_permission(TopicArn=ARN, Label="Alarms")
    client.tag_resource(ResourceArn=ARN, Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, f"topic {NAME}", topics=[TOPIC])


def test_mends_who_is_subscribed(made):
    client = made.client("sns")
    client.unsubscribe(SubscriptionArn=addresses(made)[MAIL["endpoint"]])
    client.subscribe(TopicArn=ARN, Protocol="https", Endpoint="https://stranger.example")
    made.mends(ADAPTERS, f"topic {NAME}", topics=[TOPIC])
    assert set(addresses(made)) == {MAIL["endpoint"], HOOK["endpoint"]}


def test_mends_what_a_subscription_selects(account, data_key):
    canary = {
        "filter_policy": {"canary": [{"exists": False}]},
        "filter_policy_scope": "MessageBody",
        "raw_message_delivery": True,
    }
    topic = {**TOPIC, "subscriptions": [MAIL, {**HOOK, **canary}]}
    account.converges(ADAPTERS, topics=[topic])
    client = account.client("sns")
    hook = addresses(account)[HOOK["endpoint"]]
    for name, value in (("FilterPolicy", "{}"), ("RawMessageDelivery", "false")):
        client.set_subscription_attributes(SubscriptionArn=hook, AttributeName=name, AttributeValue=value)
        account.mends(ADAPTERS, f"topic {NAME}", topics=[topic])
    found = client.get_subscription_attributes(SubscriptionArn=hook)["Attributes"]
    assert (json.loads(found["FilterPolicy"]), found["RawMessageDelivery"]) == (canary["filter_policy"], "true")
    assert found["FilterPolicyScope"] == "MessageBody"


def test_what_is_not_declared_of_a_subscription_stays(made):
    hook = addresses(made)[HOOK["endpoint"]]
    made.client("sns").set_subscription_attributes(
        SubscriptionArn=hook, AttributeName="FilterPolicy", AttributeValue='{"kind": ["new"]}'
    )
    assert not made.run(ADAPTERS, topics=[TOPIC])["changed"]


def test_a_key_declared_by_its_alias_equals_its_arn(made):
    made.client("sns").set_topic_attributes(
        TopicArn=ARN, AttributeName="KmsMasterKeyId", AttributeValue="alias/iworkz-sandbox-data"
    )
    assert not made.run(ADAPTERS, check_mode=True, topics=[TOPIC])["changed"]


def test_purge_deletes_only_what_carries_the_tags(made):
    made.client("sns").create_topic(Name="someone-elses")
    result = made.run(ADAPTERS, topics=[], purge=True)
    assert result["deleted"] == [f"topic {NAME}"]
    assert [t["TopicArn"].rsplit(":")[-1] for t in made.client("sns").list_topics()["Topics"]] == ["someone-elses"]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"name": NAME, "subscriptions": [{"protocol": "email"}]}, "must have protocol and endpoint"),
        (
            {"name": NAME, "subscriptions": [{**MAIL, "filter": {}}]},
            "may have filter_policy, filter_policy_scope, raw_message_delivery, and no more",
        ),
        ({"name": NAME, "attributes": {"KmsMasterKeyId": "x"}}, "declare it as kms_master_key_id"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, topics=[item])
    assert error in str(caught.value)
    assert account.mutations() == []
