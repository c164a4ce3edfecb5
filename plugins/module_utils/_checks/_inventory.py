# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DP-01 and DP-21: what the stores hold is what the inventory says, and nothing that may not be asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _auditor, _inventory_stores
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer, control
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import Inventory, Table

OURS, BOOKKEEPING = frozenset({"compliance", "consent", "data_protection", "privacy", "restricted"}), "migrations"
"""In each of our schemas a table says which migrations were applied, and by whom."""

OTHERS = frozenset({"postgres", "rdsadmin"})
"""Databases that every instance has."""


@control("DP-01")
def everything_kept_is_declared(world: World, required: dict[str, Any]) -> Answer:
    columns, breaches = every_column_is_classified(world)
    keys, unknown_keys = _inventory_stores.keys(world, required["sample_keys"])
    indices, unknown_fields = _inventory_stores.indices(world)
    objects, unknown_objects = _inventory_stores.objects(world, required["sample_objects"])
    observed = {**columns, "redis": keys, "search": indices, "s3": objects}
    return observed, [*breaches, *unknown_keys, *unknown_fields, *unknown_objects]


def every_column_is_classified(world: World) -> Answer:
    """The databases' part of it."""
    found, declared = world.once(_auditor.catalogues), world.once(_auditor.inventory)
    breaches = [
        Breach("data_protection.no_database", {"database": name})
        for name in sorted((declared.empty | {table.database for table in declared.all_tables()}) - found.keys())
    ]
    known = OTHERS | {world.platform.canary, world.platform.declared["stores"]["postgres"]["database"], *found}
    breaches += [
        Breach("data_protection.unknown_database", {"database": name})
        for name in sorted(world.once(_auditor.databases).keys() - known)
    ]
    columns = 0
    for service, tables in declared.tables.items():
        catalogue = found.get(service.replace("-", "_"), {})
        columns += sum(len(table.columns) for table in catalogue.values())
        breaches += drift(service, catalogue, tables, declared.classified.get(service, {}))
        breaches += _without_person(declared, tables)
    observed = {
        "databases": len(found),
        "tables": sum(map(len, found.values())),
        "columns": columns,
        "personal_tables": sum(table.is_personal for table in declared.all_tables()),
    }
    return observed, breaches


@control("DP-21")
def nothing_banned_is_asked(world: World, required: dict[str, Any]) -> Answer:
    words = world.platform.declared["data_protection"]["banned_fields"]
    breaches = [
        Breach("data_protection.banned_field", {"column": f"{database}.{name}.{column}", "word": word})
        for database, catalogue in world.once(_auditor.catalogues).items()
        for name, table in catalogue.items()
        if not name.startswith("employment.")  # employers' records are judged by rule ESA-005-5-PII
        for column in table.columns
        for word in words
        if word in column
    ]
    return {"words": len(words)}, breaches


def drift(
    service: str, catalogue: _auditor.Catalogue, declared: Mapping[str, Table], classified: Collection[str]
) -> Iterator[Breach]:
    """What of a service's database is not classified, and what is classified and is not there."""
    database = service.replace("-", "_")
    for name, table in catalogue.items():
        schema, own_name = name.split(".")
        if schema in classified or (schema in OURS and own_name == BOOKKEEPING):
            continue
        known = declared[name].columns if name in declared else {}
        unknown = [column for column in table.columns if column not in known]
        if not known:
            yield Breach("data_protection.unclassified_table", {"table": f"{database}.{name}"})
        for column in unknown if known else ():
            yield Breach("data_protection.unclassified", {"column": f"{database}.{name}.{column}"})
    for name, entry in declared.items():
        if name not in catalogue:
            yield Breach("data_protection.vanished_table", {"table": f"{database}.{name}"})
            continue
        for column in entry.columns:
            if column not in catalogue[name].columns:
                yield Breach("data_protection.vanished", {"column": f"{database}.{name}.{column}"})


def _without_person(declared: Inventory, tables: Mapping[str, Table]) -> Iterator[Breach]:
    """Personal tables from which nobody finds the person; those of the rule pack are found by their own columns."""
    for table in tables.values():
        if table.is_personal and not table.name.startswith("employment.") and declared.subject_of(table) is None:
            yield Breach("data_protection.no_subject", {"table": table.full_name})
