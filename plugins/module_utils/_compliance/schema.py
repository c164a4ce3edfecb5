# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables that rules may read, what their columns hold, and values read as a column's type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError

Type = Literal["text", "integer", "decimal", "boolean", "date", "timestamp"]
TYPES: tuple[Type, ...] = ("text", "integer", "decimal", "boolean", "date", "timestamp")
PERSONAL = ("none", "personal", "sensitive")
NAME = re.compile(r"[a-z][a-z0-9_]*")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
DDL: dict[Type, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 4)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True)
class Column:
    """One column; example is what a row of a test has when it doesn't say, None when there is none."""

    name: str
    type: Type
    key: bool
    null: bool
    personal: str
    values: tuple[str, ...]
    references: str | None
    example: Any
    title: dict[str, str]

    def read(self, value: Any, day: date | None = None) -> Any:
        """Return a value of YAML or CSV as the column's type. Raises PackError when it isn't one.

        :param day: what a timestamp given as a time of day belongs to; 29:00 is 5:00 on the next day.
        """
        if value is None:
            if not self.null:
                raise PackError(f"{self.name} has no value, and must have one")
            return None
        try:
            read = READERS[self.type](value, day)
        except (TypeError, ValueError, InvalidOperation) as error:
            raise PackError(f"{self.name} is {value!r}, and must be {self.type}") from error
        if self.values and read not in self.values:
            raise PackError(f"{self.name} is {value!r}, and must be one of {', '.join(self.values)}")
        return read


@dataclass(frozen=True)
class Table:
    """A table of a snapshot, or of the pack itself (a reference table)."""

    name: str
    title: dict[str, str]
    columns: dict[str, Column]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return tuple(name for name, column in self.columns.items() if column.key)

    def column(self, name: str) -> Column:
        """Return a column. Raises PackError naming those there are."""
        if name not in self.columns:
            raise PackError(f"{self.name} has no column {name}; it has {', '.join(self.columns)}")
        return self.columns[name]


def _text(value: Any, _day: date | None) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: Any, _day: date | None) -> int:
    if isinstance(value, (bool, float)):
        raise TypeError
    return int(value)


def _decimal(value: Any, _day: date | None) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    return Decimal(str(value))


def _boolean(value: Any, _day: date | None) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, str) and value in words:
        return words[value]
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: Any, _day: date | None) -> date:
    if isinstance(value, datetime):
        raise TypeError
    return value if isinstance(value, date) else date.fromisoformat(value)


def _timestamp(value: Any, day: date | None) -> datetime:
    if isinstance(value, str) and day is not None and (clock := CLOCK.fullmatch(value)):
        return datetime.combine(day, time()) + timedelta(hours=int(clock[1]), minutes=int(clock[2]))
    read = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if read.tzinfo is not None:
        raise ValueError("local times of Japan have no zone")
    return read


READERS = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}


def read_table(document: Any, name: str) -> Table:
    """Return the table of a file of schema/. Raises PackError."""
    mapped = Mapped(document)
    if mapped.take("name", str) != name or not NAME.fullmatch(name):
        raise PackError(f"name must be {name}, the file's own name, in snake_case")
    title = {language: mapped.take(language, str) for language in ("en", "ja")}
    columns = mapped.take("columns", dict)
    mapped.done()
    return Table(name, title, {each: _column(each, definition) for each, definition in columns.items()})


def _column(name: str, document: Any) -> Column:
    where = f"columns.{name}"
    if not NAME.fullmatch(name):
        raise PackError(f"{where}: names are snake_case")
    mapped = Mapped(document, where)
    key = mapped.take("key", bool, False)
    column = Column(
        name=name,
        type=mapped.word("type", TYPES),
        key=key,
        null=mapped.take("null", bool, False),
        personal=mapped.word("personal", PERSONAL, "none"),
        values=tuple(mapped.take("values", list, [])),
        references=mapped.take("references", str, None),
        example=mapped.take("example", object, None),
        title={language: mapped.take(language, str) for language in ("en", "ja")},
    )
    mapped.done()
    if key and column.null:
        raise PackError(f"{where}: a key can't be missing (null: true)")
    if column.example is not None:
        try:
            column.read(column.example)
        except PackError as error:
            raise PackError(f"{where}.example: {error}") from error
    return column
