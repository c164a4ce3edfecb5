# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 3.2.2.1: every resource has its alarms, every alarm reaches somebody, and nothing escapes for want of tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import Tagged, metrics_of
from ansible_collections.iworkz.platform.plugins.module_utils._checks._coverage_facts import (
    Alarm,
    heard,
    our_alarms,
    reaches,
    regions,
    resources,
    watching,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._untagged import untagged
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check


@check("3.2.2.1")
def everything_is_watched(world: World, required: dict[str, Any]) -> Finding:
    """What a type of resources needs is in ``checklist/coverage.yml``; a type that is not there is a breach."""
    found = world.once(resources)
    if not found:
        return Finding({}, (Breach("cloudwatch.nothing_tagged", {"regions": ", ".join(regions(world))}),))
    lost, mine = untagged(world, found), our_alarms(world)
    home = world.platform.region
    breaches = [
        *(breach for one in found for breach in _unwatched(world, one)),
        *(Breach("cloudwatch.untagged", {"resource": arn}) for arn in lost),
        *(breach for alarm in mine for breach in _mute(world, alarm, timedelta(hours=required["silent_hours"]))),
    ]
    observed = {
        "resources": dict(sorted(Counter(one.type for one in found).items())),
        "watched": sum(1 for one in found if one.needs(home)),
        "alarms": dict(sorted(Counter(alarm["StateValue"] for alarm in mine).items())),
        "untagged": lost,
    }
    return Finding(observed, tuple(breaches))


def _unwatched(world: World, one: Tagged) -> Iterator[Breach]:
    if one.kind is None:
        yield Breach("cloudwatch.unknown_type", {"type": one.type, "resource": one.arn})
    for metric in one.needs(world.platform.region):
        alarms = watching(world, one, metric)
        params = {"resource": one.name, "region": one.region, "metric": metric}
        if not alarms:
            yield Breach("cloudwatch.unalarmed", params)
        elif not any(reaches(alarm, world.once(heard)) for alarm in alarms):
            yield Breach("cloudwatch.unheard", {**params, "alarm": alarms[0]["AlarmName"]})


def _mute(world: World, alarm: Alarm, patience: timedelta) -> Iterator[Breach]:
    """An alarm that tells nobody, or that has had nothing to judge for longer than its metric takes to come."""
    name = alarm["AlarmName"]
    if not reaches(alarm, world.once(heard)):
        yield Breach("cloudwatch.alarm_mute", {"alarm": name})
    since = alarm["StateUpdatedTimestamp"]
    if alarm["StateValue"] == "INSUFFICIENT_DATA" and world.now - since > patience:
        metrics = ", ".join(sorted({f"{one['Namespace']} {one['MetricName']}" for one in metrics_of(alarm)}))
        yield Breach("cloudwatch.no_data", {"alarm": name, "metrics": metrics, "since": since})
