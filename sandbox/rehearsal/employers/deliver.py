"""Hands the rows over: as CSV files, or into a schema of PostgreSQL."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.rehearsal.employers.world import Row, columns, keys

if TYPE_CHECKING:
    from psycopg import Connection

TYPES = {
    "text": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


def write_csv(tables: Mapping[str, Sequence[Row]], directory: Path) -> None:
    """Write a file per table to a directory, which is made where it doesn't exist."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns()[name])
            writer.writerows([_text(value) for value in row.values()] for row in rows)


def load(
    connection: Connection[Any], tables: Mapping[str, Sequence[Row]], schema: str = "employment"
) -> dict[str, int]:
    """Put the rows in place of what the schema's tables hold, in one transaction; return the rows by table.

    Makes the schema and the tables where they aren't there. Columns of tables that are there stay as they are.
    """
    from psycopg import sql

    counts = {}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        for name, rows in tables.items():
            table = sql.Identifier(schema, name)
            fields = [
                sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(TYPES[kind]))
                for column, kind in columns()[name].items()
            ]
            primary = sql.SQL(", ").join(map(sql.Identifier, keys()[name]))
            fields.append(sql.SQL("PRIMARY KEY ({})").format(primary))
            cursor.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(table, sql.SQL(", ").join(fields)))
            cursor.execute(sql.SQL("TRUNCATE {}").format(table))
            names = sql.SQL(", ").join(map(sql.Identifier, columns()[name]))
            with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
                for row in rows:
                    copy.write_row(tuple(row.values()))
            counts[name] = len(rows)
    return counts


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
