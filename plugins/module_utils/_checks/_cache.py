# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the declared key sets should hold, and what Redis holds of it; reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.cache_warm import Cache
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sets import (
    Entry,
    KeySet,
    entries,
    key_sets,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sources import NotYetThere, Sources
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_warm import Manner, Pace, survey

# A check is in no hurry: it takes half of what warming may.
MANNER = Manner(batch=200, pace=Pace(2500), memory_percent=0)

Entries = list[Entry]
Declared = list[tuple[KeySet, "Entries | None", str]]
"""Each set with its entries, or None and why a set that may wait has none yet."""


def sources(world: World) -> Declared:
    """The declared sets and what they are made of: ``platform_cache``, and a query of each set that has one.

    :raises OSError: when a source does not answer.
    """
    reach = world.platform.reach
    pooler = reach["pooler"]
    found = Sources(world, world.platform.prefix, pooler["host"], pooler["port"], reach["ca_bundle"] or None)
    declared: Declared = []
    for keys in key_sets(world.platform.declared["cache"]["key_sets"]):
        try:
            declared.append((keys, entries(keys, found.rows(keys)), ""))
        except NotYetThere as error:
            if not keys.optional:
                raise ConnectionError(f"key set {keys.name}: {error}") from error
            declared.append((keys, None, str(error)))
        except ReconcileError as error:
            raise ConnectionError(f"key set {keys.name}: {error}") from error
    return declared


def surveyed(world: World, group: Mapping[str, Any], declared: Declared) -> dict[str, dict[str, Any]]:
    """By set: keys declared, hit rate in percent, keys missing, outdated, about to expire and without a time to live,
    and the shortest time to live; or what a set waits for."""
    cache = Cache(world, group, world.platform.prefix, world.platform.reach["ca_bundle"] or None)
    found: dict[str, dict[str, Any]] = {}
    try:
        for keys, wanted, reason in declared:
            if wanted is None:
                found[keys.name] = {"declared": 0, "waits_for": reason}
                continue
            try:
                tally = survey(cache.client(keys.service), keys, wanted, MANNER)
            except ReconcileError as error:
                raise ConnectionError(f"{group['ReplicationGroupId']}: {error}") from error
            found[keys.name] = {
                "declared": tally.declared,
                "hit_rate_percent": tally.hit_rate_before,
                "missing": tally.conditions["missing"],
                "outdated": tally.conditions["outdated"],
                "expiring": tally.conditions["expiring"],
                "without_ttl": tally.conditions["eternal"],
                "least_ttl_seconds": None if tally.least_ttl_seconds is None else round(tally.least_ttl_seconds),
            }
    finally:
        cache.close()
    return found
