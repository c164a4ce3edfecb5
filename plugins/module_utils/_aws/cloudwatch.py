# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon CloudWatch: metric alarms and dashboards."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudwatch_logs import (
    LogGroup,
    MetricFilter,
    ResourcePolicy,
    SubscriptionFilter,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

NAMES_PER_CALL = 100


class Alarm(Resource):
    """DescribeAlarms in batches of names, ListTagsForResource, PutMetricAlarm, DeleteAlarms.

    PutMetricAlarm replaces the whole alarm, so an update sends what is there with the declared values over it.
    """

    service = "cloudwatch"
    kind = "alarm"
    option = "alarms"
    key = "alarm_name"
    create_operation = "PutMetricAlarm"
    depends_on = ("metric_filter",)
    unordered = frozenset({"dimensions", "alarm_actions", "ok_actions", "insufficient_data_actions"})
    references: ClassVar = {
        "alarm_actions": "sns_topic",
        "ok_actions": "sns_topic",
        "insufficient_data_actions": "sns_topic",
    }

    def normalise(self, desired: State) -> State:
        # The API's own default, stated so that an alarm that somebody silenced is found.
        desired.setdefault("actions_enabled", True)
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if keys is None:
            found = self.context.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=["MetricAlarm"])
        else:
            names = sorted(keys)
            found = [
                alarm
                for start in range(0, len(names), NAMES_PER_CALL)
                for alarm in self.client.describe_alarms(
                    AlarmNames=names[start : start + NAMES_PER_CALL], MaxRecords=NAMES_PER_CALL
                )["MetricAlarms"]
            ]
        return dict(self.context.each(self._state, found))

    def create(self, key: str, desired: State) -> None:
        self.client.put_metric_alarm(**self.parameters(desired, "PutMetricAlarm"), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) != {"tags"}:
            whole = {name: value for name, value in {**current, **desired}.items() if value not in ([], "")}
            self.client.put_metric_alarm(**self.parameters(whole, "PutMetricAlarm"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_alarms(AlarmNames=[key])

    def _state(self, alarm: dict[str, Any]) -> tuple[str, State]:
        state = self.snake("DescribeAlarms", ("MetricAlarms",), alarm)
        state["tags"] = from_list(self.client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"])
        return alarm["AlarmName"], {**state, "_arn": alarm["AlarmArn"]}


class Dashboard(Resource):
    """ListDashboards, GetDashboard, PutDashboard, DeleteDashboards. ``dashboard_body`` is the body as a dict."""

    service = "cloudwatch"
    kind = "dashboard"
    option = "dashboards"
    key = "dashboard_name"
    create_operation = "PutDashboard"
    extra = frozenset({"dashboard_body"})
    filled = frozenset({"dashboard_body"})
    taggable = False

    def validate(self, item: dict[str, Any]) -> list[str]:
        body = item.get("dashboard_body")
        wrong = [] if isinstance(body, dict) else [f"dashboard_body must be a dict, is {type(body).__name__}"]
        return super().validate(item) + wrong

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = self.context.pages("cloudwatch", "list_dashboards", "DashboardEntries")
        names = [entry["DashboardName"] for entry in listed if keys is None or entry["DashboardName"] in keys]
        return dict(self.context.each(self._state, names))

    def create(self, key: str, desired: State) -> None:
        self.client.put_dashboard(DashboardName=key, DashboardBody=json.dumps(desired["dashboard_body"]))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_dashboards(DashboardNames=[key])

    def owns(self, state: State) -> bool:
        return self.named_ours(state["dashboard_name"])

    def _state(self, name: str) -> tuple[str, State]:
        body = json.loads(self.client.get_dashboard(DashboardName=name)["DashboardBody"])
        return name, {"dashboard_name": name, "dashboard_body": body}


ADAPTERS = (LogGroup, MetricFilter, SubscriptionFilter, ResourcePolicy, Alarm, Dashboard)
