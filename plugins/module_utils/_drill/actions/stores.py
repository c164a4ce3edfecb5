# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cache and message broker: failing them over, and seeing what becomes of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, Facts, StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.redis import SLOT

RUNNING = "RUNNING"


def replication_group(context: Context, cache: str) -> dict[str, Any]:
    """elasticache:DescribeReplicationGroups."""
    answer = context.client("elasticache").describe_replication_groups(ReplicationGroupId=cache)
    return dict(answer["ReplicationGroups"][0])


def node_group_of(group: dict[str, Any]) -> dict[str, Any]:
    """The node group that has the canaries: the only one, or in cluster mode the one with their slot."""
    groups = group["NodeGroups"]
    for each in groups if len(groups) > 1 else ():
        for span in each["Slots"].split(","):
            first, _dash, last = span.partition("-")
            if int(first) <= SLOT <= int(last or first):
                return dict(each)
    return dict(groups[0])


def primary_of(group: dict[str, Any]) -> str | None:
    """The member that takes canaries; None where ElastiCache does not tell (cluster mode)."""
    members = node_group_of(group).get("NodeGroupMembers", [])
    return next((member["CacheClusterId"] for member in members if member.get("CurrentRole") == "primary"), None)


def broker_id(context: Context, broker: str) -> str:
    """mq:ListBrokers. Raises StepFailed when there is none of this name."""
    for page in context.client("mq").get_paginator("list_brokers").paginate():
        for summary in page["BrokerSummaries"]:
            if summary["BrokerName"] == broker:
                return str(summary["BrokerId"])
    raise StepFailed(f"there is no broker {broker}")


def _note_primary(context: Context, *, cache: str) -> Facts:
    group = replication_group(context, cache)
    primary = primary_of(group)
    return {
        "primary": primary,
        "node_group": node_group_of(group)["NodeGroupId"],
        "failovers": _failovers(context, cache) if primary is None else 0,
    }


def _note_broker(context: Context, *, broker: str) -> Facts:
    return {"id": broker_id(context, broker)}


@action("elasticache:TestFailover", note=_note_primary)
def elasticache_test_failover(context: Context, *, cache: str) -> None:
    """Have ElastiCache give up the primary node that has the canaries."""
    context.client("elasticache").test_failover(ReplicationGroupId=cache, NodeGroupId=context.noted["node_group"])


@action(note=_note_primary)
def wait_cache_disturbed(context: Context, *, cache: str) -> Facts:
    """Until AWS shows that something happens to the cache."""

    def disturbed() -> str:
        group = replication_group(context, cache)
        moved = primary_of(group) != context.noted["primary"]
        return str(group["Status"]) if moved or group["Status"] != "available" else ""

    return {"status": context.wait(f"a change of {cache}", disturbed)}


@action(note=_note_primary)
def wait_cache_failed_over(context: Context, *, cache: str) -> Facts:
    """Until the cache is available with another primary than before."""
    noted = context.noted

    def moved() -> bool:
        group = replication_group(context, cache)
        if group["Status"] != "available":
            return False
        if noted["primary"] is None:
            return _failovers(context, cache) > noted["failovers"]
        return primary_of(group) not in (None, noted["primary"])

    context.wait(f"the failover of {cache}", moved)
    return {"primary": primary_of(replication_group(context, cache))}


@action()
def wait_cache_available(context: Context, *, cache: str) -> None:
    """Until AWS says that the cache is available."""
    context.wait(f"cache {cache}", lambda: replication_group(context, cache)["Status"] == "available")


@action("mq:RebootBroker", note=_note_broker)
def mq_reboot(context: Context, *, broker: str) -> None:
    """Have Amazon MQ restart the broker's nodes."""
    client = context.client("mq")
    context.when_free(broker, lambda: client.reboot_broker(BrokerId=context.noted["id"]))


@action(note=_note_broker)
def wait_broker_disturbed(context: Context, *, broker: str) -> Facts:
    """Until AWS shows that something happens to the broker."""

    def disturbed() -> str:
        state = _broker_state(context)
        return state if state != RUNNING else ""

    return {"state": context.wait(f"a change of {broker}", disturbed)}


@action(note=_note_broker)
def wait_broker_running(context: Context, *, broker: str) -> None:
    """Until AWS says that the broker runs."""
    context.wait(f"broker {broker}", lambda: _broker_state(context) == RUNNING)


def _broker_state(context: Context) -> str:
    state = str(context.client("mq").describe_broker(BrokerId=context.noted["id"])["BrokerState"])
    if state.endswith("_FAILED"):
        raise StepFailed(f"the broker is {state}")
    return state


def _failovers(context: Context, cache: str) -> int:
    """How many failovers the events of the last hour tell (elasticache:DescribeEvents)."""
    pages = (
        context.client("elasticache")
        .get_paginator("describe_events")
        .paginate(SourceIdentifier=cache, SourceType="replication-group", Duration=60)
    )
    return sum("failover" in event["Message"].lower() for page in pages for event in page["Events"])
