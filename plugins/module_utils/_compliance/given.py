# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of a test: those of the base, changed and added to by what the test gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Column, Table

Row = dict[str, Any]
Rows = dict[str, list[Row]]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY = ("day", "week", "month", "year")


def rows(schema: Mapping[str, Table], base: Rows, given: Rows, without: tuple[str, ...] = ()) -> Rows:
    """Return the rows of each table that has any, as values of its columns' types.

    A row given changes the row of the base with the same key, or is added. Raises PackError naming table and value.

    :param without: tables that the base has no rows in for this test.
    """
    found: dict[str, _Rows] = {}
    for source, documents in (("base", {k: v for k, v in base.items() if k not in without}), ("given", given)):
        for name, each in documents.items():
            if name not in schema:
                raise PackError(f"{source}.{name}: no such table")
            if not isinstance(each, list):
                raise PackError(f"{source}.{name} must be a list of rows")
            table = found.setdefault(name, _Rows(schema[name]))
            for number, document in enumerate(each):
                try:
                    table.add(document, source)
                except PackError as error:
                    raise PackError(f"{source}.{name}[{number}]: {error}") from error
    return {name: each.complete() for name, each in found.items()}


class _Rows:
    """The rows of one table, as they are given, by key."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.found: dict[tuple[Any, ...], Row] = {}
        self.sources: dict[tuple[Any, ...], str] = {}

    def add(self, document: Any, source: str) -> None:
        if not isinstance(document, dict):
            raise PackError(f"{document!r}: a row is a mapping of columns")
        for row in self._spread(document):
            for name in row:
                self.table.column(name)
            key = self._key(row, source)
            self.found[key] = {**self.found.get(key, {}), **row, **dict(zip(self.table.key, key, strict=True))}
            self.sources[key] = source

    def _spread(self, document: Row) -> Iterator[Row]:
        """One row for each of the dates of a row that has dates."""
        if "dates" not in document or "dates" in self.table.columns:
            yield document
            return
        rest = {name: value for name, value in document.items() if name != "dates"}
        column, days = dates(document["dates"])
        for day in days:
            yield {**rest, column or self.day.name: day}

    @property
    def day(self) -> Column:
        """The column that dates fill: the one date that every row must give."""
        days = [
            each
            for each in self.table.columns.values()
            if each.type == "date" and not each.null and each.example is None
        ]
        if len(days) != 1:
            raise PackError("dates: which column they fill isn't clear; say dates: {column: ...}")
        return days[0]

    def _key(self, row: Row, source: str) -> tuple[Any, ...]:
        key = tuple(self._value(name, row) for name in self.table.key)
        if key not in self.sources or (source == "given" and self.sources[key] == "base"):
            return key
        numbered = [name for name in self.table.key if name not in row and self.table.columns[name].references is None]
        if len(numbered) != 1 or self.table.columns[numbered[0]].type != "text":
            raise PackError(f"the key {key} is there twice")
        place = self.table.key.index(numbered[0])
        number = len(self.found) + 1
        return (*key[:place], f"{key[place]}-{number}", *key[place + 1 :])

    def _value(self, name: str, row: Row) -> Any:
        column = self.table.columns[name]
        value = row.get(name, column.example)
        if value is None and name not in row and column.type == "text":
            value = self.table.name
        return column.read(value)

    def complete(self) -> list[Row]:
        """All rows with all columns."""
        return [self._complete(row) for row in self.found.values()]

    def _complete(self, row: Row) -> Row:
        columns = self.table.columns
        values = {name: row.get(name, column.example) for name, column in columns.items()}
        day = next(
            (row[name] for name, one in columns.items() if one.type == "date" and not one.null and name in row), None
        )
        return {name: column.read(values[name], day) for name, column in columns.items()}


def dates(document: Any) -> tuple[str | None, list[date]]:
    """Return the column and the days of {from, to, only, every, column}; only: weekdays, or names of days."""
    mapped = Mapped(document, "dates")
    first, last = mapped.take("from", date), mapped.take("to", date)
    only = mapped.take("only", (str, list), list(WEEKDAYS))
    every = mapped.word("every", EVERY, "day")
    column = mapped.take("column", str, None)
    mapped.done()
    chosen = (
        {"weekdays": list(WEEKDAYS[:5]), "weekends": list(WEEKDAYS[5:])}.get(only, [only])
        if isinstance(only, str)
        else only
    )
    wrong = set(chosen) - set(WEEKDAYS)
    if wrong:
        raise PackError(f"dates.only is {only!r}, and must be weekdays, weekends, or some of {', '.join(WEEKDAYS)}")
    found = []
    day, step = first, 0
    while day <= last:
        if WEEKDAYS[day.weekday()] in chosen:
            found.append(day)
        step += 1
        day = _later(first, every, step)
    return column, found


def _later(first: date, every: str, steps: int) -> date:
    if every in ("day", "week"):
        return first + timedelta(days=steps * (7 if every == "week" else 1))
    months = first.year * 12 + first.month - 1 + steps * (12 if every == "year" else 1)
    return date(months // 12, months % 12 + 1, first.day)
