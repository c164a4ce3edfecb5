from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache import ADAPTERS, ReplicationGroup
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._stores import redis

PREFIX = "iworkz-sandbox"
NAME = f"{PREFIX}-redis"
DEFAULT_USER, SERVICE_USER = f"{PREFIX}-default", f"{PREFIX}-search"


def delivery(log: str) -> dict[str, Any]:
    return {
        "log_type": log,
        "destination_type": "cloudwatch-logs",
        "destination_details": {"cloud_watch_logs_details": {"log_group": f"/aws/elasticache/{NAME}/{log}"}},
        "log_format": "json",
    }


DESIRED: dict[str, list[dict[str, Any]]] = {
    "subnet_groups": [
        {
            "cache_subnet_group_name": NAME,
            "cache_subnet_group_description": "Data subnets",
            "subnet_ids": [f"{PREFIX}-data-{zone}" for zone in ("1a", "1c", "1d")],
        }
    ],
    "parameter_groups": [
        {
            "cache_parameter_group_name": f"{NAME}7",
            "cache_parameter_group_family": "redis7",
            "description": "Parameters",
            "parameters": {"maxmemory-policy": "volatile-lru", "timeout": 300, "notify-keyspace-events": "Ex"},
        }
    ],
    "users": [
        {
            "user_id": DEFAULT_USER,
            "user_name": "default",
            "engine": "redis",
            "access_string": "off -@all",
            "authentication_mode": {"type": "no-password-required"},
        },
        {
            "user_id": SERVICE_USER,
            "user_name": SERVICE_USER,
            "engine": "redis",
            "access_string": "on  ~search:* +@all -@dangerous",
            "authentication_mode": {"type": "iam"},
        },
    ],
    "user_groups": [{"user_group_id": NAME, "engine": "redis", "user_ids": [SERVICE_USER, DEFAULT_USER]}],
    "replication_groups": [
        {
            "replication_group_id": NAME,
            "replication_group_description": "Sessions and caches",
            "engine": "redis",
            "engine_version": "7.1",
            "cache_node_type": "cache.t4g.small",
            "num_node_groups": 1,
            "replicas_per_node_group": 1,
            "automatic_failover_enabled": True,
            "multi_az_enabled": True,
            "cache_parameter_group_name": f"{NAME}7",
            "cache_subnet_group_name": NAME,
            "security_group_ids": [f"{PREFIX}-store"],
            "port": 6379,
            "at_rest_encryption_enabled": True,
            "kms_key_id": f"alias/{PREFIX}-data",
            "transit_encryption_enabled": True,
            "transit_encryption_mode": "required",
            "user_group_ids": [NAME],
            "snapshot_retention_limit": 14,
            "snapshot_window": "17:00-18:00",
            "preferred_maintenance_window": "Sun:18:30-Sun:19:30",
            "log_delivery_configurations": [delivery("slow-log"), delivery("engine-log")],
            "notification_topic_arn": f"{PREFIX}-alerts",
            "auto_minor_version_upgrade": True,
        }
    ],
}


@pytest.fixture
def made(account, network, data_key):
    account.converges(ADAPTERS, **DESIRED)
    return account


def desired(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """What is declared, with changes to the replication group."""
    changed = copy.deepcopy(DESIRED)
    changed["replication_groups"][0].update(changes)
    return changed


def group(account):
    return account.client("elasticache").describe_replication_groups(ReplicationGroupId=NAME)["ReplicationGroups"][0]


def by_hand(account, method="modify_replication_group", **changes):
    """Change the group as a person would, and wait until it has taken."""
    client = account.client("elasticache")
    getattr(client, method)(ReplicationGroupId=NAME, ApplyImmediately=True, **changes)
    client.get_waiter("replication_group_available").wait(ReplicationGroupId=NAME, WaiterConfig={"Delay": 1})


def test_drift_by_hand_is_seen_key_by_key_and_mended(made):
    by_hand(made, MultiAZEnabled=False, AutomaticFailoverEnabled=False)
    by_hand(
        made,
        SnapshotRetentionLimit=1,
        SnapshotWindow="01:00-02:00",
        PreferredMaintenanceWindow="mon:05:00-mon:06:00",
        UserGroupIdsToRemove=[NAME],
        LogDeliveryConfigurations=[{"LogType": "slow-log", "Enabled": False}],
        CacheNodeType="cache.t4g.micro",
    )
    (diff,) = made.run(ADAPTERS, check_mode=True, **DESIRED)["diff"]
    assert diff["after"].keys() == {
        "automatic_failover_enabled",
        "cache_node_type",
        "log_delivery_configurations",
        "multi_az_enabled",
        "preferred_maintenance_window",
        "snapshot_retention_limit",
        "snapshot_window",
        "user_group_ids",
    }
    made.mends(ADAPTERS, f"replication_group {NAME}", **desired(apply_immediately=True))


def test_replicas_come_before_the_failover_that_needs_them_and_go_again(made, monkeypatch):
    by_hand(made, MultiAZEnabled=False, AutomaticFailoverEnabled=False)
    by_hand(made, "decrease_replica_count", NewReplicaCount=0)
    assert len(group(made)["MemberClusters"]) == 1
    monkeypatch.setattr(ReplicationGroup, "poll_seconds", 1.0)
    made.mends(ADAPTERS, f"replication_group {NAME}", **DESIRED)
    assert len({m["PreferredAvailabilityZone"] for m in group(made)["NodeGroups"][0]["NodeGroupMembers"]}) == 2
    assert made.run(ADAPTERS, **desired(replicas_per_node_group=2))["failed_resources"] == {}
    assert made.run(ADAPTERS, **DESIRED)["failed_resources"] == {}
    assert len(group(made)["MemberClusters"]) == 2


def test_drift_of_parameters_users_groups_subnets_and_tags_is_mended(made):
    client = made.client("elasticache")
    values = [{"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}]
    client.modify_cache_parameter_group(CacheParameterGroupName=f"{NAME}7", ParameterNameValues=values)
    client.modify_user(UserId=DEFAULT_USER, AccessString="on ~* +@all")
    client.modify_user_group(UserGroupId=NAME, UserIdsToRemove=[SERVICE_USER])
    subnets = client.describe_cache_subnet_groups(CacheSubnetGroupName=NAME)["CacheSubnetGroups"][0]["Subnets"]
    client.modify_cache_subnet_group(CacheSubnetGroupName=NAME, SubnetIds=[subnets[0]["SubnetIdentifier"]])
    client.remove_tags_from_resource(ResourceName=group(made)["ARN"], TagKeys=["Environment"])
    labels = [f"cache_subnet_group {NAME}", f"cache_parameter_group {NAME}7", f"user {DEFAULT_USER}"]
    made.mends(ADAPTERS, *labels, f"user_group {NAME}", f"replication_group {NAME}", **DESIRED)


def test_a_run_that_was_cut_short_is_taken_up_by_the_next(account, network, data_key):
    account.run(ADAPTERS, wait=False, **DESIRED)
    again = account.run(ADAPTERS, **DESIRED)
    assert again["failed_resources"] == {}
    assert again["created"] == []
    assert not account.run(ADAPTERS, **DESIRED)["changed"]


def test_a_change_that_waits_for_the_window_counts_as_made_and_is_shown(made):
    bigger = desired(cache_node_type="cache.t4g.medium")
    result = made.run(ADAPTERS, **bigger)
    assert result["failed_resources"] == {}
    pending = result["resources"]["replication_groups"][NAME]["pending_modified_values"]
    assert pending == {"cache_node_type": "cache.t4g.medium"}
    assert not made.run(ADAPTERS, **bigger)["changed"]
    assert group(made)["CacheNodeType"] == "cache.t4g.small"


def test_what_cannot_be_changed_in_place_is_refused(made):
    before = made.mutations()
    with pytest.raises(InvalidInput, match=f"replication_group {NAME}: port cannot be changed in place"):
        made.run(ADAPTERS, **desired(port=6380))
    assert made.mutations() == before


def test_purge_deletes_all_with_a_final_snapshot(made):
    result = made.run(ADAPTERS, purge=True, **{option: [] for option in DESIRED})
    assert result["failed_resources"] == {}
    assert len(result["deleted"]) == 6
    client = made.client("elasticache")
    (snapshot,) = client.describe_snapshots()["Snapshots"]
    assert snapshot["SnapshotName"].startswith(f"{NAME}-final-")
    assert [user["UserId"] for user in client.describe_users()["Users"]] == ["default"]


def test_a_group_that_has_gone_since_it_was_described_has_no_tags(account):
    gone = {"ARN": f"arn:aws:elasticache:ap-northeast-1:123456789012:replicationgroup:{NAME}"}
    assert redis.tags(account.client("elasticache"), gone) is None
