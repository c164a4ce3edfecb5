"""PostgreSQL without a sandbox around it, for the tests of rules: data that is thrown away, and so never synced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table
from sandbox.planes.engines.postgres.scratch import Scratch

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yield how to connect to it."""
    with Scratch(SETTINGS) as scratch:
        yield scratch.conninfo


class PostgreSql:
    """PostgreSQL as the tests of rules need it."""

    dialect = "postgres"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)

    def execute(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    def fill(self, table: Table, values: list[tuple[Any, ...]]) -> None:
        name = sql.Identifier(table.name)
        self.connection.execute(sql.SQL("DELETE FROM {}").format(name))
        with self.connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
            for row in values:
                copy.write_row(row)

    def query(self, statement: str) -> list[dict[str, Any]]:
        return self.connection.execute(statement.encode()).fetchall()
