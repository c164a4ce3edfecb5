# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records that are there twice: merged into one that keeps what they agree on; what they don't is unknown."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import IntakeError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Column, Table


def find_doubles(connection: Any, table: Table) -> int:
    """Make the table ``doubles`` (number: rowid, which: number of the group) of rows with a key in common; return how
    many rows these are."""
    key = ", ".join(f'"{name}"' for name in table.key)
    # Hashes first: they are small, and mostly there are no doubles.
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE doubles AS
        WITH seen AS (SELECT hash({key}) AS h FROM "{table.name}" GROUP BY ALL HAVING count(*) > 1),
        near AS (SELECT rowid AS number, {key} FROM "{table.name}" WHERE hash({key}) IN (SELECT h FROM seen)),
        counted AS (SELECT number, {key}, count(*) OVER (PARTITION BY {key}) AS together FROM near)
        SELECT number, min(number) OVER (PARTITION BY {key}) AS which FROM counted WHERE together > 1"""
    )
    return int(connection.execute("SELECT count(*) FROM doubles").fetchone()[0])


def refuse_contradictions(connection: Any, table: Table) -> None:
    """Raise IntakeError where rows with a key in common differ in what every row needs: either could be right."""
    needed = [column.name for column in table.columns.values() if not (column.key or column.null)]
    if not needed:
        return
    key = ", ".join(f'first(t."{name}")::VARCHAR' for name in table.key)
    differs = [f'count(DISTINCT t."{name}") > 1' for name in needed]
    row = connection.execute(
        f'SELECT [{key}], [{", ".join(differs)}] FROM "{table.name}" t JOIN doubles d ON t.rowid = d.number '
        f"GROUP BY d.which HAVING {' OR '.join(differs)} ORDER BY 1 LIMIT 1"
    ).fetchone()
    if row is not None:
        identity = ", ".join(f"{name} {value}" for name, value in zip(table.key, row[0], strict=True))
        columns = ", ".join(name for name, differing in zip(needed, row[1], strict=True) if differing)
        raise IntakeError(f"table {table.name}: {identity} is there more than once, with different {columns}")


def merge(connection: Any, table: Table) -> None:
    """Replace the rows of ``doubles`` by one for each group: a lower bound that counts nothing twice."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    agreed = ", ".join(_agreed(column) for column in table.columns.values())
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE merged AS SELECT {agreed} FROM "{table.name}" t '
        "JOIN doubles d ON t.rowid = d.number GROUP BY d.which"
    )
    connection.execute(f'DELETE FROM "{table.name}" WHERE rowid IN (SELECT number FROM doubles)')
    connection.execute(f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM merged')


def differing(table: Table) -> str:
    """The SQL of the names of columns in which the rows of a group differ, in order."""
    cases = (f"CASE WHEN NOT {_alike(column)} THEN '{name}' END" for name, column in table.columns.items())
    return f"list_filter([{', '.join(cases)}], lambda name: name IS NOT NULL)"


def _alike(column: Column) -> str:
    """Whether all rows of a group have the same value, or none has one."""
    name = f't."{column.name}"'
    return f"(count({name}) = 0 OR count({name}) = count(*) AND min({name}) = max({name}))"


def _agreed(column: Column) -> str:
    least = f'min(t."{column.name}")'
    return f'{least if not column.null else f"CASE WHEN {_alike(column)} THEN {least} END"} AS "{column.name}"'
