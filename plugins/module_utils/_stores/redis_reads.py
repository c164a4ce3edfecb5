# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How often Redis finds what it is asked for, as each node of a replication group counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import connect, iam_token, nodes, told


@dataclass(frozen=True)
class Reads:
    """Lookups of a node since it started, or since somebody reset its statistics."""

    hits: int
    misses: int
    run_id: str
    uptime_seconds: int

    @property
    def lookups(self) -> int:
        return self.hits + self.misses

    def since(self, earlier: Reads) -> Reads | None:
        """Lookups between two readings; None when the node restarted or its statistics were reset meanwhile."""
        hits, misses = self.hits - earlier.hits, self.misses - earlier.misses
        if self.run_id != earlier.run_id or hits < 0 or misses < 0:
            return None
        return Reads(hits, misses, self.run_id, self.uptime_seconds - earlier.uptime_seconds)


def percent(hits: int, lookups: int) -> float | None:
    """Hit rate; None where nothing was asked."""
    return round(100 * hits / lookups, 2) if lookups else None


def reads(clients: Any, group: Mapping[str, Any], user: str, ca_bundle: str | None) -> dict[str, Reads]:
    """By node (INFO, as a user who signs in by IAM).

    :raises ReconcileError: when a node does not answer.
    """
    return {name: _read(clients, group, (host, port), user, ca_bundle) for name, host, port in nodes(clients, group)}


def _read(clients: Any, group: Mapping[str, Any], place: tuple[str, int], user: str, ca_bundle: str | None) -> Reads:
    # The node alone, as the primary of a group without cluster mode.
    alone = {
        "ReplicationGroupId": group["ReplicationGroupId"],
        "NodeGroups": [{"PrimaryEndpoint": {"Address": place[0], "Port": place[1]}}],
    }
    with told():
        client = connect(alone, user, lambda: iam_token(clients, group, user), ca_bundle=ca_bundle)
        try:
            found: dict[str, Any] = client.info()
        finally:
            client.close()
    counted = (int(found["keyspace_hits"]), int(found["keyspace_misses"]))
    return Reads(*counted, str(found["run_id"]), int(found["uptime_in_seconds"]))
