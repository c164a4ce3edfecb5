# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report on one instance: what is slow, what is wrong with indexes and tables, and which indexes would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries import indexes, proposals, reading
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Facts, Finding, Limits, Statement
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proof import Prover
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proposals import Advice
from ansible_collections.iworkz.platform.plugins.module_utils._queries.session import Server
from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import shown
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

SQLGLOT: ImportError | None = None
try:
    import sqlglot
except ImportError as error:
    SQLGLOT = error
else:
    del sqlglot
with suppress(ImportError):  # postgres.connect() says so
    import psycopg

SESSIONS = 4
HYPOPG = "hypopg"

Replicas = Mapping[str, Mapping[int, int]]
"""Scans by index of each replica."""


@dataclass(frozen=True)
class Database:
    """What was found in one database."""

    facts: Facts
    replicas: Replicas
    days: float
    """Since when scans are counted on every server, at least."""
    advice: Advice


def require() -> None:
    """
    :raises ReconcileError: when the parser of statements is missing.
    """
    if SQLGLOT is not None:
        raise ReconcileError(f"the Python library sqlglot is needed on the controller: {SQLGLOT}")


def survey(primary: Server, replicas: Sequence[Server], databases: Sequence[str], limits: Limits) -> list[Database]:
    """Look at databases, all of them where none is named.

    :raises ReconcileError: when one cannot be read.
    """
    require()
    try:
        wanted = list(databases) or primary.databases()
        with ThreadPoolExecutor(SESSIONS) as pool:
            return list(pool.map(lambda name: _database(primary, replicas, name, limits), wanted))
    except psycopg.Error as error:
        raise ReconcileError(f"{primary.name}: {type(error).__name__}: {_first(error)}") from error


def report(instance: str, found: Sequence[Database], limits: Limits, now: datetime) -> dict[str, Any]:
    """The report as JSON: facts, findings as messages of the catalogue, proposals; no values of any statement."""
    return {
        "schema": 1,
        "instance": instance,
        "made_at": now.isoformat(timespec="seconds"),
        "databases": [_told(one, limits) for one in found],
        "findings": [{"id": each.id, "params": each.params} for one in found for each in findings(one, limits)],
        "proposals": [each.told() for one in found for each in one.advice.proposals],
    }


def findings(one: Database, limits: Limits) -> list[Finding]:
    """What is worth a word in a database, the most urgent first."""
    return [
        *_statistics(one, limits),
        *_proposals(one),
        *_broken(one),
        *_unkeyed(one, limits),
        *_spare(one, limits),
        *_scanned(one, limits),
        *_aired(one),
    ]


def slow(facts: Facts, limits: Limits) -> list[Statement]:
    """Statements that are called often enough to count, and take long by the call or together."""
    total = sum(each.total_ms for each in facts.statements)
    return [
        each
        for each in facts.statements
        if each.calls >= limits.least_calls
        and (
            each.mean_ms >= limits.slow_ms
            or (each.mean_ms >= 1 and 100 * each.total_ms >= limits.share_percent * total)
        )
    ]


def _database(primary: Server, replicas: Sequence[Server], name: str, limits: Limits) -> Database:
    scans: dict[str, Mapping[int, int]] = {}
    ages: list[float] = []
    for replica in replicas:
        with replica.session(name) as session:
            scans[replica.name], age = reading.scans(session)
        ages.append(age)
    with primary.session(name) as session:
        facts = reading.facts(session, name, limits)
        schema = facts.extensions.get(HYPOPG)
        prover = Prover(session, schema) if schema else None
        advice = proposals.advise(facts, slow(facts, limits), prover, limits)
    return Database(facts, scans, round(min([facts.statistics_days, *ages]), 2), advice)


def _told(one: Database, limits: Limits) -> dict[str, Any]:
    facts = one.facts
    often = [each for each in facts.statements if each.calls >= limits.least_calls]
    return {
        "database": facts.database,
        "statements": len(facts.statements),
        "evicted": facts.evicted,
        "statistics_days": one.days,
        "replicas": sorted(one.replicas),
        "proven": one.advice.proven,
        "tables": len(facts.tables),
        "indexes": len(facts.indexes),
        "top_total": _top(facts.statements, lambda each: each.total_ms, limits.top),
        "worst_mean": _top(often, lambda each: each.mean_ms, limits.top),
        "unplannable": [{"id": id, "sqlstate": why} for id, why in sorted(one.advice.unplannable.items())],
    }


def _top(statements: Sequence[Statement], key: Callable[[Statement], float], count: int) -> list[dict[str, Any]]:
    return [_statement(each) for each in sorted(statements, key=key, reverse=True)[:count]]


def _statement(one: Statement) -> dict[str, Any]:
    return {
        "id": one.id,
        "user": one.user,
        "text": shown(one.text),
        "calls": one.calls,
        "total_ms": round(one.total_ms, 1),
        "mean_ms": round(one.mean_ms, 3),
        "rows": one.rows,
        "hit_percent": None if one.hit_percent is None else round(float(one.hit_percent), 1),
    }


def _statistics(one: Database, limits: Limits) -> Iterator[Finding]:
    """Of a database that holds next to nothing, nobody needs to know more."""
    weighty = any(table.bytes >= limits.table_bytes for table in one.facts.tables.values())
    if weighty and "pg_stat_statements" not in one.facts.extensions:
        yield Finding("queries.no_statistics", {"database": one.facts.database})


def _proposals(one: Database) -> Iterator[Finding]:
    for each in one.advice.proposals:
        if not each.proven:
            if each.statements:  # of a foreign key, it is said that it has no index
                yield Finding("queries.unproven", each.params())
        elif each.statements:
            yield Finding("queries.proposed", each.params())
        else:
            yield Finding("queries.proposed_key", {**each.params(), "key": each.foreign_key})


def _broken(one: Database) -> Iterator[Finding]:
    for index in indexes.leftovers(one.facts.indexes):
        yield Finding("queries.invalid_index", {"index": f"{one.facts.database}.{index.full_name}"})


def _unkeyed(one: Database, limits: Limits) -> Iterator[Finding]:
    for key in indexes.uncovered(one.facts, limits.rows):
        table = one.facts.tables[key.table]
        params = {
            "table": f"{one.facts.database}.{table.full_name}",
            "key": key.name,
            "columns": ", ".join(key.columns),
            "parent": key.parent,
            "rows": int(table.rows),
        }
        yield Finding("queries.unkeyed", params)


def _spare(one: Database, limits: Limits) -> Iterator[Finding]:
    database, told, kept = one.facts.database, set(), set()
    for message, pairs in (
        ("queries.duplicate_index", indexes.duplicates(one.facts.indexes)),
        ("queries.redundant_index", indexes.redundant(one.facts.indexes)),
    ):
        for index, other in pairs:
            if index.oid not in told:
                told.add(index.oid)
                kept.add(other.oid)
                params = {"index": f"{database}.{index.full_name}", "other": other.name, "mb": _mb(index.bytes)}
                yield Finding(message, params)
    # What is to do another one's work as well is not called unused, whoever was asked until now.
    idle = [index for index in indexes.unused(one.facts, one.replicas, limits) if index.oid not in told | kept]
    if idle and one.days < limits.statistics_days:
        params = {"database": database, "count": len(idle), "days": one.days, "wanted": limits.statistics_days}
        yield Finding("queries.too_young", params)
        return
    for index in idle:
        servers = 1 + len(one.replicas)
        params = {
            "index": f"{database}.{index.full_name}",
            "mb": _mb(index.bytes),
            "days": one.days,
            "servers": servers,
        }
        yield Finding("queries.unused_index", params)


def _scanned(one: Database, limits: Limits) -> Iterator[Finding]:
    for table in sorted(one.facts.tables.values(), key=lambda each: -each.seq_rows):
        many = table.seq_scans >= limits.least_calls and table.seq_rows >= table.seq_scans * table.rows / 2
        if table.bytes >= limits.table_bytes and table.rows and many:
            name = f"{one.facts.database}.{table.full_name}"
            params = {"table": name, "mb": _mb(table.bytes), "scans": table.seq_scans, "rows": table.seq_rows}
            yield Finding("queries.scanned", params)


def _aired(one: Database) -> Iterator[Finding]:
    for each in sorted(one.facts.bloat, key=lambda each: -each.wasted):
        params = {"name": f"{one.facts.database}.{each.name}", "mb": _mb(each.wasted), "percent": each.percent}
        yield Finding("queries.bloat_measured" if each.measured else "queries.bloat_estimated", params)


def _mb(size: float) -> float:
    return round(size / 2**20, 1)


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0]
