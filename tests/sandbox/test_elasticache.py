"""ElastiCache as AWS answers: parameters, users, members across zones, transitions, failover."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.support import code_of


@pytest.fixture
def cache(local, clock) -> Iterator[Any]:
    ec2, client = local.client("ec2"), local.client("elasticache")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{i}.0/24", AvailabilityZone=f"ap-northeast-{zone}")["Subnet"]
        for i, zone in enumerate(("1a", "1c", "1d"))
    ]
    client.create_cache_subnet_group(
        CacheSubnetGroupName="data", CacheSubnetGroupDescription="d", SubnetIds=[s["SubnetId"] for s in subnets]
    )
    client.create_cache_parameter_group(
        CacheParameterGroupName="params", CacheParameterGroupFamily="redis7", Description="d"
    )
    return client


def create(cache, **changes: Any) -> None:
    cache.create_replication_group(
        **{
            "ReplicationGroupId": "redis",
            "ReplicationGroupDescription": "d",
            "Engine": "redis",
            "EngineVersion": "7.1",
            "CacheNodeType": "cache.t4g.small",
            "NumNodeGroups": 1,
            "ReplicasPerNodeGroup": 2,
            "AutomaticFailoverEnabled": True,
            "MultiAZEnabled": True,
            "CacheParameterGroupName": "params",
            "CacheSubnetGroupName": "data",
            "TransitEncryptionEnabled": True,
            "SnapshotRetentionLimit": 7,
            "SnapshotWindow": "17:00-18:00",
            "PreferredMaintenanceWindow": "sun:18:30-sun:19:30",
            **changes,
        }
    )


def look(cache) -> dict[str, Any]:
    (group,) = cache.describe_replication_groups(ReplicationGroupId="redis")["ReplicationGroups"]
    return dict(group)


def settled(cache) -> dict[str, Any]:
    for _ in range(500):
        group = look(cache)
        if group["Status"] == "available":
            return group
        time.sleep(0.02)
    raise AssertionError(f"stays {group['Status']}")


def roles(group: dict[str, Any]) -> dict[str, str]:
    return {m["CacheClusterId"]: m["CurrentRole"] for m in group["NodeGroups"][0]["NodeGroupMembers"]}


def test_a_group_is_creating_and_then_has_its_members_in_all_zones(cache):
    create(cache)
    early = look(cache)
    assert early["Status"] == "creating"
    assert "PrimaryEndpoint" not in early["NodeGroups"][0]
    group = settled(cache)
    assert group["MemberClusters"] == ["redis-001", "redis-002", "redis-003"]
    assert (group["AutomaticFailover"], group["MultiAZ"], group["ClusterMode"]) == ("enabled", "enabled", "disabled")
    assert (group["SnapshotWindow"], group["TransitEncryptionMode"]) == ("17:00-18:00", "required")
    (shard,) = group["NodeGroups"]
    assert len({member["PreferredAvailabilityZone"] for member in shard["NodeGroupMembers"]}) == 3
    assert roles(group) == {"redis-001": "primary", "redis-002": "replica", "redis-003": "replica"}
    assert shard["PrimaryEndpoint"]["Port"] == 6379
    clusters = cache.describe_cache_clusters()["CacheClusters"]
    assert {cluster["CacheClusterId"] for cluster in clusters} == set(group["MemberClusters"])
    assert {cluster["EngineVersion"] for cluster in clusters} == {"7.1.0"}
    assert {cluster["PreferredMaintenanceWindow"] for cluster in clusters} == {"sun:18:30-sun:19:30"}
    (one,) = cache.describe_cache_clusters(CacheClusterId="redis-002")["CacheClusters"]
    assert one["CacheParameterGroup"]["ParameterApplyStatus"] == "in-sync"
    assert cache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"] == []


def test_cluster_mode_has_slots_and_a_configuration_endpoint(cache):
    cluster_on = [{"ParameterName": "cluster-enabled", "ParameterValue": "yes"}]
    assert code_of(lambda: create(cache, NumNodeGroups=3)) == "InvalidParameterCombination"
    cache.modify_cache_parameter_group(CacheParameterGroupName="params", ParameterNameValues=cluster_on)
    create(cache, NumNodeGroups=3, ReplicasPerNodeGroup=1)
    group = settled(cache)
    assert [shard["Slots"] for shard in group["NodeGroups"]] == ["0-5460", "5461-10921", "10922-16383"]
    assert group["MemberClusters"][:3] == ["redis-0001-001", "redis-0001-002", "redis-0002-001"]
    assert group["ConfigurationEndpoint"]["Address"].startswith("clustercfg.redis.")
    assert "CurrentRole" not in group["NodeGroups"][0]["NodeGroupMembers"][0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ReplicasPerNodeGroup": 0}, "InvalidParameterCombination"),
        ({"AutomaticFailoverEnabled": False}, "InvalidParameterCombination"),
        ({"EngineVersion": "5.0"}, "InvalidParameterCombination"),
        ({"KmsKeyId": "key"}, "InvalidParameterCombination"),
        ({"TransitEncryptionEnabled": False, "UserGroupIds": ["x"]}, "InvalidParameterCombination"),
        ({"UserGroupIds": ["missing"]}, "UserGroupNotFound"),
        ({"CacheParameterGroupName": "missing"}, "CacheParameterGroupNotFound"),
        ({"CacheSubnetGroupName": "missing"}, "CacheSubnetGroupNotFoundFault"),
        ({"SnapshotWindow": "18:00-19:00"}, "InvalidParameterValue"),
    ],
)
def test_what_aws_refuses_to_create(cache, changes, code):
    assert code_of(lambda: create(cache, **changes)) == code


def test_changes_are_kept_and_some_wait_for_the_window(cache):
    create(cache)
    settled(cache)
    cache.modify_replication_group(
        ReplicationGroupId="redis",
        SnapshotRetentionLimit=14,
        SnapshotWindow="16:00-17:00",
        CacheNodeType="cache.t4g.medium",
    )
    assert code_of(lambda: cache.modify_replication_group(ReplicationGroupId="redis")) == "InvalidReplicationGroupState"
    assert code_of(lambda: cache.list_tags_for_resource(ResourceName=look(cache)["ARN"])) == (
        "InvalidReplicationGroupState"
    )
    group = settled(cache)
    assert (group["SnapshotRetentionLimit"], group["SnapshotWindow"]) == (14, "16:00-17:00")
    assert group["CacheNodeType"] == "cache.t4g.small"
    (member, *_) = cache.describe_cache_clusters()["CacheClusters"]
    assert member["PendingModifiedValues"] == {"CacheNodeType": "cache.t4g.medium"}
    cache.modify_replication_group(ReplicationGroupId="redis", ApplyImmediately=True)
    assert settled(cache)["CacheNodeType"] == "cache.t4g.medium"


def test_logs_are_delivered_by_type_until_turned_off(cache):
    log = {"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json"}
    where = {"DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "slow"}}}
    create(cache, LogDeliveryConfigurations=[{**log, **where}])
    assert settled(cache)["LogDeliveryConfigurations"] == [{**log, **where, "Status": "active"}]
    off = [{"LogType": "slow-log", "Enabled": False}]
    cache.modify_replication_group(ReplicationGroupId="redis", LogDeliveryConfigurations=off)
    assert settled(cache)["LogDeliveryConfigurations"] == []


def test_replicas_come_and_go_and_the_primary_stays(cache):
    create(cache, ReplicasPerNodeGroup=1)
    settled(cache)
    change = {"ReplicationGroupId": "redis", "ApplyImmediately": True}
    cache.increase_replica_count(**change, NewReplicaCount=2)
    assert look(cache)["Status"] == "modifying"
    assert len(settled(cache)["MemberClusters"]) == 3
    for method, count, code in (
        (cache.increase_replica_count, 2, "NoOperationFault"),
        (cache.increase_replica_count, 1, "InvalidParameterValue"),
        (cache.increase_replica_count, 6, "InvalidParameterValue"),
        (cache.decrease_replica_count, 0, "InvalidParameterCombination"),
    ):
        assert code_of(lambda method=method, count=count: method(**change, NewReplicaCount=count)) == code
    cache.test_failover(ReplicationGroupId="redis", NodeGroupId="0001")
    settled(cache)
    cache.test_failover(ReplicationGroupId="redis", NodeGroupId="0001")
    assert roles(settled(cache))["redis-003"] == "primary"
    cache.decrease_replica_count(**change, NewReplicaCount=1)
    assert roles(settled(cache)) == {"redis-001": "replica", "redis-003": "primary"}


def test_a_failover_swaps_the_roles_and_needs_to_be_possible(cache):
    create(cache, ReplicasPerNodeGroup=1)
    settled(cache)
    cache.test_failover(ReplicationGroupId="redis", NodeGroupId="0001")
    assert roles(settled(cache)) == {"redis-001": "replica", "redis-002": "primary"}
    assert (
        code_of(lambda: cache.test_failover(ReplicationGroupId="redis", NodeGroupId="0002")) == "NodeGroupNotFoundFault"
    )
    cache.modify_replication_group(ReplicationGroupId="redis", AutomaticFailoverEnabled=False, MultiAZEnabled=False)
    settled(cache)
    assert code_of(lambda: cache.test_failover(ReplicationGroupId="redis", NodeGroupId="0001")) == (
        "TestFailoverNotAvailableFault"
    )


def test_what_a_group_uses_stays_until_the_group_is_gone(cache):
    create(cache)
    settled(cache)
    assert code_of(lambda: create(cache)) == "ReplicationGroupAlreadyExists"
    assert code_of(lambda: cache.delete_cache_parameter_group(CacheParameterGroupName="params")) == (
        "InvalidCacheParameterGroupState"
    )
    assert code_of(lambda: cache.delete_cache_subnet_group(CacheSubnetGroupName="data")) == "CacheSubnetGroupInUse"
    cache.delete_replication_group(ReplicationGroupId="redis", FinalSnapshotIdentifier="last")
    assert look(cache)["Status"] == "deleting"
    cache.get_waiter("replication_group_deleted").wait(ReplicationGroupId="redis", WaiterConfig={"Delay": 1})
    assert code_of(lambda: look(cache)) == "ReplicationGroupNotFoundFault"
    for asked in ({}, {"SnapshotName": "last"}, {"ReplicationGroupId": "redis"}):
        assert [snapshot["SnapshotName"] for snapshot in cache.describe_snapshots(**asked)["Snapshots"]] == ["last"]
    cache.delete_cache_parameter_group(CacheParameterGroupName="params")
    cache.delete_cache_subnet_group(CacheSubnetGroupName="data")


def test_a_final_snapshot_has_a_name_of_its_own(cache):
    for _ in range(2):
        create(cache, SnapshotRetentionLimit=0)
        settled(cache)
        final = {"ReplicationGroupId": "redis", "FinalSnapshotIdentifier": "last"}
        if cache.describe_snapshots()["Snapshots"]:
            assert code_of(lambda final=final: cache.delete_replication_group(**final)) == "SnapshotAlreadyExistsFault"
            return
        cache.delete_replication_group(**final)
        cache.get_waiter("replication_group_deleted").wait(ReplicationGroupId="redis", WaiterConfig={"Delay": 1})


def test_a_group_that_keeps_snapshots_gets_one_a_day(cache):
    create(cache)
    settled(cache)
    for _ in range(2):
        (snapshot,) = cache.describe_snapshots(SnapshotSource="system")["Snapshots"]
        assert snapshot["SnapshotName"].startswith("automatic.redis-")
        assert snapshot["SnapshotSource"] == "automated"


def test_snapshots_are_creating_and_then_make_groups(local, cache):
    local.control("POST", "transitions", {"elasticache.snapshot": 3})
    create(cache)
    settled(cache)
    cache.create_snapshot(ReplicationGroupId="redis", SnapshotName="kept")
    assert look(cache)["Status"] == "snapshotting"
    assert code_of(lambda: cache.delete_snapshot(SnapshotName="kept")) == "InvalidSnapshotState"
    assert code_of(lambda: create(cache, ReplicationGroupId="early", SnapshotName="kept")) == "InvalidParameterValue"
    group = settled(cache)
    while cache.describe_snapshots(SnapshotName="kept")["Snapshots"][0]["SnapshotStatus"] != "available":
        time.sleep(0.02)
    (snapshot,) = cache.describe_snapshots(CacheClusterId=group["MemberClusters"][-1])["Snapshots"]
    assert (snapshot["SnapshotStatus"], snapshot["SnapshotSource"], snapshot["Engine"]) == (
        "available",
        "manual",
        "redis",
    )
    assert code_of(lambda: cache.create_snapshot(ReplicationGroupId="redis", SnapshotName="kept")) == (
        "SnapshotAlreadyExistsFault"
    )
    assert code_of(lambda: cache.create_snapshot(SnapshotName="of-none")) == "InvalidParameterCombination"
    assert code_of(lambda: cache.create_snapshot(ReplicationGroupId="none", SnapshotName="x")) == (
        "ReplicationGroupNotFoundFault"
    )
    assert cache.describe_snapshots(SnapshotSource="system")["Snapshots"] == []
    create(cache, ReplicationGroupId="restored", SnapshotName="kept")
    assert code_of(lambda: create(cache, ReplicationGroupId="other", SnapshotName="none")) == "SnapshotNotFoundFault"
    assert cache.delete_snapshot(SnapshotName="kept")["Snapshot"]["SnapshotStatus"] == "deleting"
    assert code_of(lambda: cache.describe_snapshots(SnapshotName="kept")) == "SnapshotNotFoundFault"


def test_failover_may_be_tested_on_fifteen_shards_a_day(cache):
    for number in range(16):
        create(cache, ReplicationGroupId=f"group-{number}", ReplicasPerNodeGroup=1)
    while any(group["Status"] != "available" for group in cache.describe_replication_groups()["ReplicationGroups"]):
        time.sleep(0.02)
    for number in range(15):
        cache.test_failover(ReplicationGroupId=f"group-{number}", NodeGroupId="0001")
    assert code_of(lambda: cache.test_failover(ReplicationGroupId="group-15", NodeGroupId="0001")) == (
        "APICallRateForCustomerExceeded"
    )


@pytest.mark.parametrize("access", ["~* +@all", "on ~* +@everything", "on ~* @all", "on >password ~* +@all", ""])
def test_access_strings_that_redis_would_not_take(cache, access):
    assert code_of(lambda: make_user(cache, "one", AccessString=access, NoPasswordRequired=True)) in (
        "InvalidParameterValue",
    )


def make_user(cache, name: str, user_name: str | None = None, **changes: Any) -> None:
    mode = {"AuthenticationMode": {"Type": "iam"}}
    common = {"UserId": name, "UserName": user_name or name, "Engine": "redis", "AccessString": "on ~* +@all"}
    cache.create_user(**{**common, **(changes or mode)})


def active(cache) -> None:
    while cache.describe_user_groups(UserGroupId="people")["UserGroups"][0]["Status"] != "active":
        time.sleep(0.02)


def test_users_and_their_groups(cache):
    make_user(cache, "off", "default", NoPasswordRequired=True)
    make_user(cache, "search")
    cache.create_user_group(UserGroupId="people", Engine="redis", UserIds=["off", "search"])
    (group,) = cache.describe_user_groups(UserGroupId="people")["UserGroups"]
    assert (group["Status"], group["MinimumEngineVersion"]) == ("creating", "7.0")
    (user,) = cache.describe_users(UserId="search")["Users"]
    assert user["Authentication"] == {"Type": "iam"}
    assert user["UserGroupIds"] == ["people"]
    assert cache.describe_users()["Users"][0]["UserName"] == "default"
    assert code_of(lambda: cache.delete_user(UserId="off")) == "DefaultUserAssociatedToUserGroup"
    active(cache)
    create(cache, UserGroupIds=["people"])
    settled(cache)
    assert code_of(lambda: cache.delete_user_group(UserGroupId="people")) == "InvalidUserGroupState"
    cache.modify_user_group(UserGroupId="people", UserIdsToRemove=["search"])
    assert code_of(lambda: cache.modify_user_group(UserGroupId="people")) == "InvalidUserGroupState"
    active(cache)
    assert cache.describe_user_groups()["UserGroups"][0]["UserIds"] == ["off"]
    cache.modify_user(UserId="search", AccessString="off -@all")
    (user,) = cache.describe_users(UserId="search")["Users"]
    assert (user["Status"], user["AccessString"]) == ("modifying", "off -@all")
    cache.modify_replication_group(ReplicationGroupId="redis", UserGroupIdsToRemove=["people"])
    settled(cache)
    cache.delete_user_group(UserGroupId="people")
    cache.delete_user(UserId="search")
    assert code_of(lambda: cache.describe_users(UserId="search")) == "UserNotFound"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda c: make_user(c, "default"), "UserAlreadyExists"),
        (lambda c: make_user(c, "one", "another"), "InvalidParameterValue"),
        (lambda c: make_user(c, "one", Passwords=["short"]), "InvalidParameterValue"),
        (lambda c: make_user(c, "one", AuthenticationMode={"Type": "password"}), "InvalidParameterCombination"),
        (lambda c: c.create_user_group(UserGroupId="g", Engine="redis"), "DefaultUserRequired"),
        (lambda c: c.create_user_group(UserGroupId="g", Engine="redis", UserIds=["none"]), "UserNotFound"),
        (lambda c: c.describe_user_groups(UserGroupId="g"), "UserGroupNotFound"),
    ],
)
def test_what_aws_refuses_of_users(cache, call, code):
    assert code_of(lambda: call(cache)) == code


def set_parameter(cache, name: str, value: str) -> None:
    values = [{"ParameterName": name, "ParameterValue": value}]
    cache.modify_cache_parameter_group(CacheParameterGroupName="params", ParameterNameValues=values)


def test_parameters_know_who_set_them(cache):
    set_parameter(cache, "maxmemory-policy", "volatile-lfu")
    set_parameter(cache, "timeout", "300")
    mine = cache.describe_cache_parameters(CacheParameterGroupName="params", Source="user")["Parameters"]
    assert {p["ParameterName"]: p["ParameterValue"] for p in mine} == {
        "maxmemory-policy": "volatile-lfu",
        "timeout": "300",
    }
    pages = cache.get_paginator("describe_cache_parameters").paginate(
        CacheParameterGroupName="params", PaginationConfig={"PageSize": 20}
    )
    assert len([parameter for page in pages for parameter in page["Parameters"]]) > 30
    one = [{"ParameterName": "timeout", "ParameterValue": "0"}]
    cache.reset_cache_parameter_group(CacheParameterGroupName="params", ParameterNameValues=one)
    cache.reset_cache_parameter_group(CacheParameterGroupName="params", ResetAllParameters=True)
    assert cache.describe_cache_parameters(CacheParameterGroupName="params", Source="user")["Parameters"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no-such-parameter", "1"),
        ("appendonly", "yes"),
        ("maxmemory-policy", "some"),
        ("timeout", "19"),
        ("timeout", "soon"),
        ("reserved-memory-percent", "101"),
        ("slowlog-log-slower-than", "-2"),
    ],
)
def test_what_aws_refuses_to_set(cache, name, value):
    assert code_of(lambda: set_parameter(cache, name, value)) == "InvalidParameterValue"


def test_parameter_groups_are_found_by_name_or_not_at_all(cache):
    assert len(cache.describe_cache_parameter_groups()["CacheParameterGroups"]) == 1
    (group,) = cache.describe_cache_parameter_groups(CacheParameterGroupName="params")["CacheParameterGroups"]
    assert group["CacheParameterGroupFamily"] == "redis7"
    missing = {"CacheParameterGroupName": "missing"}
    assert code_of(lambda: cache.describe_cache_parameter_groups(**missing)) == "CacheParameterGroupNotFound"
    again = {"CacheParameterGroupName": "params", "CacheParameterGroupFamily": "redis7", "Description": "d"}
    assert code_of(lambda: cache.create_cache_parameter_group(**again)) == "CacheParameterGroupAlreadyExists"
    unknown = {**again, "CacheParameterGroupName": "other", "CacheParameterGroupFamily": "redis1"}
    assert code_of(lambda: cache.create_cache_parameter_group(**unknown)) == "InvalidParameterValue"
    many = [{"ParameterName": "timeout", "ParameterValue": "0"}] * 21
    assert code_of(
        lambda: cache.modify_cache_parameter_group(CacheParameterGroupName="params", ParameterNameValues=many)
    ) == ("InvalidParameterValue")


def test_a_subnet_group_is_modified_and_knows_its_zones(cache):
    (group,) = cache.describe_cache_subnet_groups(CacheSubnetGroupName="data")["CacheSubnetGroups"]
    ids = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
    assert {s["SubnetAvailabilityZone"]["Name"][-2:] for s in group["Subnets"]} == {"1a", "1c", "1d"}
    changed = {"CacheSubnetGroupName": "data", "CacheSubnetGroupDescription": "new", "SubnetIds": ids[:2]}
    group = cache.modify_cache_subnet_group(**changed)["CacheSubnetGroup"]
    assert (group["CacheSubnetGroupDescription"], len(group["Subnets"])) == ("new", 2)
    missing = {**changed, "CacheSubnetGroupName": "missing"}
    assert code_of(lambda: cache.modify_cache_subnet_group(**missing)) == "CacheSubnetGroupNotFoundFault"


@pytest.mark.parametrize("kind", ["parametergroup", "replicationgroup", "usergroup"])
def test_every_kind_of_resource_is_tagged(cache, kind):
    if kind == "replicationgroup":
        create(cache, Tags=[{"Key": "a", "Value": "b"}])
        arn = settled(cache)["ARN"]
    elif kind == "usergroup":
        make_user(cache, "off", "default", NoPasswordRequired=True)
        tags = [{"Key": "a", "Value": "b"}]
        arn = cache.create_user_group(UserGroupId="g", Engine="redis", UserIds=["off"], Tags=tags)["ARN"]
    else:
        arn = cache.describe_cache_parameter_groups()["CacheParameterGroups"][0]["ARN"]
        cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert cache.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "a", "Value": "b"}]
    assert cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])["TagList"] == []
    missing = "arn:aws:elasticache:ap-northeast-1:123456789012:replicationgroup:missing"
    assert code_of(lambda: cache.list_tags_for_resource(ResourceName=missing)) == "ReplicationGroupNotFoundFault"
