# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon SNS: topics with their policy, key and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

PENDING = "PendingConfirmation"
ADDRESS = ("protocol", "endpoint")
# Declared key: the attribute that holds it.
NAMED = {"kms_master_key_id": "KmsMasterKeyId", "display_name": "DisplayName", "policy": "Policy"}
# The same of a subscription, besides its address.
OF_SUBSCRIPTION = {
    "filter_policy": "FilterPolicy",
    "filter_policy_scope": "FilterPolicyScope",
    "raw_message_delivery": "RawMessageDelivery",
}


def same_subscriptions(current: Any, desired: Any) -> bool:
    """Whether everyone declared is subscribed as declared, confirmed or not, and nobody else is.

    Unconfirmed strangers don't count: nothing is sent to them, they can't be unsubscribed, and SNS forgets them. What
    an unconfirmed subscription is like can't be read; it will be what was declared when it was asked for.
    """
    have = {_address(one): one for one in current}
    want = {_address(one): one for one in desired}
    return (
        want.keys() <= have.keys()
        and all(address in want or one.get("pending") for address, one in have.items())
        and not any(_different(have[address], one) for address, one in want.items())
    )


def _different(current: Mapping[str, Any], desired: Mapping[str, Any]) -> list[str]:
    """The declared keys of a subscription that are not as declared."""
    return [name for name in OF_SUBSCRIPTION if name in desired and current.get(name, desired[name]) != desired[name]]


def _address(subscription: Mapping[str, Any]) -> tuple[str, str]:
    return subscription["protocol"], subscription["endpoint"]


class Topic(Resource):
    """ListTopics, GetTopicAttributes, ListTagsForResource, ListSubscriptions (all topics at once),
    GetSubscriptionAttributes; CreateTopic, SetTopicAttributes, Subscribe, SetSubscriptionAttributes, Unsubscribe,
    DeleteTopic.

    ``subscriptions`` is a list of ``{protocol, endpoint, filter_policy, filter_policy_scope, raw_message_delivery}``,
    complete, of which the first two are required; ``attributes`` holds further attributes under
    the API's own names.
    """

    service = "sns"
    kind = "topic"
    option = "topics"
    key = "name"
    create_operation = "CreateTopic"
    extra = frozenset({*NAMED, "subscriptions"})
    policies = frozenset({"policy"})
    references: ClassVar[dict[str, str]] = {"kms_master_key_id": "kms_key"}

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "subscriptions": same_subscriptions}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        for index, one in enumerate(item.get("subscriptions") or []):
            if not isinstance(one, dict) or not set(ADDRESS) <= set(one) <= {*ADDRESS, *OF_SUBSCRIPTION}:
                allowed = ", ".join(OF_SUBSCRIPTION)
                errors.append(
                    f"subscriptions[{index}] must have protocol and endpoint, may have {allowed}, and no more"
                )
        errors += [
            f"attributes.{name}: declare it as {key}"
            for key, name in NAMED.items()
            if name in item.get("attributes", {})
        ]
        return errors

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        arns = [topic["TopicArn"] for topic in self.context.pages("sns", "list_topics", "Topics")]
        wanted = [arn for arn in arns if keys is None or _name(arn) in keys]
        if not wanted:
            return {}
        subscriptions: dict[str, list[dict[str, Any]]] = {}
        for one in self.context.pages("sns", "list_subscriptions", "Subscriptions"):
            subscriptions.setdefault(one["TopicArn"], []).append(one)
        return dict(self.context.each(lambda arn: self._state(arn, subscriptions.get(arn, [])), wanted))

    def create(self, key: str, desired: State) -> None:
        attributes = {**desired.get("attributes", {}), **{NAMED[n]: _text(desired[n]) for n in NAMED if n in desired}}
        answer = self.client.create_topic(Name=key, Attributes=attributes, Tags=self.tag_list(desired))
        self._subscribe(answer["TopicArn"], [], desired.get("subscriptions", []))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        arn = current["_arn"]
        changed = {NAMED[name]: _text(desired[name]) for name in NAMED if name in fields}
        if "attributes" in fields:
            changed |= desired["attributes"]
        for name, value in changed.items():
            self.client.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
        if "subscriptions" in fields:
            self._subscribe(arn, current["_subscriptions"], desired["subscriptions"])
        if "tags" in fields:
            self.retag(arn, current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_topic(TopicArn=current["_arn"])

    def _subscribe(self, arn: str, current: list[dict[str, Any]], desired: list[dict[str, Any]]) -> None:
        have = {(one["Protocol"], one["Endpoint"]): one["SubscriptionArn"] for one in current}
        want = {_address(one): one for one in desired}
        for address in sorted(want.keys() - have.keys()):
            attributes = {"Attributes": given} if (given := _attributes(want[address])) else {}
            protocol, endpoint = address
            self.client.subscribe(
                TopicArn=arn, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True, **attributes
            )
        for address, identifier in sorted(have.items()):
            if identifier == PENDING:
                continue
            if address not in want:
                self.client.unsubscribe(SubscriptionArn=identifier)
                continue
            different = _different(self._of_subscription(identifier), want[address])
            for name, value in _attributes({name: want[address][name] for name in different}).items():
                self.client.set_subscription_attributes(
                    SubscriptionArn=identifier, AttributeName=name, AttributeValue=value
                )

    def _of_subscription(self, identifier: str) -> dict[str, Any]:
        """What a confirmed subscription is like; it has each key, declared or not."""
        found = self.client.get_subscription_attributes(SubscriptionArn=identifier)["Attributes"]
        return {
            "filter_policy": json.loads(found.get("FilterPolicy") or "{}"),
            "filter_policy_scope": found.get("FilterPolicyScope", "MessageAttributes"),
            "raw_message_delivery": found.get("RawMessageDelivery") == "true",
        }

    def _state(self, arn: str, subscriptions: list[dict[str, Any]]) -> tuple[str, State]:
        attributes = self.client.get_topic_attributes(TopicArn=arn)["Attributes"]
        state: State = {
            "name": _name(arn),
            "attributes": {name: value for name, value in attributes.items() if name not in NAMED.values()},
            "subscriptions": sorted(
                (
                    {
                        "protocol": s["Protocol"],
                        "endpoint": s["Endpoint"],
                        "pending": s["SubscriptionArn"] == PENDING,
                        **({} if s["SubscriptionArn"] == PENDING else self._of_subscription(s["SubscriptionArn"])),
                    }
                    for s in subscriptions
                ),
                key=_address,
            ),
            "tags": from_list(self.client.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            "_arn": arn,
            "_subscriptions": subscriptions,
        }
        state |= {key: attributes[name] for key, name in NAMED.items() if name in attributes}
        state["policy"] = json.loads(state["policy"])
        if "kms_master_key_id" in state:
            # SNS keeps the alias where one was given.
            state["kms_master_key_id"] = self.context.references.resolve("kms_key", state["kms_master_key_id"], False)
        return state["name"], state


def _name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def _attributes(subscription: Mapping[str, Any]) -> dict[str, str]:
    return {OF_SUBSCRIPTION[name]: _text(value) for name, value in subscription.items() if name in OF_SUBSCRIPTION}


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (dict, bool)) else str(value)


ADAPTERS = (Topic,)
