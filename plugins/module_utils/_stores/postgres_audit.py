# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Object auditing by pgAudit: whatever the audit role may do with a table, others leave a record of when they do it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_databases import SESSIONS
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_server import Server
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource, reconcile

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg import sql

PRIVILEGES = ("DELETE", "INSERT", "SELECT", "UPDATE")
COMMENT = "Whatever it may do with a table is audited; nobody is it"

_NAME: dict[str, Any] = {"type": "str", "required": True}
_TABLE = {"database": _NAME, "schema": _NAME, "table": _NAME}
SPEC: dict[str, dict[str, Any]] = {
    "instance": _NAME,
    "ca_bundle": {"type": "path"},
    "role": {"type": "str", "default": "rds_pgaudit"},
    "probes": {"type": "list", "elements": "dict", "options": {**_TABLE, "owner": _NAME}},
    "tables": {"type": "list", "elements": "dict", "options": _TABLE},
    "purge": {"type": "bool", "default": False},
}

_ROLE = """
SELECT rolname AS name, rolcanlogin AS login, coalesce(shobj_description(oid, 'pg_authid'), '') AS comment
FROM pg_roles WHERE rolname = %s
"""
# Every table, with what the role may do with it.
_TABLES = """
SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
       ARRAY(SELECT a.privilege_type FROM aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
             WHERE r.rolname = %s ORDER BY 1) AS held
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

Key = str
"""``database.schema.table``."""


class Catalogue:
    """The tables of databases, as they are now."""

    def __init__(self, server: Server, role: str) -> None:
        self._server = server
        self._role = role

    def tables(self, databases: Collection[str] | None) -> dict[Key, dict[str, Any]]:
        """``schema``, ``name``, ``owner`` and ``held`` by key, of those databases that there are; None: of all."""
        if not self._server.exists:
            return {}
        there = self._server.databases()
        wanted = sorted(there if databases is None else there & set(databases))
        with ThreadPoolExecutor(max_workers=SESSIONS) as pool:
            found = pool.map(self._read, wanted)
        return {key: row for tables in found for key, row in tables.items()}

    def _read(self, database: str) -> dict[Key, dict[str, Any]]:
        rows = self._server.rows(_TABLES, (self._role,), database)
        return {f"{database}.{row['schema']}.{row['name']}": {**row, "database": database} for row in rows}


class AuditRole(StoreResource):
    kind: ClassVar[str] = "audit_role"
    option: ClassVar[str] = "roles"

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {**item, "login": False, "comment": COMMENT}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        rows = self._server.rows(_ROLE, (self._name,)) if self._server.exists else []
        return {row["name"]: row for row in rows}

    def create(self, key: str, desired: State) -> None:
        self._server.execute([sql.SQL("CREATE ROLE {}").format(sql.Identifier(key)), *_as_audit_role(key)])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._server.execute(_as_audit_role(key))


class Probes(StoreResource):
    """Tables with one made-up person each, for checks to read."""

    kind: ClassVar[str] = "probe_table"
    option: ClassVar[str] = "probes"

    def __init__(self, server: Server, catalogue: Catalogue, declared: Collection[Mapping[str, Any]]) -> None:
        self._server = server
        self._catalogue = catalogue
        self._databases = {item["database"] for item in declared}

    def key_of(self, item: dict[str, Any]) -> str | None:
        return _key(item)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {
            key: {"database": row["database"], "schema": row["schema"], "table": row["name"], "owner": row["owner"]}
            for key, row in self._catalogue.tables(self._databases).items()
            if keys is None or key in keys
        }

    def create(self, key: str, desired: State) -> None:
        table = sql.Identifier(desired["schema"], desired["table"])
        statements = (
            sql.SQL("CREATE TABLE {} (person text PRIMARY KEY, name text NOT NULL)").format(table),
            sql.SQL("INSERT INTO {} VALUES ('probe', 'Nobody, made up for checks')").format(table),
            *self._owned(desired),
        )
        self._server.execute(statements, desired["database"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._server.execute(self._owned(desired), desired["database"])

    def _owned(self, desired: State) -> tuple[sql.Composed, ...]:
        table, owner = sql.Identifier(desired["schema"], desired["table"]), sql.Identifier(desired["owner"])
        return (sql.SQL("ALTER TABLE {} OWNER TO {}").format(table, owner),)


class AuditedTables(StoreResource):
    """``privileges`` are those of the audit role: what others do with them is recorded."""

    kind: ClassVar[str] = "audited_table"
    option: ClassVar[str] = "tables"
    depends_on = ("audit_role", "probe_table")

    def __init__(
        self, server: Server, catalogue: Catalogue, role: str, declared: Collection[Mapping[str, Any]]
    ) -> None:
        self._server = server
        self._catalogue = catalogue
        self._role = role
        self._databases = {item["database"] for item in declared}

    def key_of(self, item: dict[str, Any]) -> str | None:
        return _key(item)

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {**item, "privileges": list(PRIVILEGES)}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        databases = None if keys is None else self._databases
        return {
            key: {
                "database": row["database"],
                "schema": row["schema"],
                "table": row["name"],
                "privileges": sorted(row["held"]),
            }
            for key, row in self._catalogue.tables(databases).items()
            if row["held"] and (keys is None or key in keys)
        }

    def owns(self, state: State) -> bool:
        return True  # nothing but what the audit role holds is read

    def create(self, key: str, desired: State) -> None:
        self._grant(desired, PRIVILEGES)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._grant(desired, PRIVILEGES)

    def delete(self, key: str, current: State) -> None:
        self._grant(current, ())

    def _grant(self, state: State, privileges: Collection[str]) -> None:
        names = {"table": sql.Identifier(state["schema"], state["table"]), "role": sql.Identifier(self._role)}
        statements = [sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names)]
        if privileges:
            statements.append(sql.SQL(f"GRANT {', '.join(privileges)} ON {{table}} TO {{role}}").format(**names))
        self._server.execute(statements, state["database"])


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Reconcile and report, as the service modules do. ``absent`` names declared tables that nobody has made yet.

    :raises ReconcileError: when the instance cannot be reached, or a declaration is wrong.
    """
    clients = Clients(params)
    probes, declared = params["probes"] or [], params["tables"]
    try:
        with Server(clients, params["instance"], params["ca_bundle"], check_mode=check_mode) as server:
            catalogue = Catalogue(server, params["role"])
            known = catalogue.tables({item["database"] for item in declared or []}).keys() | set(map(_key, probes))
            absent = sorted(_key(item) for item in declared or [] if _key(item) not in known)
            tables = declared and [item for item in declared if _key(item) in known]
            adapters = [
                AuditRole(server, params["role"]),
                Probes(server, catalogue, probes),
                AuditedTables(server, catalogue, params["role"], declared or []),
            ]
            wanted = {"roles": [{"name": params["role"]}], "probes": probes, "tables": tables, "purge": params["purge"]}
            answer = reconcile(adapters, wanted, check_mode=check_mode, calls=clients.calls)
    except psycopg.Error as error:
        raise ReconcileError(f"{params['instance']}: {error}".strip()) from error
    return {**answer, "absent": absent}


def _as_audit_role(key: str) -> list[sql.Composed]:
    role = sql.Identifier(key)
    return [
        sql.SQL("ALTER ROLE {} NOLOGIN").format(role),
        sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(COMMENT)),
    ]


def _key(item: Mapping[str, Any]) -> Key:
    return f"{item['database']}.{item['schema']}.{item['table']}"
