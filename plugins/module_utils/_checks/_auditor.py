# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The services' databases as the role data_auditor sees them: catalogues, counts and registers, no rows of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Unmet, World
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import Inventory, load
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg.rows import dict_row

ROLE = "data_auditor"
HOLDER = "compliance"
"""The database with the registers."""

SESSIONS = 6

# Tables that belong to an extension, and partitions of a table, are no tables of a service.
_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
       ARRAY(SELECT DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END
             FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
             WHERE x.grantee <> c.relowner) AS grantees
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""
_DATABASES = """
SELECT datname AS name, has_database_privilege(datname, 'CONNECT') AS open
FROM pg_database WHERE datallowconn AND NOT datistemplate
"""
_ROLES = """
SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb,
       r.rolreplication, coalesce(shobj_description(r.oid, 'pg_authid'), '') AS comment,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid) AS member_of
FROM pg_roles r
"""


@dataclass(frozen=True)
class Table:
    """As the catalogue has it; ``grantees`` are roles besides the owner with any privilege, PUBLIC among them."""

    name: str
    owner: str
    columns: tuple[str, ...]
    grantees: frozenset[str]


Catalogue = dict[str, Table]


def inventory(world: World) -> Inventory:
    """What is declared."""
    return load(world.platform.declared["data_inventory"])


@contextmanager
def session(world: World, database: str) -> Iterator[psycopg.Connection[Any]]:
    """A session with a database on the primary. What goes wrong in it is an OSError.

    Raises Unmet without an instance, or before the role data_protection was applied.
    """
    primaries = _postgres.primaries(world)
    if not primaries:
        raise Unmet(Breach("rds.no_instance", {}))
    user = world.once(_user)
    given = (user["username"], user["password"], database, world.platform.reach["ca_bundle"])
    where = postgres.endpoint(primaries[0])
    with (
        _postgres.unreadable(f"database {database}"),
        postgres.connect(*where, *given, application_name=_postgres.APPLICATION) as connection,
    ):
        connection.row_factory = dict_row
        yield connection


def rows(world: World, database: str, query: LiteralString, params: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    """What a query returns."""
    with session(world, database) as connection:
        return connection.execute(query, params or None).fetchall()


def databases(world: World) -> dict[str, bool]:
    """Whether each database of the server is open to the auditor."""
    return {row["name"]: row["open"] for row in rows(world, HOLDER, _DATABASES)}


def roles(world: World) -> dict[str, dict[str, Any]]:
    """All roles by name: attributes, comment, and what they are members of."""
    return {row["name"]: row for row in rows(world, HOLDER, _ROLES)}


def catalogues(world: World) -> dict[str, Catalogue]:
    """Tables and views by name, of each inventoried database that is there, by database."""
    declared = world.once(inventory)
    wanted = declared.empty | {table.database for table in declared.all_tables()}
    there = [name for name, is_open in world.once(databases).items() if name in wanted and is_open]
    with ThreadPoolExecutor(SESSIONS) as pool:
        return dict(zip(there, pool.map(lambda name: _catalogue(world, name), there), strict=True))


def readers(world: World, table: Table) -> set[str]:
    """Roles that may log in and have any privilege on a table, by themselves or by membership; superusers apart."""
    known = world.once(roles)
    direct = {table.owner, *table.grantees}
    found = {"PUBLIC"} & direct
    return found | {
        name for name, role in known.items() if role["login"] and not role["rolsuper"] and is_any(name, direct, known)
    }


def is_any(name: str, wanted: set[str], known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a role is one of these, or a member of one."""
    return name in wanted or any(is_any(above, wanted, known) for above in known[name]["member_of"])


def _catalogue(world: World, database: str) -> Catalogue:
    return {
        row["name"]: Table(row["name"], row["owner"], tuple(row["columns"]), frozenset(row["grantees"]))
        for row in rows(world, database, _TABLES)
    }


def _user(world: World) -> dict[str, str]:
    name = f"{world.platform.prefix}/postgres/{ROLE.replace('_', '-')}"
    found = secrets.read(world.client("secretsmanager"), name)
    if found is None:
        raise Unmet(Breach("data_protection.no_auditor", {"secret": name}))
    return found
