# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where data of persons is, as the inventory declares it: tables, keys of Redis, search indices, objects. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection import inventory as inventories
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import (
    PERSONAL,
    RESTRICTED,
    InventoryError,
    Parent,
)
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.period import Retention, retentions

SUBJECT = "{subject_id}"
MENTION = "_subject_id"
"""How columns end that name a person besides the one whom a row is about."""
REGISTERS = "privacy"
"""Schema that proves what was done, and is kept for that until its own period ends (GDPR art. 5(2), 17(3)(b))."""


@dataclass(frozen=True)
class Table:
    """
    :param name: with its schema, ``identity.accounts``.
    :param subject: the column with the person's id; where there is none, rows are the parent's person's.
    :param starts: the column that retention runs from; where there is none, rows go with their parent.
    """

    service: str
    name: str
    purpose: str
    subject: str | None
    starts: str | None
    parent: Parent | None
    retention: Retention
    columns: Mapping[str, str]

    @property
    def schema(self) -> str:
        return self.name.split(".")[0]

    @property
    def place(self) -> str:
        return f"{self.service}: {self.name}"

    @property
    def erasable(self) -> bool:
        """Whether an erasure looks at its rows: not at what is restricted already, registers, and what names nobody."""
        return self.schema != REGISTERS and self.name != RESTRICTED and self.retention.action != "keep"

    @property
    def mentions(self) -> tuple[str, ...]:
        """Columns that name other persons."""
        return tuple(name for name in self.columns if name.endswith(MENTION) and name != self.subject)

    @property
    def only_named(self) -> bool:
        """Whether a row says nothing of the person but who it is: an invoice names its contact."""
        said = [name for name, of in self.columns.items() if of in PERSONAL and name not in self.mentions]
        return said == [self.subject]


@dataclass(frozen=True)
class Keys:
    """A key of Redis per person; ``pattern`` has ``{subject_id}`` in it."""

    service: str
    pattern: str
    purpose: str

    @property
    def place(self) -> str:
        return f"redis: {self.pattern}"


@dataclass(frozen=True)
class Index:
    """Documents of an alias whose ``field`` holds the person's id."""

    service: str
    alias: str
    field: str

    @property
    def place(self) -> str:
        return f"search: {self.alias}"


@dataclass(frozen=True)
class Objects:
    """Objects of a bucket below a prefix with ``{subject_id}`` in it."""

    service: str
    bucket: str
    prefix: str

    @property
    def place(self) -> str:
        return f"s3: {self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class Places:
    """All places of a platform, tables with nobody's data among them."""

    tables: tuple[Table, ...]
    keys: tuple[Keys, ...]
    indices: tuple[Index, ...]
    objects: tuple[Objects, ...]

    @property
    def services(self) -> tuple[str, ...]:
        """Those with a database."""
        return tuple(dict.fromkeys(table.service for table in self.tables))

    def of(self, service: str) -> dict[str, Table]:
        """The tables in a service's database by name."""
        return {table.name: table for table in self.tables if table.service == service}

    def personal(self, service: str) -> tuple[Table, ...]:
        """Those of them whose rows belong to persons."""
        tables = self.of(service)
        return tuple(table for table in tables.values() if leads(tables, table))

    @property
    def names(self) -> tuple[str, ...]:
        """Of every place in which a person's data is found by the person's id."""
        tables = tuple(table.place for service in self.services for table in self.personal(service))
        keys, indices = (one.place for one in self.keys), (one.place for one in self.indices)
        return (*tables, *keys, *indices, *(one.place for one in self.objects))


def places(inventory: Mapping[str, Mapping[str, Any]], schedule: Mapping[str, Mapping[str, Any]]) -> Places:
    """The places of ``platform_data_inventory`` with the periods of ``platform_retention``.

    Raises InventoryError for a table that names a retention, or a parent, that does not exist.
    """
    periods = retentions(schedule)
    loaded = tuple(inventories.load(inventory).all_tables())
    unknown = sorted({f"{one.full_name}: {one.retention}" for one in loaded if one.retention not in periods})
    if unknown:
        raise InventoryError(f"there is no such retention: {', '.join(unknown)}")
    found = Places(
        tuple(_table(one, periods[one.retention]) for one in loaded),
        tuple(
            Keys(service, one["key"], one["purpose"])
            for service, one in _each(inventory, "keys")
            if SUBJECT in one["key"]
        ),
        tuple(
            Index(service, one["alias"], one["subject"])
            for service, one in _each(inventory, "indices")
            if "subject" in one
        ),
        tuple(
            Objects(service, one["bucket"], one["key"])
            for service, one in _each(inventory, "objects")
            if SUBJECT in one["key"]
        ),
    )
    for service in found.services:
        theirs = found.of(service)
        for table in theirs.values():
            _ancestors(theirs, table)
    return found


def leads(tables: Mapping[str, Table], table: Table) -> bool:
    """Whether a table's rows belong to persons, by themselves or by their parents."""
    return any(one.subject for one in (table, *_ancestors(tables, table)))


def steps(tables: Mapping[str, Table], table: Table, column: str) -> tuple[list[Parent], str] | None:
    """The parents to go through for ``subject`` or ``starts``, and the column of the last; None where nobody has it."""
    way: list[Parent] = []
    for one in (table, *_ancestors(tables, table)):
        found = getattr(one, column)
        if found:
            return way, found
        if one.parent is not None:
            way.append(one.parent)
    return None


def _ancestors(tables: Mapping[str, Table], table: Table) -> list[Table]:
    found: list[Table] = []
    current = table
    while current.parent is not None:
        name = current.parent.table
        if name not in tables or tables[name] in (table, *found):
            raise InventoryError(f"{table.place}: its parent {name} is no table of the service, or its own child")
        current = tables[name]
        found.append(current)
    return found


def _table(one: inventories.Table, retention: Retention) -> Table:
    return Table(one.service, one.name, one.purpose, one.subject, one.starts, one.parent, retention, one.columns)


def _each(inventory: Mapping[str, Mapping[str, Any]], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for service, declared in inventory.items():
        for entry in declared.get(kind) or []:
            yield service, entry
