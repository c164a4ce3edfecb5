# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Application Auto Scaling: what is scaled between which bounds, by which policies, and at which times."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

SERVICE = "application-autoscaling"
PLACE = ("service_namespace", "resource_id", "scalable_dimension")


class Scaled(Resource):
    """What belongs to a target. Named ``<resource>:<dimension>``, and after it ``:<name>`` of what has one.

    Everything is listed by namespace: the declared ones, or all that there are where nothing is declared.
    """

    service = SERVICE
    listed: ClassVar[tuple[str, str]]
    """Operation that lists them in the API's spelling, and the member of its answer."""
    named: ClassVar[tuple[str, ...]] = ()

    def key_of(self, item: dict[str, Any]) -> str | None:
        parts = [item.get(name) for name in (*PLACE[1:], *self.named)]
        return ":".join(str(part) for part in parts) if all(parts) and item.get(PLACE[0]) else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        operation, result = self.listed
        found = [
            one
            for namespace in self._namespaces(keys)
            for one in self.context.pages(SERVICE, shapes.xform_name(operation), result, ServiceNamespace=namespace)
        ]
        states = [self.snake(operation, (result,), one) for one in found]
        return {key: self.told(s) for s in states if (key := str(self.key_of(s))) and (keys is None or key in keys)}

    def told(self, state: State) -> State:
        """What is compared, of what was read."""
        return state

    def owns(self, state: State) -> bool:
        return self.named_ours(state["resource_id"].partition("/")[2])

    def place(self, state: State) -> dict[str, Any]:
        """The parameters that name a target."""
        names = ("ServiceNamespace", "ResourceId", "ScalableDimension")
        return dict(zip(names, (state[name] for name in PLACE), strict=True))

    def _namespaces(self, keys: Collection[str] | None) -> list[str]:
        if keys is None:
            shape = shapes.input_shape(self.client, self.create_operation).members["ServiceNamespace"]
            return list(shape.enum)
        # A key is <resource>:<namespace>:<kind>:<what>, and the resource of some has colons, too.
        dimensions = shapes.input_shape(self.client, self.create_operation).members["ScalableDimension"].enum
        return sorted({one.partition(":")[0] for one in dimensions if any(f":{one}" in key for key in keys)})


class Target(Scaled):
    """DescribeScalableTargets, ListTagsForResource; RegisterScalableTarget, TagResource, UntagResource,
    DeregisterScalableTarget, which takes its policies and scheduled actions along."""

    kind = "scalable_target"
    option = "scalable_targets"
    create_operation = "RegisterScalableTarget"
    listed = ("DescribeScalableTargets", "ScalableTargets")
    references: ClassVar = {"role_arn": "iam_role"}

    def normalise(self, desired: State) -> State:
        # Stated, so that one that somebody suspended is found.
        parts = ("dynamic_scaling_in", "dynamic_scaling_out", "scheduled_scaling")
        desired.setdefault("suspended_state", {f"{part}_suspended": False for part in parts})
        return desired

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        least, most = item.get("min_capacity"), item.get("max_capacity")
        if least is None or most is None:
            return [*errors, "min_capacity and max_capacity must be declared"]
        return errors or ([] if least <= most else ["max_capacity must not be less than min_capacity"])

    def told(self, state: State) -> State:
        arn = state["scalable_target_arn"]
        tags = self.client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {**state, "tags": from_map(tags), "_arn": arn}

    def owns(self, state: State) -> bool:
        return Resource.owns(self, state)

    def create(self, key: str, desired: State) -> None:
        self.client.register_scalable_target(**self.parameters(desired, "RegisterScalableTarget"), Tags=desired["tags"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) != {"tags"}:
            self.client.register_scalable_target(**self.parameters(desired, "RegisterScalableTarget"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.deregister_scalable_target(**self.place(current))


class Policy(Scaled):
    """DescribeScalingPolicies, PutScalingPolicy, DeleteScalingPolicy. AWS keeps the alarms of one that tracks a target
    by itself."""

    kind = "scaling_policy"
    option = "scaling_policies"
    create_operation = "PutScalingPolicy"
    listed = ("DescribeScalingPolicies", "ScalingPolicies")
    named = ("policy_name",)
    depends_on = ("scalable_target",)
    taggable = False

    def create(self, key: str, desired: State) -> None:
        self.client.put_scaling_policy(**self.parameters(desired, "PutScalingPolicy"))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_scaling_policy(PolicyName=current["policy_name"], **self.place(current))


class ScheduledAction(Scaled):
    """DescribeScheduledActions, PutScheduledAction, DeleteScheduledAction."""

    kind = "scheduled_action"
    option = "scheduled_actions"
    create_operation = "PutScheduledAction"
    listed = ("DescribeScheduledActions", "ScheduledActions")
    named = ("scheduled_action_name",)
    depends_on = ("scalable_target",)
    taggable = False

    def create(self, key: str, desired: State) -> None:
        self.client.put_scheduled_action(**self.parameters(desired, "PutScheduledAction"))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        name = current["scheduled_action_name"]
        self.client.delete_scheduled_action(ScheduledActionName=name, **self.place(current))


ADAPTERS = (Target, Policy, ScheduledAction)
