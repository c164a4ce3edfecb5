# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Event subscriptions of Amazon RDS: who is told of what happens to instances and groups."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class EventSubscription(Resource):
    """DescribeEventSubscriptions (all pages) and ListTagsForResource of each; CreateEventSubscription,
    ModifyEventSubscription, DeleteEventSubscription."""

    service = "rds"
    kind = "event_subscription"
    option = "event_subscriptions"
    key = "subscription_name"
    create_operation = "CreateEventSubscription"
    immutable = frozenset({"source_ids"})
    unordered = frozenset({"event_categories", "source_ids"})
    references: ClassVar = {"sns_topic_arn": "sns_topic"}

    def normalise(self, desired: State) -> State:
        # The API's own default, stated so that one that somebody turned off is found.
        return {"enabled": True, **desired}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = self.context.pages("rds", "describe_event_subscriptions", "EventSubscriptionsList")
        found = [one for one in listed if keys is None or one["CustSubscriptionId"] in keys]
        return dict(self.context.each(self._state, found))

    def create(self, key: str, desired: State) -> None:
        self.client.create_event_subscription(
            **self.parameters(desired, "CreateEventSubscription"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) != {"tags"}:
            self.client.modify_event_subscription(**self.parameters(desired, "ModifyEventSubscription"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_event_subscription(SubscriptionName=key)

    def _state(self, found: dict[str, Any]) -> tuple[str, State]:
        name, arn = found["CustSubscriptionId"], found["EventSubscriptionArn"]
        return name, {
            "subscription_name": name,
            "sns_topic_arn": found["SnsTopicArn"],
            "source_type": found.get("SourceType"),
            "event_categories": found.get("EventCategoriesList", []),
            "source_ids": found.get("SourceIdsList", []),
            "enabled": found["Enabled"],
            "tags": from_list(self.client.list_tags_for_resource(ResourceName=arn)["TagList"]),
            "_arn": arn,
        }
