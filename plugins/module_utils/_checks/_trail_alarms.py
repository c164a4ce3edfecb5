# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which calls are counted in a trail's log group, and told of by an alarm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

# One call of each kind of change that the CIS AWS Foundations Benchmark has counted, and signing in.
CALLS = (
    "AttachRolePolicy",
    "AuthorizeSecurityGroupIngress",
    "ConsoleLogin",
    "CreateNetworkAclEntry",
    "CreateRoute",
    "DetachInternetGateway",
    "LeaveOrganization",
    "ModifyVpcAttribute",
    "PutBucketPolicy",
    "ScheduleKeyDeletion",
    "StopConfigurationRecorder",
    "StopLogging",
)

Item = Mapping[str, Any]


def untold(world: World, trail: Item) -> list[str]:
    """Those of CALLS that no metric filter of the trail's log group counts for an alarm that reaches somebody
    (logs:DescribeMetricFilters); all of them where the trail writes to no group."""
    arn = trail.get("CloudWatchLogsLogGroupArn")
    if not arn:
        return list(CALLS)
    pages = world.client("logs").get_paginator("describe_metric_filters").paginate(logGroupName=arn.split(":")[6])
    filters = [one for page in pages for one in page["metricFilters"]]
    return [call for call in CALLS if not any(_alarmed(world, *one) for one in metrics_of(filters, call))]


def metrics_of(filters: Iterable[Item], call: str) -> set[tuple[str, str]]:
    """Namespace and name of the metrics that count a call: their filters ask for it by name."""
    asks = re.compile(rf'\$\.eventName\s*=\s*"?{call}\b')
    return {
        (metric["metricNamespace"], metric["metricName"])
        for one in filters
        if asks.search(one.get("filterPattern", ""))
        for metric in one["metricTransformations"]
    }


def _alarmed(world: World, namespace: str, name: str) -> bool:
    return not alarm_breaches(world, name, namespace, {}, [name])[1]
