# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The erasure of one person from all stores: it can be interrupted anywhere, and run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy import holds, person
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import pseudonym
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.register import Erasure
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.shredding import Shredder
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import redis as caches

SEARCH_SNAPSHOT_DAYS = 14
"""How long OpenSearch keeps its hourly snapshots (docs.aws.amazon.com, opensearch-service, managedomains-snapshots)."""
_RESTRICTED = """
SELECT place, count(*) AS rows, max(restricted_until) AS until, basis, retention FROM restricted.records
WHERE request_id = %s GROUP BY place, basis, retention ORDER BY place
"""


class NotErased(ReconcileError):
    """The person is still found; the counts by place are in the text, and nothing of the person."""


@dataclass(frozen=True)
class Erased:
    """
    :param pseudonym: who stands in the person's place.
    :param counts: by place, then by what was done (deleted, restricted, pseudonymised, unnamed, stand_ins).
    :param restricted: ``{place, rows, until, basis, retention}``.
    :param searched: number of places searched afterwards.
    :param backups_expire_on: the day on which the last backup with the data is gone.
    """

    pseudonym: str
    counts: Mapping[str, Mapping[str, int]]
    restricted: list[dict[str, Any]]
    searched: int
    key_destroyed: bool
    backups_expire_on: date


def erase(
    stores: Stores, subject: str, request: str, today: date, entry: Erasure, exports: str | None, *, synthetic: bool
) -> Erased:
    """Erase and prove it. Raises Held, and NotErased where the proof fails: the key is kept for another run then."""
    holds.refuse(stores.registers(), subject)
    shredder = Shredder(stores.client("secretsmanager"), f"{stores.prefix}/privacy/erasure/{request}")
    entry.begin(synthetic=synthetic)
    key, who = shredder.begun(subject) or (None, person.known_by(stores, subject))
    if key is None:
        key = shredder.begin(who)
    nobody = pseudonym(key, subject)
    for service in stores.places.services:
        done = stores.relational(service).erase(subject, nobody, request, today)
        entry.note(done.counts)
    entry.note({place: {"deleted": count} for place, count in person.erase_copies(stores, subject, exports).items()})
    searched, left = person.left(stores, who, exports)
    if left:
        told = ", ".join(f"{place} ({count})" for place, count in sorted(left.items()))
        raise NotErased(f"request {request}: the person is still found in {told}; run it again once that is mended")
    counts = {place: Counter(of) for place, of in ((entry.row or {}).get("counts") or {}).items()}
    return Erased(nobody, counts, restricted(stores, request), searched, shredder.destroy(), backups_end(stores, today))


def preview(stores: Stores, subject: str) -> dict[str, int]:
    """What an erasure would find, by place; nothing is written. Raises Held."""
    holds.refuse(stores.registers(), subject)
    untouched = {table.place for table in stores.places.tables if not table.erasable}
    found = {one.place: len(one.items) for one in person.held(stores, subject)}
    return {place: count for place, count in found.items() if count and place not in untouched}


def restricted(stores: Stores, request: str) -> list[dict[str, Any]]:
    """What a request left restricted, until when and why: ``restricted until <until>, basis <basis>``."""
    found = []
    for service in stores.places.services:
        for row in stores.connection(service).execute(_RESTRICTED, (request,)).fetchall():
            found.append({**row, "place": f"{service}: {row['place']}", "until": row["until"].isoformat()})
    return found


def backups_end(stores: Stores, today: date) -> date:
    """When the last backup from before today expires by itself
    (rds:DescribeDBInstances, elasticache:DescribeReplicationGroups)."""
    group = caches.replication_group(stores.clients, f"{stores.prefix}-redis") or {}
    days = (
        int(stores.instance["BackupRetentionPeriod"]),
        int(group.get("SnapshotRetentionLimit", 0)),
        SEARCH_SNAPSHOT_DAYS,
    )
    return today + timedelta(days=max(days))
