# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 3.2.2.2: what AWS can scale by load is scaled, and of the rest an alarm tells people to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._coverage_facts import (
    heard,
    reaches,
    resources,
    watching,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import node_groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import instances
from ansible_collections.iworkz.platform.plugins.module_utils._checks.elasticache import groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

Item = Mapping[str, Any]

# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoScaling.html
FAMILIES = frozenset({"r7g", "r6g", "r6gd", "r5", "m7g", "m6g", "m5", "c7gn"})
SIZES = frozenset({"large", "xlarge", "2xlarge"})
# What AWS does not scale by load, and the metrics by whose alarms people do. docs/cloudwatch.md says how.
BY_PEOPLE = {
    "rds:db": ("CPUUtilization", "DatabaseConnections"),
    "es:domain": ("CPUUtilization", "FreeStorageSpace"),
    "mq:broker": ("MessageCount", "RabbitMQMemUsed"),
    "elasticache:cluster": ("EngineCPUUtilization", "DatabaseMemoryUsagePercentage"),
    # Streams that AWS scales by itself, up to a quota.
    "firehose:deliverystream": ("ThrottledRecords",),
    "eks:cluster": ("scheduler_pending_pods_UNSCHEDULABLE",),
}
TABLE = ("dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits")
CACHE = "elasticache:replication-group:"
SCALING = "application-autoscaling"


@check("3.2.2.2")
def scaled_by_load(world: World, required: dict[str, Any]) -> Finding:
    """Storage of databases grows by itself, replicas of caches by Application Auto Scaling where their nodes can be,
    tables and streams by themselves, nodes within the bounds of their groups (the autoscaler is of item 1.2.1.2)."""
    observed: dict[str, Any] = {"storage": {}, "caches": {}, "nodes": {}, "streams": {}, "by_people": {}}
    breaches = [
        *_storage(world, required, observed["storage"]),
        *_caches(world, observed["caches"]),
        *_streams(world, observed["streams"]),
        *_nodes(world, observed["nodes"]),
        *_people(world, observed),
    ]
    if not any(observed.values()):
        breaches.append(Breach("cloudwatch.nothing_to_scale", {}))
    return Finding(observed, tuple(breaches))


def _storage(world: World, required: Item, observed: dict[str, Any]) -> Iterator[Breach]:
    """RDS makes storage larger by itself where a limit is set (MaxAllocatedStorage), from 10 % of free space."""
    for one in world.once(instances):
        name, now, most = one["DBInstanceIdentifier"], one["AllocatedStorage"], one.get("MaxAllocatedStorage", 0)
        observed[name] = {"gb": now, "max_gb": most}
        percent = required["storage_headroom_percent"]
        if most < now * (1 + percent / 100):
            yield Breach("cloudwatch.storage_fixed", {"db": name, "gb": now, "max_gb": most, "percent": percent})


def _caches(world: World, observed: dict[str, Any]) -> Iterator[Breach]:
    for group in world.once(groups):
        name = group["ReplicationGroupId"]
        targets: dict[str, Any] = {}
        observed[name] = {"scalable": scalable(group), "targets": targets}
        if scalable(group):
            yield from _scaled(world.client(SCALING), "elasticache", f"replication-group/{name}", CACHE, targets)


def scalable(group: Item) -> bool:
    """Whether Application Auto Scaling takes a replication group."""
    _cache, family, size = group["CacheNodeType"].split(".")
    return bool(group.get("ClusterEnabled")) and family in FAMILIES and size in SIZES


def _streams(world: World, observed: dict[str, Any]) -> Iterator[Breach]:
    for one in world.once(resources):
        if one.type == "kinesis:stream":
            client = world.client("kinesis", one.region)
            summary = client.describe_stream_summary(StreamName=one.last)["StreamDescriptionSummary"]
            observed[one.last] = mode = summary["StreamModeDetails"]["StreamMode"]
            if mode != "ON_DEMAND":
                yield Breach("cloudwatch.stream_fixed", {"stream": one.last})
        elif one.type == "dynamodb:table":
            table = world.client("dynamodb", one.region).describe_table(TableName=one.last)["Table"]
            observed[one.last] = mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
            if mode != "PAY_PER_REQUEST":
                targets: dict[str, Any] = {}
                observed[one.last] = targets
                client = world.client(SCALING, one.region)
                for dimension in TABLE:
                    yield from _scaled(client, "dynamodb", f"table/{one.last}", dimension, targets)


def _scaled(client: Any, namespace: str, resource: str, dimension: str, observed: dict[str, Any]) -> Iterator[Breach]:
    """Whether there is a target of the resource, with room, that a policy moves.

    :param dimension: what the name of its dimension begins with.
    """
    given = {"ServiceNamespace": namespace}
    pages = client.get_paginator("describe_scalable_targets").paginate(**given, ResourceIds=[resource])
    targets = [
        one
        for page in pages
        for one in page["ScalableTargets"]
        if one["ResourceId"] == resource and one["ScalableDimension"].startswith(dimension)
    ]
    if not targets:
        yield Breach("cloudwatch.no_target", {"resource": resource, "dimension": dimension.rstrip(":")})
    pages = client.get_paginator("describe_scaling_policies").paginate(**given, ResourceId=resource)
    policies = [one for page in pages for one in page["ScalingPolicies"]]
    for one in targets:
        what = one["ScalableDimension"]
        moved_by = [policy["PolicyName"] for policy in policies if policy["ScalableDimension"] == what]
        params = {"resource": resource, "dimension": what, "min": one["MinCapacity"], "max": one["MaxCapacity"]}
        observed[what] = {"min": one["MinCapacity"], "max": one["MaxCapacity"], "policies": moved_by}
        if one["MinCapacity"] >= one["MaxCapacity"]:
            yield Breach("cloudwatch.target_fixed", params)
        if one.get("SuspendedState", {}).get("DynamicScalingOutSuspended"):
            yield Breach("cloudwatch.target_suspended", params)
        if not moved_by:
            yield Breach("cloudwatch.no_policy", params)


def _nodes(world: World, observed: dict[str, Any]) -> Iterator[Breach]:
    for group in world.once(node_groups):
        name, sizes = group["nodegroupName"], group["scalingConfig"]
        observed[name] = {size: sizes[f"{size}Size"] for size in ("min", "desired", "max")}
        params = {"group": name, **observed[name]}
        if sizes["minSize"] >= sizes["maxSize"]:
            yield Breach("cloudwatch.nodes_fixed", params)
        elif sizes["desiredSize"] >= sizes["maxSize"]:
            yield Breach("cloudwatch.nodes_at_limit", params)


def _people(world: World, observed: dict[str, Any]) -> Iterator[Breach]:
    """Where nothing scales by load, an alarm that people hear does. Nodes of a cache that is scaled need none."""
    automatic = tuple(f"{name}-" for name, how in observed["caches"].items() if how["scalable"])
    for one in world.once(resources):
        home = one.region == world.platform.region
        for metric in BY_PEOPLE.get(one.type, ()) if home and not one.last.startswith(automatic or "\0") else ():
            alarms = [alarm for alarm in watching(world, one, metric) if reaches(alarm, world.once(heard))]
            observed["by_people"].setdefault(one.name, {})[metric] = [alarm["AlarmName"] for alarm in alarms]
            if not alarms:
                yield Breach("cloudwatch.no_trigger", {"resource": one.name, "metric": metric})
