"""Number of replicas, and failover on demand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.elasticache import servers
from sandbox.aws.extensions.elasticache.groups import available, check, populate
from sandbox.aws.extensions.elasticache.shapes import shown
from sandbox.aws.extensions.elasticache.tags import GROUP

MOST = 5
# "On up to 15 shards in any rolling 24-hour period."
SHARDS_PER_DAY = 15
DAY = timedelta(hours=24)


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_IncreaseReplicaCount.html
@operation("elasticache", "IncreaseReplicaCount")
def increase(call: Call) -> dict[str, Any]:
    return _set_count(call, +1)


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DecreaseReplicaCount.html
@operation("elasticache", "DecreaseReplicaCount")
def decrease(call: Call) -> dict[str, Any]:
    return _set_count(call, -1)


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_TestFailover.html
@operation("elasticache", "TestFailover")
def failover(call: Call) -> dict[str, Any]:
    record = available(call)
    number = int(call.params["NodeGroupId"]) - 1
    if not 0 <= number < len(record["shards"]):
        raise AwsError("NodeGroupNotFoundFault", f"Node group {call.params['NodeGroupId']} not found.")
    if not record["AutomaticFailoverEnabled"]:
        raise AwsError("TestFailoverNotAvailableFault", "Automatic failover is not enabled.")
    _count_test(call, f"{record['ReplicationGroupId']}/{call.params['NodeGroupId']}")
    if call.planes is None:
        shard = record["shards"][number]
        shard["primary"] = (shard["primary"] + 1) % len(shard["nodes"])
    servers.act(call, record, "failover")
    _modifying(call, record)
    return {"ReplicationGroup": shown(call, record)}


def _set_count(call: Call, direction: int) -> dict[str, Any]:
    record = available(call)
    if not call.params["ApplyImmediately"]:
        raise AwsError("InvalidParameterValue", "ApplyImmediately=False is not currently supported.")
    count, before = call.params["NewReplicaCount"], len(record["shards"][0]["nodes"]) - 1
    if count == before:
        raise AwsError("NoOperationFault", f"The group has {count} replicas already.")
    if (count - before) * direction < 0 or not 0 <= count <= MOST:
        raise AwsError(
            "InvalidParameterValue", f"NewReplicaCount {count} is out of range; there are {before} replicas."
        )
    check(call, record, count)
    servers.describe(call, record)
    populate(call, record, count)
    servers.act(call, record, "resize", members=servers.members(record))
    _modifying(call, record)
    return {"ReplicationGroup": shown(call, record)}


def _modifying(call: Call, record: dict[str, Any]) -> None:
    name = record["ReplicationGroupId"]
    call.begin(GROUP, name, "modifying", until=servers.settled(call, servers.key_of(call, name)))


def _count_test(call: Call, shard: str) -> None:
    tested, now = call.store("elasticache.tested_failovers"), datetime.now(UTC)
    recent = {name for name, when in tested.items() if now - when < DAY} | {shard}
    if len(recent) > SHARDS_PER_DAY:
        raise AwsError("APICallRateForCustomerExceeded", f"Failover was tested on {SHARDS_PER_DAY} shards today.")
    tested[shard] = now
