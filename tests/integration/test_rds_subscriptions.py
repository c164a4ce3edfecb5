from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-rds-instances"
SUBSCRIPTION = {
    "subscription_name": NAME,
    "sns_topic_arn": "iworkz-sandbox-alerts",
    "source_type": "db-instance",
    "event_categories": ["failure", "configuration change"],
}
LABEL = f"event_subscription {NAME}"


@pytest.fixture
def made(account):
    account.client("sns").create_topic(Name="iworkz-sandbox-alerts")
    account.converges(ADAPTERS, event_subscriptions=[SUBSCRIPTION])
    return account


def test_mends_what_was_changed_turned_off_or_tagged(made):
    client = made.client("rds")
    client.modify_event_subscription(SubscriptionName=NAME, Enabled=False, EventCategories=["failure"])
    made.mends(ADAPTERS, LABEL, event_subscriptions=[SUBSCRIPTION])
    (found,) = client.describe_event_subscriptions()["EventSubscriptionsList"]
    assert sorted(found["EventCategoriesList"]) == ["configuration change", "failure"]
    arn = found["EventSubscriptionArn"]
    client.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, LABEL, event_subscriptions=[SUBSCRIPTION])


def test_deletes_only_when_asked(made):
    assert not made.run(ADAPTERS, event_subscriptions=[])["changed"]
    assert made.run(ADAPTERS, event_subscriptions=[], purge=True)["deleted"] == [LABEL]


def test_other_sources_need_a_new_one(made):
    narrowed = {**SUBSCRIPTION, "source_ids": ["iworkz-sandbox-postgres"]}
    with pytest.raises(InvalidInput, match="source_ids cannot be changed in place"):
        made.run(ADAPTERS, event_subscriptions=[narrowed])


def test_bad_input(account):
    with pytest.raises(InvalidInput, match="unknown key categories; did you mean event_categories"):
        account.run(ADAPTERS, event_subscriptions=[{**SUBSCRIPTION, "categories": []}])


def test_a_topic_that_is_not_there_is_named(account):
    failed = account.run(ADAPTERS, event_subscriptions=[SUBSCRIPTION])["failed_resources"]
    assert "SNSTopicArnNotFound" in failed[LABEL]
