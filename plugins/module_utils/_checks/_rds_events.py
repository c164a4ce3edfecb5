# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is told what RDS does to instances and groups, wherever the platform has an instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks._coverage_facts import heard
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

# Categories that people have to hear of, by type of source; none in a subscription means all.
TOLD = {
    "db-instance": frozenset({"configuration change", "failure", "failover", "low storage", "maintenance"}),
    "db-parameter-group": frozenset({"configuration change"}),
    "db-security-group": frozenset({"configuration change", "failure"}),
}


def subscriptions(world: World) -> dict[str, list[Mapping[str, Any]]]:
    """Event subscriptions of all sources of a type, by region with an instance of the platform
    (rds:DescribeDBInstances, DescribeEventSubscriptions): ``world.once(subscriptions)``."""
    found = {}
    for region in dict.fromkeys((world.platform.region, world.platform.recovery_region)):
        client = world.client("rds", region)
        instances = [one for page in _pages(client, "describe_db_instances") for one in page["DBInstances"]]
        if any(world.platform.owns(from_list(one.get("TagList"))) for one in instances):
            pages = _pages(client, "describe_event_subscriptions")
            listed = [one for page in pages for one in page["EventSubscriptionsList"]]
            found[region] = [one for one in listed if one["Enabled"] and not one.get("SourceIdsList")]
    return found


def _pages(client: Any, operation: str) -> Any:
    return client.get_paginator(operation).paginate()


def judge(world: World) -> Iterator[Breach]:
    """A breach where an event of TOLD is told to no topic, or to one that nobody listens to."""
    for region, found in world.once(subscriptions).items():
        for source, categories in TOLD.items():
            mine = [one for one in found if one.get("SourceType") == source]
            everything = any(not one.get("EventCategoriesList") for one in mine)
            covered = {category for one in mine for category in one.get("EventCategoriesList", ())}
            if missing := [] if everything else sorted(categories - covered):
                params = {"source": source, "region": region, "missing": ", ".join(missing)}
                yield Breach("rds.no_event_subscription", params)
            for topic in sorted({one["SnsTopicArn"] for one in mine} - world.once(heard)):
                yield Breach("rds.events_unheard", {"source": source, "region": region, "topic": topic})
