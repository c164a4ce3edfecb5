# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the tables of a copy have the rows of their source, told in the databases: only sums leave them, and of a
table whose sums differ the hashes of its rows, one by one.

A copy is of a moment and the source moves on. A physical copy keeps the ids of transactions, so a row of the source
whose xmin is below the horizon, under which all transactions had ended by then, must be in the copy as it is. A row
that is younger, or only in the copy, was written, changed or deleted since: it cannot be compared, and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Unit
from ansible_collections.iworkz.platform.plugins.module_utils._restore.sessions import Sessions, Unreadable

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg import sql

WORKERS = 4
FETCHED = 5000
WRAP = 2**32
TABLES = """
SELECT n.nspname, c.relname, c.xmin::text::bigint,
       (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_index AS i JOIN pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND c.relispopulated
   AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""
# hashtextextended gives 64 bits, the same on every server. 1 and 2 are the ids of what was there from the beginning.
SUMS = """
SELECT count(*), coalesce(sum(h), 0), count(*) FILTER (WHERE due), coalesce(sum(h) FILTER (WHERE due), 0)
  FROM (SELECT hashtextextended(ROW({columns})::text, 0)::numeric AS h,
               xmin::text::bigint < 3 OR (xmin::text::bigint - {horizon} + 4294967296) % 4294967296 >= 2147483648 AS due
          FROM {table} AS r) AS t
"""
ROWS = """
SELECT hashtextextended(ROW({key})::text, 0), hashtextextended(ROW({columns})::text, 0), xmin::text::bigint
  FROM {table} AS r ORDER BY 1, 2
"""
STATUS = "SELECT coalesce(pg_xact_status(%s::text::xid8), 'old')"

Row = tuple[int, int, int]
"""(hash of the key, hash of the row, xmin)."""


@dataclass(frozen=True)
class Horizon:
    """
    :param xid: transactions below it had ended at the moment (xid8).
    :param certain: False where it was only guessed from the copy: then it is asked of each, too.
    """

    xid: int
    certain: bool

    def due(self, xmin: int) -> bool:
        """Whether a transaction (its 32 bits) is below it. Half of all ids are."""
        return xmin < 3 or (xmin - self.xid) % WRAP >= WRAP // 2

    def full(self, xmin: int) -> int:
        """The 64 bits of a transaction that is due."""
        return self.xid - (self.xid - xmin) % WRAP


@dataclass(frozen=True)
class Table:
    """Equal by its name alone."""

    database: str
    schema: str
    name: str
    xmin: int = field(compare=False)
    columns: tuple[str, ...] = field(compare=False)
    key: tuple[str, ...] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.database}.{self.schema}.{self.name}"

    def query(self, text: str, **values: int) -> sql.Composed:
        """A query over the table, with its columns and key."""
        return sql.SQL(text).format(
            table=sql.Identifier(self.schema, self.name),
            columns=_joined(self.columns),
            key=_joined(self.key or self.columns),
            **{name: sql.Literal(value) for name, value in values.items()},
        )


def compare(source: Sessions, copy: Sessions, horizon: Horizon, found: Comparison) -> None:
    """Compare every table of every database; what is found, and what could not be read of the copy, is in ``found``."""
    reasons: list[Breach] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for database in sorted({*source.databases(), *copy.databases()}):
            reasons += _Database(source, copy, horizon, database, pool).compare(found)
    found.judge("restore.proven_rows", reasons)


class _Database:
    def __init__(
        self, source: Sessions, copy: Sessions, horizon: Horizon, database: str, pool: ThreadPoolExecutor
    ) -> None:
        self._source = source
        self._copy = copy
        self._horizon = horizon
        self._database = database
        self._pool = pool

    def compare(self, found: Comparison) -> list[Breach]:
        name, reasons = self._database, []
        sides = [name in side.databases() for side in (self._source, self._copy)]
        if not all(sides):
            # When a database was made or dropped is not to be seen from within another.
            found.units.append(Unit(name, int(sides[0]), int(sides[1]), moved=1))
            found.unproven.append("restore.unproven_databases")
            return []
        here, there = _tables(self._source, name), _tables(self._copy, name)
        both = [table for table in here if table in there]
        common = [replace(table, columns=_common(table, there[table])) for table in both]
        if any(table.columns != there[table].columns or table.columns != here[table].columns for table in common):
            found.unproven.append("restore.unproven_columns")
        for unit, breaches in self._pool.map(self._table, common):
            found.units.append(unit)
            reasons += breaches
        for table in here.keys() - there.keys():
            lost = int(self._horizon.due(table.xmin))
            found.units.append(Unit(str(table), 1, 0, differences=lost, moved=1 - lost))
            if lost:
                reasons.append(Breach("restore.table_missing", {"table": str(table)}))
        found.units += [Unit(str(table), 0, 1, moved=1) for table in there.keys() - here.keys()]
        return reasons

    def _table(self, table: Table) -> tuple[Unit, list[Breach]]:
        query = table.query(SUMS, horizon=self._horizon.xid % WRAP)
        unit = Unit(str(table), 0, 0)
        ((unit.source, total, due, due_total),) = self._source.rows(query, database=table.database)
        try:
            ((unit.copy, copy_total, copy_due, copy_due_total),) = self._copy.rows(query, database=table.database)
            if (unit.source, total) == (unit.copy, copy_total):
                unit.compared = unit.copy
            elif (due, due_total) == (copy_due, copy_due_total):
                unit.compared, unit.moved = due, unit.source - due + unit.copy - copy_due
            else:
                self._rows(table, unit)
        except Unreadable as error:
            if error.instance != self._copy.name:
                raise
            unit.differences = unit.source
            return unit, [Breach("restore.table_unreadable", {"table": str(table), "error": str(error)})]
        if unit.differences:
            return unit, [Breach("restore.rows_differ", {"table": str(table), "rows": unit.differences})]
        return unit, []

    def _rows(self, table: Table, unit: Unit) -> None:
        """Go through the rows of both in the order of their keys, and count."""
        query = table.query(ROWS)
        with self._source.session(table.database) as left, self._copy.session(table.database) as right:
            for _key, ours, theirs in _paired(_stream(left, query), _stream(right, query)):
                hashes = Counter(row[1] for row in theirs)
                for row in ours:
                    if hashes[row[1]]:
                        hashes[row[1]] -= 1
                        unit.compared += 1
                    elif self._must_have(row[2]):
                        unit.differences += 1
                    else:
                        unit.moved += 1
                unit.moved += max(0, len(theirs) - len(ours))

    def _must_have(self, xmin: int) -> bool:
        """Whether what a transaction wrote has to be in the copy."""
        if not self._horizon.due(xmin):
            return False
        if self._horizon.certain or xmin < 3:
            return True
        ((status,),) = self._copy.rows(STATUS, (str(self._horizon.full(xmin)),))
        return bool(status != "aborted")


def _tables(side: Sessions, database: str) -> dict[Table, Table]:
    """By what they are called."""
    found = [
        Table(database, schema, name, xmin, tuple(columns or ()), tuple(key or ()))
        for schema, name, xmin, columns, key in side.rows(TABLES, database=database)
    ]
    return {table: table for table in sorted(found, key=str)}


def _common(table: Table, other: Table) -> tuple[str, ...]:
    return tuple(column for column in table.columns if column in other.columns)


def _stream(connection: psycopg.Connection[Any], query: sql.Composed) -> Iterator[Row]:
    """The rows of a query, a few thousand at a time."""
    with connection.transaction(), connection.cursor("rows") as cursor:
        cursor.itersize = FETCHED
        cursor.execute(query)
        yield from cursor


def _paired(left: Iterator[Row], right: Iterator[Row]) -> Iterator[tuple[int, list[Row], list[Row]]]:
    """(key, rows of the left, rows of the right) of two streams in the order of their keys."""
    streams = [((key, list(rows)) for key, rows in groupby(stream, itemgetter(0))) for stream in (left, right)]
    ours, theirs = (next(stream, None) for stream in streams)
    while ours or theirs:
        key = min(side[0] for side in (ours, theirs) if side)
        yield (
            key,
            ours[1] if ours and ours[0] == key else [],
            theirs[1] if theirs and theirs[0] == key else [],
        )
        ours = next(streams[0], None) if ours and ours[0] == key else ours
        theirs = next(streams[1], None) if theirs and theirs[0] == key else theirs


def _joined(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("r", column) for column in columns)
