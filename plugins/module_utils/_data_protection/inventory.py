# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declared data inventory: what each store keeps of whom, why and how long (group_vars/all/data_inventory.yml)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

CLASSES = ("public", "internal", "confidential", "personal", "sensitive_personal", "my_number")
PERSONAL = frozenset({"personal", "sensitive_personal", "my_number"})
SENSITIVE = frozenset({"sensitive_personal", "my_number"})
APART = frozenset({"sensitive", "my_number"})
"""Schemas of sensitive columns, each with a role of its own: those who may read the rest may not read these."""

OWN = "data_protection"
"""Whose things are, in place of a service, that no service may reach: answers to people."""

PACKS = ROOT / "rulepacks"
PACK_CLASSES = {"none": "internal", "personal": "personal", "sensitive": "sensitive_personal"}
PACK_SUBJECTS = ("worker_id", "subject_id")
"""Columns of a rule pack's tables that hold a person's id."""


RESTRICTED = "restricted.records"
"""Table in each service's database to which rows are moved that an erasure may not delete (_privacy)."""
_RESTRICTED = {
    "record_id": "internal",
    "request_id": "internal",
    "subject_id": "personal",
    "place": "internal",
    "row": "sensitive_personal",
    "retention": "internal",
    "basis": "internal",
    "restricted_until": "internal",
    "restricted_at": "internal",
}


class InventoryError(ValueError):
    """The inventory contradicts itself."""


@dataclass(frozen=True)
class Parent:
    """Rows belong to the row of another table (``schema.table``) whose ``key`` equals their ``column``."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class Table:
    """One table of a service's database. ``name`` is ``schema.table``, ``columns`` are classes by name, ``decision``
    names the columns of an automated decision's model version and human review."""

    service: str
    name: str
    purpose: str
    retention: str
    columns: Mapping[str, str]
    starts: str | None = None
    subject: str | None = None
    parent: Parent | None = None
    decision: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return self.service.replace("-", "_")

    @property
    def full_name(self) -> str:
        """``database.schema.table``."""
        return f"{self.database}.{self.name}"

    @property
    def is_personal(self) -> bool:
        return not PERSONAL.isdisjoint(self.columns.values())

    @property
    def is_sensitive(self) -> bool:
        return not SENSITIVE.isdisjoint(self.columns.values())


@dataclass(frozen=True)
class Inventory:
    """Tables by service and ``schema.table``; ``keys`` of Redis, ``indices`` and ``objects`` by service, as declared;
    ``classified`` are whole schemas without personal data, by service: the class of all their columns; ``readers`` are
    roles besides the service's own that may read a schema; ``empty`` are databases without a table."""

    tables: Mapping[str, Mapping[str, Table]]
    keys: Mapping[str, list[dict[str, Any]]]
    indices: Mapping[str, list[dict[str, Any]]]
    objects: Mapping[str, list[dict[str, Any]]]
    classified: Mapping[str, Mapping[str, str]]
    readers: Mapping[str, Mapping[str, list[str]]]
    empty: frozenset[str]

    def all_tables(self) -> Iterator[Table]:
        for tables in self.tables.values():
            yield from tables.values()

    def chain(self, table: Table) -> list[Table]:
        """The table, the one its rows belong to, and so on. Raises InventoryError for a circle or an unknown table."""
        found = [table]
        while found[-1].parent is not None:
            name = found[-1].parent.table
            above = self.tables[table.service].get(name)
            if above is None or above in found:
                raise InventoryError(f"{found[-1].full_name}: its parent {name} is unknown or goes round in circles")
            found.append(above)
        return found

    def subject_of(self, table: Table) -> tuple[Table, str] | None:
        """The first table of the chain that names a person, and the column in which it does; None when none does."""
        return next(((one, one.subject) for one in self.chain(table) if one.subject), None)

    def start_of(self, table: Table) -> tuple[Table, str] | None:
        """As ``subject_of``, of the moment that the retention period runs from."""
        return next(((one, one.starts) for one in self.chain(table) if one.starts), None)


def load(declared: Mapping[str, Any], packs: Path = PACKS) -> Inventory:
    """The inventory of ``platform_data_inventory``. Raises YamlError for a rule pack that can't be read."""
    return Inventory(
        tables={service: _tables(service, entry, packs) for service, entry in declared.items()},
        keys=_lists(declared, "keys"),
        indices=_lists(declared, "indices"),
        objects=_lists(declared, "objects"),
        classified={
            service: {entry["registry"]["schema"]: entry["registry"]["class"]}
            for service, entry in declared.items()
            if "registry" in entry
        },
        readers={service: entry.get("readers", {}) for service, entry in declared.items()},
        empty=frozenset(name for name, entry in declared.items() if entry.get("empty")),
    )


def _lists(declared: Mapping[str, Any], kind: str) -> dict[str, list[dict[str, Any]]]:
    return {service: list(entry[kind]) for service, entry in declared.items() if kind in entry}


def _tables(service: str, entry: Mapping[str, Any], packs: Path) -> dict[str, Table]:
    found = {name: _table(service, name, given) for name, given in entry.get("tables", {}).items()}
    if "pack" in entry:
        pack = entry["pack"]
        for name, columns in _pack_columns(packs / pack["name"] / "schema").items():
            subject = next((column for column in PACK_SUBJECTS if column in columns), None)
            full = f"{pack['schema']}.{name}"
            found[full] = Table(service, full, pack["purpose"], pack["retention"], columns, subject=subject)
    if found:
        start, subject = "restricted_until", "subject_id"
        found[RESTRICTED] = Table(service, RESTRICTED, "accountability", "restricted", _RESTRICTED, start, subject)
    return found


def _table(service: str, name: str, given: Mapping[str, Any]) -> Table:
    return Table(
        service,
        name,
        given["purpose"],
        given["retention"],
        given["columns"],
        given.get("starts"),
        given.get("subject"),
        Parent(**given["parent"]) if "parent" in given else None,
        given.get("decision", {}),
    )


@lru_cache(maxsize=4)
def _pack_columns(directory: Path) -> dict[str, dict[str, str]]:
    """Classes by table and column, as the rule pack's schema says."""
    found = {}
    for path in sorted(directory.glob("*.yml")):
        columns = read_yaml(path)["columns"]
        found[path.stem] = {name: PACK_CLASSES[column.get("personal", "none")] for name, column in columns.items()}
    return found
