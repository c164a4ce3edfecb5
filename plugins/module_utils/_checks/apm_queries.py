# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.2.1.3: statements are counted on every server, and what the advisor proves to be missing is there.

The report is made while the check runs, from the running primary and its replicas (``_queries``); it reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import primaries
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._queries import advise, indexes
from ansible_collections.iworkz.platform.plugins.module_utils._queries.advise import Database
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Limits
from ansible_collections.iworkz.platform.plugins.module_utils._queries.servers import servers
from ansible_collections.iworkz.platform.plugins.module_utils._queries.session import Server, rows
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

with suppress(ImportError):  # postgres.connect() says so
    import psycopg

LIBRARY = "pg_stat_statements"
SETTINGS = ("shared_preload_libraries", "pg_stat_statements.track", "pg_stat_statements.max")
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"


@check("3.2.1.3")
def queries_are_looked_at(world: World, required: dict[str, Any]) -> Finding:
    limits = Limits(
        slow_ms=required["slow_ms"],
        share_percent=100.0,
        table_mb=required["table_mb"],
        rows=required["foreign_key_rows"],
    )
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for primary in primaries(world):
        name = primary["DBInstanceIdentifier"]
        try:
            first, replicas = servers(world, name, world.platform.reach["ca_bundle"] or None)
            found = advise.survey(first, replicas, [], limits)
            settings = {server.name: _settings(server) for server in (first, *replicas)}
        except (ReconcileError, psycopg.Error) as error:
            raise ConnectionError(f"{name}: {str(error).strip()}") from error
        observed[name] = {"settings": settings, **_observed(found, limits)}
        breaches += _uncounted(settings, required)
        breaches += _unknown(world, name, found)
        breaches += _unfixed(found, limits)
    return Finding(observed, tuple(breaches) if observed else (Breach("rds.no_instance", {}),))


def _settings(server: Server) -> dict[str, str]:
    with server.session("postgres") as session:
        return {row["name"]: row["setting"] for row in rows(session, _SETTINGS, (list(SETTINGS),))}


def _observed(found: Sequence[Database], limits: Limits) -> dict[str, Any]:
    """Counts and names; texts of statements are for the report."""
    return {
        "databases": len(found),
        "statements": {one.facts.database: len(one.facts.statements) for one in found},
        "statistics_days": min((one.days for one in found), default=0),
        "proven_by_hypopg": sorted(one.facts.database for one in found if one.advice.proven),
        "slow": sum(len(advise.slow(one.facts, limits)) for one in found),
        "unplannable": sum(len(one.advice.unplannable) for one in found),
        "proposals": [each.params() for one in found for each in one.advice.proposals],
        "duplicate_indexes": sum(len(indexes.duplicates(one.facts.indexes)) for one in found),
    }


def _uncounted(settings: Mapping[str, Mapping[str, str]], required: Mapping[str, Any]) -> Iterator[Breach]:
    for server, found in settings.items():
        loaded = [library.strip() for library in found["shared_preload_libraries"].split(",")]
        if LIBRARY not in loaded or "pg_stat_statements.track" not in found:
            yield Breach("apm.not_counting", {"server": server})
            continue
        if found["pg_stat_statements.track"] not in required["track"]:
            yield Breach("apm.not_tracking", {"server": server, "track": found["pg_stat_statements.track"]})
        kept = int(found["pg_stat_statements.max"])
        if kept < required["statements_kept"]:
            yield Breach("apm.few_kept", {"server": server, "kept": kept, "wanted": required["statements_kept"]})


def _unknown(world: World, instance: str, found: Sequence[Database]) -> Iterator[Breach]:
    """Databases of services without statistics, and a server that has counted nothing at all."""
    services = [each for each in world.platform.declared["services"] if "postgres" in each["dependencies"]["stores"]]
    wanted = {each["name"].replace("-", "_") for each in services}
    for one in found:
        if one.facts.database in wanted and LIBRARY not in one.facts.extensions:
            yield Breach("apm.no_extension", {"database": one.facts.database})
    for missing in sorted(wanted - {one.facts.database for one in found}):
        yield Breach("apm.no_database", {"database": missing, "server": instance})
    if not any(one.facts.statements for one in found):
        yield Breach("apm.nothing_counted", {"server": instance})


def _unfixed(found: Sequence[Database], limits: Limits) -> Iterator[Breach]:
    for one in found:
        database = one.facts.database
        for each in one.advice.proposals:
            if each.statements:
                yield Breach("apm.index_missing" if each.proven else "apm.index_unproven", each.params())
        for key in indexes.uncovered(one.facts, limits.rows):
            table = one.facts.tables[key.table]
            params = {"table": f"{database}.{table.full_name}", "key": key.name, "rows": int(table.rows)}
            yield Breach("apm.unkeyed", {**params, "columns": ", ".join(key.columns)})
        for index in indexes.leftovers(one.facts.indexes):
            yield Breach("apm.invalid_index", {"index": f"{database}.{index.full_name}"})
