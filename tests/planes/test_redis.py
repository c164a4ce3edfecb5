"""Replication groups of ElastiCache as real servers: TLS, users, failover, replicas, snapshots, what is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.planes.client import PlaneError
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.redis_groups import PASSWORD, Group, Writer, create, network
from tests.sandbox.support import code_of


@pytest.fixture(scope="module")
def prepared(planes_sandbox: PlanesSandbox) -> PlanesSandbox:
    """What groups use: subnets, parameters, and users by IAM, by password and by nothing."""
    network(planes_sandbox, "cache")
    cache = planes_sandbox.client("elasticache")
    cache.create_cache_parameter_group(
        CacheParameterGroupName="cache", CacheParameterGroupFamily="redis7", Description="d"
    )
    common: dict[str, Any] = {"Engine": "redis"}
    cache.create_user(**common, UserId="nobody", UserName="default", AccessString="off -@all", NoPasswordRequired=True)
    for name, mode in (
        ("iam", {"Type": "iam"}),
        ("writer", {"Type": "password", "Passwords": [PASSWORD]}),
        ("later", {"Type": "password", "Passwords": [PASSWORD]}),
    ):
        access = "on ~canary:* &* +@all -@dangerous +info"
        cache.create_user(**common, UserId=name, UserName=name, AccessString=access, AuthenticationMode=mode)
    cache.create_user_group(UserGroupId="cache", Engine="redis", UserIds=["nobody", "iam", "writer"])
    return planes_sandbox


@pytest.fixture(scope="module")
def group(prepared: PlanesSandbox) -> Iterator[Group]:
    made = create(prepared, "cache")
    assert made.look()["Status"] == "creating"
    made.settled()
    yield made
    made.settled()
    prepared.client("elasticache").delete_replication_group(ReplicationGroupId="cache")
    wait_for(lambda: prepared.planes.describe("redis", "ap-northeast-1/cache") is None, 30, "the servers are gone")


def test_endpoints_are_real_and_of_standard_ports(group: Group) -> None:
    shard = group.look()["NodeGroups"][0]
    assert {shard["PrimaryEndpoint"]["Port"], shard["ReaderEndpoint"]["Port"]} == {6379}
    writer, reader = group.connect(), group.connect(endpoint="ReaderEndpoint")
    writer.set("canary:endpoints", "here")
    assert writer.info("replication")["role"] == "master"
    wait_for(lambda: reader.get("canary:endpoints") == "here", 5, "the replica has it")
    assert reader.info("replication")["role"] == "slave"
    with pytest.raises(redis.ReadOnlyError):
        reader.set("canary:endpoints", "there")
    for member in shard["NodeGroupMembers"]:
        client = group.connect_to(member["ReadEndpoint"], "writer", PASSWORD)
        role = {"primary": "master", "replica": "slave"}[member["CurrentRole"]]
        assert client.info("replication")["role"] == role


def test_connections_need_tls_and_a_certificate_of_the_sandbox(group: Group) -> None:
    where = group.look()["NodeGroups"][0]["PrimaryEndpoint"]
    plain = {"host": where["Address"], "port": where["Port"], "socket_timeout": 2, "retry": Retry(NoBackoff(), 0)}
    with pytest.raises(redis.RedisError):
        redis.Redis(**plain).ping()
    with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
        redis.Redis(**plain, ssl=True).ping()


@pytest.mark.parametrize(
    ("user", "password", "works"),
    [("writer", PASSWORD, True), ("writer", "wrong", False), ("iam", "a token", True), ("default", "", False)],
)
def test_users_sign_in_as_their_kind_asks(group: Group, user: str, password: str, works: bool) -> None:
    if works:
        assert group.connect(user, password).set("canary:users", user)
    else:
        with pytest.raises(redis.AuthenticationError):
            group.connect(user, password).ping()


@pytest.mark.parametrize("command", ["SET other 1", "CONFIG GET maxmemory", "ACL SETUSER x on", "REPLICAOF NO ONE"])
def test_users_may_do_what_their_access_string_says_and_elasticache_lets(group: Group, command: str) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError):
        group.connect().execute_command(command)


def test_changes_of_users_and_groups_reach_all_servers(group: Group) -> None:
    cache = group.cache
    with pytest.raises(redis.AuthenticationError):
        group.connect("later").ping()
    cache.modify_user_group(UserGroupId="cache", UserIdsToAdd=["later"])
    wait_for(lambda: cache.describe_user_groups(UserGroupId="cache")["UserGroups"][0]["Status"] == "active")
    for endpoint in ("PrimaryEndpoint", "ReaderEndpoint"):
        assert group.connect("later", endpoint=endpoint).ping()
    cache.modify_user(UserId="later", AccessString="on ~canary:* +@read", Passwords=["another long password"])
    wait_for(lambda: cache.describe_users(UserId="later")["Users"][0]["Status"] == "active")
    with pytest.raises(redis.AuthenticationError):
        group.connect("later").get("canary:x")
    client = group.connect("later", "another long password")
    assert client.get("canary:none") is None
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.set("canary:x", "1")
    cache.delete_user(UserId="later")
    wait_for(lambda: group.plane()["facts"]["in_force"])
    with pytest.raises(redis.AuthenticationError):
        group.connect("later", "another long password").ping()


def test_parameters_are_applied_while_it_runs(group: Group) -> None:
    cache = group.cache
    values = [{"ParameterName": "notify-keyspace-events", "ParameterValue": "KEA"}]
    cache.modify_cache_parameter_group(CacheParameterGroupName="cache", ParameterNameValues=values)

    def applied() -> bool:
        clusters = cache.describe_cache_clusters()["CacheClusters"]
        mine = [c for c in clusters if c.get("ReplicationGroupId") == group.name]
        return {c["CacheParameterGroup"]["ParameterApplyStatus"] for c in mine} == {"in-sync"}

    wait_for(applied, 10, "parameters are in force")
    listener = group.connect().pubsub()
    listener.psubscribe("__keyspace@0__:canary:*")
    listener.get_message(timeout=5)
    group.connect().set("canary:told", "1")
    told = wait_for(lambda: listener.get_message(timeout=1), 5, "the event of a key")
    assert told["channel"] == "__keyspace@0__:canary:told"


def test_a_failover_kills_the_primary_and_keeps_the_endpoint(group: Group) -> None:
    before, endpoint = group.primary, group.look()["NodeGroups"][0]["PrimaryEndpoint"]
    pid = group.node(before)["pid"]
    with Writer(group) as writer:
        group.cache.test_failover(ReplicationGroupId=group.name, NodeGroupId="0001")
        assert group.look()["Status"] == "modifying"
        assert code_of(lambda: group.cache.test_failover(ReplicationGroupId=group.name, NodeGroupId="0001")) == (
            "InvalidReplicationGroupState"
        )
        after = group.settled()
    assert group.primary != before
    assert after["NodeGroups"][0]["PrimaryEndpoint"] == endpoint
    assert group.node(before)["role"] == "replica"
    assert group.node(before)["pid"] != pid
    assert 0.3 < writer.gap < 15
    client = group.connect()
    missing = [number for _, number in writer.acknowledged if not client.exists(f"canary:{number}")]
    assert len(missing) <= 2
    assert client.info("replication")["connected_slaves"] == 1


def test_a_primary_killed_from_outside_is_replaced_and_comes_back(group: Group) -> None:
    before = group.primary
    with Writer(group) as writer:
        os.kill(group.node(before)["pid"], signal.SIGKILL)
        wait_for(lambda: group.primary != before, 30, "a replica takes over")
        wait_for(lambda: group.node(before)["running"], 30, "the former primary is started")
        acknowledged = len(writer.acknowledged)
        wait_for(lambda: len(writer.acknowledged) > acknowledged, 10, "writes go on")
    wait_for(lambda: group.connect().info("replication")["connected_slaves"] == 1, 30, "it follows")
    assert group.node(before)["role"] == "replica"
    assert group.look()["Status"] == "available"


def test_a_replica_and_a_sentinel_killed_from_outside_come_back(group: Group) -> None:
    primary = group.primary
    (replica,) = [member for member, role in group.roles().items() if role == "replica"]
    sentinel = next(node for node in group.plane()["nodes"] if node["role"] == "sentinel")
    for pid in (group.node(replica)["pid"], sentinel["pid"]):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(node["running"] for node in group.plane()["nodes"]), 20, "both are started")
    wait_for(lambda: group.connect().info("replication")["connected_slaves"] == 1, 20, "the replica follows")
    assert group.primary == primary


def test_the_servers_outlive_a_daemon_that_is_killed(group: Group) -> None:
    pids = {node["name"]: node["pid"] for node in group.plane()["nodes"]}
    os.kill(group.sandbox.planes.health()["pid"], signal.SIGKILL)

    def back() -> bool:
        try:
            return bool(group.sandbox.planes.health()["settled"])
        except PlaneError:
            return False

    wait_for(back, 60, "the daemon is started again")
    assert {node["name"]: node["pid"] for node in group.plane()["nodes"]} == pids
    assert group.connect().ping()
    group.settled()
    before = group.primary
    group.cache.test_failover(ReplicationGroupId=group.name, NodeGroupId="0001")
    group.settled()
    assert group.primary != before


def test_replicas_come_with_the_data_and_go(group: Group) -> None:
    group.connect().set("canary:before", "1")
    change = {"ReplicationGroupId": group.name, "ApplyImmediately": True}
    group.cache.increase_replica_count(**change, NewReplicaCount=2)
    group.settled()
    new = f"{group.name}-003"
    (member,) = [m for m in group.look()["NodeGroups"][0]["NodeGroupMembers"] if m["CacheClusterId"] == new]
    assert group.connect_to(member["ReadEndpoint"], "writer", PASSWORD).get("canary:before") == "1"
    group.cache.decrease_replica_count(**change, NewReplicaCount=1)
    group.settled()
    assert len(group.roles()) == 2
    with pytest.raises(redis.ConnectionError):
        group.connect_to(member["ReadEndpoint"], "writer", PASSWORD).ping()


def test_a_snapshot_outlives_its_group_and_makes_another(prepared: PlanesSandbox, group: Group) -> None:
    cache = group.cache
    group.connect().set("canary:kept", "yes")
    cache.create_snapshot(ReplicationGroupId=group.name, SnapshotName="kept")
    assert group.look()["Status"] == "snapshotting"
    wait_for(lambda: cache.describe_snapshots(SnapshotName="kept")["Snapshots"][0]["SnapshotStatus"] == "available")
    group.settled()
    group.connect().set("canary:kept", "changed")
    restored = create(prepared, "restored", SnapshotName="kept")
    restored.settled()
    assert restored.connect().get("canary:kept") == "yes"
    cache.delete_replication_group(ReplicationGroupId="restored", FinalSnapshotIdentifier="final")
    wait_for(lambda: prepared.planes.describe("redis", "ap-northeast-1/restored") is None, 30, "it is gone")
    wait_for(lambda: cache.describe_snapshots(SnapshotName="final")["Snapshots"][0]["SnapshotStatus"] == "available")
    for name in ("kept", "final"):
        cache.delete_snapshot(SnapshotName=name)
        assert code_of(lambda name=name: cache.describe_snapshots(SnapshotName=name)) == "SnapshotNotFoundFault"


def test_without_automatic_failover_a_primary_comes_back_as_itself(prepared: PlanesSandbox) -> None:
    single = create(
        prepared, "single", AutomaticFailoverEnabled=False, MultiAZEnabled=False, TransitEncryptionEnabled=False,
        UserGroupIds=None,
    )  # fmt: skip
    single.settled()
    where = single.look()["NodeGroups"][0]["PrimaryEndpoint"]
    client = redis.Redis(host=where["Address"], port=where["Port"], decode_responses=True)
    client.set("kept", "1")
    primary = single.primary
    os.kill(single.node(primary)["pid"], signal.SIGKILL)
    wait_for(lambda: single.node(primary)["running"], 30, "it is started")
    wait_for(lambda: client.ping(), 10, "it answers")
    assert client.get("kept") == "1"
    assert single.primary == primary
    assert [node["role"] for node in single.plane()["nodes"]] == ["primary", "replica"]
    single.cache.delete_replication_group(ReplicationGroupId="single")
    wait_for(lambda: prepared.planes.describe("redis", "ap-northeast-1/single") is None, 30, "it is gone")


def test_cluster_mode_is_refused_by_name(prepared: PlanesSandbox) -> None:
    cache = prepared.client("elasticache")
    cache.create_cache_parameter_group(
        CacheParameterGroupName="sharded", CacheParameterGroupFamily="redis7", Description="d"
    )
    values = [{"ParameterName": "cluster-enabled", "ParameterValue": "yes"}]
    cache.modify_cache_parameter_group(CacheParameterGroupName="sharded", ParameterNameValues=values)
    assert code_of(lambda: create(prepared, "sharded", CacheParameterGroupName="sharded", NumNodeGroups=2)) == (
        "NotImplementedBySandbox"
    )
