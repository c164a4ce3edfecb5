from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import elasticache
from ansible_collections.iworkz.platform.plugins.module_utils._aws.autoscaling import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

GROUP = "iworkz-sandbox-redis"
PLACE = {
    "service_namespace": "elasticache",
    "resource_id": f"replication-group/{GROUP}",
    "scalable_dimension": "elasticache:replication-group:Replicas",
}
AWS = {
    "ServiceNamespace": PLACE["service_namespace"],
    "ResourceId": PLACE["resource_id"],
    "ScalableDimension": PLACE["scalable_dimension"],
}
TARGET = {**PLACE, "min_capacity": 1, "max_capacity": 5}
TRACKED = {
    "target_value": 60,
    "predefined_metric_specification": {"predefined_metric_type": "ElastiCacheReplicaEngineCPUUtilization"},
}
POLICY = {
    **PLACE,
    "policy_name": "by-load",
    "policy_type": "TargetTrackingScaling",
    "target_tracking_scaling_policy_configuration": TRACKED,
}
ACTION = {
    **PLACE,
    "scheduled_action_name": "mornings",
    "schedule": "cron(0 8 ? * MON-FRI *)",
    "timezone": "Asia/Tokyo",
    "scalable_target_action": {"min_capacity": 2, "max_capacity": 5},
}
WANTED = {"scalable_targets": [TARGET], "scaling_policies": [POLICY], "scheduled_actions": [ACTION]}
LABEL = f"{PLACE['resource_id']}:{PLACE['scalable_dimension']}"
NAMES = {"by-load": f"scaling_policy {LABEL}:by-load", "mornings": f"scheduled_action {LABEL}:mornings"}


def group(account, network, node="cache.r7g.large", mode=True):
    """A cache of two shards with a replica each; without cluster mode of one."""
    client = account.client("elasticache")
    subnets = list(network["subnets"].values())
    client.create_cache_subnet_group(
        CacheSubnetGroupName="cache", CacheSubnetGroupDescription="Subnets", SubnetIds=subnets
    )
    if mode:
        name = {"CacheParameterGroupName": "clustered"}
        client.create_cache_parameter_group(**name, CacheParameterGroupFamily="redis7", Description="Shards")
        on = {"ParameterName": "cluster-enabled", "ParameterValue": "yes"}
        client.modify_cache_parameter_group(**name, ParameterNameValues=[on])
    client.create_replication_group(
        ReplicationGroupId=GROUP,
        ReplicationGroupDescription="Cache",
        Engine="redis",
        EngineVersion="7.1",
        CacheSubnetGroupName="cache",
        CacheNodeType=node,
        NumNodeGroups=2 if mode else 1,
        ReplicasPerNodeGroup=1,
        AutomaticFailoverEnabled=True,
        **(name if mode else {}),
    )
    settle(account)


def settle(account):
    """A group that is being changed does not tell its tags."""
    waiter = account.client("elasticache").get_waiter("replication_group_available")
    waiter.wait(ReplicationGroupId=GROUP, WaiterConfig={"Delay": 1})


@pytest.fixture
def cache(account, network):
    group(account, network)
    return account


def scaling(account):
    return account.client("application-autoscaling")


def test_converges_and_mends(cache):
    cache.converges(ADAPTERS, **WANTED)
    (alarm, *_more) = scaling(cache).describe_scaling_policies(ServiceNamespace="elasticache")["ScalingPolicies"][0][
        "Alarms"
    ]
    assert alarm["AlarmName"].startswith("TargetTracking-")
    client = scaling(cache)
    client.register_scalable_target(**AWS, MaxCapacity=2, SuspendedState={"DynamicScalingOutSuspended": True})
    policy = {
        "TargetValue": 69.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ElastiCacheReplicaEngineCPUUtilization"},
    }
    client.put_scaling_policy(
        **AWS, PolicyName="by-load", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=policy
    )
    client.delete_scheduled_action(**AWS, ScheduledActionName="mornings")
    cache.mends(ADAPTERS, f"scalable_target {LABEL}", *NAMES.values(), **WANTED)


def test_tags_are_mended(cache):
    cache.run(ADAPTERS, **WANTED)
    (target,) = scaling(cache).describe_scalable_targets(ServiceNamespace="elasticache")["ScalableTargets"]
    scaling(cache).tag_resource(ResourceARN=target["ScalableTargetARN"], Tags={"Stray": "1"})
    cache.mends(ADAPTERS, f"scalable_target {LABEL}", **WANTED)


def test_deletes_only_when_asked(cache):
    cache.run(ADAPTERS, **WANTED)
    fewer = {**WANTED, "scaling_policies": [], "scheduled_actions": []}
    assert not cache.run(ADAPTERS, **fewer)["changed"]
    assert sorted(cache.run(ADAPTERS, purge=True, **fewer)["deleted"]) == sorted(NAMES.values())
    assert cache.run(ADAPTERS, purge=True, **{**fewer, "scalable_targets": []})["deleted"] == [
        f"scalable_target {LABEL}"
    ]
    assert scaling(cache).describe_scalable_targets(ServiceNamespace="elasticache")["ScalableTargets"] == []


@pytest.mark.parametrize(
    ("node", "mode", "message"),
    [
        ("cache.t4g.small", True, "not supported for auto scaling"),
        ("cache.r7g.large", False, "not cluster mode enabled"),
    ],
)
def test_what_aws_cannot_scale_fails_by_name(account, network, node, mode, message):
    group(account, network, node, mode)
    failed = account.run(ADAPTERS, scalable_targets=[TARGET])["failed_resources"]
    assert message in failed[f"scalable_target {LABEL}"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_capacity": 6}, "max_capacity must not be less than min_capacity"),
        ({"max_capacity": None}, "must be declared"),
        ({"capacity": 3}, "unknown key capacity"),
    ],
)
def test_bad_input(account, change, message):
    target = {key: value for key, value in {**TARGET, **change}.items() if value is not None}
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, scalable_targets=[target])


def test_replicas_that_were_scaled_are_no_drift(cache):
    declared = {
        "replication_group_id": GROUP,
        "replication_group_description": "Cache",
        "cache_node_type": "cache.r7g.large",
        "engine": "redis",
        "num_node_groups": 2,
        "replicas_per_node_group": 1,
    }
    wanted = {"replication_groups": [declared], "tags": {}}
    before = cache.run(elasticache.ADAPTERS, **wanted)
    assert not before["changed"], before["diff"]
    cache.client("elasticache").increase_replica_count(
        ReplicationGroupId=GROUP, NewReplicaCount=3, ApplyImmediately=True
    )
    settle(cache)
    label = f"replication_group {GROUP}"
    assert cache.run(elasticache.ADAPTERS, check_mode=True, **wanted)["updated"] == [label]
    cache.run(ADAPTERS, scalable_targets=[TARGET])
    assert not cache.run(elasticache.ADAPTERS, check_mode=True, **wanted)["changed"]
    cache.run(ADAPTERS, scalable_targets=[{**TARGET, "max_capacity": 2}])
    assert cache.run(elasticache.ADAPTERS, check_mode=True, **wanted)["updated"] == [label]
