# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alarms are silenced while a drill disturbs what they watch, by their actions, so that their state still shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context

BATCH = 100  # alarm names that DisableAlarmActions and EnableAlarmActions take at once


def watching(context: Context, resources: Collection[str]) -> list[str]:
    """The platform's alarms on resources (values of their dimensions) whose actions are enabled
    (cloudwatch:DescribeAlarms), by region and name: ``<region>/<alarm>``."""
    found = []
    for region in dict.fromkeys([context.site.region, context.site.recovery_region]):
        pages = (
            context.client("cloudwatch", region)
            .get_paginator("describe_alarms")
            .paginate(AlarmNamePrefix=f"{context.site.names['prefix']}-", AlarmTypes=["MetricAlarm"])
        )
        for page in pages:
            for alarm in page["MetricAlarms"]:
                values = {dimension["Value"] for dimension in alarm.get("Dimensions", [])}
                if alarm["ActionsEnabled"] and any(_is_of(value, resources) for value in values):
                    found.append(f"{region}/{alarm['AlarmName']}")
    return sorted(found)


def silence(context: Context, alarms: Sequence[str]) -> None:
    """Disable the actions of alarms (cloudwatch:DisableAlarmActions)."""
    for region, names in _batches(alarms):
        context.client("cloudwatch", region).disable_alarm_actions(AlarmNames=names)


def restore(context: Context, alarms: Sequence[str]) -> None:
    """Enable the actions of alarms again (cloudwatch:EnableAlarmActions); idempotent."""
    for region, names in _batches(alarms):
        context.client("cloudwatch", region).enable_alarm_actions(AlarmNames=names)


def _is_of(value: str, resources: Collection[str]) -> bool:
    """Nodes of a replication group and replicas of an instance bear its name and a number or role behind it."""
    return any(value == resource or value.startswith(f"{resource}-") for resource in resources)


def _batches(alarms: Sequence[str]) -> list[tuple[str, list[str]]]:
    by_region: dict[str, list[str]] = {}
    for alarm in alarms:
        region, _slash, name = alarm.partition("/")
        by_region.setdefault(region, []).append(name)
    return [
        (region, names[at : at + BATCH]) for region, names in by_region.items() for at in range(0, len(names), BATCH)
    ]
