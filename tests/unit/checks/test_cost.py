from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.idle import Idle
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _coverage_facts, cost
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.facts import TOPIC, Facts
from tests.unit.checks.fake_account import Client, broken

REQUIRED = load_requirements().resolve("3.2.2.4").required
BUDGET = {
    "BudgetName": "b",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "200", "Unit": "USD"},
    "CostFilters": {"TagKeyValue": ["user:Environment$sandbox"]},
}
TOLD = {"ComparisonOperator": "GREATER_THAN", "ThresholdType": "PERCENTAGE", "NotificationState": "OK"}
FORECAST = {**TOLD, "NotificationType": "FORECASTED", "Threshold": 100.0}
ACTUAL = {**TOLD, "NotificationType": "ACTUAL", "Threshold": 80.0}
SNS = {"SubscriptionType": "SNS", "Address": TOPIC}
MAIL = {"SubscriptionType": "EMAIL", "Address": "a@iworkz.jp"}
MONITOR = {"MonitorArn": "m", "MonitorName": "services", "MonitorType": "DIMENSIONAL"}
ANOMALIES = {"SubscriptionName": "s", "MonitorArnList": ["m"], "Subscribers": [{"Type": "SNS", "Address": TOPIC}]}
TAGS = [{"TagKey": key, "Status": "Active"} for key in ("Platform", "Environment", "Component")]
SOUND = {
    "describe_budgets": {"Budgets": [BUDGET]},
    "describe_notifications_for_budget": {"Notifications": [FORECAST, ACTUAL]},
    "describe_subscribers_for_notification": {"Subscribers": [SNS]},
    "get_anomaly_monitors": {"AnomalyMonitors": [MONITOR]},
    "get_anomaly_subscriptions": {"AnomalySubscriptions": [ANOMALIES]},
    "list_cost_allocation_tags": {"CostAllocationTags": TAGS},
}


class Billed(Facts):
    def __init__(self, answers: dict[str, Any], heard: frozenset[str]) -> None:
        super().__init__({_coverage_facts.heard: heard})
        self._answers = copy.deepcopy(answers)

    def client(self, service: str, region: str | None = None) -> Any:
        assert region == "us-east-1"
        return Client(self._answers)


@pytest.fixture(autouse=True)
def nothing_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    unused = [Idle("idle.volume", "ap-northeast-1", "vol-1", "8 GiB", ours=True)]
    monkeypatch.setattr(cost, "idle", lambda *_args: unused)


def judged(heard: frozenset[str] = frozenset({TOPIC}), **answers: Any) -> Finding:
    return cost.costs_are_watched(Billed({**SOUND, **answers}, heard), dict(REQUIRED))


def breaches(heard: frozenset[str] = frozenset({TOPIC}), **answers: Any) -> list[str]:
    return [breach.id for breach in broken(judged(heard, **answers))]


def budgets(**changes: Any) -> dict[str, Any]:
    return {"describe_budgets": {"Budgets": [{**BUDGET, **changes}]}}


def notifications(*found: Any) -> dict[str, Any]:
    return {"describe_notifications_for_budget": {"Notifications": list(found)}}


def test_watched_and_what_is_idle_is_told() -> None:
    assert breaches() == []
    observed = judged().observed
    assert observed["idle"] == [
        {"kind": "idle.volume", "region": "ap-northeast-1", "name": "vol-1", "detail": "8 GiB", "ours": True}
    ]
    assert "iworkz.jp" not in str(observed)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"describe_budgets": {"Budgets": []}}, ["cost.no_budget"]),
        (budgets(BudgetType="USAGE"), ["cost.no_budget"]),
        (budgets(TimeUnit="ANNUALLY"), ["cost.no_budget"]),
        (budgets(CostFilters={"TagKeyValue": ["user:Environment$production"]}), ["cost.no_budget"]),
        (budgets(CostFilters={"Service": ["Amazon RDS"]}), ["cost.no_budget"]),
        (budgets(FilterExpression={"Dimensions": {}}), ["cost.no_budget"]),
        # One of the whole account counts the platform, too.
        (budgets(CostFilters={}), []),
        (notifications(ACTUAL), ["cost.not_told"]),
        (notifications(FORECAST), ["cost.not_told"]),
        (notifications({**FORECAST, "Threshold": 101.0}, ACTUAL), ["cost.not_told"]),
        (notifications({**FORECAST, "ComparisonOperator": "LESS_THAN"}, ACTUAL), ["cost.not_told"]),
        (notifications({**FORECAST, "ThresholdType": "ABSOLUTE_VALUE", "Threshold": 200.0}, ACTUAL), []),
        (notifications({**FORECAST, "ThresholdType": "ABSOLUTE_VALUE", "Threshold": 201.0}, ACTUAL), ["cost.not_told"]),
        ({"get_anomaly_monitors": {"AnomalyMonitors": []}}, ["cost.no_monitor"]),
        ({"get_anomaly_subscriptions": {"AnomalySubscriptions": []}}, ["cost.anomalies_unheard"]),
        (
            {"get_anomaly_subscriptions": {"AnomalySubscriptions": [{**ANOMALIES, "MonitorArnList": ["other"]}]}},
            ["cost.anomalies_unheard"],
        ),
        ({"list_cost_allocation_tags": {"CostAllocationTags": TAGS[:2]}}, ["cost.tag_inactive"]),
        (
            {"list_cost_allocation_tags": {"CostAllocationTags": [{**TAGS[0], "Status": "Inactive"}, *TAGS[1:]]}},
            ["cost.tag_inactive"],
        ),
    ],
)
def test_each_rule(answers: dict[str, Any], found: list[str]) -> None:
    assert breaches(**answers) == found


def test_a_topic_that_nobody_listens_to_reaches_nobody() -> None:
    nobody = frozenset[str]()
    assert breaches(nobody) == ["cost.nobody_told", "cost.nobody_told", "cost.anomalies_unheard"]
    assert breaches(nobody, describe_subscribers_for_notification={"Subscribers": [MAIL]}) == ["cost.anomalies_unheard"]
