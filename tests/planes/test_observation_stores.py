"""Stores are measured by real exporters: Debian's for PostgreSQL and Redis, RabbitMQ's own plugin."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.kube.controllers import charts
from tests.planes import databases, redis_groups
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.observed import SECONDS, SPACE, Observed, observe

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def cluster(own_sandbox: PlanesSandbox) -> Observed:
    """In a sandbox with one server of each kind."""
    return observe(own_sandbox)


def secret(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def install(cluster: Observed, chart: str, **values: Any) -> None:
    made = charts.render(f"prometheus-{chart}", "1.0.0", chart, SPACE, {"fullnameOverride": chart, **values})
    cluster.apply(*made.objects)


def test_postgres(cluster: Observed) -> None:
    made = databases.make(cluster.sandbox, "observed")
    where = made.describe()["Endpoint"]
    module = {
        "type": "userpass",
        "userpass": {"username": databases.MASTER.username, "password": databases.MASTER.password},
        "options": {"sslmode": "verify-full", "sslrootcert": "/etc/stores/ca.pem"},
    }
    authorities = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "authorities"}}
    with open(cluster.sandbox.ca, encoding="ascii") as file:
        cluster.apply({**authorities, "data": {"ca.pem": file.read()}})
    files = {"postgres_exporter.yml": json.dumps({"auth_modules": {"own": module}})}
    cluster.apply(secret("postgres-exporter", password=databases.MASTER.password, **files))
    target = {"name": made.name, "endpoint": where["Address"], "port": where["Port"], "databaseName": "postgres"}
    install(
        cluster,
        "postgres-exporter",
        config={
            "existingSecret": {"enabled": True, "name": "postgres-exporter"},
            "datasource": {"passwordSecret": {"name": "postgres-exporter", "key": "password"}},
        },
        extraVolumes=[{"name": "authorities", "configMap": {"name": "authorities"}}],
        extraVolumeMounts=[{"name": "authorities", "mountPath": "/etc/stores"}],
        serviceMonitor={
            "enabled": True,
            # One that does not answer is tried again for some seconds.
            "interval": "10s",
            "timeout": "10s",
            "multipleTarget": {
                "enabled": True,
                "sharedAuthModule": {"enabled": True, "name": "own"},
                "targets": [target],
            },
        },
    )
    wait_for(lambda: cluster.value('pg_up{job="postgres-exporter",target="observed"}') == 1, SECONDS, "the exporter")
    for metric in (
        *("pg_replication_lag_seconds", "pg_replication_is_replica", "pg_settings_max_connections", "pg_locks_count"),
        *("pg_stat_database_numbackends", "pg_stat_database_xact_commit", "pg_database_size_bytes"),
    ):
        assert cluster.value(f'max({metric}{{target="observed"}})') is not None, metric
    databases.discard(made)
    rds = cluster.sandbox.client("rds")
    wait_for(lambda: not rds.describe_db_instances()["DBInstances"], SECONDS, "deletion")
    wait_for(lambda: cluster.value('pg_up{target="observed"}') == 0, SECONDS, "a server that is gone")


def test_rabbitmq(cluster: Observed) -> None:
    mq = cluster.sandbox.client("mq")
    made = mq.create_broker(
        BrokerName="observed",
        EngineType="RABBITMQ",
        EngineVersion="3.13",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        AutoMinorVersionUpgrade=True,
        Users=[{"Username": "operator", "Password": PASSWORD}],
    )
    wait_for(lambda: mq.describe_broker(BrokerId=made["BrokerId"])["BrokerState"] == "RUNNING", SECONDS, "broker")
    cluster.apply(secret("rabbitmq-exporter", username="operator", password=PASSWORD))
    known = {"existingUserSecret": "rabbitmq-exporter", "existingPasswordSecret": "rabbitmq-exporter"}
    install(cluster, "rabbitmq-exporter", rabbitmq=known, prometheus={"monitor": {"enabled": True, "interval": "2s"}})
    wait_for(lambda: cluster.value('up{job="rabbitmq-exporter"}') == 1, SECONDS, "the plugin")
    assert cluster.value('sum(rabbitmq_queues{job="rabbitmq-exporter"})') == 0


def test_redis(cluster: Observed) -> None:
    redis_groups.network(cluster.sandbox, "cache")
    cache = cluster.sandbox.client("elasticache")
    access = "on ~* &* +@all -@dangerous +info +slowlog|len +latency|latest +config|get +client|list"
    users = {"nobody": ("default", "off -@all"), "watcher": ("watcher", access)}
    for identifier, (called, allowed) in users.items():
        mode = {"Type": "password", "Passwords": [PASSWORD]}
        cache.create_user(
            Engine="redis", UserId=identifier, UserName=called, AccessString=allowed, AuthenticationMode=mode
        )
    cache.create_user_group(UserGroupId="cache", Engine="redis", UserIds=list(users))
    group = redis_groups.create(cluster.sandbox, "observed", CacheParameterGroupName=None)
    members = group.settled()["NodeGroups"][0]["NodeGroupMembers"]
    targets = [
        {
            "name": each["CacheClusterId"],
            "url": f"rediss://{each['ReadEndpoint']['Address']}:{each['ReadEndpoint']['Port']}",
        }
        for each in members
    ]
    cluster.apply(secret("redis-exporter", password=PASSWORD))
    install(
        cluster,
        "redis-exporter",
        redisAddress="",
        auth={"enabled": True, "redisUser": "watcher", "secret": {"name": "redis-exporter", "key": "password"}},
        env=[{"name": "REDIS_EXPORTER_CONFIG_COMMAND", "value": "-"}],
        serviceMonitor={
            "enabled": True,
            "multipleTarget": True,
            "telemetryPath": "/scrape",
            "targets": targets,
            "interval": "2s",
            "scrapeTimeout": "2s",
        },
    )
    wait_for(lambda: cluster.value('sum(redis_up{job="redis-exporter"})') == 2, SECONDS, "both nodes")
    assert cluster.value(f'redis_memory_max_bytes{{target="{members[0]["CacheClusterId"]}"}}') is not None
    assert cluster.value('sum(redis_connected_slaves{job="redis-exporter"})') == 1
