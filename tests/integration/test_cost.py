from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cost import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.conftest import TAGS

NAME = "iworkz-sandbox"
MAIL = {"subscription_type": "EMAIL", "address": "finance@iworkz.jp"}
TOPIC = {"subscription_type": "SNS", "address": "iworkz-sandbox-alerts"}
FORECAST = {"notification_type": "FORECASTED", "threshold": 100, "subscribers": [TOPIC, MAIL]}
ACTUAL = {"notification_type": "ACTUAL", "threshold": 80, "subscribers": [MAIL]}
BUDGET = {
    "budget_name": NAME,
    "budget_type": "COST",
    "time_unit": "MONTHLY",
    "budget_limit": {"amount": "100", "unit": "USD"},
    "cost_filters": {"TagKeyValue": ["user:Environment$sandbox"]},
    "notifications": [FORECAST, ACTUAL],
}
MONITOR = {"monitor_name": "services", "monitor_type": "DIMENSIONAL", "monitor_dimension": "SERVICE"}
ANOMALIES = {
    "subscription_name": "anomalies",
    "frequency": "IMMEDIATE",
    "monitor_arn_list": ["services"],
    "subscribers": [{"type": "SNS", "address": "iworkz-sandbox-alerts"}],
    "threshold_expression": {
        "dimensions": {
            "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "match_options": ["GREATER_THAN_OR_EQUAL"],
            "values": ["50"],
        }
    },
}
TAG = {"tag_key": "Environment", "status": "Active"}
WANTED = {
    "budgets": [BUDGET],
    "anomaly_monitors": [MONITOR],
    "anomaly_subscriptions": [ANOMALIES],
    "cost_allocation_tags": [TAG],
}


@pytest.fixture
def billed(account):
    """An account of which billing knows the platform's tags, for something carries them."""
    account.client("sqs").create_queue(QueueName="iworkz-sandbox-canary", tags=TAGS)
    return account


def budgets(account):
    return account.client("budgets", "us-east-1")


def costs(account):
    return account.client("ce", "us-east-1")


def notification(kind, threshold):
    return {
        "NotificationType": kind,
        "Threshold": float(threshold),
        "ComparisonOperator": "GREATER_THAN",
        "ThresholdType": "PERCENTAGE",
    }


def test_converges_in_the_region_of_billing(billed):
    billed.converges(ADAPTERS, **WANTED)
    place = {"AccountId": billed.account_id, "BudgetName": NAME}
    told = budgets(billed).describe_subscribers_for_notification(**place, Notification=notification("FORECASTED", 100))
    assert told["Subscribers"] == [
        {"SubscriptionType": "SNS", "Address": "arn:aws:sns:ap-northeast-1:123456789012:iworkz-sandbox-alerts"},
        {"SubscriptionType": "EMAIL", "Address": "finance@iworkz.jp"},
    ]
    (tag,) = costs(billed).list_cost_allocation_tags(Status="Active")["CostAllocationTags"]
    assert tag["TagKey"] == "Environment"


def test_mends_limit_notifications_and_tags_of_a_budget(billed):
    billed.run(ADAPTERS, **WANTED)
    client, place = budgets(billed), {"AccountId": billed.account_id, "BudgetName": NAME}
    budget = client.describe_budget(**place)["Budget"]
    del budget["CalculatedSpend"]
    budget["BudgetLimit"] = {"Amount": "100000", "Unit": "USD"}
    client.update_budget(AccountId=billed.account_id, NewBudget=budget)
    billed.mends(ADAPTERS, f"budget {NAME}", **WANTED)
    client.delete_notification(**place, Notification=notification("FORECASTED", 100))
    client.create_notification(
        **place,
        Notification=notification("FORECASTED", 300),
        Subscribers=[{"SubscriptionType": "EMAIL", "Address": "nobody@iworkz.jp"}],
    )
    billed.mends(ADAPTERS, f"budget {NAME}", **WANTED)
    found = client.describe_notifications_for_budget(**place)["Notifications"]
    assert sorted(one["Threshold"] for one in found) == [80.0, 100.0]
    arn = f"arn:aws:budgets::{billed.account_id}:budget/{NAME}"
    client.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "Stray", "Value": "1"}])
    billed.mends(ADAPTERS, f"budget {NAME}", **WANTED)


def test_an_amount_is_a_number(billed):
    billed.run(ADAPTERS, **WANTED)
    same = {**BUDGET, "budget_limit": {"amount": "100.00", "unit": "USD"}}
    assert not billed.run(ADAPTERS, budgets=[same])["changed"]


def test_adopts_the_monitor_that_aws_has_made(billed):
    default = {"MonitorName": "Default-Services-Monitor", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    arn = costs(billed).create_anomaly_monitor(AnomalyMonitor=default)["MonitorArn"]
    announced = billed.run(ADAPTERS, check_mode=True, **WANTED)
    assert announced["updated"] == ["anomaly_monitor services", "cost_allocation_tag Environment"]
    applied = billed.run(ADAPTERS, **WANTED)
    assert applied["failed_resources"] == {}
    (monitor,) = costs(billed).get_anomaly_monitors()["AnomalyMonitors"]
    assert (monitor["MonitorName"], monitor["MonitorArn"]) == ("services", arn)
    assert not billed.run(ADAPTERS, **WANTED)["changed"]


def test_mends_who_is_told_of_anomalies_and_from_when(billed):
    billed.run(ADAPTERS, **WANTED)
    (found,) = costs(billed).get_anomaly_subscriptions()["AnomalySubscriptions"]
    costs(billed).update_anomaly_subscription(
        SubscriptionArn=found["SubscriptionArn"],
        Frequency="DAILY",
        Subscribers=[{"Type": "EMAIL", "Address": "nobody@iworkz.jp"}],
    )
    billed.mends(ADAPTERS, "anomaly_subscription anomalies", **WANTED)
    costs(billed).delete_anomaly_subscription(SubscriptionArn=found["SubscriptionArn"])
    billed.mends(ADAPTERS, "anomaly_subscription anomalies", **WANTED)


def test_a_tag_that_was_turned_off_is_mended(billed):
    billed.run(ADAPTERS, **WANTED)
    off = [{"TagKey": "Environment", "Status": "Inactive"}]
    costs(billed).update_cost_allocation_tags_status(CostAllocationTagsStatus=off)
    billed.mends(ADAPTERS, "cost_allocation_tag Environment", **WANTED)


def test_a_tag_that_billing_does_not_know_yet_is_left(account):
    outcome = account.run(ADAPTERS, cost_allocation_tags=[TAG])
    assert (outcome["changed"], outcome["failed_resources"]) == (False, {})
    assert outcome["resources"]["cost_allocation_tags"]["Environment"]["status"] == "Unknown"


def test_deletes_only_what_is_ours_and_only_when_asked(billed):
    billed.run(ADAPTERS, **WANTED)
    budgets(billed).create_budget(
        AccountId=billed.account_id,
        Budget={
            "BudgetName": "others",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "1", "Unit": "USD"},
        },
    )
    none = {name: [] for name in WANTED}
    assert not billed.run(ADAPTERS, **none)["changed"]
    deleted = billed.run(ADAPTERS, purge=True, **none)["deleted"]
    assert sorted(deleted) == ["anomaly_monitor services", "anomaly_subscription anomalies", f"budget {NAME}"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budgets": [{**BUDGET, "limit": 1}]}, "unknown key limit"),
        (
            {"budgets": [{**BUDGET, "notifications": [{**ACTUAL, "treshold": 1}]}]},
            "notifications.0.: unknown key treshold",
        ),
        ({"budgets": [{**BUDGET, "notifications": [{**ACTUAL, "subscribers": []}]}]}, "subscribers must not be empty"),
        ({"anomaly_monitors": [{**MONITOR, "monitor_typ": "x"}]}, "unknown key monitor_typ"),
        ({"cost_allocation_tags": [{"tag_key": "Environment"}]}, "Status"),
    ],
)
def test_bad_input(account, options, message):
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, **options)


def test_what_aws_refuses_fails_by_name(billed):
    yen = {**BUDGET, "budget_limit": {"amount": "15000", "unit": "JPY"}}
    assert "in USD" in billed.run(ADAPTERS, budgets=[yen])["failed_resources"][f"budget {NAME}"]
    lost = {**ANOMALIES, "monitor_arn_list": ["no-such"]}
    failed = billed.run(ADAPTERS, anomaly_subscriptions=[lost])["failed_resources"]
    assert "no-such do not exist" in failed["anomaly_subscription anomalies"]
