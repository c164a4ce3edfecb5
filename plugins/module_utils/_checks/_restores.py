# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sealed records of restore tests prove: that each store was restored lately, and was what it had been."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _mq_facts,
    _postgres,
    _search_facts,
    elasticache,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._drill import results

DIRECTORY = "restores"
"""In the directory of drills."""
REFUSED = frozenset({"aborted", "refused"})
"""Nothing was restored, so that nothing is said of the backup; what was proven before stays."""

TOLD = ("id", "verdict", "ended_at", "restore_seconds", "data_age_seconds", "rows")

Item = dict[str, Any]


@dataclass(frozen=True)
class Proof:
    """What has to be proven: of a store, one restored in each of these ways."""

    store: str
    source: str
    kinds: tuple[str, ...]


def records(world: World) -> list[Item]:
    """Those of this account and environment, oldest first."""
    if not world.platform.drills_dir:
        return []
    ours = (world.platform.environment, world.platform.account_id)
    found = results.load(Path(world.platform.drills_dir) / DIRECTORY)
    return [one for one in found if (one["environment"], one["account"]) == ours and one["verdict"] not in REFUSED]


def judged(world: World, required: Item) -> tuple[Item, list[Breach]]:
    """The last record of each proof, and what is not proven."""
    breaches = list(results.audit(Path(world.platform.drills_dir) / DIRECTORY)) if world.platform.drills_dir else []
    observed: Item = {}
    wanted = list(_wanted(world))
    breaches += [
        Breach("backup.nothing_restored", {"store": store})
        for store in required["stores"]
        if store not in {proof.store for proof in wanted}
    ]
    for proof in wanted:
        for kind in proof.kinds:
            mine = [
                one for one in world.once(records)
                if (one["store"], one["source"], one["kind"]) == (proof.store, proof.source, kind)
            ]  # fmt: skip
            where = {"store": proof.source, "kind": kind}
            last = mine[-1] if mine else None
            observed[f"{proof.source} {kind}"] = last and {name: last[name] for name in TOLD}
            breaches += _unproven(world, where, last, required)
    return observed, breaches


def _wanted(world: World) -> Iterator[Proof]:
    for instance in _postgres.primaries(world):
        yield Proof("postgres", instance["DBInstanceIdentifier"], ("snapshot", "point_in_time"))
    for group in world.once(elasticache.groups):
        yield Proof("redis", group["ReplicationGroupId"], ("snapshot",))
    for broker in world.once(_mq_facts.brokers):
        yield Proof("rabbitmq", broker["BrokerName"], ("definitions",))
    for domain in world.once(_search_facts.domains):
        yield Proof("opensearch", domain["DomainName"], ("snapshot",))
    buckets = {
        thing["bucket"]
        for entry in world.platform.declared["data_inventory"].values()
        for thing in entry.get("objects", ())
    }
    for bucket in sorted(buckets):
        yield Proof("s3", bucket, ("replica",))


def _unproven(world: World, where: Item, last: Item | None, required: Item) -> Iterator[Breach]:
    if last is None:
        yield Breach("backup.not_restored", where)
        return
    age = world.now - datetime.fromisoformat(last["ended_at"])
    if age < timedelta(0):
        yield Breach("backup.restored_in_future", {**where, "ended_at": last["ended_at"]})
    limit = timedelta(days=required["interval_days"])
    if age > limit or world.now >= datetime.fromisoformat(last["expires_at"]):
        yield Breach("backup.restored_long_ago", {**where, "days": round(age / timedelta(days=1), 1)})
    if last["verdict"] != "pass":
        reasons = ", ".join(reason["id"] for reason in last["reasons"]) or "-"
        yield Breach("backup.restore_failed", {**where, "record": last["id"], "reasons": reasons})
    elif last["rows"]["differences"]:
        params = {**where, "record": last["id"], "count": last["rows"]["differences"]}
        yield Breach("backup.restored_differs", params)
    seconds = last["restore_seconds"]
    if seconds is None or seconds > required["restore_seconds"]:
        params = {**where, "seconds": "-" if seconds is None else seconds, "wanted": required["restore_seconds"]}
        yield Breach("backup.restored_slowly", params)
    if not last["destroyed"]:
        yield Breach("backup.copy_left", {**where, "record": last["id"]})
