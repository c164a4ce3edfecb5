# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 3.2.2.3: dashboards from which capacity is planned, each of whose widgets shows something that is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._coverage_facts import resources
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

Metric = tuple[str, str, dict[str, str]]
"""Namespace, name, dimensions."""


@check("3.2.2.3")
def capacity_is_shown(world: World, required: dict[str, Any]) -> Finding:
    """Every metric of every dashboard that bears the platform's name is one of a resource with its tags."""
    observed: dict[str, Any] = {}
    shown: set[str] = set()
    breaches: list[Breach] = []
    for name, body in _dashboards(world).items():
        widgets = [one for one in body.get("widgets", []) if one.get("type") == "metric"]
        observed[name] = {"widgets": len(widgets), "metrics": 0}
        if not widgets:
            breaches.append(Breach("cloudwatch.dashboard_empty", {"dashboard": name}))
        for widget in widgets:
            metrics = list(metrics_of(widget["properties"]))
            observed[name]["metrics"] += len(metrics)
            shown |= {namespace for namespace, _metric, _dimensions in metrics}
            breaches += _dead(world, name, widget["properties"], metrics)
    missing = sorted(set(required["namespaces"]) - shown)
    if not observed:
        breaches.append(Breach("cloudwatch.no_dashboard", {"prefix": world.platform.prefix}))
    elif missing:
        breaches.append(Breach("cloudwatch.not_shown", {"namespaces": ", ".join(missing)}))
    return Finding({"dashboards": observed, "namespaces": sorted(shown)}, tuple(breaches))


def _dashboards(world: World) -> dict[str, dict[str, Any]]:
    """Bodies of the platform's dashboards by name (cloudwatch:ListDashboards, GetDashboard)."""
    client = world.client("cloudwatch")
    pages = client.get_paginator("list_dashboards").paginate(DashboardNamePrefix=world.platform.prefix)
    names = [one["DashboardName"] for page in pages for one in page["DashboardEntries"]]
    return {name: json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"]) for name in names}


def metrics_of(properties: Mapping[str, Any]) -> Iterator[Metric]:
    """Metrics of a widget, without expressions. "." stands for what the row before has in its place, "..." for all of
    it up to the last dimension.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    before: list[str] = []
    for row in properties.get("metrics", []):
        told = [part for part in row if not isinstance(part, Mapping)]
        if not told:
            continue
        if told[0] == "...":
            told = [*before[: len(before) - len(told) + 1], *told[1:]]
        whole = [before[index] if part == "." else part for index, part in enumerate(told)]
        before = whole
        yield whole[0], whole[1], dict(zip(whole[2::2], whole[3::2], strict=True))


def _dead(world: World, name: str, properties: Mapping[str, Any], metrics: list[Metric]) -> Iterator[Breach]:
    """A widget without metrics, and metrics that are of nothing in its region."""
    params = {"dashboard": name, "widget": properties.get("title", "-")}
    if not metrics:
        yield Breach("cloudwatch.widget_empty", params)
    place = properties.get("region", world.platform.region)
    live = [one for one in world.once(resources) if one.region == place and one.dimensions]
    for namespace, metric, dimensions in metrics:
        if not any(
            one.kind and one.kind.namespace == namespace and one.dimensions.items() <= dimensions.items()
            for one in live
        ):
            told = ", ".join(f"{key}={value}" for key, value in dimensions.items()) or "-"
            yield Breach("cloudwatch.widget_dead", {**params, "metric": f"{namespace} {metric}", "dimensions": told})
