# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Streaming replication, seen from both of its ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres import Instance

# The longest that is waited for a replica to replay; requirements may only be shorter.
WAIT_SECONDS = 15.0
# A receiver that has just lost its sender comes back sooner than this, if it does.
RECEIVER_SECONDS = 2.0
POLL_SECONDS = 0.05
# As whom read replicas log in; the standby of a Multi-AZ instance serves nobody and does not count.
REPLICATOR = "rdsrepladmin"

_SENT = """
SELECT pg_current_wal_lsn()::text AS position,
       (SELECT count(*) FROM pg_stat_replication WHERE usename = %s AND state = 'streaming') AS streaming
"""
_RECEIVED = """
SELECT pg_is_in_recovery() AS in_recovery, (SELECT status FROM pg_stat_wal_receiver) AS receiver,
       coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false) AS replayed
"""

Facts = dict[str, Any]


def replication(world: World) -> dict[str, Facts]:
    """By primary: how many replicas it streams to, and what each replica says.

    ``{"streaming": 2, "replicas": {name: {"in_recovery", "receiver", "replay_seconds"}}}``: the seconds until the
    replica had replayed what the primary had just written, None when it had not within ``WAIT_SECONDS``. A replica
    that cannot be asked has an ``error`` instead.

    :raises OSError: when the primary cannot be asked.
    """
    return {primary["DBInstanceIdentifier"]: _replication(world, primary) for primary in _postgres.primaries(world)}


def _replication(world: World, primary: Instance) -> Facts:
    name = primary["DBInstanceIdentifier"]
    mine = [instance for instance in world.once(_postgres.instances) if _postgres.source(instance) == name]
    with _postgres.session(world, primary) as connection:
        sent = connection.execute(_SENT, (REPLICATOR,)).fetchone() or {}
    with ThreadPoolExecutor(max_workers=max(len(mine), 1)) as pool:
        answers = pool.map(partial(_received, world, sent["position"], time.monotonic()), mine)
        names = [replica["DBInstanceIdentifier"] for replica in mine]
        return {"streaming": sent["streaming"], "replicas": dict(zip(names, answers, strict=True))}


def _received(world: World, position: str, began: float, replica: Instance) -> Facts:
    try:
        with _postgres.session(world, replica) as connection:
            while True:
                found: Facts = dict(connection.execute(_RECEIVED, (position,)).fetchone() or {})
                replayed, waited = found.pop("replayed"), time.monotonic() - began
                patience = WAIT_SECONDS if found["receiver"] == "streaming" else RECEIVER_SECONDS
                if replayed or not found["in_recovery"] or waited > patience:
                    return {**found, "replay_seconds": round(waited, 3) if replayed else None}
                time.sleep(POLL_SECONDS)
    except (OSError, ReconcileError) as error:
        return {"error": str(error)}


def judge(primary: str, facts: Facts, required: dict[str, Any]) -> list[Breach]:
    """What breaks the requirements ``replicas`` and ``replay_seconds``."""
    breaches = []
    streaming, wanted = facts["streaming"], required["replicas"]
    if streaming < wanted:
        breaches.append(Breach("rds.too_few_streams", {"db": primary, "count": streaming, "wanted": wanted}))
    for name, replica in facts["replicas"].items():
        breaches += _judge(name, replica, required["replay_seconds"])
    return breaches


def _judge(name: str, replica: Facts, limit: float) -> list[Breach]:
    if "error" in replica:
        return [Breach("rds.replica_unreachable", {"db": name, "error": replica["error"]})]
    if not replica["in_recovery"]:
        return [Breach("rds.replica_writable", {"db": name})]
    if replica["receiver"] != "streaming":
        return [Breach("rds.no_receiver", {"db": name, "status": replica["receiver"] or "stopped"})]
    if replica["replay_seconds"] is None or replica["replay_seconds"] > limit:
        seconds = replica["replay_seconds"] or WAIT_SECONDS
        return [Breach("rds.replica_lags", {"db": name, "seconds": seconds, "limit": limit})]
    return []
