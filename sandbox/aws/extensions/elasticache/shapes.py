"""A replication group as it is kept, and as DescribeReplicationGroups and DescribeCacheClusters show it.

A record holds the parameters of CreateReplicationGroup with later changes over them, and beside them `created`,
`shards` (for each shard its nodes, `{"id", "zone"}`, and which of them is the primary) and `later` (what waits for the
maintenance window).
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions.elasticache import servers
from sandbox.aws.extensions.elasticache.catalogue import values_of
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
    return values_of(call, record["CacheParameterGroupName"])["cluster-enabled"] == "yes"


def node_id(call: Call, record: dict[str, Any], shard: int, number: int) -> str:
    part = f"{shard + 1:04}-" if clustered(call, record) else ""
    return f"{record['ReplicationGroupId']}-{part}{number:03}"


def shown(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    name = record["ReplicationGroupId"]
    plane = servers.describe(call, record)
    status = status_of(call, record, plane)
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
        "NodeGroups": [_node_group(call, record, index, status, plane) for index in range(len(record["shards"]))],
        "LogDeliveryConfigurations": [{**log, "Status": "active"} for log in record["LogDeliveryConfigurations"]],
        "PendingModifiedValues": {},
        "ReplicationGroupCreateTime": record["created"],
        "ARN": arn(call, "replicationgroup", name),
    }
    if cluster and status != "creating":
        group["ConfigurationEndpoint"] = {"Address": _address(call, "clustercfg", name), "Port": record["Port"]}
    return group


def status_of(call: Call, record: dict[str, Any], plane: dict[str, Any] | None) -> str:
    """What is happening to a group. ElastiCache has no state for servers that could not be changed."""
    settled = "create-failed" if plane and plane["state"] == "failed" else "available"
    return call.state(GROUP, record["ReplicationGroupId"], settled)


def clusters(call: Call, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The members, each as a cache cluster of one node."""
    same = {key: record[key] for key in SAME_IN_CLUSTER if key in record}
    plane = servers.describe(call, record)
    status = status_of(call, record, plane)
    behind = plane and plane["state"] == "available" and not plane["facts"].get("in_force")
    same |= {
        "CacheClusterStatus": status,
        "CacheClusterCreateTime": record["created"],
        "NumCacheNodes": 1,
        "CacheParameterGroup": {
            "CacheParameterGroupName": record["CacheParameterGroupName"],
            "ParameterApplyStatus": "applying" if behind else "in-sync",
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


def _node_group(
    call: Call, record: dict[str, Any], index: int, status: str, plane: dict[str, Any] | None
) -> dict[str, Any]:
    shard, count, cluster = record["shards"][index], len(record["shards"]), clustered(call, record)
    members = []
    for position, node in enumerate(shard["nodes"]):
        member = {"CacheClusterId": node["id"], "CacheNodeId": "0001", "PreferredAvailabilityZone": node["zone"]}
        # Roles and endpoints of single nodes are only told where cluster mode is off.
        if not cluster:
            member["CurrentRole"] = "primary" if position == shard["primary"] else "replica"
            if status != "creating":
                address = f"{node['id']}.{_address(call, '', record['ReplicationGroupId'])}"
                member["ReadEndpoint"] = _endpoint(record, plane, node["id"], address)
        members.append(member)
    group: dict[str, Any] = {"NodeGroupId": f"{index + 1:04}", "Status": status, "NodeGroupMembers": members}
    if cluster:
        group["Slots"] = f"{SLOTS * index // count}-{SLOTS * (index + 1) // count - 1}"
    elif status != "creating":
        for name, prefix, label in (("PrimaryEndpoint", "master", "primary"), ("ReaderEndpoint", "replica", "reader")):
            group[name] = _endpoint(record, plane, label, _address(call, prefix, record["ReplicationGroupId"]))
    return group


def _endpoint(record: dict[str, Any], plane: dict[str, Any] | None, label: str, name: str) -> dict[str, Any]:
    """The real server's address, or the name that AWS would give it when there is none."""
    address = plane["endpoints"].get(label, {}).get("address") if plane else None
    return {"Address": address or name, "Port": record["Port"]}


def _address(call: Call, prefix: str, name: str) -> str:
    return f"{prefix}.{name}.sandbx.{call.region}.cache.amazonaws.com".lstrip(".")
