# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Canaries in PostgreSQL: a table per drill and run, written through the pooler."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

SCHEMA = "canary"

Connect = Callable[[], Any]
"""A new autocommit psycopg connection as the canary tenant, through the pooler."""


class PostgresCanary:
    """
    :param connect: opens a connection.
    :param identifier: of the drill's run; lower-case letters, digits and underscores.
    :param synchronous_commit: of each canary's transaction, None for what the tenant has.
    """

    def __init__(self, connect: Connect, identifier: str, synchronous_commit: str | None = None) -> None:
        self.table = f"{SCHEMA}.drill_{identifier}"
        self._connect = connect
        # The pooler gives each transaction another server session, so the setting goes with the transaction.
        self._setting = f"SET LOCAL synchronous_commit = {synchronous_commit};" if synchronous_commit else ""
        self._connection: Any = None

    def create(self) -> None:
        self._execute(
            f"CREATE TABLE IF NOT EXISTS {self.table} "
            "(seq bigint PRIMARY KEY, written_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )

    def open(self) -> None:
        self._connection = self._connect()

    def write(self, seq: int) -> None:
        # One message, one answer: nothing but COMMIT's success acknowledges.
        self._connection.execute(
            f"BEGIN; {self._setting} INSERT INTO {self.table} (seq) VALUES ({seq:d}) ON CONFLICT DO NOTHING; COMMIT"
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def kept(self) -> set[int]:
        with closing(self._connect()) as connection:
            return {row[0] for row in connection.execute(f"SELECT seq FROM {self.table}").fetchall()}

    def remove(self) -> None:
        self._execute(f"DROP TABLE IF EXISTS {self.table}")

    def _execute(self, statement: str) -> None:
        with closing(self._connect()) as connection:
            connection.execute(statement)
