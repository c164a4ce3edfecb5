# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of a PostgreSQL server: login, password in force, memberships, limits, settings, and no more than that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from operator import eq
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_server import Server
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_users import Keeper
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

# Ends the comment of every role made here: purge looks at no other.
MARK = "(iworkz.platform{})"
# What no declared role may have, by the column of pg_roles.
ATTRIBUTES = {
    "rolsuper": "SUPERUSER",
    "rolcreatedb": "CREATEDB",
    "rolcreaterole": "CREATEROLE",
    "rolreplication": "REPLICATION",
    "rolbypassrls": "BYPASSRLS",
}
DEFAULTS: State = {"login": False, "member_of": [], "connection_limit": -1, "settings": {}, "comment": ""}
LOGINS = 8

_ROLES = """
SELECT r.oid, r.rolname, r.rolcanlogin, r.rolconnlimit, r.rolconfig, shobj_description(r.oid, 'pg_authid') AS comment,
       r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid ORDER BY 1) AS member_of
FROM pg_roles r
"""


class Roles(StoreResource):
    """``settings`` and ``member_of`` stand for all there are; ``attributes`` are those that have to go."""

    kind: ClassVar[str] = "role"
    option: ClassVar[str] = "roles"
    unordered: ClassVar[frozenset[str]] = frozenset({"member_of"})

    def __init__(
        self, server: Server, keeper: Keeper, declared: Collection[Mapping[str, Any]], scope: str | None = None
    ) -> None:
        self._server = server
        self._keeper = keeper
        self._mark = mark(scope)
        self._secrets = {str(item["name"]): item["secret"] for item in declared if item.get("secret")}

    @property
    def equal(self) -> Mapping[str, Equal]:
        return {**super().equal, "settings": eq}

    def validate(self, item: dict[str, Any]) -> list[str]:
        return ["has a secret but no login: a password is of no use to it"] if _idle_secret(item) else []

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        given = super().prepare(item, strict)
        settings = {name: str(value) for name, value in given.get("settings", {}).items()}
        comment = f"{given.get('comment', '')} {self._mark}".strip()
        return {**DEFAULTS, **given, "settings": settings, "comment": comment, "attributes": []}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not self._server.exists:
            return {}
        rows = self._server.rows(_ROLES)
        states = {row["rolname"]: _state(row) for row in rows if keys is None or row["rolname"] in keys}
        for name in self._in_force(states):
            states[name]["secret"] = self._secrets[name]
        return states

    def owns(self, state: State) -> bool:
        return str(state["comment"]).endswith(self._mark)

    def create(self, key: str, desired: State) -> None:
        role = sql.Identifier(key)
        self._server.execute([sql.SQL("CREATE ROLE {}").format(role), *self._statements(key, desired, DEFAULTS)])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        changed = {name: desired[name] for name in fields}
        self._server.execute([*_without_attributes(key, current), *self._statements(key, changed, current)])

    def delete(self, key: str, current: State) -> None:
        self._server.execute([sql.SQL("DROP ROLE {}").format(sql.Identifier(key))])

    def _in_force(self, states: Mapping[str, State]) -> list[str]:
        """Names of the roles that the password in their secret lets in."""
        found = self._keeper.read([self._secrets[name] for name in states if name in self._secrets])
        asked = [
            (name, found[self._secrets[name]])
            for name, state in states.items()
            if state["login"] and self._secrets.get(name) in found
        ]
        with ThreadPoolExecutor(max_workers=LOGINS) as pool:
            answers = pool.map(lambda one: self._server.accepts(*one), asked)
        return [name for (name, _secret), accepted in zip(asked, answers, strict=True) if accepted]

    def _statements(self, key: str, changed: State, current: State) -> Iterator[sql.Composed]:
        role = sql.Identifier(key)
        if "login" in changed:
            yield sql.SQL("ALTER ROLE {} {}").format(role, sql.SQL("LOGIN" if changed["login"] else "NOLOGIN"))
        if "secret" in changed:
            verifier = self._keeper.ensure(changed["secret"], key)["verifier"]
            yield sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(verifier))
        if "connection_limit" in changed:
            limit = sql.Literal(changed["connection_limit"])
            yield sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(role, limit)
        if "comment" in changed:
            yield sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(changed["comment"]))
        if "settings" in changed:
            yield from settings_statements(sql.SQL("ROLE {}").format(role), changed["settings"], current["settings"])
        if "member_of" in changed:
            have, want = set(current["member_of"]), set(changed["member_of"])
            for group in sorted(have - want):
                yield sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), role)
            for group in sorted(want - have):
                yield sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), role)


def mark(scope: str | None) -> str:
    """What the comments of roles end with that are declared in a scope, None being the one without a name."""
    return MARK.format(f" {scope}" if scope else "")


def settings_statements(
    whose: sql.Composable, want: Mapping[str, str], have: Mapping[str, str]
) -> Iterator[sql.Composed]:
    """``ALTER ROLE`` or ``ALTER DATABASE`` statements from one set of settings to another."""
    for name in sorted(have.keys() - want.keys()):
        yield sql.SQL("ALTER {} RESET {}").format(whose, sql.Identifier(name))
    for name, value in sorted(want.items()):
        if have.get(name) != value:
            yield sql.SQL("ALTER {} SET {} = {}").format(whose, sql.Identifier(name), sql.Literal(value))


def settings_of(config: list[str] | None) -> dict[str, str]:
    """Settings by name, from a ``setconfig`` column."""
    return dict(entry.split("=", 1) for entry in config or [])


def _state(row: Mapping[str, Any]) -> State:
    return {
        "name": row["rolname"],
        "login": row["rolcanlogin"],
        "member_of": row["member_of"],
        "connection_limit": row["rolconnlimit"],
        "settings": settings_of(row["rolconfig"]),
        "comment": row["comment"] or "",
        "attributes": [name for column, name in ATTRIBUTES.items() if row[column]],
    }


def _without_attributes(key: str, current: State) -> Iterator[sql.Composed]:
    for attribute in current["attributes"]:
        yield sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(key), sql.SQL(f"NO{attribute}"))


def _idle_secret(item: Mapping[str, Any]) -> bool:
    return bool(item.get("secret")) and not item.get("login")
