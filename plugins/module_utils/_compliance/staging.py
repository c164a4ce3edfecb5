# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A delivered table, read as the pack's types into a table of DuckDB, or every reason why it can't be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.conversions import cell, typed
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import Delivered
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import IntakeError, check_header
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import DDL, Column, Table

with suppress(ImportError):  # evaluate.require() says so
    import duckdb

SHOWN = 10
READERS = {
    # Nothing is guessed: no line is skipped, every value is text, and only an unquoted empty one is missing.
    "csv": "read_csv([{paths}], header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', "
    "skip = 0, comment = '', nullstr = '', allow_quoted_nulls = false, strict_mode = true, union_by_name = true)",
    "parquet": "read_parquet([{paths}], union_by_name = true)",
}


def stage_nothing(connection: Any, table: Table) -> None:
    """Make the table without rows."""
    columns = ", ".join(f'"{column.name}" {DDL[column.type]}' for column in table.columns.values())
    connection.execute(f'CREATE TABLE "{table.name}" ({columns})')


def stage(connection: Any, table: Table, delivered: Delivered) -> list[str]:
    """Make the table from what was delivered; return the columns that are missing and may be.

    Raises IntakeError naming the rows whose values cannot be read.
    """
    paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in delivered.paths)
    source = READERS[delivered.format].format(paths=paths)
    try:
        present = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        missing = check_header(table, present)
        names = ", ".join(f'"{name}"' for name in table.columns)
        readings = _readings(table, source, missing)
        connection.execute(f'CREATE TABLE "{table.name}" AS SELECT {names}, unreadable FROM ({readings})')
        count = f'SELECT count(*), count(*) FILTER (WHERE unreadable) FROM "{table.name}"'
        rows, unreadable = connection.execute(count).fetchone()
        if unreadable:
            numbered = _readings(table, source, missing, ', row_number() OVER () AS "data row"')
            raise IntakeError("\n".join(_problems(connection, table, numbered, unreadable)))
    except duckdb.Error as error:
        files = ", ".join(str(path) for path in delivered.paths)
        raise IntakeError(f"table {table.name}: {files}: cannot be read: {error}") from error
    if delivered.rows is not None and rows != delivered.rows:
        raise IntakeError(f"table {table.name}: the source sent {delivered.rows} rows, and {rows} arrived")
    connection.execute(f'ALTER TABLE "{table.name}" DROP COLUMN unreadable')
    return missing


def _readings(table: Table, source: str, missing: list[str], number: str = "") -> str:
    """The SELECT of the columns as their types, of the texts they are read from as ``<column> text``, of a row's number
    if asked for, and of ``unreadable``; a subquery for each step, so that a text is read once."""
    texts, values = [], ['"data row"'] if number else []
    for name, column in table.columns.items():
        texts.append(f"""{"NULL::VARCHAR" if name in missing else cell(name)} AS "{name}\"""")
        values.append(
            f"""{typed(f'"{name}"', column.type)}::{DDL[column.type]} AS "{name}", "{name}" AS "{name} text\""""
        )
    wrong = " OR ".join(_wrong(column) for column in table.columns.values())
    return (
        f"SELECT *, {wrong} AS unreadable FROM "
        f"(SELECT {', '.join(values)} FROM (SELECT {', '.join(texts)}{number} FROM {source}))"
    )


def _wrong(column: Column) -> str:
    """The condition of a value that cannot be read, is missing though every row needs it, or is no allowed word."""
    needed = "" if column.null else f' OR "{column.name} text" IS NULL'
    words = ", ".join("'" + str(word).replace("'", "''") + "'" for word in column.values)
    allowed = f' OR ("{column.name}" NOT IN ({words})) IS TRUE' if words else ""
    return f'(("{column.name}" IS NULL AND "{column.name} text" IS NOT NULL){needed}{allowed})'


def _problems(connection: Any, table: Table, readings: str, unreadable: int) -> Iterator[str]:
    """What is wrong with the first rows that cannot be read."""
    found = connection.execute(f'SELECT * FROM ({readings}) WHERE unreadable ORDER BY "data row" LIMIT {SHOWN}')
    names = [each[0] for each in found.description]
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        key = ", ".join(f"{name} {row[f'{name} text']}" for name in table.key)
        for name, column in table.columns.items():
            text, value = row[f"{name} text"], row[name]
            where = f"table {table.name}, row {row['data row']} ({key}): {name}"
            if text is None and not column.null:
                yield f"{where} is missing, and every row needs it"
            elif text is not None and value is None:
                yield f"{where} is {text!r}, which is no {column.type}"
            elif column.values and value is not None and value not in column.values:
                yield f"{where} is {text!r}, and must be one of {', '.join(column.values)}"
    if unreadable > SHOWN:
        yield f"table {table.name}: {unreadable} such rows in all"
