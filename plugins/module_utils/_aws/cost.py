# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cost Explorer: anomaly monitors, their subscriptions, and cost allocation tags. Budgets are in the module beside."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.cost_billing import Billing
from ansible_collections.iworkz.platform.plugins.module_utils._aws.cost_budgets import Budget
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import ARN_LENGTH, Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

UNKNOWN = "Unknown"
"""Status of a cost allocation tag that billing has not heard of yet; the API has none for it."""
MONITORS = "monitor_arn_list"


class Monitor(Billing):
    """GetAnomalyMonitors, ListTagsForResource; CreateAnomalyMonitor, UpdateAnomalyMonitor, TagResource, UntagResource,
    DeleteAnomalyMonitor.

    An account has at most one monitor of a dimension, which AWS may have made: it is the declared one, whatever its
    name is.
    """

    service = "ce"
    kind = "anomaly_monitor"
    option = "anomaly_monitors"
    key = "monitor_name"
    create_operation = "CreateAnomalyMonitor"
    member = "AnomalyMonitor"
    immutable = frozenset({"monitor_type", "monitor_dimension", "monitor_specification"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._names: dict[str, str] = {}

    def validate(self, item: dict[str, Any]) -> list[str]:
        # Before anything is read: what is read is named after it.
        if "monitor_dimension" in item:
            self._names[item["monitor_dimension"]] = str(item.get(self.key))
        return super().validate(item)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = [self._state(one) for one in self.pages("get_anomaly_monitors", "AnomalyMonitors")]
        named = {self._names.get(one.get("monitor_dimension", "")) or str(one[self.key]): one for one in found}
        return {name: state for name, state in named.items() if keys is None or name in keys}

    def create(self, key: str, desired: State) -> None:
        self.client.create_anomaly_monitor(AnomalyMonitor=self.document(desired), ResourceTags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if self.key in fields:
            self.client.update_anomaly_monitor(MonitorArn=current["_arn"], MonitorName=key)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_anomaly_monitor(MonitorArn=current["_arn"])

    def _state(self, found: dict[str, Any]) -> State:
        arn = found["MonitorArn"]
        state = self.snake("GetAnomalyMonitors", ("AnomalyMonitors",), found)
        tags = from_list(self.client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"])
        return {**state, "tags": tags, "_arn": arn}


class Subscription(Billing):
    """GetAnomalySubscriptions, GetAnomalyMonitors, ListTagsForResource; CreateAnomalySubscription,
    UpdateAnomalySubscription, TagResource, UntagResource, DeleteAnomalySubscription."""

    service = "ce"
    kind = "anomaly_subscription"
    option = "anomaly_subscriptions"
    key = "subscription_name"
    create_operation = "CreateAnomalySubscription"
    member = "AnomalySubscription"
    unordered = frozenset({MONITORS, "subscribers"})
    depends_on = ("anomaly_monitor",)

    def validate(self, item: dict[str, Any]) -> list[str]:
        # A name may be shorter than the ARN that will stand in its place.
        padded = [str(name).ljust(ARN_LENGTH) for name in item.get(MONITORS, [])]
        return super().validate({**item, MONITORS: padded} if MONITORS in item else item)

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        if any(not name.startswith("arn:") for name in desired.get(MONITORS, [])):
            arns = {
                one["MonitorName"]: one["MonitorArn"] for one in self.pages("get_anomaly_monitors", "AnomalyMonitors")
            }
            missing = [one for one in desired[MONITORS] if one not in arns and not one.startswith("arn:")]
            if missing and strict:
                raise ReconcileError(f"anomaly monitors {', '.join(missing)} do not exist: apply them first")
            desired[MONITORS] = [arns.get(one, one) for one in desired[MONITORS]]
        return desired

    def normalise(self, desired: State) -> State:
        for one in desired.get("subscribers", []):
            one["address"] = self.address(one["type"], one["address"])
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = [self._state(one) for one in self.pages("get_anomaly_subscriptions", "AnomalySubscriptions")]
        return {one[self.key]: one for one in found if keys is None or one[self.key] in keys}

    def create(self, key: str, desired: State) -> None:
        self.client.create_anomaly_subscription(
            AnomalySubscription=self.document(desired), ResourceTags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if changes := set(fields) - {"tags"}:
            changed = self.parameters(desired, "UpdateAnomalySubscription", *changes)
            self.client.update_anomaly_subscription(SubscriptionArn=current["_arn"], **changed)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_anomaly_subscription(SubscriptionArn=current["_arn"])

    def _state(self, found: dict[str, Any]) -> State:
        arn = found["SubscriptionArn"]
        state = self.snake("GetAnomalySubscriptions", ("AnomalySubscriptions",), found)
        tags = from_list(self.client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"])
        return {**state, "tags": tags, "_arn": arn}


class CostTag(Billing):
    """ListCostAllocationTags, UpdateCostAllocationTagsStatus.

    Billing hears of a tag up to 24 hours after something has carried it first: until then it is left.
    """

    service = "ce"
    kind = "cost_allocation_tag"
    option = "cost_allocation_tags"
    key = "tag_key"
    create_operation = "UpdateCostAllocationTagsStatus"
    member = "CostAllocationTagsStatus"
    taggable = False

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self._listed())

    def normalise(self, desired: State) -> State:
        return desired if desired[self.key] in self.known else {**desired, "status": UNKNOWN}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = self._listed()
        wanted = listed.keys() if keys is None else keys
        return {key: listed.get(key, {self.key: key, "status": UNKNOWN}) for key in wanted}

    def owns(self, state: State) -> bool:
        return False  # the account's, not ours to turn off

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        status = [{"TagKey": key, "Status": desired["status"]}]
        errors = self.client.update_cost_allocation_tags_status(CostAllocationTagsStatus=status).get("Errors", [])
        if errors:
            raise ReconcileError("; ".join(f"{one['Code']}: {one.get('Message', '')}" for one in errors))

    def _listed(self) -> dict[str, State]:
        found = self.pages("list_cost_allocation_tags", "CostAllocationTags", Type="UserDefined")
        return {one["TagKey"]: self.snake("ListCostAllocationTags", ("CostAllocationTags",), one) for one in found}


ADAPTERS: tuple[type[Resource], ...] = (Budget, Monitor, Subscription, CostTag)
