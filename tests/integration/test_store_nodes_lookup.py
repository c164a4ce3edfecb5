"""The lookup of the stores' servers, against the emulator."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

from ansible_collections.iworkz.platform.plugins.module_utils._stores import redis
from tests.integration.conftest import Account

Look = Callable[..., list[dict[str, list[dict[str, Any]]]]]
INSTANCE = {
    "MasterUsername": "admin1",
    "MasterUserPassword": "password1",
    "DBInstanceClass": "db.t4g.medium",
    "Engine": "postgres",
    "EngineVersion": "15",
    "AllocatedStorage": 20,
}


@pytest.fixture
def look(account: Account) -> Look:
    def run(**options: Any) -> list[dict[str, list[dict[str, Any]]]]:
        plugin = lookup_loader.get("iworkz.platform.store_nodes")
        answer: list[dict[str, list[dict[str, Any]]]] = plugin.run([], {}, **{**account.connection, **options})
        return answer

    return run


def test_every_server_of_a_database_is_named_the_primary_first(account, look):
    rds = account.client("rds")
    rds.create_db_instance(DBInstanceIdentifier="db", BackupRetentionPeriod=1, **INSTANCE)
    while not look(postgres="db", on_missing="skip")[0]["postgres"]:
        time.sleep(0.05)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 1})
    rds.create_db_instance_read_replica(DBInstanceIdentifier="a-replica", SourceDBInstanceIdentifier="db")
    while len(found := look(postgres="db", on_missing="skip")[0]["postgres"]) < 2:
        time.sleep(0.05)
    assert [(node["name"], node["port"]) for node in found] == [("db", 5432), ("a-replica", 5432)]
    assert all(node["host"] for node in found)


@pytest.mark.parametrize("store", ["postgres", "redis", "mq"])
def test_a_store_that_is_not_there_is_named_or_empty(look, store):
    with pytest.raises(AnsibleError, match=f"{store} none does not exist, or has no endpoint yet"):
        look(**{store: "none"})
    assert look(**{store: "none"}, on_missing="skip") == [{store: []}]


class Clusters:
    """DescribeCacheClusters of a replication group in cluster mode."""

    def client(self, service: str, region: str | None = None) -> Any:
        return self

    def get_paginator(self, operation: str) -> Any:
        assert operation == "describe_cache_clusters"
        return self

    def paginate(self, *, ShowCacheNodeInfo: bool) -> list[dict[str, Any]]:
        assert ShowCacheNodeInfo
        node = {"CacheNodes": [{"Endpoint": {"Address": "b.cache", "Port": 6379}}]}
        return [
            {"CacheClusters": [{"CacheClusterId": "g-0001-001", "ReplicationGroupId": "g", **node}]},
            {"CacheClusters": [{"CacheClusterId": "other-001", "ReplicationGroupId": "other", **node}]},
            {"CacheClusters": [{"CacheClusterId": "g-0001-002", "ReplicationGroupId": "g", "CacheNodes": []}]},
        ]


def test_nodes_of_a_cache_are_those_of_its_description_or_of_its_clusters():
    place = {"Address": "a.cache", "Port": 6379}
    single = {"NodeGroups": [{"NodeGroupMembers": [{"CacheClusterId": "g-001", "ReadEndpoint": place}]}]}
    assert redis.nodes(Clusters(), single) == [("g-001", "a.cache", 6379)]
    members = [{"CacheClusterId": "g-0001-001"}, {"CacheClusterId": "g-0001-002"}]
    cluster = {"ReplicationGroupId": "g", "NodeGroups": [{"NodeGroupMembers": members}]}
    assert redis.nodes(Clusters(), cluster) == [("g-0001-001", "b.cache", 6379)]
    assert redis.nodes(Clusters(), {"ReplicationGroupId": "g"}) == []
