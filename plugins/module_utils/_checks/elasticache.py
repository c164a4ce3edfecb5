# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.1.2, Redis: the replication groups that carry the platform's tags."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _cache
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import replication_groups

SERVING = frozenset({"available", "snapshotting"})
ALARMED = (
    "EngineCPUUtilization",
    "DatabaseMemoryUsagePercentage",
    "Evictions",
    "ReplicationLag",
    "CurrConnections",
)
NO_GROUP = Breach("elasticache.no_group", {})


def groups(world: World) -> list[dict[str, Any]]:
    """The platform's replication groups (elasticache:DescribeReplicationGroups, ListTagsForResource)."""
    return replication_groups(world, world.platform.owns)


def members(world: World) -> dict[str, list[dict[str, Any]]]:
    """The nodes of each replication group by its id (elasticache:DescribeCacheClusters)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for cluster in _pages(world, "describe_cache_clusters", "CacheClusters"):
        found.setdefault(cluster.get("ReplicationGroupId", ""), []).append(cluster)
    return found


def users(world: World) -> dict[str, list[dict[str, Any]]]:
    """The users of each user group by its id (elasticache:DescribeUsers)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for user in _pages(world, "describe_users", "Users"):
        for group in user["UserGroupIds"]:
            found.setdefault(group, []).append(user)
    return found


def parameters(world: World) -> dict[str, dict[str, str]]:
    """Parameter values by group, of the groups in use (elasticache:DescribeCacheParameters)."""
    used = {
        member["CacheParameterGroup"]["CacheParameterGroupName"]
        for group in world.once(groups)
        for member in world.once(members)[group["ReplicationGroupId"]]
    }
    return {
        name: {
            parameter["ParameterName"]: parameter["ParameterValue"]
            for parameter in _pages(world, "describe_cache_parameters", "Parameters", CacheParameterGroupName=name)
            if "ParameterValue" in parameter
        }
        for name in sorted(used)
    }


def cached(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """What each replication group, by its id, holds of each declared key set."""
    found = world.once(groups)
    declared = world.once(_cache.sources) if found else []
    return {group["ReplicationGroupId"]: _cache.surveyed(world, group, declared) for group in found}


@check("1.1.2.1")
def fails_over(world: World, required: dict[str, Any]) -> Finding:
    key = world.once(data_key)
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for group in world.once(groups):
        name = group["ReplicationGroupId"]
        facts = observed[name] = _layout(group)
        rules: tuple[tuple[str, bool, dict[str, Any]], ...] = (
            ("elasticache.not_serving", facts["status"] in SERVING, {"status": facts["status"]}),
            ("elasticache.no_failover", facts["automatic_failover"] == "enabled", {}),
            ("elasticache.single_az", facts["multi_az"] == "enabled" and facts["zones_per_shard"] > 1, {}),
            (
                "elasticache.too_few_replicas",
                facts["replicas_per_shard"] >= required["replicas_per_shard"],
                {"count": facts["replicas_per_shard"], "wanted": required["replicas_per_shard"]},
            ),
            ("elasticache.plaintext", facts["tls"] == "required", {"mode": facts["tls"]}),
            (
                "elasticache.wrong_key",
                group["AtRestEncryptionEnabled"] and key is not None and facts["kms_key"] == key,
                {"key": facts["kms_key"], "wanted": key},
            ),
            ("elasticache.no_authentication", bool(group["AuthTokenEnabled"] or facts["user_groups"]), {}),
        )
        breaches += [Breach(message, {"group": name, **params}) for message, holds, params in rules if not holds]
        breaches += _open_users(world, name, facts["user_groups"])
    return Finding(observed, tuple(breaches) if observed else (NO_GROUP,))


@check("1.1.2.2")
def persistent(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for group in world.once(groups):
        name = group["ReplicationGroupId"]
        used = {_parameter_group(member) for member in world.once(members)[name]}
        facts = observed[name] = {
            "snapshot_retention_days": group["SnapshotRetentionLimit"],
            "snapshot_window": group.get("SnapshotWindow"),
            "parameter_groups": {
                parameter_group: {
                    "status": status,
                    "eviction_policy": world.once(parameters)[parameter_group]["maxmemory-policy"],
                    "reserved_memory_percent": int(world.once(parameters)[parameter_group]["reserved-memory-percent"]),
                }
                for parameter_group, status in sorted(used)
            },
        }
        days, wanted = facts["snapshot_retention_days"], required["snapshot_retention_days"]
        if days < wanted:
            breaches.append(Breach("elasticache.short_retention", {"group": name, "days": days, "wanted": wanted}))
        if not facts["snapshot_window"]:
            breaches.append(Breach("elasticache.no_window", {"group": name}))
        for parameter_group, policy in facts["parameter_groups"].items():
            breaches += _policy_breaches(name, parameter_group, policy, required)
    return Finding(observed, tuple(breaches) if observed else (NO_GROUP,))


@check("1.1.2.3")
def watched(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for group in world.once(groups):
        alarms = observed[group["ReplicationGroupId"]] = {}
        for node in group["MemberClusters"]:
            alarms[node], missing = alarm_breaches(world, node, "AWS/ElastiCache", {"CacheClusterId": node}, ALARMED)
            breaches += missing
    return Finding(observed, tuple(breaches) if observed else (NO_GROUP,))


@check("1.1.2.4")
def warmed(world: World, required: dict[str, Any]) -> Finding:
    """What is declared is read from its sources and looked up in Redis, as warming does before it writes."""
    observed = world.once(cached)
    breaches: list[Breach] = []
    for group, sets in observed.items():
        if not any(found["declared"] for found in sets.values()):
            breaches.append(Breach("elasticache.nothing_declared", {"group": group}))
        for name, found in sets.items():
            breaches += _cold(group, name, found, required)
    return Finding(observed, tuple(breaches) if observed else (NO_GROUP,))


def _pages(world: World, operation: str, result: str, **params: Any) -> list[dict[str, Any]]:
    pages = world.client("elasticache").get_paginator(operation).paginate(**params)
    return [item for page in pages for item in page[result]]


def _layout(group: dict[str, Any]) -> dict[str, Any]:
    shards = [shard["NodeGroupMembers"] for shard in group["NodeGroups"]]
    zones = [{node["PreferredAvailabilityZone"] for node in nodes} for nodes in shards]
    # "preferred" still lets a client speak plaintext; groups older than the mode always required TLS.
    mode = group.get("TransitEncryptionMode", "required") if group["TransitEncryptionEnabled"] else "off"
    return {
        "status": group["Status"],
        "automatic_failover": group["AutomaticFailover"],
        "multi_az": group["MultiAZ"],
        "shards": len(shards),
        "replicas_per_shard": min((len(nodes) - 1 for nodes in shards), default=0),
        "zones_per_shard": min((len(found) for found in zones), default=0),
        "tls": mode,
        "kms_key": group.get("KmsKeyId"),
        "user_groups": sorted(group.get("UserGroupIds", [])),
    }


def _open_users(world: World, group: str, user_groups: list[str]) -> list[Breach]:
    """Users who need no password and are switched on: with one of them, authentication is none."""
    return [
        Breach("elasticache.open_user", {"group": group, "user": user["UserId"]})
        for user_group in user_groups
        for user in world.once(users).get(user_group, [])
        if user["Authentication"]["Type"] == "no-password" and user["AccessString"].split()[:1] != ["off"]
    ]


def _parameter_group(member: dict[str, Any]) -> tuple[str, str]:
    """Name and apply status of the parameter group of a node."""
    group = member["CacheParameterGroup"]
    return group["CacheParameterGroupName"], group["ParameterApplyStatus"]


def _policy_breaches(
    group: str, parameter_group: str, policy: dict[str, Any], required: dict[str, Any]
) -> list[Breach]:
    where = {"group": group, "parameter_group": parameter_group}
    breaches = []
    if parameter_group.startswith("default."):
        breaches.append(Breach("elasticache.default_parameters", where))
    if policy["status"] != "in-sync":
        breaches.append(Breach("elasticache.not_in_force", {**where, "status": policy["status"]}))
    if policy["eviction_policy"] not in required["eviction_policies"]:
        wanted = ", ".join(required["eviction_policies"])
        breaches.append(
            Breach("elasticache.eviction", {**where, "policy": policy["eviction_policy"], "wanted": wanted})
        )
    percent, least = policy["reserved_memory_percent"], required["reserved_memory_percent"]
    if percent < least:
        breaches.append(Breach("elasticache.no_snapshot_memory", {**where, "percent": percent, "wanted": least}))
    return breaches


def _cold(group: str, name: str, found: dict[str, Any], required: dict[str, Any]) -> list[Breach]:
    """What of a set is not there, would not go by itself, or would be written by another warming."""
    where = {"group": group, "set": name, "declared": found["declared"]}
    breaches: list[Breach] = []
    if not found["declared"]:
        return breaches
    if found["hit_rate_percent"] < required["hit_rate_percent"]:
        breaches.append(Breach("elasticache.cold", {**where, "missing": found["missing"]}))
    if found["without_ttl"]:
        breaches.append(Breach("elasticache.eternal", {**where, "count": found["without_ttl"]}))
    if found["outdated"] + found["expiring"] > required["keys_due"]:
        stale = {"outdated": found["outdated"], "expiring": found["expiring"]}
        breaches.append(Breach("elasticache.stale", {**where, **stale}))
    return breaches
