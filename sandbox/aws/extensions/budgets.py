"""AWS Budgets: budgets with their notifications, subscribers and tags, of which moto keeps the first two in part.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Budgets.html

What differs from AWS: nothing is ever spent or forecast, so nobody is ever told.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

MOST_NOTIFICATIONS, MOST_ADDRESSES = 10, 10
FOREVER = datetime(2087, 6, 15, tzinfo=UTC)
NOTHING = {"Amount": "0", "Unit": "USD"}
SAME = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html
@operation("budgets", "CreateBudget")
def create(call: Call) -> dict[str, Any]:
    budget = dict(call.params["Budget"])
    name = budget["BudgetName"]
    if name in _budgets(call):
        raise AwsError("DuplicateRecordException", f"Error creating budget: {name} - the budget already exists.")
    _check(call, budget)
    told = call.params.get("NotificationsWithSubscribers", [])
    if len(told) > MOST_NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", f"At most {MOST_NOTIFICATIONS} notifications per budget.")
    for one in told:
        _check_subscribers(one["Subscribers"])
    first = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    budget["TimePeriod"] = {"Start": first, "End": FOREVER, **budget.get("TimePeriod", {})}
    _budgets(call)[name] = {
        "budget": budget,
        "notifications": [(_notification(one["Notification"]), list(one["Subscribers"])) for one in told],
        "tags": {tag["Key"]: tag["Value"] for tag in call.params.get("ResourceTags", [])},
    }
    return {}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_UpdateBudget.html
@operation("budgets", "UpdateBudget")
def update(call: Call) -> dict[str, Any]:
    new = dict(call.params["NewBudget"])
    former = _budget(call, new["BudgetName"])
    _check(call, new)
    if new["BudgetType"] != former["budget"]["BudgetType"]:
        raise AwsError("InvalidParameterException", "The type of a budget can't be changed.")
    former["budget"] = {"TimePeriod": former["budget"]["TimePeriod"], **new}
    return {}


@operation("budgets", "DescribeBudget")
def describe(call: Call) -> dict[str, Any]:
    return {"Budget": _told(_budget(call, call.params["BudgetName"])["budget"])}


@operation("budgets", "DescribeBudgets")
def listed(call: Call) -> dict[str, Any]:
    return {"Budgets": [_told(one["budget"]) for one in _budgets(call).values()]}


@operation("budgets", "DeleteBudget")
def delete(call: Call) -> dict[str, Any]:
    _budget(call, call.params["BudgetName"])
    del _budgets(call)[call.params["BudgetName"]]
    return {}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateNotification.html
@operation("budgets", "CreateNotification")
def notify(call: Call) -> dict[str, Any]:
    found = _budget(call, call.params["BudgetName"])["notifications"]
    _check_subscribers(call.params["Subscribers"])
    new = _notification(call.params["Notification"])
    if any(_same(one, new) for one, _who in found):
        raise AwsError("DuplicateRecordException", "The notification already exists.")
    if len(found) == MOST_NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", f"At most {MOST_NOTIFICATIONS} notifications per budget.")
    found.append((new, list(call.params["Subscribers"])))
    return {}


@operation("budgets", "DeleteNotification")
def silence(call: Call) -> dict[str, Any]:
    _budget(call, call.params["BudgetName"])["notifications"].remove(_found(call))
    return {}


@operation("budgets", "DescribeNotificationsForBudget")
def notifications(call: Call) -> dict[str, Any]:
    return {"Notifications": [one for one, _who in _budget(call, call.params["BudgetName"])["notifications"]]}


@operation("budgets", "DescribeSubscribersForNotification")
def subscribers(call: Call) -> dict[str, Any]:
    return {"Subscribers": _found(call)[1]}


# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_TagResource.html
@operation("budgets", "TagResource", "UntagResource", "ListTagsForResource")
def tag(call: Call) -> dict[str, Any]:
    tags = _budget(call, call.params["ResourceARN"].rpartition("budget/")[2])["tags"]
    if call.operation == "ListTagsForResource":
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    tags.update({one["Key"]: one["Value"] for one in call.params.get("ResourceTags", [])})
    for key in call.params.get("ResourceTagKeys", []):
        tags.pop(key, None)
    return {}


def _budgets(call: Call) -> dict[str, dict[str, Any]]:
    return call.store("budgets.budgets", "global")


def _budget(call: Call, name: str) -> dict[str, Any]:
    if name not in _budgets(call):
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return _budgets(call)[name]


def _told(budget: dict[str, Any]) -> dict[str, Any]:
    return {**budget, "CalculatedSpend": {"ActualSpend": NOTHING, "ForecastedSpend": NOTHING}}


def _check(call: Call, budget: dict[str, Any]) -> None:
    if call.params["AccountId"] != call.account:
        raise AwsError("AccessDeniedException", f"Account {call.params['AccountId']} is another one.")
    if ":" in budget["BudgetName"] or "\\" in budget["BudgetName"]:
        raise AwsError("InvalidParameterException", "A budget's name has neither : nor \\.")
    limits = [name for name in ("BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData") if name in budget]
    if len(limits) != 1:
        raise AwsError("InvalidParameterException", "Exactly one of limit, planned limits and adjusted data is taken.")
    limit = budget.get("BudgetLimit", NOTHING)
    if budget["BudgetType"] == "COST" and limit["Unit"] != "USD":
        raise AwsError("InvalidParameterException", f"Unit {limit['Unit']} is not valid: a cost budget is in USD.")
    if "BudgetLimit" in budget and not float(limit["Amount"]) > 0:
        raise AwsError("InvalidParameterException", "The amount of a budget must be greater than 0.")


def _check_subscribers(found: list[dict[str, str]]) -> None:
    for one in found:
        if (one["SubscriptionType"] == "SNS") != one["Address"].startswith("arn:aws:sns:"):
            raise AwsError("InvalidParameterException", f"{one['Address']} is no address of {one['SubscriptionType']}.")
    kinds = [one["SubscriptionType"] for one in found]
    if kinds.count("SNS") > 1 or kinds.count("EMAIL") > MOST_ADDRESSES:
        raise AwsError("CreationLimitExceededException", "A notification has one topic and ten addresses at most.")


def _notification(given: dict[str, Any]) -> dict[str, Any]:
    return {"ThresholdType": "PERCENTAGE", "NotificationState": "OK", **given}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[name] == other[name] for name in SAME)


def _found(call: Call) -> tuple[dict[str, Any], list[dict[str, str]]]:
    wanted = _notification(call.params["Notification"])
    for one in _budget(call, call.params["BudgetName"])["notifications"]:
        if _same(one[0], wanted):
            return one
    raise AwsError("NotFoundException", "Unable to find the notification - it doesn't exist.")
