# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases of a PostgreSQL server: owner, extensions, schemas, settings, and closed to those who are not granted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from operator import eq
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_roles import (
    settings_of,
    settings_statements,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_server import Server
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

DEFAULTS: State = {"extensions": [], "schemas": [], "connection_limit": -1, "settings": {}}
SESSIONS = 8

_DATABASE = """
SELECT d.datname, r.rolname AS owner, d.datconnlimit, s.setconfig,
       ARRAY(SELECT e.extname::text FROM pg_extension e ORDER BY 1) AS extensions,
       (SELECT coalesce(json_agg(json_build_object('name', n.nspname, 'owner', pg_get_userbyid(n.nspowner))), '[]')
          FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS schemas,
       ARRAY(SELECT p FROM unnest(ARRAY['CONNECT', 'TEMPORARY']) p
              WHERE EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                             WHERE a.grantee = 0 AND a.privilege_type = p))
       || ARRAY(SELECT DISTINCT a.privilege_type || ' in public'
                  FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
                 WHERE n.nspname = 'public' AND a.grantee = 0 ORDER BY 1) AS everybody
FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0
WHERE d.datname = current_database()
"""
_AVAILABLE = "SELECT name FROM pg_available_extensions"
_MEMBER = "SELECT pg_has_role(%s, 'USAGE') AS member"


def _holds(current: list[str], desired: list[str]) -> bool:
    return set(desired) <= set(current)


class Databases(StoreResource):
    """``everybody`` is what the pseudo-role PUBLIC may do: nothing. Extensions and schemas besides the declared ones
    stay; ``settings`` stand for all there are. A database is never dropped here."""

    kind: ClassVar[str] = "database"
    option: ClassVar[str] = "databases"
    unordered: ClassVar[frozenset[str]] = frozenset({"everybody"})
    depends_on = ("role",)

    def __init__(self, server: Server, declared: Collection[Mapping[str, Any]]) -> None:
        self._server = server
        self._names = {item["name"] for item in declared}
        self._available: frozenset[str] | None = None

    @property
    def equal(self) -> Mapping[str, Equal]:
        return {**super().equal, "settings": eq, "extensions": _holds, "schemas": _same_schemas}

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        given = super().prepare(item, strict)
        wished = given.pop("optional_extensions", [])
        extensions = [*given.get("extensions", []), *(name for name in wished if self._has(name))]
        settings = {name: str(value) for name, value in given.get("settings", {}).items()}
        schemas = [{"owner": given["owner"], **_given(schema)} for schema in given.get("schemas", [])]
        fixed = {"extensions": extensions, "settings": settings, "schemas": schemas, "everybody": []}
        return {**DEFAULTS, **given, **fixed}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not self._server.exists:
            return {}
        self._available = frozenset(row["name"] for row in self._server.rows(_AVAILABLE))
        wanted = sorted(self._server.databases() & (self._names if keys is None else set(keys)))
        with ThreadPoolExecutor(max_workers=SESSIONS) as pool:
            return dict(zip(wanted, pool.map(self._read, wanted), strict=True))

    def create(self, key: str, desired: State) -> None:
        self._join(desired["owner"])
        names = {"name": sql.Identifier(key), "owner": sql.Identifier(desired["owner"])}
        self._server.execute_alone(sql.SQL("CREATE DATABASE {name} OWNER {owner}").format(**names))
        current = self._read(key)
        self.update(key, desired, current, tuple(name for name in desired if current.get(name) != desired[name]))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        have, want = _owners(current["schemas"]), _owners(desired["schemas"])
        former = {have[name] for name in want if name in have}
        for owner in sorted({current["owner"], desired["owner"], *former, *want.values()}):
            self._join(owner)
        self._server.execute(list(_statements(key, desired, current, fields)), key)

    def _read(self, name: str) -> State:
        (row,) = self._server.rows(_DATABASE, database=name)
        return {
            "name": row["datname"],
            "owner": row["owner"],
            "extensions": row["extensions"],
            "schemas": row["schemas"],
            "connection_limit": row["datconnlimit"],
            "settings": settings_of(row["setconfig"]),
            "everybody": row["everybody"],
        }

    def _has(self, extension: str) -> bool:
        return self._available is None or extension in self._available

    def _join(self, owner: str) -> None:
        """Who is no superuser gives something to a role, and changes what is the role's, as its member only."""
        (row,) = self._server.rows(_MEMBER, (owner,))
        if not row["member"]:
            self._server.execute([sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner))])


def _statements(key: str, desired: State, current: State, fields: tuple[str, ...]) -> Iterator[sql.Composed]:
    database = sql.Identifier(key)
    if "owner" in fields:
        yield sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, sql.Identifier(desired["owner"]))
    if "everybody" in fields:
        yield sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)
        yield sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC").format()
    if "connection_limit" in fields:
        limit = sql.Literal(desired["connection_limit"])
        yield sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(database, limit)
    if "settings" in fields:
        whose = sql.SQL("DATABASE {}").format(database)
        yield from settings_statements(whose, desired["settings"], current["settings"])
    if "extensions" in fields:
        for name in sorted(set(desired["extensions"]) - set(current["extensions"])):
            yield sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE").format(sql.Identifier(name))
    if "schemas" in fields:
        owners = _owners(current["schemas"])
        for name, owner in _owners(desired["schemas"]).items():
            names = {"name": sql.Identifier(name), "owner": sql.Identifier(owner)}
            if name not in owners:
                yield sql.SQL("CREATE SCHEMA {name} AUTHORIZATION {owner}").format(**names)
            elif owners[name] != owner:
                yield sql.SQL("ALTER SCHEMA {name} OWNER TO {owner}").format(**names)


def _owners(schemas: Collection[Mapping[str, str]]) -> dict[str, str]:
    return {schema["name"]: schema["owner"] for schema in schemas}


def _same_schemas(current: list[dict[str, str]], desired: list[dict[str, str]]) -> bool:
    return _owners(desired).items() <= _owners(current).items()


def _given(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if value is not None}
