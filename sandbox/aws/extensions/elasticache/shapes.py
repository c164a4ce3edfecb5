"""A replication group as it is kept, and as DescribeReplicationGroups and DescribeCacheClusters show it.

A record holds the parameters of CreateReplicationGroup with later changes over them, and beside them `created`,
`shards` (for each shard its nodes, `{"id", "zone"}`, and which of them is the primary) and `later` (what waits for the
maintenance window).
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions.elasticache.parameters import value_of
from sandbox.aws.extensions.elasticache.tags import GROUP, arn

SLOTS = 16384
SAME = (
    "AtRestEncryptionEnabled",
    "AutoMinorVersionUpgrade",
    "CacheNodeType",
    "IpDiscovery",
    "KmsKeyId",
    "NetworkType",
    "ReplicationGroupId",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
    "UserGroupIds",
)
SAME_IN_CLUSTER = (
    "AtRestEncryptionEnabled",
    "AutoMinorVersionUpgrade",
    "CacheNodeType",
    "CacheSubnetGroupName",
    "Engine",
    "EngineVersion",
    "PreferredMaintenanceWindow",
    "ReplicationGroupId",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "TransitEncryptionEnabled",
)


def clustered(call: Call, record: dict[str, Any]) -> bool:
    """Whether cluster mode is on."""
    return value_of(call, record.get("CacheParameterGroupName", ""), "cluster-enabled") == "yes"


def node_id(call: Call, record: dict[str, Any], shard: int, number: int) -> str:
    part = f"{shard + 1:04}-" if clustered(call, record) else ""
    return f"{record['ReplicationGroupId']}-{part}{number:03}"


def shown(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    name = record["ReplicationGroupId"]
    status = call.state(GROUP, name, "available")
    cluster = clustered(call, record)
    group: dict[str, Any] = {key: record[key] for key in SAME if key in record}
    group |= {
        "Description": record["ReplicationGroupDescription"],
        "Status": status,
        "AutomaticFailover": "enabled" if record["AutomaticFailoverEnabled"] else "disabled",
        "MultiAZ": "enabled" if record["MultiAZEnabled"] else "disabled",
        "ClusterEnabled": cluster,
        "ClusterMode": "enabled" if cluster else "disabled",
        "AuthTokenEnabled": bool(record.get("AuthToken")),
        "DataTiering": "disabled",
        "MemberClusters": [node["id"] for shard in record["shards"] for node in shard["nodes"]],
        "NodeGroups": [_node_group(call, record, index, status) for index in range(len(record["shards"]))],
        "LogDeliveryConfigurations": [{**log, "Status": "active"} for log in record["LogDeliveryConfigurations"]],
        "PendingModifiedValues": {},
        "ReplicationGroupCreateTime": record["created"],
        "ARN": arn(call, "replicationgroup", name),
    }
    if cluster and status != "creating":
        group["ConfigurationEndpoint"] = {"Address": _address(call, "clustercfg", name), "Port": record["Port"]}
    return group


def clusters(call: Call, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The members, each as a cache cluster of one node."""
    same = {key: record[key] for key in SAME_IN_CLUSTER if key in record}
    status = call.state(GROUP, record["ReplicationGroupId"], "available")
    same |= {
        "CacheClusterStatus": status,
        "CacheClusterCreateTime": record["created"],
        "NumCacheNodes": 1,
        "CacheParameterGroup": {
            "CacheParameterGroupName": record["CacheParameterGroupName"],
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "SecurityGroups": [
            {"SecurityGroupId": group, "Status": "active"} for group in record.get("SecurityGroupIds", [])
        ],
        "PendingModifiedValues": record["later"],
        "ReplicationGroupLogDeliveryEnabled": bool(record["LogDeliveryConfigurations"]),
    }
    if record.get("NotificationTopicArn"):
        same["NotificationConfiguration"] = {"TopicArn": record["NotificationTopicArn"], "TopicStatus": "active"}
    return [
        {
            **same,
            "CacheClusterId": node["id"],
            "PreferredAvailabilityZone": node["zone"],
            "ARN": arn(call, "cluster", node["id"]),
        }
        for shard in record["shards"]
        for node in shard["nodes"]
    ]


def _node_group(call: Call, record: dict[str, Any], index: int, status: str) -> dict[str, Any]:
    shard, count, cluster = record["shards"][index], len(record["shards"]), clustered(call, record)
    members = []
    for position, node in enumerate(shard["nodes"]):
        member = {"CacheClusterId": node["id"], "CacheNodeId": "0001", "PreferredAvailabilityZone": node["zone"]}
        # Roles and endpoints of single nodes are only told where cluster mode is off.
        if not cluster:
            member["CurrentRole"] = "primary" if position == shard["primary"] else "replica"
            if status != "creating":
                address = f"{node['id']}.{_address(call, '', record['ReplicationGroupId'])}"
                member["ReadEndpoint"] = {"Address": address, "Port": record["Port"]}
        members.append(member)
    group: dict[str, Any] = {"NodeGroupId": f"{index + 1:04}", "Status": status, "NodeGroupMembers": members}
    if cluster:
        group["Slots"] = f"{SLOTS * index // count}-{SLOTS * (index + 1) // count - 1}"
    elif status != "creating":
        for name, prefix in (("PrimaryEndpoint", "master"), ("ReaderEndpoint", "replica")):
            group[name] = {"Address": _address(call, prefix, record["ReplicationGroupId"]), "Port": record["Port"]}
    return group


def _address(call: Call, prefix: str, name: str) -> str:
    return f"{prefix}.{name}.sandbx.{call.region}.cache.amazonaws.com".lstrip(".")
