# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stores that AWS Backup doesn't know: snapshots that ElastiCache and OpenSearch take by themselves, definitions of
brokers that were exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mq_facts, _search_facts, elasticache
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._backup_facts import stale
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

EXPORTS = "rabbitmq"
"""Below which definitions of brokers are in the bucket of backups."""
SEARCH_SNAPSHOT = "AutomatedSnapshotFailure"

Item = dict[str, Any]
Judged = tuple[str, Item, list[Breach]]


def judged(world: World, required: Item) -> tuple[Item, list[Breach]]:
    """What was found of each, by kind and name, and what is missing."""
    observed: Item = {}
    breaches: list[Breach] = []
    for read in READS:
        for name, facts, found in read(world, required):
            observed[name] = facts
            breaches += found
    return observed, breaches


def _caches(world: World, required: Item) -> Iterator[Judged]:
    """Daily snapshots, kept as long as anything else (elasticache:DescribeSnapshots)."""
    client = world.client("elasticache")
    for group in world.once(elasticache.groups):
        name, days = group["ReplicationGroupId"], group["SnapshotRetentionLimit"]
        pages = client.get_paginator("describe_snapshots").paginate(ReplicationGroupId=name)
        taken = [
            node["SnapshotCreateTime"]
            for page in pages
            for one in page["Snapshots"]
            if one["SnapshotStatus"] == "available"
            for node in one["NodeSnapshots"]
        ]
        last = max(taken, default=None)
        breaches = _stale(world, name, last, required["recovery_point_hours"])
        if days < required["retention_days"]:
            params = {"rule": name, "days": days, "wanted": required["retention_days"]}
            breaches.append(Breach("backup.kept_short", params))
        yield f"elasticache {name}", {"retention_days": days, "recovery_point": last}, breaches


def _domains(world: World, required: Item) -> Iterator[Judged]:
    """OpenSearch takes a snapshot every hour and keeps it for 14 days, unless it can't: that has an alarm. The newest
    one is asked of the domain itself. What is in it is a copy of the databases and can be built anew."""
    for name, snapshot in world.once(_search_facts.snapshots).items():
        alarms, breaches = alarm_breaches(world, name, "AWS/ES", {"DomainName": name}, [SEARCH_SNAPSHOT])
        last = snapshot.at if snapshot else None
        breaches += _stale(world, name, last, required["recovery_point_hours"])
        yield f"opensearch {name}", {"alarms": alarms, "recovery_point": last}, breaches


def _brokers(world: World, required: Item) -> Iterator[Judged]:
    """Definitions; messages are on three nodes and in no backup (s3:ListObjectsV2)."""
    platform = world.platform
    bucket = f"{platform.prefix}-backup-{platform.account_id}"
    client = world.client("s3")
    for broker in world.once(_mq_facts.brokers):
        name = broker["BrokerName"]
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{EXPORTS}/{name}/")
        last = max((one["LastModified"] for page in pages for one in page.get("Contents", ())), default=None)
        breaches = _stale(world, name, last, required["recovery_point_hours"])
        yield f"mq {name}", {"recovery_point": last}, breaches


READS: tuple[Callable[[World, Item], Iterator[Judged]], ...] = (_caches, _domains, _brokers)


def _stale(world: World, store: str, last: datetime | None, hours: float) -> list[Breach]:
    where = {"store": store}
    return list(stale("backup.no_recovery_point", "backup.old_recovery_point", where, last, world.now, hours))
