# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the running databases audit: pgAudit's settings, and the tables with personal data it does not watch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _auditor, _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_audit import PRIVILEGES

SETTINGS = ("shared_preload_libraries", "pgaudit.log", "pgaudit.log_parameter", "pgaudit.role", "log_statement")
_SETTINGS = "SELECT name, current_setting(name, true) AS setting FROM unnest(%s::text[]) AS name"
# Of each table that there is, what the audit role may do with it.
_HELD = """
SELECT n.nspname || '.' || c.relname AS name,
       ARRAY(SELECT a.privilege_type FROM aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
             WHERE r.rolname = %s) AS held
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""

Item = dict[str, Any]


def settings(world: World) -> dict[str, dict[str, str | None]]:
    """``SETTINGS`` in force, by primary; None where the server does not know one."""
    found = {}
    for instance in _postgres.primaries(world):
        with _postgres.session(world, instance) as connection:
            rows = connection.execute(_SETTINGS, (list(SETTINGS),)).fetchall()
        found[instance["DBInstanceIdentifier"]] = {row["name"]: row["setting"] for row in rows}
    return found


def unwatched(world: World, role: str) -> dict[str, list[str]]:
    """By ``database.schema.table``: what may be done with a table of personal data without a record.

    Tables that nobody has made yet are left out, as are databases: 2.2.1.1 judges those.
    """
    wanted: dict[str, list[str]] = {}
    for table in world.once(_auditor.inventory).all_tables():
        if table.is_personal:
            wanted.setdefault(table.database, []).append(table.name)
    there = [name for name, is_open in world.once(_auditor.databases).items() if is_open and name in wanted]
    with ThreadPoolExecutor(max_workers=_auditor.SESSIONS) as pool:
        found = pool.map(lambda name: _auditor.rows(world, name, _HELD, (role,)), there)
        return lacking(wanted, dict(zip(there, found, strict=True)))


def lacking(wanted: Mapping[str, Collection[str]], found: Mapping[str, Collection[Item]]) -> dict[str, list[str]]:
    return {
        f"{database}.{row['name']}": sorted(set(PRIVILEGES) - set(row["held"]))
        for database, rows in sorted(found.items())
        for row in sorted(rows, key=lambda row: str(row["name"]))
        if row["name"] in wanted[database] and not set(PRIVILEGES) <= set(row["held"])
    }
