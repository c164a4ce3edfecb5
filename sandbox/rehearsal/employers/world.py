"""Rows by table, as the services of the platform would have written them."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]

# Today, the two years that are judged, and the first day with timesheets: the year of the agreements on overtime that
# the judged years begin in, since yearly totals and averages over six months reach back.
AS_OF = date(2026, 11, 21)
FIRST, LAST = date(2024, 11, 1), date(2026, 10, 31)
RECORDED_FROM = date(2024, 4, 1)
PERIOD = (FIRST, AS_OF)

COLUMNS = Path(__file__).with_name("columns.csv")


@cache
def columns() -> Mapping[str, Mapping[str, str]]:
    """Type of each column (text, integer, decimal, boolean, date, timestamp) by table and column."""
    tables: dict[str, dict[str, str]] = defaultdict(dict)
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        for each in csv.DictReader(file):
            tables[each["table"]][each["column"]] = each["type"]
    return dict(tables)


@cache
def keys() -> Mapping[str, tuple[str, ...]]:
    """Columns of the primary key by table."""
    found: dict[str, tuple[str, ...]] = {}
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        for each in csv.DictReader(file):
            found[each["table"]] = found.get(each["table"], ()) + ((each["column"],) if each["key"] else ())
    return found


class World:
    """All rows of all tables.

    A plant calls the actions of other modules (``found``, ``hire``), which add complete and lawful rows, and then
    changes what makes its case: ``world.row("payslips", worker_id="W", month=day)["overtime_yen"] = 0``.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {name: [] for name in columns()}
        # Rows of a worker are few, rows of a table are many.
        self._of_worker: dict[tuple[str, Any], list[Row]] = defaultdict(list)

    def add(self, table: str, **values: Any) -> Row:
        """Add a row and return it; columns that are not named are missing (None).

        Raises KeyError for unknown tables and columns.
        """
        unknown = values.keys() - columns()[table].keys()
        if unknown:
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        row = dict.fromkeys(columns()[table]) | values
        self.tables[table].append(row)
        if "worker_id" in row:
            self._of_worker[table, row["worker_id"]].append(row)
        return row

    def rows(self, table: str, **match: Any) -> list[Row]:
        """Rows whose columns have these values; they may be changed in place (worker_id may not)."""
        among = self._of_worker[table, match["worker_id"]] if "worker_id" in match else self.tables[table]
        return [row for row in among if all(row[name] == value for name, value in match.items())]

    def row(self, table: str, **match: Any) -> Row:
        """Return the one such row. Raises LookupError when there is none, or more than one."""
        found = self.rows(table, **match)
        if len(found) != 1:
            raise LookupError(f"{len(found)} rows of {table} with {match}")
        return found[0]

    def drop(self, table: str, **match: Any) -> None:
        """Take such rows away. Raises LookupError when there is none."""
        gone = {id(row) for row in self.rows(table, **match)}
        if not gone:
            raise LookupError(f"no row of {table} with {match}")
        self.tables[table] = [row for row in self.tables[table] if id(row) not in gone]
        for (name, worker), rows in self._of_worker.items():
            if name == table:
                self._of_worker[name, worker] = [row for row in rows if id(row) not in gone]
