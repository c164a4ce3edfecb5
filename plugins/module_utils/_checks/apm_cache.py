# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.2.1.4: the hit rate of the running Redis, its alarm, and where people see it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import elasticache
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_reads import Reads, percent, reads

NAMESPACE, METRIC = "AWS/ElastiCache", "CacheHitRate"
INTERVAL_SECONDS = 2.0


@check("3.2.1.4")
def hit_rate_is_watched(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for group in world.once(elasticache.groups):
        name = group["ReplicationGroupId"]
        facts, found = _rate(name, *_twice(world, group), required)
        observed[name] = facts
        breaches += found
        facts["alarms"] = {}
        for node in group["MemberClusters"]:
            facts["alarms"][node], missing = alarm_breaches(world, node, NAMESPACE, {"CacheClusterId": node}, [METRIC])
            breaches += missing
        facts["panels"] = _panels(world.once(dashboards), group["MemberClusters"])
        unseen = sorted(set(group["MemberClusters"]) - facts["panels"].keys())
        if unseen:
            breaches.append(Breach("apm.no_panel", {"group": name, "nodes": ", ".join(unseen)}))
    return Finding(observed, tuple(breaches) if observed else (elasticache.NO_GROUP,))


def dashboards(world: World) -> dict[str, dict[str, Any]]:
    """The body of each dashboard (cloudwatch:ListDashboards, GetDashboard)."""
    client = world.client("cloudwatch")
    pages = client.get_paginator("list_dashboards").paginate()
    names = [entry["DashboardName"] for page in pages for entry in page["DashboardEntries"]]
    return {name: json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"]) for name in names}


def _twice(world: World, group: Mapping[str, Any]) -> tuple[dict[str, Reads], dict[str, Reads]]:
    """Two readings of all nodes, some time apart."""
    user = f"{world.platform.prefix}-{world.platform.canary}"
    bundle = world.platform.reach["ca_bundle"] or None
    try:
        first = reads(world, group, user, bundle)
        time.sleep(INTERVAL_SECONDS)
        return first, reads(world, group, user, bundle)
    except ReconcileError as error:
        raise ConnectionError(f"{group['ReplicationGroupId']}: {error}") from error


def _rate(
    group: str, first: Mapping[str, Reads], second: Mapping[str, Reads], required: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Breach]]:
    """The rate of now, where enough is looked up while the check looks; else that since the nodes started."""
    wanted = required["lookups"]
    between = {
        node: found
        for node, later in second.items()
        if node in first and (found := later.since(first[node])) is not None
    }
    now = _sum(between)
    basis, total = ("interval", now) if now[1] >= wanted else ("since_start", _sum(second))
    rate = percent(*total)
    facts: dict[str, Any] = {
        "basis": basis,
        "hit_rate_percent": rate,
        "lookups": total[1],
        "interval": {"seconds": INTERVAL_SECONDS, "lookups": now[1], "hit_rate_percent": percent(*now)},
        "nodes": {
            node: {
                "lookups": one.lookups,
                "hit_rate_percent": percent(one.hits, one.lookups),
                "uptime_seconds": one.uptime_seconds,
            }
            for node, one in second.items()
        },
    }
    if rate is None or total[1] < wanted:
        return facts, [Breach("apm.no_lookups", {"group": group, "lookups": total[1], "wanted": wanted})]
    if rate < required["hit_rate_percent"]:
        params = {"group": group, "percent": rate, "wanted": required["hit_rate_percent"], "lookups": total[1]}
        return facts, [Breach("apm.misses_now" if basis == "interval" else "apm.misses", params)]
    return facts, []


def _sum(every: Mapping[str, Reads]) -> tuple[int, int]:
    """Hits and lookups of all nodes: a replica that nobody reads has none of either."""
    return sum(one.hits for one in every.values()), sum(one.lookups for one in every.values())


def _panels(found: Mapping[str, Mapping[str, Any]], nodes: list[str]) -> dict[str, list[str]]:
    """By node, the dashboards with a widget of its hit rate."""
    shown: dict[str, list[str]] = {}
    for name, body in sorted(found.items()):
        widgets = [each.get("properties", {}) for each in body.get("widgets", [])]
        metrics = [metric for properties in widgets for metric in properties.get("metrics", [])]
        for node in nodes:
            if any([NAMESPACE, METRIC, "CacheClusterId", node] == metric[:4] for metric in metrics):
                shown.setdefault(node, []).append(name)
    return shown
