from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _rds_events, rds
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarms, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks._replication import replication
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.facts import NOW, PLATFORM, TAG_LIST, Facts, alarm

KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/data"
CHECKS = {
    "1.1.1.1": rds.multi_az_with_backups,
    "1.1.1.2": rds.replicas_serve_reads,
    "1.1.1.4": rds.watched,
    "1.1.1.5": rds.windows_at_night,
}


def primary(**changes: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": "db",
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "AvailabilityZone": "ap-northeast-1a",
        "SecondaryAvailabilityZone": "ap-northeast-1c",
        "MultiAZ": True,
        "BackupRetentionPeriod": 14,
        "StorageEncrypted": True,
        "KmsKeyId": KEY,
        "DeletionProtection": True,
        "LatestRestorableTime": NOW - timedelta(minutes=5),
        "MonitoringInterval": 60,
        "PerformanceInsightsEnabled": True,
        "PreferredBackupWindow": "17:00-18:00",
        "PreferredMaintenanceWindow": "sat:18:30-sat:19:30",
        "AutoMinorVersionUpgrade": True,
        "TagList": TAG_LIST,
        **changes,
    }


def replica(number: int = 1, zone: str = "1c", **changes: Any) -> dict[str, Any]:
    own = {
        "DBInstanceIdentifier": f"db-{number}",
        "ReadReplicaSourceDBInstanceIdentifier": "db",
        "AvailabilityZone": f"ap-northeast-{zone}",
        "MultiAZ": False,
        "BackupRetentionPeriod": 0,
        "StatusInfos": [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}],
    }
    return primary(**{**own, **changes})


METRICS = ("CPUUtilization", "FreeStorageSpace", "FreeableMemory", "DatabaseConnections")
ALARMS = [
    *(alarm("AWS/RDS", "DBInstanceIdentifier", name, metric) for name in ("db", "db-1") for metric in METRICS),
    alarm("AWS/RDS", "DBInstanceIdentifier", "db-1", "ReplicaLag"),
]
FOLLOWS = {"in_recovery": True, "receiver": "streaming", "replay_seconds": 0.02}
STREAMS = {"db": {"streaming": 1, "replicas": {"db-1": FOLLOWS}}}
SETTINGS = {"db": {"shared_preload_libraries": "pg_stat_statements, pgaudit", "log_min_duration_statement": "500"}}
SOUND = {
    rds.instances: [primary(), replica()],
    rds.settings: SETTINGS,
    replication: STREAMS,
    data_key: KEY,
    alarms: ALARMS,
    _rds_events.subscriptions: {},
}


def breaches(item: str, facts: dict[Any, Any]) -> list[str]:
    required = load_requirements().resolve(item).required
    return [breach.id for breach in CHECKS[item](Facts({**SOUND, **facts}), dict(required)).breaches]


@pytest.mark.parametrize("item", CHECKS)
def test_a_sound_database_passes(item):
    assert breaches(item, {}) == []


@pytest.mark.parametrize("item", CHECKS)
def test_no_database_is_no_pass(item):
    assert "rds.no_instance" in breaches(item, {rds.instances: []})


@pytest.mark.parametrize("item", ["1.1.1.1", "1.1.1.4", "1.1.1.5"])
def test_replicas_alone_are_no_database(item):
    assert "rds.no_instance" in breaches(item, {rds.instances: [replica()]})


@pytest.mark.parametrize(
    ("item", "changes", "breach"),
    [
        ("1.1.1.1", {"MultiAZ": False}, "rds.single_az"),
        ("1.1.1.1", {"SecondaryAvailabilityZone": "ap-northeast-1a"}, "rds.single_az"),
        ("1.1.1.1", {"BackupRetentionPeriod": 13}, "rds.short_retention"),
        ("1.1.1.1", {"StorageEncrypted": False, "KmsKeyId": None}, "rds.wrong_key"),
        ("1.1.1.1", {"KmsKeyId": KEY + "-of-another"}, "rds.wrong_key"),
        ("1.1.1.1", {"DeletionProtection": False}, "rds.deletable"),
        ("1.1.1.1", {"LatestRestorableTime": NOW - timedelta(minutes=31)}, "rds.stale_backup"),
        ("1.1.1.1", {"LatestRestorableTime": None}, "rds.not_restorable"),
        ("1.1.1.1", {"DBInstanceStatus": "storage-full"}, "rds.not_serving"),
        ("1.1.1.4", {"MonitoringInterval": 0}, "rds.no_enhanced_monitoring"),
        ("1.1.1.4", {"MonitoringInterval": 61}, "rds.no_enhanced_monitoring"),
        ("1.1.1.4", {"PerformanceInsightsEnabled": False}, "rds.no_performance_insights"),
        ("1.1.1.5", {"PreferredBackupWindow": "03:00-04:00"}, "rds.window_by_day"),
        ("1.1.1.5", {"PreferredBackupWindow": "20:30-21:30"}, "rds.window_by_day"),
        ("1.1.1.5", {"PreferredBackupWindow": "18:00-19:00"}, "rds.windows_overlap"),
        ("1.1.1.5", {"PreferredBackupWindow": ""}, "rds.no_window"),
        ("1.1.1.5", {"PreferredMaintenanceWindow": "sat:05:00-sat:06:00"}, "rds.window_by_day"),
        ("1.1.1.5", {"PreferredMaintenanceWindow": ""}, "rds.no_window"),
        ("1.1.1.5", {"AutoMinorVersionUpgrade": False}, "rds.no_minor_upgrades"),
    ],
)
def test_each_rule_of_the_primary(item, changes, breach):
    assert breaches(item, {rds.instances: [primary(**changes), replica()]}) == [breach]


@pytest.mark.parametrize(
    ("item", "followers", "breach"),
    [
        ("1.1.1.1", [replica(KmsKeyId="other")], "rds.wrong_key"),
        ("1.1.1.2", [], "rds.too_few_replicas"),
        ("1.1.1.2", [replica(DBInstanceStatus="storage-full")], "rds.too_few_replicas"),
        ("1.1.1.2", [replica(zone="1a")], "rds.replicas_crowded"),
        ("1.1.1.2", [replica(StatusInfos=[])], "rds.not_replicating"),
        (
            "1.1.1.2",
            [replica(StatusInfos=[{"StatusType": "read replication", "Normal": False, "Status": "stopped"}])],
            "rds.not_replicating",
        ),
        ("1.1.1.4", [], "alarms.missing"),
        ("1.1.1.4", [replica(MonitoringInterval=0)], "rds.no_enhanced_monitoring"),
        ("1.1.1.5", [replica(PreferredMaintenanceWindow="sun:00:00-sun:01:00")], "rds.window_by_day"),
        ("1.1.1.5", [replica(AutoMinorVersionUpgrade=False)], "rds.no_minor_upgrades"),
    ],
)
def test_each_rule_of_the_replicas(item, followers, breach):
    assert breaches(item, {rds.instances: [primary(), *followers]}) == [breach]


def test_without_the_platforms_key_nothing_is_encrypted_with_it():
    assert set(breaches("1.1.1.1", {data_key: None})) == {"rds.wrong_key"}


def test_two_replicas_stand_in_two_zones():
    lag = alarm("AWS/RDS", "DBInstanceIdentifier", "db-2", "ReplicaLag")
    together = {rds.instances: [primary(), replica(), replica(2)], alarms: [*ALARMS, lag]}
    assert breaches("1.1.1.2", together) == ["rds.replicas_crowded"]
    assert breaches("1.1.1.2", {**together, rds.instances: [primary(), replica(), replica(2, "1d")]}) == []


@pytest.mark.parametrize("metric", [*METRICS, "ReplicaLag"])
def test_each_alarm_must_be_there_and_reach_somebody(metric):
    name = "db-1" if metric == "ReplicaLag" else "db"
    others = [a for a in ALARMS if (a["MetricName"], a["Dimensions"][0]["Value"]) != (metric, name)]
    mute = alarm("AWS/RDS", "DBInstanceIdentifier", name, metric, ActionsEnabled=False)
    assert breaches("1.1.1.4", {alarms: others}) == ["alarms.missing"]
    assert breaches("1.1.1.4", {alarms: [*others, mute]}) == ["alarms.no_action"]
    assert "alarms.no_action" in breaches("1.1.1.4", {topics: set()})


def test_a_replica_without_a_lag_alarm_does_not_serve():
    assert breaches("1.1.1.2", {alarms: []}) == ["alarms.missing"]


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"error": "connection refused"}, "rds.replica_unreachable"),
        ({"in_recovery": False}, "rds.replica_writable"),
        ({"receiver": None}, "rds.no_receiver"),
        ({"receiver": "waiting"}, "rds.no_receiver"),
        ({"replay_seconds": None}, "rds.replica_lags"),
        ({"replay_seconds": 10.1}, "rds.replica_lags"),
        ({"replay_seconds": 10}, None),
    ],
)
def test_each_rule_of_what_a_replica_says_itself(change, breach):
    streams = {"db": {"streaming": 1, "replicas": {"db-1": {**FOLLOWS, **change}}}}
    assert breaches("1.1.1.2", {replication: streams}) == ([breach] if breach else [])


def test_the_primary_streams_to_the_replicas_and_its_standby_does_not_count():
    assert breaches("1.1.1.2", {replication: {"db": {**STREAMS["db"], "streaming": 0}}}) == ["rds.too_few_streams"]


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"shared_preload_libraries": "pgaudit"}, "rds.not_preloaded"),
        ({"shared_preload_libraries": ""}, "rds.not_preloaded"),
        ({"log_min_duration_statement": "-1"}, "rds.slow_unlogged"),
        ({"log_min_duration_statement": "1001"}, "rds.slow_unlogged"),
        ({"log_min_duration_statement": "0"}, None),
    ],
)
def test_statements_leave_a_trace(change, breach):
    changed = {rds.settings: {"db": {**SETTINGS["db"], **change}}}
    assert breaches("1.1.1.4", changed) == ([breach] if breach else [])


def test_only_postgresql_with_the_platforms_tags_is_looked_at():
    found = [
        primary(),
        primary(DBInstanceIdentifier="foreign", TagList=[]),
        primary(DBInstanceIdentifier="staging", TagList=[*TAG_LIST[:1], {"Key": "Environment", "Value": "staging"}]),
        primary(DBInstanceIdentifier="mysql", Engine="mysql"),
    ]
    paginator = SimpleNamespace(paginate=lambda: [{"DBInstances": found[:2]}, {"DBInstances": found[2:]}])
    client = SimpleNamespace(get_paginator=lambda name: paginator)
    world = World(PLATFORM, SimpleNamespace(client=lambda service, region: client), NOW)
    assert [instance["DBInstanceIdentifier"] for instance in rds.instances(world)] == ["db"]


def test_the_key_is_the_one_behind_the_alias_and_none_without_it():
    class NotFoundException(Exception):
        pass

    def missing(KeyId: str) -> dict[str, Any]:
        raise NotFoundException(KeyId)

    def describe(KeyId: str) -> dict[str, Any]:
        assert KeyId == "alias/iworkz-sandbox-data"
        return {"KeyMetadata": {"Arn": KEY}}

    exceptions = SimpleNamespace(NotFoundException=NotFoundException)
    for answer, arn in ((describe, KEY), (missing, None)):
        client = SimpleNamespace(describe_key=answer, exceptions=exceptions)
        world = World(PLATFORM, SimpleNamespace(client=lambda service, region, client=client: client), NOW)
        assert data_key(world) == arn
