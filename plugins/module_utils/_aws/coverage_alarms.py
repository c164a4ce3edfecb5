# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alarms and dashboards of what there is, for aws_cloudwatch. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import Tagged, metrics_of, watches

COMPONENT = "cloudwatch"
WIDTH, HEIGHT, COLUMNS = 12, 6, 2
MOST_METRICS = 500
"""Of a widget."""


def alarms_for(
    resources: Iterable[Tagged],
    declared: Iterable[Mapping[str, Any]],
    existing: Iterable[Mapping[str, Any]],
    *,
    home: str,
    prefix: str,
    topic: str,
    spare_topic: str,
) -> list[dict[str, Any]]:
    """An alarm for every resource and declared metric that no alarm of another name watches.

    :param declared: parameters of PutMetricAlarm, with the ``type`` of the resources and ``what``, the end of the name.
    :param existing: alarms of the region, as DescribeAlarms has them.
    :param topic: name of the topic that is told; of itself ``spare_topic`` is.
    """
    there = list(existing)
    found = []
    for one in sorted(resources, key=lambda each: each.arn):
        for item in declared:
            if one.type != item["type"] or item["metric_name"] not in one.needs(home):
                continue
            rest = one.rest.replace("/", "-").removeprefix(f"{prefix}-")
            name = f"{prefix}-{COMPONENT}-{one.arn.split(':')[2]}-{rest}-{item['what']}"
            if any(_watches(alarm, one, item["metric_name"]) for alarm in there if alarm["AlarmName"] != name):
                continue
            told = [spare_topic if one.type == "sns" and one.last == topic else topic]
            found.append(
                {
                    **{key: value for key, value in item.items() if key not in ("type", "what")},
                    "alarm_name": name,
                    "namespace": one.kind.namespace if one.kind else "",
                    "dimensions": [{"name": key, "value": value} for key, value in one.dimensions.items()],
                    "alarm_actions": told,
                    "ok_actions": told,
                }
            )
    return found


def _watches(alarm: Mapping[str, Any], one: Tagged, metric: str) -> bool:
    namespace = one.kind.namespace if one.kind else ""
    return any(watches(each, namespace, metric, one.dimensions) for each in metrics_of(alarm))


def dashboards_for(
    resources: Iterable[Tagged], declared: Mapping[str, Iterable[Mapping[str, Any]]], *, home: str, prefix: str
) -> list[dict[str, Any]]:
    """Dashboards whose widgets show what there is in the home region; a widget of nothing is left out.

    :param declared: widgets by name of a dashboard, each with ``title``, ``type``, ``metrics``, ``statistic`` and,
        where wanted, ``lines``.
    """
    by_type: dict[str, list[Tagged]] = {}
    for one in sorted(resources, key=lambda each: each.arn):
        if one.region == home:
            by_type.setdefault(one.type, []).append(one)
    found = []
    for name, widgets in declared.items():
        drawn = [_widget(each, by_type[each["type"]], home) for each in widgets if each["type"] in by_type]
        placed = [{**widget, **_place(index)} for index, widget in enumerate(drawn)]
        if placed:
            body = {"start": "-P28D", "periodOverride": "auto", "widgets": placed}
            found.append({"dashboard_name": f"{prefix}-{name}", "dashboard_body": body})
    return found


def _widget(declared: Mapping[str, Any], resources: Iterable[Tagged], region: str) -> dict[str, Any]:
    lines = [{"value": float(value)} for value in declared.get("lines", [])]
    return {
        "type": "metric",
        "properties": {
            "title": declared["title"],
            "region": region,
            "view": "timeSeries",
            "stat": declared["statistic"],
            "period": 300,
            "metrics": list(_rows(declared["metrics"], resources))[:MOST_METRICS],
            **({"annotations": {"horizontal": lines}} if lines else {}),
        },
    }


def _rows(metrics: Iterable[str], resources: Iterable[Tagged]) -> Iterator[list[str]]:
    for one in resources:
        for metric in metrics:
            dimensions = [part for pair in one.dimensions.items() for part in pair]
            yield [one.kind.namespace if one.kind else "", metric, *dimensions]


def _place(index: int) -> dict[str, int]:
    return {"x": index % COLUMNS * WIDTH, "y": index // COLUMNS * HEIGHT, "width": WIDTH, "height": HEIGHT}
