# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon CloudWatch Logs: log groups, metric and subscription filters, and resource policies."""

from __future__ import annotations

import json
from collections.abc import Collection
from os.path import commonprefix
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource, same_elements
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State


class LogGroup(Resource):
    """DescribeLogGroups by the names' common prefix, ListTagsForResource; CreateLogGroup, PutRetentionPolicy,
    AssociateKmsKey, DeleteLogGroup. Retention in days."""

    service = "logs"
    kind = "log_group"
    option = "log_groups"
    key = "log_group_name"
    create_operation = "CreateLogGroup"
    extra = frozenset({"retention_in_days"})
    immutable = frozenset({"log_group_class"})
    references: ClassVar = {"kms_key_id": "kms_key"}
    protected = True

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        prefix = commonprefix(list(keys or ()))  # noqa: RUF071 - names, not paths
        found = self.context.pages(
            "logs", "describe_log_groups", "logGroups", **({"logGroupNamePrefix": prefix} if prefix else {})
        )
        return dict(self.context.each(self._state, [g for g in found if keys is None or g["logGroupName"] in keys]))

    def create(self, key: str, desired: State) -> None:
        self.client.create_log_group(**self.parameters(desired, "CreateLogGroup"), tags=desired["tags"])
        self._put_retention(key, desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "retention_in_days" in fields:
            self._put_retention(key, desired)
        if "kms_key_id" in fields:
            self.client.associate_kms_key(logGroupName=key, kmsKeyId=desired["kms_key_id"])
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_log_group(logGroupName=key)

    def _put_retention(self, key: str, desired: State) -> None:
        if "retention_in_days" in desired:
            self.client.put_retention_policy(logGroupName=key, retentionInDays=desired["retention_in_days"])

    def _state(self, group: dict[str, Any]) -> tuple[str, State]:
        state = self.snake("DescribeLogGroups", ("logGroups",), group)
        # The stored ARN ends in ":*", which the tagging operations refuse.
        arn = group["arn"].removesuffix(":*")
        tags = self.client.list_tags_for_resource(resourceArn=arn)["tags"]
        state["tags"] = {name: value for name, value in tags.items() if not name.startswith("aws:")}
        return group["logGroupName"], {**state, "_arn": arn}


class MetricFilter(Resource):
    """DescribeMetricFilters, PutMetricFilter, DeleteMetricFilter. Named ``<log group>:<filter>``."""

    service = "logs"
    kind = "metric_filter"
    option = "metric_filters"
    create_operation = "PutMetricFilter"
    depends_on = ("log_group",)
    taggable = False

    @property
    def equal(self) -> dict[str, Equal]:
        return {"metric_transformations": same_elements}

    def key_of(self, item: dict[str, Any]) -> str | None:
        names = item.get("log_group_name"), item.get("filter_name")
        return ":".join(str(name) for name in names) if all(names) else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("logs", "describe_metric_filters", "metricFilters")
        states = [self.snake("DescribeMetricFilters", ("metricFilters",), one) for one in found]
        return {key: s for s in states if (key := str(self.key_of(s))) and (keys is None or key in keys)}

    def create(self, key: str, desired: State) -> None:
        self.client.put_metric_filter(**self.parameters(desired, "PutMetricFilter"))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, {**current, **desired})

    def delete(self, key: str, current: State) -> None:
        self.client.delete_metric_filter(logGroupName=current["log_group_name"], filterName=current["filter_name"])

    def owns(self, state: State) -> bool:
        return self.named_ours(state["filter_name"])


class SubscriptionFilter(Resource):
    """DescribeSubscriptionFilters of each log group, PutSubscriptionFilter, DeleteSubscriptionFilter. Named
    ``<log group>:<filter>``."""

    service = "logs"
    kind = "subscription_filter"
    option = "subscription_filters"
    create_operation = "PutSubscriptionFilter"
    depends_on = ("log_group",)
    references: ClassVar = {"destination_arn": "delivery_stream", "role_arn": "iam_role"}
    taggable = False

    def key_of(self, item: dict[str, Any]) -> str | None:
        names = item.get("log_group_name"), item.get("filter_name")
        return ":".join(str(name) for name in names) if all(names) else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        there = [group["logGroupName"] for group in self.context.pages("logs", "describe_log_groups", "logGroups")]
        wanted = None if keys is None else {key.rpartition(":")[0] for key in keys}
        groups = [name for name in there if wanted is None or name in wanted]
        states = [state for found in self.context.each(self._filters, groups) for state in found]
        return {key: s for s in states if (key := str(self.key_of(s))) and (keys is None or key in keys)}

    def create(self, key: str, desired: State) -> None:
        self.client.put_subscription_filter(**self.parameters(desired, "PutSubscriptionFilter"))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, {**current, **desired})

    def delete(self, key: str, current: State) -> None:
        self.client.delete_subscription_filter(
            logGroupName=current["log_group_name"], filterName=current["filter_name"]
        )

    def transient(self, error: Exception) -> bool:
        # A new role or stream can't be used at once: "Could not deliver test message to specified destination".
        return "Could not deliver test message" in str(error) or super().transient(error)

    def owns(self, state: State) -> bool:
        return self.named_ours(state["filter_name"])

    def _filters(self, group: str) -> list[State]:
        found = self.context.pages("logs", "describe_subscription_filters", "subscriptionFilters", logGroupName=group)
        return [self.snake("DescribeSubscriptionFilters", ("subscriptionFilters",), one) for one in found]


class ResourcePolicy(Resource):
    """DescribeResourcePolicies, PutResourcePolicy, DeleteResourcePolicy: which AWS services may write to log groups.

    ``policy_document`` is the document in the API's own form.
    """

    service = "logs"
    kind = "resource_policy"
    option = "resource_policies"
    key = "policy_name"
    create_operation = "PutResourcePolicy"
    extra = frozenset({"policy_document"})
    policies = frozenset({"policy_document"})
    taggable = False

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("logs", "describe_resource_policies", "resourcePolicies")
        return {
            one["policyName"]: {"policy_name": one["policyName"], "policy_document": json.loads(one["policyDocument"])}
            for one in found
            if keys is None or one["policyName"] in keys
        }

    def create(self, key: str, desired: State) -> None:
        self.client.put_resource_policy(policyName=key, policyDocument=json.dumps(desired["policy_document"]))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_resource_policy(policyName=key)

    def owns(self, state: State) -> bool:
        return self.named_ours(state["policy_name"])
