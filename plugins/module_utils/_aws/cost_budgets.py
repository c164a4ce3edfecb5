# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Budgets: limits, and who is told when they are reached, or are going to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.cost_billing import Billing
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import same_elements
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

NOTIFICATIONS = "notifications"
# Names of a notification, with the API's own defaults.
NAMED: dict[str, Any] = {
    "notification_type": None,
    "comparison_operator": "GREATER_THAN",
    "threshold": None,
    "threshold_type": "PERCENTAGE",
}


class Budget(Billing):
    """DescribeBudgets, DescribeNotificationsForBudget, DescribeSubscribersForNotification, ListTagsForResource;
    CreateBudget, UpdateBudget, CreateNotification, DeleteNotification, TagResource, UntagResource, DeleteBudget.

    A notification that differs is deleted and made anew. Amounts are text in the API and compared as numbers.
    """

    service = "budgets"
    kind = "budget"
    option = "budgets"
    key = "budget_name"
    create_operation = "CreateBudget"
    member = "Budget"
    extra = frozenset({NOTIFICATIONS})
    immutable = frozenset({"budget_type"})

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "budget_limit": same_amount, NOTIFICATIONS: same_notifications}

    @property
    def account(self) -> str:
        return self.context.account_id

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        shape = shapes.input_shape(self.client, "CreateNotification")
        for index, one in enumerate(item.get(NOTIFICATIONS, [])):
            given = _split(one)
            wrong = [
                *shapes.errors_in(shape.members["Notification"], given[0]),
                *(error for who in given[1] for error in shapes.errors_in(shape.members["Subscribers"].member, who)),
            ]
            errors += [f"{NOTIFICATIONS}[{index}]: {error}" for error in wrong]
            errors += [] if given[1] else [f"{NOTIFICATIONS}[{index}]: subscribers must not be empty"]
        return errors

    def normalise(self, desired: State) -> State:
        if NOTIFICATIONS not in desired:
            return desired
        told = [{**_split(one)[0], "subscribers": self._addresses(one)} for one in desired[NOTIFICATIONS]]
        return {**desired, NOTIFICATIONS: told}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.pages("describe_budgets", "Budgets", AccountId=self.account)
        wanted = [one for one in found if keys is None or one["BudgetName"] in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.create_budget(
            AccountId=self.account,
            Budget=self.document(desired),
            NotificationsWithSubscribers=[self._request(one) for one in desired.get(NOTIFICATIONS, [])],
            ResourceTags=self.tag_list(desired),
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) - {NOTIFICATIONS, "tags"}:
            # The whole of it is replaced: what is there, with the declared values over it.
            told_by_aws = {"calculated_spend", "last_updated_time", "health_status"}
            whole = {name: value for name, value in {**current, **desired}.items() if name not in told_by_aws}
            self.client.update_budget(AccountId=self.account, NewBudget=self.document(whole))
        if NOTIFICATIONS in fields:
            self._tell(key, desired[NOTIFICATIONS], current[NOTIFICATIONS])
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_budget(AccountId=self.account, BudgetName=key)

    def _tell(self, key: str, desired: list[State], current: list[State]) -> None:
        for one in current:
            if not any(same_notifications([one], [other]) for other in desired):
                self.client.delete_notification(
                    AccountId=self.account, BudgetName=key, Notification=self._request(one)["Notification"]
                )
        for one in desired:
            if not any(same_notifications([other], [one]) for other in current):
                self.client.create_notification(AccountId=self.account, BudgetName=key, **self._request(one))

    def _request(self, one: Mapping[str, Any]) -> dict[str, Any]:
        notification, subscribers = _split(one)
        shape = shapes.input_shape(self.client, "CreateNotification")
        return dict(shapes.to_api(shape, {"notification": notification, "subscribers": subscribers}))

    def _addresses(self, one: Mapping[str, Any]) -> list[dict[str, str]]:
        return [
            {**who, "address": self.address(who["subscription_type"], who["address"])} for who in one["subscribers"]
        ]

    def _state(self, found: dict[str, Any]) -> tuple[str, State]:
        name = found["BudgetName"]
        arn = f"arn:{self.context.partition}:budgets::{self.account}:budget/{name}"
        place = {"AccountId": self.account, "BudgetName": name}
        told = []
        for one in self.pages("describe_notifications_for_budget", "Notifications", **place):
            named = {key: value for key, value in one.items() if key != "NotificationState"}
            who = self.pages("describe_subscribers_for_notification", "Subscribers", Notification=named, **place)
            state = self.snake("DescribeNotificationsForBudget", ("Notifications",), named)
            subscribers = [self.snake("DescribeSubscribersForNotification", ("Subscribers",), each) for each in who]
            told.append({**state, "subscribers": subscribers})
        tags = from_list(self.client.list_tags_for_resource(ResourceARN=arn).get("ResourceTags"))
        budget = self.snake("DescribeBudgets", ("Budgets",), found)
        return name, {**budget, NOTIFICATIONS: told, "tags": tags, "_arn": arn}


def same_amount(current: Mapping[str, str], desired: Mapping[str, str]) -> bool:
    """Whether two limits are one: 100, 100.0 and 100.00 dollars."""
    return current["unit"] == desired["unit"] and float(current["amount"]) == float(desired["amount"])


def same_notifications(current: list[State], desired: list[State]) -> bool:
    """Whether the same people are told at the same points, in any order."""
    return same_elements([_ordered(one) for one in current], [_ordered(one) for one in desired])


def _ordered(one: State) -> State:
    notification, subscribers = _split(one)
    return {**notification, "threshold": float(notification["threshold"]), "subscribers": sorted(subscribers, key=str)}


def _split(one: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A notification with the API's defaults, and its subscribers."""
    given = {key: value for key, value in one.items() if key != "subscribers"}
    defaults = {key: value for key, value in NAMED.items() if value is not None}
    return {**defaults, **given}, [dict(who) for who in one.get("subscribers", [])]
