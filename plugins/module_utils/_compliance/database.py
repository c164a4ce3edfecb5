# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the tests of rules run: tables of a pack that are filled anew for each test."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.given import Row
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table

with suppress(ImportError):  # evaluate.require() says so
    import duckdb


class Database(Protocol):
    """Where tests run."""

    dialect: str
    errors: tuple[type[Exception], ...]

    def execute(self, sql: str) -> None:
        """Run a statement."""

    def fill(self, table: Table, values: list[tuple[Any, ...]]) -> None:
        """Make these the rows of a table."""

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""


class DuckDb:
    """An empty DuckDB in memory."""

    dialect = "duckdb"

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": "false"})
        self.errors: tuple[type[Exception], ...] = (duckdb.Error,)

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self.connection.execute(sql)

    def fill(self, table: Table, values: list[tuple[Any, ...]]) -> None:
        """Make these the rows of a table."""
        self.connection.execute(f'DELETE FROM "{table.name}"')
        if values:
            row = f"({', '.join('?' * len(table.columns))})"
            flat = [value for each in values for value in each]
            self.connection.execute(f'INSERT INTO "{table.name}" VALUES {", ".join([row] * len(values))}', flat)

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""
        cursor = self.connection.execute(sql)
        names = [each[0] for each in cursor.description]
        return [dict(zip(names, each, strict=True)) for each in cursor.fetchall()]
