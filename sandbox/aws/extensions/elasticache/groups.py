"""Replication groups: creation, description, changes and deletion. moto keeps one member and forgets windows."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.elasticache import parameters, servers, snapshots, users
from sandbox.aws.extensions.elasticache.shapes import clustered, clusters, node_id, shown
from sandbox.aws.extensions.elasticache.subnet_groups import zones
from sandbox.aws.extensions.elasticache.tags import GROUP, arn, forget, tag

# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
VERSIONS = {"redis": ("6.2.6", "7.0.7", "7.1.0"), "valkey": ("7.2.6", "8.0.1")}
DEFAULTS: dict[str, Any] = {
    "AtRestEncryptionEnabled": False,
    "AutoMinorVersionUpgrade": True,
    "AutomaticFailoverEnabled": False,
    "CacheSubnetGroupName": "default",
    "IpDiscovery": "ipv4",
    "MultiAZEnabled": False,
    "NetworkType": "ipv4",
    "Port": 6379,
    "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
    "SnapshotRetentionLimit": 0,
    "SnapshotWindow": "03:00-04:00",
    "TransitEncryptionEnabled": False,
}
# Changed in the maintenance window unless at once.
LATER = frozenset({"CacheNodeType", "EngineVersion"})
CHANGEABLE = LATER | {
    "AutoMinorVersionUpgrade",
    "AutomaticFailoverEnabled",
    "CacheParameterGroupName",
    "IpDiscovery",
    "MultiAZEnabled",
    "NotificationTopicArn",
    "PreferredMaintenanceWindow",
    "ReplicationGroupDescription",
    "SecurityGroupIds",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
}


def records(call: Call) -> dict[str, Any]:
    return call.store("elasticache.groups")


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
@operation("elasticache", "CreateReplicationGroup")
def create(call: Call) -> dict[str, Any]:
    name = call.params["ReplicationGroupId"].lower()
    if name in records(call):
        raise AwsError("ReplicationGroupAlreadyExists", f"Replication group {name} already exists.")
    record = {**DEFAULTS, **call.params, "ReplicationGroupId": name, "created": datetime.now(UTC), "later": {}}
    record["Engine"] = record.get("Engine", "redis")
    record["EngineVersion"] = _version(record["Engine"], record.get("EngineVersion"))
    record.setdefault("CacheParameterGroupName", f"default.{record['Engine']}{record['EngineVersion'].split('.')[0]}")
    record["UserGroupIds"] = call.params.get("UserGroupIds", [])
    if "AuthToken" in record:
        record["AuthToken"] = servers.digest(record["AuthToken"])
    record["LogDeliveryConfigurations"] = _delivered([], call.params.get("LogDeliveryConfigurations", []))
    if record["TransitEncryptionEnabled"]:
        record.setdefault("TransitEncryptionMode", "required")
    shards = call.params.get("NumNodeGroups", 1)
    replicas = call.params.get("ReplicasPerNodeGroup", call.params.get("NumCacheClusters", 1) - 1)
    check(call, record, replicas)
    if shards > 1 and not clustered(call, record):
        raise _combination("NumNodeGroups above 1 needs a parameter group with cluster-enabled.")
    if "SnapshotName" in record:
        snapshots.check_available(call, record["SnapshotName"])
    record["shards"] = [{"nodes": [], "primary": 0} for _ in range(shards)]
    populate(call, record, replicas)
    servers.create(call, record)
    records(call)[name] = record
    tag(call, arn(call, "replicationgroup", name), call.params.get("Tags", []))
    call.begin(GROUP, name, "creating", until=servers.settled(call, servers.key_of(call, name)))
    return {"ReplicationGroup": shown(call, record)}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeReplicationGroups.html
@operation("elasticache", "DescribeReplicationGroups")
def describe(call: Call) -> dict[str, Any]:
    found = [record_of(call)] if "ReplicationGroupId" in call.params else list(records(call).values())
    return {"ReplicationGroups": [shown(call, record) for record in found]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html
@operation("elasticache", "DescribeCacheClusters")
def describe_clusters(call: Call) -> dict[str, Any]:
    members = [cluster for record in records(call).values() for cluster in clusters(call, record)]
    wanted = call.params.get("CacheClusterId")
    if wanted:
        mine = [cluster for cluster in members if cluster["CacheClusterId"] == wanted.lower()]
        return {"CacheClusters": mine} if mine else call.moto()
    if call.params.get("ShowCacheClustersNotInReplicationGroups"):
        members = []
    return {"CacheClusters": [*members, *call.moto()["CacheClusters"]]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
@operation("elasticache", "ModifyReplicationGroup")
def modify(call: Call) -> dict[str, Any]:
    record = available(call)
    if "AuthToken" in call.params:
        raise UnsupportedError("changing the token of a replication group")
    changes = {key: value for key, value in call.params.items() if key in CHANGEABLE}
    if "EngineVersion" in changes:
        changes["EngineVersion"] = _version(record["Engine"], changes["EngineVersion"])
    joined = set(record["UserGroupIds"]) | set(call.params.get("UserGroupIdsToAdd", []))
    changes["UserGroupIds"] = sorted(joined - set(call.params.get("UserGroupIdsToRemove", [])))
    changes["LogDeliveryConfigurations"] = _delivered(
        record["LogDeliveryConfigurations"], call.params.get("LogDeliveryConfigurations", [])
    )
    check(call, {**record, **changes}, len(record["shards"][0]["nodes"]) - 1)
    _check_servers(call, record, changes)
    if not call.params.get("ApplyImmediately"):
        record["later"] |= {key: changes.pop(key) for key in LATER & changes.keys() if changes[key] != record.get(key)}
    else:
        changes = {**record["later"], **changes}
        record["later"] = {}
    failover = changes.get("AutomaticFailoverEnabled", record["AutomaticFailoverEnabled"])
    if failover != record["AutomaticFailoverEnabled"]:
        servers.act(call, record, "protect", failover=failover)
    record.update(changes)
    keys = servers.configure(call, lambda other: other is record)
    call.begin(GROUP, record["ReplicationGroupId"], "modifying", until=servers.in_force(call, keys))
    return {"ReplicationGroup": shown(call, record)}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteReplicationGroup.html
@operation("elasticache", "DeleteReplicationGroup")
def delete(call: Call) -> dict[str, Any]:
    record = available(call)
    name = record["ReplicationGroupId"]
    if "FinalSnapshotIdentifier" in call.params:
        snapshots.take(call, record, call.params["FinalSnapshotIdentifier"])
    output = shown(call, record)
    forget(call, arn(call, "replicationgroup", name))
    servers.delete(call, name)
    gone = servers.settled(call, servers.key_of(call, name))
    call.begin(GROUP, name, "deleting", then=partial(records(call).pop, name, None), until=gone)
    return {"ReplicationGroup": {**output, "Status": "deleting"}}


def record_of(call: Call) -> dict[str, Any]:
    name = call.params["ReplicationGroupId"].lower()
    if name not in records(call):
        raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.")
    record: dict[str, Any] = records(call)[name]
    return record


def available(call: Call) -> dict[str, Any]:
    """The record of a request, for operations that need the group to be available."""
    record = record_of(call)
    if call.state(GROUP, record["ReplicationGroupId"], "available") != "available":
        name = record["ReplicationGroupId"]
        raise AwsError("InvalidReplicationGroupState", f"Replication group {name} is not in available state.")
    return record


def populate(call: Call, record: dict[str, Any], replicas: int) -> None:
    """Give every shard its nodes: as many as it needs more, in the zones' turn, or as many as are left."""
    found = zones(call, record["CacheSubnetGroupName"])
    for index, shard in enumerate(record["shards"]):
        for number in range(len(shard["nodes"]), replicas + 1):
            zone = found[(index + number) % len(found)]
            shard["nodes"].append({"id": node_id(call, record, index, number + 1), "zone": zone})
        primary = shard["nodes"].pop(shard["primary"])
        shard["nodes"], shard["primary"] = [primary, *shard["nodes"][:replicas]], 0
        shard["nodes"].sort(key=lambda node: node["id"])
        shard["primary"] = shard["nodes"].index(primary)


def check(call: Call, record: dict[str, Any], replicas: int) -> None:
    """What must hold of a group after its creation and every change."""
    if record["AutomaticFailoverEnabled"] and replicas < 1:
        raise _combination("Automatic failover needs at least one replica per node group.")
    if record["MultiAZEnabled"] and not record["AutomaticFailoverEnabled"]:
        raise _combination("Multi-AZ needs automatic failover to be enabled.")
    if record["UserGroupIds"] and not record["TransitEncryptionEnabled"]:
        raise _combination("User group based access control needs encryption in transit.")
    if record.get("KmsKeyId") and not record["AtRestEncryptionEnabled"]:
        raise _combination("A KMS key needs encryption at rest.")
    for group in record["UserGroupIds"]:
        if group not in users.groups(call):
            raise AwsError("UserGroupNotFound", f"User group {group} not found.")
    if not parameters.exists(call, record["CacheParameterGroupName"]):
        raise AwsError(
            "CacheParameterGroupNotFound", f"CacheParameterGroup {record['CacheParameterGroupName']} not found."
        )
    if _minutes(record["SnapshotWindow"]) & _minutes(record["PreferredMaintenanceWindow"]):
        raise AwsError("InvalidParameterValue", "The snapshot window and the maintenance window must not overlap.")


def _check_servers(call: Call, record: dict[str, Any], changes: dict[str, Any]) -> None:
    """UnsupportedError for what real servers would have to be made anew for."""
    encrypted = changes.get("TransitEncryptionEnabled", record["TransitEncryptionEnabled"])
    if call.planes and encrypted != record["TransitEncryptionEnabled"]:
        raise UnsupportedError("turning encryption in transit on or off while the servers run")
    if call.planes and clustered(call, {**record, **changes}):
        raise UnsupportedError("real servers with cluster mode on")


def _minutes(window: str) -> set[int]:
    """The minutes of the day of a daily or weekly window."""
    first, last = (edge[-5:].split(":") for edge in window.split("-"))
    begin, end = (int(hours) * 60 + int(minutes) for hours, minutes in (first, last))
    return {(begin + minute) % 1440 for minute in range((end - begin) % 1440)}


def _version(engine: str, version: str | None) -> str:
    """The full version: a shortened one means its newest."""
    known = VERSIONS.get(engine, ())
    matching = [v for v in known if version is None or v == version or v.startswith(f"{version}.")]
    if not matching:
        raise AwsError("InvalidParameterCombination", f"Cannot find version {version} for {engine}")
    return matching[-1]


def _delivered(current: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Log deliveries after a request: one per log type, those turned off left out."""
    logs = {log["LogType"]: log for log in current}
    for change in changes:
        if change.get("Enabled", True):
            logs[change["LogType"]] = {key: value for key, value in change.items() if key != "Enabled"}
        else:
            logs.pop(change["LogType"], None)
    return list(logs.values())


def _combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)
