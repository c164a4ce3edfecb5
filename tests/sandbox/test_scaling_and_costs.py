"""Application Auto Scaling, AWS Budgets, Cost Explorer and event subscriptions of RDS: what AWS refuses."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import ACCOUNT
from tests.sandbox.support import code_of

TABLE = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/jobs",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}
TRACKED = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
}
TARGET_TRACKING = {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": TRACKED}
LIMIT = {"Amount": "100", "Unit": "USD"}
BUDGET = {"BudgetName": "b", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": LIMIT}
FORECAST = {"NotificationType": "FORECASTED", "ComparisonOperator": "GREATER_THAN", "Threshold": 100.0}
MAIL = {"SubscriptionType": "EMAIL", "Address": "a@iworkz.jp"}
SERVICES = {"MonitorName": "m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}


@pytest.fixture
def account(local):
    local.control("POST", "reset")
    return local


@pytest.fixture
def scaling(account):
    account.client("dynamodb").create_table(
        TableName="jobs",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    return account.client("application-autoscaling")


def test_a_target_is_registered_and_keeps_what_is_not_given_again(scaling):
    arn = scaling.register_scalable_target(**TABLE, MinCapacity=1, MaxCapacity=10)["ScalableTargetARN"]
    assert scaling.register_scalable_target(**TABLE, MaxCapacity=20)["ScalableTargetARN"] == arn
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 20)
    assert target["SuspendedState"]["DynamicScalingOutSuspended"] is False
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"MinCapacity": 11},
        {"ResourceId": "table/none"},
        {"ScalableDimension": "ecs:service:DesiredCount"},
        {"ResourceId": "service/cluster/x"},
    ],
)
def test_targets_that_cannot_be(scaling, change):
    given = {**TABLE, "MinCapacity": 1, "MaxCapacity": 10, **change}
    assert code_of(lambda: scaling.register_scalable_target(**given)) == "ValidationException"


def test_both_bounds_come_first(scaling):
    assert code_of(lambda: scaling.register_scalable_target(**TABLE, MaxCapacity=10)) == "ValidationException"


def test_policies_and_their_alarms_go_with_the_target(account, scaling):
    no_target = lambda: scaling.put_scaling_policy(**TABLE, PolicyName="p", **TARGET_TRACKING)  # noqa: E731
    assert code_of(no_target) == "ObjectNotFoundException"
    scaling.register_scalable_target(**TABLE, MinCapacity=1, MaxCapacity=10)
    made = scaling.put_scaling_policy(**TABLE, PolicyName="p", **TARGET_TRACKING)
    alarms = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert [one["AlarmName"] for one in alarms] == [one["AlarmName"] for one in made["Alarms"]]
    assert {one for alarm in alarms for one in alarm["AlarmActions"]} == {made["PolicyARN"]}
    again = scaling.put_scaling_policy(**TABLE, PolicyName="p", **TARGET_TRACKING)
    assert (again["PolicyARN"], len(account.client("cloudwatch").describe_alarms()["MetricAlarms"])) == (
        made["PolicyARN"],
        2,
    )
    scaling.deregister_scalable_target(**TABLE)
    assert scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"] == []
    assert account.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


STEPS = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}


@pytest.mark.parametrize(
    "policy",
    [
        {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": STEPS},
        {"PolicyType": "TargetTrackingScaling"},
        {"PolicyType": "TargetTrackingScaling", "StepScalingPolicyConfiguration": STEPS},
        {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 1.0}},
    ],
)
def test_policies_that_cannot_be(scaling, policy):
    scaling.register_scalable_target(**TABLE, MinCapacity=1, MaxCapacity=10)
    assert code_of(lambda: scaling.put_scaling_policy(**TABLE, PolicyName="p", **policy)) == "ValidationException"


def test_what_is_not_there_cannot_be_deleted(scaling):
    scaling.register_scalable_target(**TABLE, MinCapacity=1, MaxCapacity=10)
    gone = lambda: scaling.delete_scaling_policy(**TABLE, PolicyName="p")  # noqa: E731
    assert code_of(gone) == "ObjectNotFoundException"
    gone = lambda: scaling.delete_scheduled_action(**TABLE, ScheduledActionName="p")  # noqa: E731
    assert code_of(gone) == "ObjectNotFoundException"


@pytest.mark.parametrize(
    "change",
    [
        {"BudgetLimit": {"Amount": "100", "Unit": "JPY"}},
        {"BudgetLimit": {"Amount": "0", "Unit": "USD"}},
        {"BudgetName": "a:b"},
        {"AutoAdjustData": {"AutoAdjustType": "FORECAST"}},
    ],
)
def test_budgets_that_cannot_be(account, change):
    client = account.client("budgets", region="us-east-1")
    made = lambda: client.create_budget(AccountId=ACCOUNT, Budget={**BUDGET, **change})  # noqa: E731
    assert code_of(made) == "InvalidParameterException"


def test_a_budget_and_its_notifications(account):
    client = account.client("budgets", region="us-east-1")
    told = [{"Notification": FORECAST, "Subscribers": [MAIL]}]
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=told)
    place = {"AccountId": ACCOUNT, "BudgetName": "b"}
    assert code_of(lambda: client.create_budget(AccountId=ACCOUNT, Budget=BUDGET)) == "DuplicateRecordException"
    again = lambda: client.create_notification(**place, Notification=FORECAST, Subscribers=[MAIL])  # noqa: E731
    assert code_of(again) == "DuplicateRecordException"
    two = [{"SubscriptionType": "SNS", "Address": f"arn:aws:sns:ap-northeast-1:{ACCOUNT}:{name}"} for name in "ab"]
    other = {**FORECAST, "Threshold": 90.0}
    many = lambda: client.create_notification(**place, Notification=other, Subscribers=two)  # noqa: E731
    assert code_of(many) == "CreationLimitExceededException"
    found = client.describe_subscribers_for_notification(**place, Notification=FORECAST)["Subscribers"]
    assert found == [MAIL]
    client.delete_budget(**place)
    assert code_of(lambda: client.describe_budget(**place)) == "NotFoundException"


def test_an_account_has_one_monitor_of_a_dimension(account):
    client = account.client("ce", region="us-east-1")
    arn = client.create_anomaly_monitor(AnomalyMonitor=SERVICES)["MonitorArn"]
    second = lambda: client.create_anomaly_monitor(AnomalyMonitor={**SERVICES, "MonitorName": "n"})  # noqa: E731
    assert code_of(second) == "LimitExceededException"
    wrong = {"MonitorName": "n", "MonitorType": "CUSTOM"}
    assert code_of(lambda: client.create_anomaly_monitor(AnomalyMonitor=wrong)) == "ValidationException"
    client.delete_anomaly_monitor(MonitorArn=arn)
    assert code_of(lambda: client.delete_anomaly_monitor(MonitorArn=arn)) == "UnknownMonitorException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Frequency": "IMMEDIATE"}, "ValidationException"),
        ({"ThresholdExpression": {"Dimensions": {"Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE"}}}, "ValidationException"),
        ({"MonitorArnList": [f"arn:aws:ce::{ACCOUNT}:anomalymonitor/none"]}, "UnknownMonitorException"),
    ],
)
def test_subscriptions_that_cannot_be(account, change, code):
    client = account.client("ce", region="us-east-1")
    arn = client.create_anomaly_monitor(AnomalyMonitor=SERVICES)["MonitorArn"]
    subscription = {
        "SubscriptionName": "s",
        "MonitorArnList": [arn],
        "Frequency": "DAILY",
        "Subscribers": [{"Type": "EMAIL", "Address": "a@iworkz.jp"}],
        "Threshold": 50.0,
    }
    client.create_anomaly_subscription(AnomalySubscription=subscription)
    assert code_of(lambda: client.create_anomaly_subscription(AnomalySubscription={**subscription, **change})) == code


def test_billing_knows_only_tags_that_something_carries(account):
    client = account.client("ce", region="us-east-1")
    account.client("sqs").create_queue(QueueName="q", tags={"Platform": "iworkz"})
    wanted = [{"TagKey": key, "Status": "Active"} for key in ("Platform", "Nobody")]
    (error,) = client.update_cost_allocation_tags_status(CostAllocationTagsStatus=wanted)["Errors"]
    assert error["TagKey"] == "Nobody"
    (tag,) = client.list_cost_allocation_tags(Status="Active")["CostAllocationTags"]
    assert tag["TagKey"] == "Platform"


def test_event_subscriptions(account):
    rds = account.client("rds")
    topic = account.client("sns").create_topic(Name="alerts")["TopicArn"]
    rds.create_event_subscription(
        SubscriptionName="s", SnsTopicArn=topic, SourceType="db-instance", EventCategories=["failure"]
    )
    changed = rds.modify_event_subscription(SubscriptionName="s", EventCategories=["failover"], Enabled=False)
    assert changed["EventSubscription"]["EventCategoriesList"] == ["failover"]
    (found,) = rds.describe_event_subscriptions()["EventSubscriptionsList"]
    assert (found["Enabled"], found["SourceType"]) == (False, "db-instance")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"EventCategories": ["failover"], "SourceType": "db-parameter-group"}, "SubscriptionCategoryNotFound"),
        ({"SnsTopicArn": f"arn:aws:sns:ap-northeast-1:{ACCOUNT}:none"}, "SNSTopicArnNotFound"),
        ({"SnsTopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"}, "SNSInvalidTopic"),
        ({"SourceIds": ["db"]}, "InvalidParameterCombination"),
    ],
)
def test_event_subscriptions_that_cannot_be(account, change, code):
    topic = account.client("sns").create_topic(Name="alerts")["TopicArn"]
    given = {"SubscriptionName": "s", "SnsTopicArn": topic, **change}
    assert code_of(lambda: account.client("rds").create_event_subscription(**given)) == code
