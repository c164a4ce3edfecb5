# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL as a source: every table as of one moment, from a replica, which writes nothing and waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import (
    Delivered,
    Delivery,
    SourceError,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import check_header
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table

with suppress(ImportError):  # _stores.postgres.require() says so
    import psycopg
    from psycopg import sql

STATEMENT_SECONDS = 900
SETTINGS = {"datestyle": "ISO, YMD", "timezone": "UTC", "extra_float_digits": "1", "lock_timeout": "10s"}


@dataclass(frozen=True)
class Postgres:
    """A schema of a database whose views (or tables) have the names and columns of the pack's tables.

    :param connect: makes a connection (``_stores.postgres.connect``); it is closed here.
    :param primary: read even from a primary, whose writers a long transaction hinders: dead rows stay meanwhile.
    """

    connect: Callable[[], psycopg.Connection[Any]]
    schema: str
    primary: bool = False
    statement_seconds: int = STATEMENT_SECONDS

    def deliver(self, tables: Mapping[str, Table], directory: Path) -> Delivery:
        """COPY each table into ``<directory>/<table>.csv``, all in one REPEATABLE READ READ ONLY transaction.

        Rows come as the server finds them: intake sorts, which spares the replica. Raises SourceError.
        """
        directory.mkdir(parents=True, exist_ok=True)
        try:
            with self.connect() as connection:
                # Outside a transaction whether the connection has autocommit or not: settings of one can be made now.
                connection.rollback()
                connection.autocommit = False
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                with connection.transaction():
                    return self._read(connection, tables, directory)
        except psycopg.Error as error:
            raise SourceError(f"PostgreSQL, schema {self.schema}: {_explained(error)}") from error

    def _read(self, connection: psycopg.Connection[Any], tables: Mapping[str, Table], directory: Path) -> Delivery:
        for name, value in {**SETTINGS, "statement_timeout": f"{self.statement_seconds}s"}.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        taken_from = self._moment(connection)
        present = self._columns(connection)
        if not present:
            raise SourceError(f"PostgreSQL: schema {self.schema} has no tables or views that this user may read")
        # Before anything is read: ten million rows are no way to learn of a wrong name.
        for name, columns in present.items():
            if name in tables:
                check_header(tables[name], columns)
        delivered = {name: Delivered((), None) for name in present}
        for name in (name for name in present if name in tables):
            path = directory / f"{name}.csv"
            delivered[name] = Delivered((path,), self._copy(connection, name, present[name], path))
        return Delivery(taken_from, delivered)

    def _moment(self, connection: psycopg.Connection[Any]) -> dict[str, Any]:
        """Where and when, to the server's clock and for a replica up to which commit. Refuses a primary."""
        row = connection.execute(
            "SELECT pg_is_in_recovery(), now(), pg_last_xact_replay_timestamp(), current_database()"
        ).fetchone()
        if row is None:
            raise AssertionError
        replica, now, replayed, database = row
        if not replica and not self.primary:
            raise SourceError(
                f"PostgreSQL: {connection.info.host} is a primary: name a replica, or say primary: true to read it"
            )
        return {
            "kind": "postgresql",
            "host": connection.info.host,
            "database": database,
            "schema": self.schema,
            "replica": replica,
            "taken_at": now.isoformat(timespec="seconds"),
            "replayed_to": None if replayed is None else replayed.isoformat(timespec="seconds"),
        }

    def _columns(self, connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s "
            "ORDER BY table_name, ordinal_position",
            (self.schema,),
        )
        for table, column in rows:
            found.setdefault(table, []).append(column)
        return found

    def _copy(self, connection: psycopg.Connection[Any], table: str, columns: list[str], path: Path) -> int:
        """Return the rows the server counted."""
        statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(self.schema, table)
        )
        with path.open("wb") as file, connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for block in copy:
                    file.write(block)
            return cursor.rowcount


def _explained(error: psycopg.Error) -> str:
    text = str(error).strip()
    if isinstance(error, psycopg.errors.QueryCanceled):
        return f"{text}: more time (statement_seconds), or an index on what the view joins"
    if isinstance(error, psycopg.errors.SerializationFailure):
        return f"{text}: set hot_standby_feedback, or a longer max_standby_streaming_delay, on the replica"
    return text
