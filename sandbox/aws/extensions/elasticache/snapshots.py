"""Snapshots of replication groups: with data planes, the RDB file of a replica, which a new group may begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.elasticache import servers
from sandbox.aws.extensions.elasticache.tags import GROUP, arn, forget, tag

SNAPSHOT = "elasticache.snapshot"
DAY = timedelta(days=1)
SAME = (
    "AutoMinorVersionUpgrade",
    "CacheNodeType",
    "CacheParameterGroupName",
    "CacheSubnetGroupName",
    "Engine",
    "EngineVersion",
    "KmsKeyId",
    "Port",
    "PreferredMaintenanceWindow",
    "ReplicationGroupDescription",
    "ReplicationGroupId",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
)
SOURCES = {"user": "manual", "system": "automated"}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateSnapshot.html
@operation("elasticache", "CreateSnapshot")
def create(call: Call) -> dict[str, Any]:
    record = _source(call)
    name = record["ReplicationGroupId"]
    if call.state(GROUP, name, "available") != "available":
        raise AwsError("InvalidReplicationGroupState", f"Replication group {name} is not in available state.")
    snapshot = take(call, record, call.params["SnapshotName"])
    tag(call, snapshot["ARN"], call.params.get("Tags", []))
    done = servers.settled(call, servers.snapshot_key(call, snapshot["SnapshotName"]))
    call.begin(GROUP, name, "snapshotting", until=done)
    return {"Snapshot": _shown(call, snapshot)}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeSnapshots.html
@operation("elasticache", "DescribeSnapshots")
def describe(call: Call) -> dict[str, Any]:
    if "SnapshotName" in call.params:
        return {"Snapshots": [_shown(call, _snapshot(call))]}
    _take_due(call)
    group, member = call.params.get("ReplicationGroupId"), call.params.get("CacheClusterId")
    source = SOURCES.get(call.params.get("SnapshotSource", ""))
    found = [
        snapshot
        for snapshot in snapshots(call).values()
        if group in (None, snapshot["ReplicationGroupId"])
        and member in (None, *(node["CacheClusterId"] for node in snapshot["NodeSnapshots"]))
        and source in (None, snapshot["SnapshotSource"])
    ]
    start = int(call.params.get("Marker") or 0)
    end = start + int(call.params.get("MaxRecords") or 50)
    page = [_shown(call, snapshot) for snapshot in found[start:end]]
    return {"Snapshots": page, **({"Marker": str(end)} if end < len(found) else {})}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteSnapshot.html
@operation("elasticache", "DeleteSnapshot")
def delete(call: Call) -> dict[str, Any]:
    snapshot = _snapshot(call)
    name = snapshot["SnapshotName"]
    if call.state(SNAPSHOT, name, "available") != "available":
        raise AwsError("InvalidSnapshotState", f"Snapshot {name} is not in available state.")
    if call.planes:
        call.planes.delete(servers.KIND, servers.snapshot_key(call, name))
    del snapshots(call)[name]
    forget(call, snapshot["ARN"])
    return {"Snapshot": {**snapshot, "SnapshotStatus": "deleting"}}


def snapshots(call: Call) -> dict[str, Any]:
    return call.store("elasticache.snapshots")


def take(call: Call, record: dict[str, Any], name: str) -> dict[str, Any]:
    """Begin to take a snapshot of a group."""
    if name in snapshots(call):
        raise AwsError("SnapshotAlreadyExistsFault", f"Snapshot {name} already exists.")
    key = servers.snapshot_key(call, name)
    if call.planes:
        call.planes.create(servers.KIND, key, {"of": servers.key_of(call, record["ReplicationGroupId"])})
    now = datetime.now(UTC)
    snapshots(call)[name] = {
        **{member: record[member] for member in SAME if member in record},
        "SnapshotName": name,
        "SnapshotSource": "manual",
        "NumNodeGroups": len(record["shards"]),
        "AutomaticFailover": "enabled" if record["AutomaticFailoverEnabled"] else "disabled",
        "DataTiering": "disabled",
        "NodeSnapshots": [
            {
                "NodeGroupId": f"{index + 1:04}",
                "CacheClusterId": shard["nodes"][-1]["id"],
                "CacheNodeId": "0001",
                "CacheNodeCreateTime": record["created"],
                "SnapshotCreateTime": now,
            }
            for index, shard in enumerate(record["shards"])
        ],
        "ARN": arn(call, "snapshot", name),
    }
    call.begin(SNAPSHOT, name, "creating", until=servers.settled(call, key))
    snapshot: dict[str, Any] = snapshots(call)[name]
    return snapshot


def _take_due(call: Call) -> None:
    """Automatic ones are taken when somebody looks, of what has none of the last day: windows are at night, and nobody
    leaves a sandbox on for them."""
    now = datetime.now(UTC)
    recent = {one["ReplicationGroupId"] for one in snapshots(call).values() if now - _taken(one) < DAY}
    for name, record in call.store("elasticache.groups").items():
        kept = int(record.get("SnapshotRetentionLimit") or 0) > 0
        if kept and name not in recent and call.state(GROUP, name, "available") == "available":
            take(call, record, f"automatic.{name}-{now:%Y-%m-%d-%H-%M}")["SnapshotSource"] = "automated"


def _taken(snapshot: dict[str, Any]) -> datetime:
    taken: datetime = snapshot["NodeSnapshots"][0]["SnapshotCreateTime"]
    return taken


def check_available(call: Call, name: str) -> None:
    """What a new group begins with must be there, and complete."""
    if name not in snapshots(call):
        raise AwsError("SnapshotNotFoundFault", f"Snapshot {name} not found.")
    if _shown(call, snapshots(call)[name])["SnapshotStatus"] != "available":
        raise AwsError("InvalidParameterValue", f"Snapshot {name} is not in available state.")


def _source(call: Call) -> dict[str, Any]:
    groups = call.store("elasticache.groups")
    name = call.params.get("ReplicationGroupId", "").lower()
    member = call.params.get("CacheClusterId", "").lower()
    if bool(name) == bool(member):
        raise AwsError("InvalidParameterCombination", "Name either a replication group or a cache cluster.")
    for record in groups.values():
        if record["ReplicationGroupId"] == name or member in [n["id"] for s in record["shards"] for n in s["nodes"]]:
            return dict(record)
    if name:
        raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.")
    raise UnsupportedError("snapshots of cache clusters outside replication groups")


def _snapshot(call: Call) -> dict[str, Any]:
    name = call.params["SnapshotName"]
    if name not in snapshots(call):
        raise AwsError("SnapshotNotFoundFault", f"Snapshot {name} not found.")
    found: dict[str, Any] = snapshots(call)[name]
    return found


def _shown(call: Call, snapshot: dict[str, Any]) -> dict[str, Any]:
    name, settled = snapshot["SnapshotName"], "available"
    if call.planes:
        plane = call.planes.describe(servers.KIND, servers.snapshot_key(call, name))
        settled = "failed" if plane is None or plane["state"] == "failed" else "available"
    return {**snapshot, "SnapshotStatus": call.state(SNAPSHOT, name, settled)}
