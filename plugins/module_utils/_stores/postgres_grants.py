# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What roles may do in a schema: read it, or write it, and nothing else; now and with what its owner makes later."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_databases import SESSIONS
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_roles import mark
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_server import Server
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

READ = {"database": {"CONNECT"}, "schema": {"USAGE"}, "table": {"SELECT"}, "sequence": {"SELECT"}}
WRITE = {
    **READ,
    "table": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "sequence": {"SELECT", "USAGE"},
}
ACCESS: Mapping[str, Mapping[str, set[str]]] = {"read": READ, "write": WRITE}

# One row per object and privilege of a role, not its owner, that is marked as ours or is asked for; an object that
# grants none of them anything has one row without a role. Future objects are those of the schema's owner: the declared
# one, which it may only be about to get.
_HELD = """
WITH grantees AS (
  SELECT oid, rolname FROM pg_roles
  WHERE rolname = ANY(%s) OR shobj_description(oid, 'pg_authid') LIKE %s
), objects(schema, kind, name, owner, acl) AS (
  SELECT NULL, 'database', datname, datdba, datacl FROM pg_database WHERE datname = current_database()
  UNION ALL
  SELECT nspname, 'schema', nspname, nspowner, nspacl FROM pg_namespace
  UNION ALL
  SELECT n.nspname, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, c.relname, c.relowner, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT n.nspname, k.kind, 'future ' || k.kind || 's', coalesce(r.oid, n.nspowner), d.defaclacl
    FROM pg_namespace n CROSS JOIN (VALUES ('r', 'table'), ('S', 'sequence')) AS k(code, kind)
    LEFT JOIN pg_roles r ON r.rolname = %s::json ->> n.nspname::text
    LEFT JOIN pg_default_acl d
      ON d.defaclnamespace = n.oid AND d.defaclrole = coalesce(r.oid, n.nspowner) AND d.defaclobjtype::text = k.code
)
SELECT o.schema, o.kind, o.name, g.rolname AS role, a.privilege_type AS privilege
FROM objects o
LEFT JOIN LATERAL (
  SELECT * FROM aclexplode(o.acl) WHERE grantee <> o.owner AND grantee IN (SELECT oid FROM grantees)
) a ON true
LEFT JOIN grantees g ON g.oid = a.grantee
WHERE o.schema IS NULL OR (o.schema !~ '^pg_' AND o.schema <> 'information_schema')
"""
_OWNERS = "SELECT nspname, pg_get_userbyid(nspowner) AS owner FROM pg_namespace"

Thing = tuple["str | None", str, str]
Held = dict[Thing, dict[str, set[str]]]
"""Privileges by (schema, kind, name) and role. The database itself has no schema."""


class Grants(StoreResource):
    """``lacking`` and ``excess`` name what a role lacks for its access and holds beyond it: nothing, once applied."""

    kind: ClassVar[str] = "grant"
    option: ClassVar[str] = "grants"
    depends_on = ("role", "database")

    def __init__(
        self,
        server: Server,
        declared: Collection[Mapping[str, Any]],
        databases: Collection[Mapping[str, Any]],
        scope: str | None = None,
    ) -> None:
        self._server = server
        self._mark = mark(scope)
        self._declared = {_key(item): item for item in declared}
        self._databases = {item["database"] for item in declared} | {database["name"] for database in databases}
        self._owners = {database["name"]: _schema_owners(database) for database in databases}

    def key_of(self, item: dict[str, Any]) -> str | None:
        return _key(item)

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {**super().prepare(item, strict), "lacking": [], "excess": []}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not self._server.exists:
            return {}
        databases = sorted(self._server.databases() & self._databases)
        with ThreadPoolExecutor(max_workers=SESSIONS) as pool:
            found = dict(zip(databases, pool.map(self._held, databases), strict=True))
        states = self._states(found)
        return {key: state for key, state in states.items() if keys is None or key in keys}

    def owns(self, state: State) -> bool:
        return True  # no other grants are read than those of roles marked as ours

    def create(self, key: str, desired: State) -> None:
        self._apply(desired, ACCESS[desired["access"]])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._apply(desired, ACCESS[desired["access"]])

    def delete(self, key: str, current: State) -> None:
        place = (current["role"], current["database"])
        still = any((item["role"], item["database"]) == place for item in self._declared.values())
        self._apply(current, {"database": READ["database"]} if still else {})

    def _held(self, database: str) -> Held:
        roles = [item["role"] for item in self._declared.values() if item["database"] == database]
        held: Held = defaultdict(dict)
        owners = json.dumps(self._owners.get(database, {}))
        for row in self._server.rows(_HELD, (roles, f"%{self._mark}", owners), database):
            of_thing = held[row["schema"], row["kind"], row["name"]]
            if row["role"] is not None:
                of_thing.setdefault(row["role"], set()).add(row["privilege"])
        return held

    def _states(self, found: Mapping[str, Held]) -> dict[str, State]:
        states: dict[str, State] = {}
        for key, item in self._declared.items():
            held = found.get(item["database"], {})
            if any(item["role"] in roles for (schema, _kind, _name), roles in held.items() if schema == item["schema"]):
                lacking, excess = judge(held, item["schema"], item["role"], ACCESS[item["access"]])
                states[key] = {**item, "lacking": lacking, "excess": excess}
        for database, held in found.items():
            for schema, role in sorted(_pairs(held)):
                item = {"database": database, "schema": schema, "role": role}
                states.setdefault(_key(item), {**item, "excess": judge(held, schema, role, {})[1]})
        return states

    def _apply(self, state: State, access: Mapping[str, set[str]]) -> None:
        database, schema = state["database"], state["schema"]
        owners = {row["nspname"]: row["owner"] for row in self._server.rows(_OWNERS, (), database)}
        if schema not in owners:
            raise ReconcileError(f"database {database} has no schema {schema}: declare it in databases")
        self._server.execute(list(_statements(database, schema, state["role"], owners[schema], access)), database)


def judge(held: Held, schema: str, role: str, access: Mapping[str, set[str]]) -> tuple[list[str], list[str]]:
    """What a role lacks for an access to a schema, and what it holds beyond it, as ``orders: DELETE``."""
    lacking: list[str] = []
    excess: list[str] = []
    for (of_schema, kind, name), roles in sorted(held.items(), key=lambda entry: entry[0][1:]):
        if of_schema not in (schema, None):
            continue
        wanted, has = access.get(kind, set()), roles.get(role, set())
        lacking += [f"{name}: {privilege}" for privilege in sorted(wanted - has)]
        excess += [f"{name}: {privilege}" for privilege in sorted(has - wanted)]
    return lacking, excess


def _key(item: Mapping[str, Any]) -> str:
    return f"{item['role']} in {item['database']}.{item['schema']}"


def _schema_owners(database: Mapping[str, Any]) -> dict[str, str]:
    return {schema["name"]: schema.get("owner") or database["owner"] for schema in database.get("schemas") or []}


def _pairs(held: Held) -> Iterable[tuple[str, str]]:
    return {(schema, role) for (schema, _kind, _name), roles in held.items() for role in roles if schema is not None}


def _statements(
    database: str, schema: str, role: str, owner: str, access: Mapping[str, set[str]]
) -> Iterator[sql.Composed]:
    """Everything is taken and what is due given back, in one transaction: nobody sees the moment between."""
    names = {
        "database": sql.Identifier(database),
        "schema": sql.Identifier(schema),
        "role": sql.Identifier(role),
        "owner": sql.Identifier(owner),
    }
    future = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} "
    for kind, prefix, what in (
        ("database", "", "DATABASE {database}"),
        ("schema", "", "SCHEMA {schema}"),
        ("table", "", "ALL TABLES IN SCHEMA {schema}"),
        ("sequence", "", "ALL SEQUENCES IN SCHEMA {schema}"),
        ("table", future, "TABLES"),
        ("sequence", future, "SEQUENCES"),
    ):
        yield sql.SQL(f"{prefix}REVOKE ALL ON {what} FROM {{role}}").format(**names)
        if kind in access:
            privileges = ", ".join(sorted(access[kind]))
            yield sql.SQL(f"{prefix}GRANT {privileges} ON {what} TO {{role}}").format(**names)
