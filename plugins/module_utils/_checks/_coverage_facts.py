# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the platform there is in each region, which alarms there are, and whom they reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import (
    EDGE_REGION,
    Tagged,
    metrics_of,
    tagged,
    watches,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

Alarm = Mapping[str, Any]


def regions(world: World) -> list[str]:
    """The regions that the platform uses: its own, the one it recovers in, and that of what has none."""
    return list(dict.fromkeys((world.platform.region, world.platform.recovery_region, EDGE_REGION)))


def resources(world: World) -> list[Tagged]:
    """What carries the platform's tags (tag:GetResources): ``world.once(resources)``."""
    return tagged(world.client, regions(world), world.platform.tags)


def alarms(world: World) -> dict[str, list[Alarm]]:
    """All metric alarms by region (cloudwatch:DescribeAlarms): ``world.once(alarms)``."""
    found = {}
    for region in regions(world):
        pages = world.client("cloudwatch", region).get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        found[region] = [alarm for page in pages for alarm in page["MetricAlarms"]]
    return found


def heard(world: World) -> frozenset[str]:
    """Topics that somebody has confirmed to listen to (sns:ListSubscriptions): ``world.once(heard)``."""
    found = [
        one
        for region in regions(world)
        for page in world.client("sns", region).get_paginator("list_subscriptions").paginate()
        for one in page["Subscriptions"]
    ]
    return frozenset(one["TopicArn"] for one in found if one["SubscriptionArn"].startswith("arn:"))


def our_alarms(world: World) -> list[Alarm]:
    """Alarms that carry the platform's tags, in all regions."""
    ours = {one.arn for one in world.once(resources) if one.type == "cloudwatch"}
    return [alarm for found in world.once(alarms).values() for alarm in found if alarm["AlarmArn"] in ours]


def reaches(alarm: Alarm, topics: Collection[str]) -> bool:
    """Whether somebody is told, or something is scaled."""
    actions = alarm.get("AlarmActions", [])
    return bool(alarm["ActionsEnabled"]) and any(one in topics or ":scalingPolicy:" in one for one in actions)


def watching(world: World, resource: Tagged, metric: str) -> list[Alarm]:
    """Alarms on one metric of a resource."""
    if resource.kind is None:
        return []
    return [
        alarm
        for alarm in world.once(alarms).get(resource.region, [])
        if any(watches(one, resource.kind.namespace, metric, resource.dimensions) for one in metrics_of(alarm))
    ]
