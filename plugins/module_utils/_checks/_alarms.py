# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which CloudWatch alarms watch a resource: facts and judgement that several checks share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import metrics_of, watches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World


def alarms(world: World) -> list[dict[str, Any]]:
    """All metric alarms of the region (cloudwatch:DescribeAlarms)."""
    pages = world.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


def topics(world: World) -> set[str]:
    """ARNs of all topics of the region (sns:ListTopics)."""
    pages = world.client("sns").get_paginator("list_topics").paginate()
    return {topic["TopicArn"] for page in pages for topic in page["Topics"]}


def alarm_breaches(
    world: World,
    resource: str,
    namespace: str,
    dimensions: Mapping[str, str],
    metrics: Iterable[str],
    without: Collection[str] = (),
) -> tuple[dict[str, list[str]], list[Breach]]:
    """Judge whether each metric of a resource has an alarm that reaches somebody.

    :param dimensions: dimensions an alarm must name, by name; it may name others besides.
    :param without: names of dimensions it may not have, because they narrow it to a part of the resource.
    :return: alarm names by metric, and a breach per metric without an alarm, or whose alarms have their actions
        disabled or lead to no topic that exists.
    """
    observed: dict[str, list[str]] = {}
    breaches: list[Breach] = []
    for metric in metrics:
        mine = [
            alarm
            for alarm in world.once(alarms)
            if any(watches(one, namespace, metric, dimensions, without) for one in metrics_of(alarm))
        ]
        observed[metric] = sorted(alarm["AlarmName"] for alarm in mine)
        if not mine:
            breaches.append(Breach("alarms.missing", {"resource": resource, "metric": metric}))
        elif not any(_acts(alarm, world.once(topics)) for alarm in mine):
            breaches.append(Breach("alarms.no_action", {"resource": resource, "alarm": observed[metric][0]}))
    return observed, breaches


def _acts(alarm: Mapping[str, Any], existing: set[str]) -> bool:
    return bool(alarm["ActionsEnabled"]) and bool(existing.intersection(alarm.get("AlarmActions", [])))
