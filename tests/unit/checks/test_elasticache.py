from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import elasticache
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarms, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.facts import NOW, PLATFORM, TAG_LIST, Facts, alarm

KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/data"
METRICS = ("EngineCPUUtilization", "DatabaseMemoryUsagePercentage", "Evictions", "ReplicationLag", "CurrConnections")
NODES = ("redis-001", "redis-002")
CHECKS = {
    "1.1.2.1": elasticache.fails_over,
    "1.1.2.2": elasticache.persistent,
    "1.1.2.3": elasticache.watched,
    "1.1.2.4": elasticache.warmed,
}


def shard(*zones: str) -> dict[str, Any]:
    return {"NodeGroupMembers": [{"PreferredAvailabilityZone": f"ap-northeast-{zone}"} for zone in zones]}


def group(**changes: Any) -> dict[str, Any]:
    return {
        "ReplicationGroupId": "redis",
        "ARN": "arn:aws:elasticache:ap-northeast-1:123456789012:replicationgroup:redis",
        "Status": "available",
        "AutomaticFailover": "enabled",
        "MultiAZ": "enabled",
        "NodeGroups": [shard("1a", "1c")],
        "MemberClusters": list(NODES),
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required",
        "AtRestEncryptionEnabled": True,
        "KmsKeyId": KEY,
        "AuthTokenEnabled": False,
        "UserGroupIds": ["people"],
        "SnapshotRetentionLimit": 7,
        "SnapshotWindow": "17:00-18:00",
        **changes,
    }


def member(name: str = "params", status: str = "in-sync") -> dict[str, Any]:
    return {"CacheParameterGroup": {"CacheParameterGroupName": name, "ParameterApplyStatus": status}}


def user(name: str, kind: str, access: str) -> dict[str, Any]:
    return {"UserId": name, "Authentication": {"Type": kind}, "AccessString": access}


PARAMETERS = {"maxmemory-policy": "volatile-lru", "reserved-memory-percent": "25"}
USERS = [user("default", "no-password", "off -@all"), user("search", "iam", "on ~search:* +@all")]
ALARMS = [alarm("AWS/ElastiCache", "CacheClusterId", node, metric) for node in NODES for metric in METRICS]
WARM = {
    "declared": 47,
    "hit_rate_percent": 100.0,
    "missing": 0,
    "outdated": 0,
    "expiring": 0,
    "without_ttl": 0,
    "least_ttl_seconds": 600000,
}
WAITING = {"declared": 0, "waits_for": 'UndefinedTable: relation "postings" does not exist'}
SOUND = {
    elasticache.groups: [group()],
    elasticache.cached: {"redis": {"prefectures": WARM, "postings": WAITING}},
    elasticache.members: {"redis": [member(), member()]},
    elasticache.users: {"people": USERS},
    elasticache.parameters: {"params": PARAMETERS},
    data_key: KEY,
    alarms: ALARMS,
}


def breaches(item: str, facts: dict[Any, Any]) -> list[str]:
    required = load_requirements().resolve(item).required
    return [breach.id for breach in CHECKS[item](Facts({**SOUND, **facts}), dict(required)).breaches]


@pytest.mark.parametrize("item", CHECKS)
def test_a_sound_group_passes_and_none_is_no_pass(item):
    assert breaches(item, {}) == []
    assert breaches(item, {elasticache.groups: [], elasticache.cached: {}}) == ["elasticache.no_group"]


@pytest.mark.parametrize(
    ("item", "changes", "breach"),
    [
        ("1.1.2.1", {"Status": "modifying"}, "elasticache.not_serving"),
        ("1.1.2.1", {"AutomaticFailover": "disabled"}, "elasticache.no_failover"),
        ("1.1.2.1", {"AutomaticFailover": "enabling"}, "elasticache.no_failover"),
        ("1.1.2.1", {"MultiAZ": "disabled"}, "elasticache.single_az"),
        ("1.1.2.1", {"NodeGroups": [shard("1a", "1a")]}, "elasticache.single_az"),
        ("1.1.2.1", {"NodeGroups": [shard("1a", "1c"), shard("1a", "1a")]}, "elasticache.single_az"),
        ("1.1.2.1", {"TransitEncryptionEnabled": False}, "elasticache.plaintext"),
        ("1.1.2.1", {"TransitEncryptionMode": "preferred"}, "elasticache.plaintext"),
        ("1.1.2.1", {"AtRestEncryptionEnabled": False}, "elasticache.wrong_key"),
        ("1.1.2.1", {"KmsKeyId": "other"}, "elasticache.wrong_key"),
        ("1.1.2.1", {"UserGroupIds": []}, "elasticache.no_authentication"),
        ("1.1.2.2", {"SnapshotRetentionLimit": 6}, "elasticache.short_retention"),
        ("1.1.2.2", {"SnapshotWindow": ""}, "elasticache.no_window"),
    ],
)
def test_each_rule_of_the_group(item, changes, breach):
    assert breaches(item, {elasticache.groups: [group(**changes)]}) == [breach]


def test_every_shard_has_a_replica():
    lonely = {elasticache.groups: [group(NodeGroups=[shard("1a", "1c"), shard("1a")])]}
    assert breaches("1.1.2.1", lonely) == ["elasticache.single_az", "elasticache.too_few_replicas"]


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([user("default", "no-password", "on ~* +@all")], ["elasticache.open_user"]),
        ([user("default", "no-password", "~* +@all")], ["elasticache.open_user"]),
        ([user("admin", "password", "on ~* +@all")], []),
    ],
)
def test_nobody_gets_in_without_saying_who_they_are(people, found):
    assert breaches("1.1.2.1", {elasticache.users: {"people": people}}) == found


def test_without_the_platforms_key_nothing_is_encrypted_with_it():
    assert breaches("1.1.2.1", {data_key: None, elasticache.groups: [group(KmsKeyId=None)]}) == [
        "elasticache.wrong_key"
    ]


def test_an_auth_token_is_authentication_too():
    assert breaches("1.1.2.1", {elasticache.groups: [group(UserGroupIds=[], AuthTokenEnabled=True)]}) == []


@pytest.mark.parametrize(
    ("facts", "breach"),
    [
        (
            {elasticache.parameters: {"params": {**PARAMETERS, "maxmemory-policy": "allkeys-lru"}}},
            "elasticache.eviction",
        ),
        (
            {elasticache.parameters: {"params": {**PARAMETERS, "reserved-memory-percent": "10"}}},
            "elasticache.no_snapshot_memory",
        ),
        ({elasticache.members: {"redis": [member(), member(status="pending-reboot")]}}, "elasticache.not_in_force"),
        (
            {
                elasticache.members: {"redis": [member("default.redis7")]},
                elasticache.parameters: {"default.redis7": PARAMETERS},
            },
            "elasticache.default_parameters",
        ),
    ],
)
def test_each_rule_of_the_parameters(facts, breach):
    assert breaches("1.1.2.2", facts) == [breach]


@pytest.mark.parametrize("metric", METRICS)
def test_each_alarm_of_each_node_must_be_there_and_reach_somebody(metric):
    others = [a for a in ALARMS if (a["MetricName"], a["Dimensions"][0]["Value"]) != (metric, "redis-002")]
    mute = alarm("AWS/ElastiCache", "CacheClusterId", "redis-002", metric, AlarmActions=[])
    assert breaches("1.1.2.3", {alarms: others}) == ["alarms.missing"]
    assert breaches("1.1.2.3", {alarms: [*others, mute]}) == ["alarms.no_action"]
    assert len(breaches("1.1.2.3", {topics: set()})) == len(ALARMS)


ANSWERS: dict[str, Any] = {
    "describe_replication_groups": {"ReplicationGroups": [group(), group(ReplicationGroupId="other", ARN="foreign")]},
    "describe_cache_clusters": {
        "CacheClusters": [{"ReplicationGroupId": "redis", **member()}, {"CacheClusterId": "x"}]
    },
    "describe_users": {"Users": [{**USERS[0], "UserGroupIds": ["people"]}, {**USERS[1], "UserGroupIds": []}]},
    "describe_cache_parameters": {
        "Parameters": [{"ParameterName": "timeout", "ParameterValue": "0"}, {"ParameterName": "notify-keyspace-events"}]
    },
}


def test_what_is_read():
    asked: list[dict[str, Any]] = []

    def paginator(operation: str) -> Any:
        def paginate(**params: Any) -> list[dict[str, Any]]:
            asked.append(params)
            return [ANSWERS[operation]]

        return SimpleNamespace(paginate=paginate)

    def tags(ResourceName: str) -> dict[str, Any]:
        return {"TagList": [] if ResourceName == "foreign" else TAG_LIST}

    client = SimpleNamespace(get_paginator=paginator, list_tags_for_resource=tags)
    world = World(PLATFORM, SimpleNamespace(client=lambda service, region: client), NOW)
    assert [found["ReplicationGroupId"] for found in world.once(elasticache.groups)] == ["redis"]
    assert world.once(elasticache.users) == {"people": [{**USERS[0], "UserGroupIds": ["people"]}]}
    assert world.once(elasticache.parameters) == {"params": {"timeout": "0"}}
    assert asked[-1] == {"CacheParameterGroupName": "params"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"hit_rate_percent": 97.87, "missing": 1}, ["elasticache.cold"]),
        ({"without_ttl": 1}, ["elasticache.eternal"]),
        ({"outdated": 1}, ["elasticache.stale"]),
        ({"expiring": 1}, ["elasticache.stale"]),
        ({"hit_rate_percent": 0.0, "missing": 47, "least_ttl_seconds": None}, ["elasticache.cold"]),
    ],
)
def test_each_rule_of_a_warm_cache(changes, found):
    assert breaches("1.1.2.4", {elasticache.cached: {"redis": {"prefectures": {**WARM, **changes}}}}) == found


@pytest.mark.parametrize("sets", [{}, {"postings": WAITING}, {"none": {**WARM, "declared": 0}}])
def test_a_cache_for_which_nothing_is_declared_is_not_warm(sets):
    assert breaches("1.1.2.4", {elasticache.cached: {"redis": sets}}) == ["elasticache.nothing_declared"]
