# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DP-12, DP-13 and DP-14: who may look at what, and where My Numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _auditor
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer, control
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key, vault_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import APART, Table

MARK = "(iworkz.platform"
"""What the comments of roles hold that the platform made."""

ATTRIBUTES = {
    "rolsuper": "SUPERUSER",
    "rolbypassrls": "BYPASSRLS",
    "rolcreaterole": "CREATEROLE",
    "rolcreatedb": "CREATEDB",
    "rolreplication": "REPLICATION",
}
EVERYTHING = frozenset({"pg_read_all_data", "pg_write_all_data", "rds_superuser"})
"""Roles of PostgreSQL and RDS whose members read every table."""

VAULT = "my_number"
_SCAN = "SELECT name, sampled, found FROM data_protection.my_numbers(%s, %s, %s)"


@control("DP-12")
def least_privilege(world: World, required: dict[str, Any]) -> Answer:
    known = world.once(_auditor.roles)
    ours = {name: role for name, role in known.items() if MARK in role["comment"]}
    breaches = [] if ours else [Breach("data_protection.no_roles", {})]
    for name, role in ours.items():
        held = [label for column, label in ATTRIBUTES.items() if role[column]]
        held += [above for above in EVERYTHING if _auditor.is_any(name, {above}, known)]
        breaches += [Breach("data_protection.privileged", {"role": name, "attribute": one}) for one in held]
    tables = [table for table in world.once(_auditor.inventory).all_tables() if table.is_personal]
    breaches += [breach for table in tables if not table.is_sensitive for breach in _strangers(world, table)]
    privileged = world.platform.declared["data_protection"]["privileged_roles"]
    return {"roles": len(ours), "personal_tables": len(tables), "privileged_roles": privileged}, breaches


@control("DP-13")
def my_numbers_are_in_the_vault(world: World, required: dict[str, Any]) -> Answer:
    vault = [t for t in world.once(_auditor.inventory).all_tables() if VAULT in t.columns.values()]
    breaches = [
        Breach("data_protection.vault_place", {"table": table.full_name})
        for table in vault
        if table.name.split(".")[0] != VAULT
    ]
    breaches += _vault_key(world) if vault else []
    found = world.once(_auditor.catalogues)
    with ThreadPoolExecutor(_auditor.SESSIONS) as pool:
        scans = list(pool.map(lambda name: _scan(world, name, required["sample_rows"]), found))
    read = 0
    for database, columns in zip(found, scans, strict=True):
        read += sum(row["sampled"] for row in columns)
        breaches += [
            Breach("data_protection.my_number", {"column": f"{database}.{row['where']}", "count": row["found"]})
            for row in columns
            if row["found"]
        ]
    observed = {
        "vault_tables": len(vault),
        "columns_scanned": sum(map(len, scans)),
        "values_scanned": read,
        "not_scanned": [f"{database}.{name}" for database in found for name in _unscanned(world, database)],
    }
    return observed, breaches


@control("DP-14")
def sensitive_data_is_apart(world: World, required: dict[str, Any]) -> Answer:
    tables = [table for table in world.once(_auditor.inventory).all_tables() if table.is_sensitive]
    breaches = [breach for table in tables for breach in _strangers(world, table)]
    return {"tables": {table.full_name: sorted(_allowed(world, table)) for table in tables}}, breaches


def _allowed(world: World, table: Table) -> set[str]:
    """Who may have privileges on a table: its owner, the role of migrations; the service, or in a schema of its own the
    role of that schema; the declared readers of the schema; and who answers people in all databases."""
    schema = table.name.split(".")[0]
    role = f"{table.database}_{schema}" if schema in APART else table.database
    own = set() if table.is_sensitive and schema not in APART else {role}
    declared = world.once(_auditor.inventory).readers.get(table.service, {}).get(schema, [])
    everywhere = world.platform.declared["data_protection"]["privileged_roles"]
    return {f"{table.database}_migrate", *own, *declared, *everywhere}


def _strangers(world: World, table: Table) -> Iterator[Breach]:
    actual = world.once(_auditor.catalogues).get(table.database, {}).get(table.name)
    if actual is None:
        return  # DP-01 says so
    administrators = {name for name, role in world.once(_auditor.roles).items() if _is_administrator(role)}
    for role in sorted(_auditor.readers(world, actual) - _allowed(world, table) - administrators):
        yield Breach("data_protection.stranger", {"role": role, "table": table.full_name})


def _is_administrator(role: dict[str, Any]) -> bool:
    """The master user of the instance, and what RDS or the sandbox itself logs in as: none of ours."""
    return MARK not in role["comment"] and bool(role["rolcreaterole"] or role["rolsuper"])


def _vault_key(world: World) -> Iterator[Breach]:
    """The vault's own key: there, in use, rotated, and not the one of all other data (kms:DescribeKey)."""
    kms, alias = world.client("kms"), vault_key(world)
    try:
        key = kms.describe_key(KeyId=alias)["KeyMetadata"]
    except kms.exceptions.NotFoundException:
        yield Breach("data_protection.no_vault_key", {"key": alias})
        return
    if not key["Enabled"] or key["Arn"] == world.once(data_key):
        yield Breach("data_protection.vault_key", {"key": alias, "state": key["KeyState"]})
    if not kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]:
        yield Breach("data_protection.vault_rotation", {"key": alias})


def _scan(world: World, database: str, sample: int) -> list[dict[str, Any]]:
    """Columns of a database, the vault's apart, with values read and My Numbers found among them."""
    names = [name for name in world.once(_auditor.catalogues)[database] if name not in _unscanned(world, database)]
    found: list[dict[str, Any]] = []
    with _auditor.session(world, database) as connection:
        for name in names:
            rows = connection.execute(_SCAN, (*name.split("."), sample)).fetchall()
            found += [{**row, "where": f"{name}.{row['name']}"} for row in rows]
    return found


def _unscanned(world: World, database: str) -> list[str]:
    """The vault's tables, and those that the scan can't read, since they belong to another role than the others do."""
    return [
        name
        for name, table in world.once(_auditor.catalogues)[database].items()
        if name.split(".")[0] == VAULT or table.owner != f"{database}_migrate"
    ]
