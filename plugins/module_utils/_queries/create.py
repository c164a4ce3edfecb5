# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Creates proposed indexes while everybody goes on working; what an interrupted run has left is cleared away first."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._queries.proof import statement
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proposals import Proposal
from ansible_collections.iworkz.platform.plugins.module_utils._queries.session import Server, rows

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg import sql

State = Literal["created", "unchanged", "failed"]
_INDEX = """
SELECT i.indisvalid AND i.indisready AND i.indislive AS valid, t.relname::text AS table,
       (SELECT p.pid FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid
           AND p.datname = current_database() LIMIT 1) AS pid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s
"""
# Held as long as the session lives: the server goes on building for a client that was killed.
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS held"


@dataclass(frozen=True)
class Patience:
    """Seconds that building may take, and that it waits for transactions that began before it."""

    build: int
    wait: int


@dataclass(frozen=True)
class Outcome:
    """What became of an index; in check mode what would become of it. ``dropped``: an invalid one was in its place."""

    name: str
    state: State
    statements: tuple[str, ...] = ()
    dropped: bool = False
    reason: str = ""
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "dropped_invalid": self.dropped,
            "reason": self.reason,
            "seconds": self.seconds,
        }


def create(
    server: Server, names: Iterable[str], proposals: Iterable[Proposal], patience: Patience, *, check_mode: bool
) -> list[Outcome]:
    """Create indexes by name, ``database.schema.index``, one after the other; one that fails does not stop the others.

    Only proven proposals are created. An index that is there and valid is left as it is.
    """
    known = {each.name: each for each in proposals if each.proven}
    return [_one(server, name, known, patience, check_mode) for name in dict.fromkeys(names)]


def _one(server: Server, name: str, known: Mapping[str, Proposal], patience: Patience, check_mode: bool) -> Outcome:
    parts = name.split(".", 2)
    if len(parts) != 3:
        return Outcome(name, "failed", reason="is not database.schema.index")
    database, schema, index = parts
    started = time.monotonic()
    try:
        with server.session(database, read_only=check_mode) as session:
            return _made(session, name, (schema, index), known.get(name), patience, check_mode, started)
    except psycopg.Error as error:
        return Outcome(name, "failed", reason=_text(error), seconds=_since(started))


def _made(
    session: psycopg.Connection[Any],
    name: str,
    where: tuple[str, str],
    proposal: Proposal | None,
    patience: Patience,
    check_mode: bool,
    started: float,
) -> Outcome:
    (lock,) = rows(session, _LOCK, (name,))
    there = next(iter(rows(session, _INDEX, where)), None)
    if not lock["held"] or (there and there["pid"]):
        return Outcome(name, "failed", reason="another session is building it: wait until it has finished")
    if there and there["valid"]:
        if proposal is None or there["table"] == proposal.table.name:
            return Outcome(name, "unchanged")
        return Outcome(name, "failed", reason=f"an index of table {there['table']} has this name")
    if proposal is None:
        return Outcome(name, "failed", reason="is no proven proposal of this report")
    drop = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(*where))
    build = statement(proposal.table, proposal.columns, where[1], concurrently=True)
    steps = [drop, build] if there else [build]
    texts = tuple(step.as_string(session) for step in steps)
    if not check_mode:
        session.execute(f"SET statement_timeout = '{patience.build}s'".encode())
        session.execute(f"SET lock_timeout = '{patience.wait}s'".encode())
        try:
            for step in steps:
                session.execute(step)
        except psycopg.Error as error:
            left = _cleared(session, drop)
            return Outcome(name, "failed", texts, bool(there), f"{_text(error)}{left}", _since(started))
    return Outcome(name, "created", texts, bool(there), seconds=_since(started))


def _cleared(session: psycopg.Connection[Any], drop: sql.Composed) -> str:
    """Drop what a failed build has left; what is to be said if that fails, too."""
    try:
        session.execute(drop)
    except psycopg.Error as error:
        return f"; the invalid index is still there ({_text(error)}): run it again"
    return ""


def _text(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
