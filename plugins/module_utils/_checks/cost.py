# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 3.2.2.4: a budget that tells of what is going to be spent, a monitor of anomalies, and costs by tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cost_billing import REGION
from ansible_collections.iworkz.platform.plugins.module_utils._aws.idle import idle
from ansible_collections.iworkz.platform.plugins.module_utils._checks._coverage_facts import heard
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

Item = Mapping[str, Any]

FILTER = "TagKeyValue"


@check("3.2.2.4")
def costs_are_watched(world: World, required: dict[str, Any]) -> Finding:
    """Who is told when, as Budgets and Cost Explorer tell it. What is idle is observed, and no breach: it costs money,
    which the budget tells of."""
    budgets, tags = _budgets(world), _tags(world)
    monitors, subscriptions = _anomalies(world)
    regions = (world.platform.region, world.platform.recovery_region)
    unused = idle(world.client, regions, world.now, required["idle_days"], world.platform.owns)
    observed = {
        "budgets": budgets,
        "monitors": [{key: one.get(key) for key in ("MonitorName", "MonitorType")} for one in monitors],
        "subscriptions": [
            {"name": one["SubscriptionName"], "told": _told(world, one["Subscribers"])} for one in subscriptions
        ],
        "cost_allocation_tags": tags,
        "idle": [one.plain() for one in unused],
    }
    breaches = [*_judge_budgets(world, budgets, required), *_judge_monitors(world, monitors, subscriptions)]
    for key in required["tags"]:
        if tags.get(key) != "Active":
            breaches.append(Breach("cost.tag_inactive", {"tag": key, "status": tags.get(key, "-")}))
    return Finding(observed, tuple(breaches))


def _pages(world: World, service: str, operation: str, result: str, **params: Any) -> list[dict[str, Any]]:
    pages = world.client(service, REGION).get_paginator(operation).paginate(**params)
    return [one for page in pages for one in page.get(result, [])]


def _budgets(world: World) -> list[dict[str, Any]]:
    """Budgets of costs that count the platform, which are those of the whole account and of its tag Environment, with
    whom each notification reaches (budgets:DescribeBudgets, DescribeNotificationsForBudget,
    DescribeSubscribersForNotification). Addresses as counts: evidence is no place for them."""
    account = {"AccountId": world.platform.account_id}
    found = []
    for budget in _pages(world, "budgets", "describe_budgets", "Budgets", **account):
        if budget["BudgetType"] != "COST" or not _counts(world, budget):
            continue
        place = {**account, "BudgetName": budget["BudgetName"]}
        told = []
        for one in _pages(world, "budgets", "describe_notifications_for_budget", "Notifications", **place):
            named = {key: value for key, value in one.items() if key != "NotificationState"}
            who = _pages(
                world, "budgets", "describe_subscribers_for_notification", "Subscribers", **place, Notification=named
            )
            told.append({**named, "reaches": _told(world, who)})
        spent = budget.get("CalculatedSpend", {})
        found.append(
            {
                "name": budget["BudgetName"],
                "time_unit": budget["TimeUnit"],
                "limit": budget.get("BudgetLimit", {}),
                "actual": spent.get("ActualSpend", {}),
                "forecast": spent.get("ForecastedSpend", {}),
                "notifications": told,
            }
        )
    return found


def _counts(world: World, budget: Item) -> bool:
    filters = budget.get("CostFilters", {})
    ours = f"user:Environment${world.platform.environment}"
    return "FilterExpression" not in budget and (not filters or (list(filters) == [FILTER] and ours in filters[FILTER]))


def _told(world: World, subscribers: Iterable[Item]) -> int:
    """How many of them hear of it: addresses, and topics that somebody listens to."""
    return sum(
        one.get("SubscriptionType", one.get("Type")) == "EMAIL" or one["Address"] in world.once(heard)
        for one in subscribers
    )


def _judge_budgets(world: World, budgets: list[dict[str, Any]], required: Item) -> Iterator[Breach]:
    monthly = [one for one in budgets if one["time_unit"] == "MONTHLY"]
    if not monthly:
        yield Breach("cost.no_budget", {"environment": world.platform.environment})
        return
    wanted = {"FORECASTED": required["forecast_percent"], "ACTUAL": required["actual_percent"]}
    for kind, percent in wanted.items():
        points = [
            (one, told)
            for one in monthly
            for told in one["notifications"]
            if told["NotificationType"] == kind and _percent(told, one) <= percent
        ]
        names = ", ".join(one["name"] for one in monthly)
        if not points:
            yield Breach("cost.not_told", {"budgets": names, "kind": kind, "percent": percent})
        elif not any(told["reaches"] for _one, told in points):
            yield Breach("cost.nobody_told", {"budgets": names, "kind": kind})


def _percent(notification: Item, budget: Item) -> float:
    """Point at which somebody is told, in percent of the limit; none where it is told when less is spent."""
    if notification["ComparisonOperator"] != "GREATER_THAN" or not budget["limit"]:
        return float("inf")
    share = 1 if notification.get("ThresholdType") != "ABSOLUTE_VALUE" else 100 / float(budget["limit"]["Amount"])
    return float(notification["Threshold"]) * share


def _anomalies(world: World) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Monitors and subscriptions (ce:GetAnomalyMonitors, GetAnomalySubscriptions)."""
    return (
        _pages(world, "ce", "get_anomaly_monitors", "AnomalyMonitors"),
        _pages(world, "ce", "get_anomaly_subscriptions", "AnomalySubscriptions"),
    )


def _judge_monitors(
    world: World, monitors: list[dict[str, Any]], subscriptions: list[dict[str, Any]]
) -> Iterator[Breach]:
    if not monitors:
        yield Breach("cost.no_monitor", {})
    heard_of = {arn for one in subscriptions if _told(world, one["Subscribers"]) for arn in one["MonitorArnList"]}
    if monitors and not any(one["MonitorArn"] in heard_of for one in monitors):
        yield Breach("cost.anomalies_unheard", {"monitors": ", ".join(one["MonitorName"] for one in monitors)})


def _tags(world: World) -> dict[str, str]:
    """Status of cost allocation tags by key (ce:ListCostAllocationTags)."""
    found = _pages(world, "ce", "list_cost_allocation_tags", "CostAllocationTags", Type="UserDefined")
    return {one["TagKey"]: one["Status"] for one in found}
