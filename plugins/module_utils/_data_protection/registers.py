# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registers that are declared: processing activities, vendors, transfers, whose other rows are taken out; holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection import holds
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.holds import HOLDER, SCHEMA
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.schemas import Schemas, Server
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource, reconcile

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

_NAME: dict[str, Any] = {"type": "str", "required": True}
_STRING: dict[str, Any] = {"type": "str"}
_NAMES: dict[str, Any] = {"type": "list", "elements": "str", "default": []}


def _list(**options: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options}


SPEC: dict[str, dict[str, Any]] = {
    "instance": _NAME,
    "secret_prefix": {"type": "str", "required": True, "no_log": False},
    "ca_bundle": {"type": "path"},
    "schemas": _list(service=_NAME, names={"type": "list", "elements": "str", "required": True}),
    "activities": _list(
        activity=_NAME,
        purpose=_NAME,
        basis=_NAME,
        legitimate_interest=_STRING,
        subjects=_NAMES,
        categories=_NAMES,
        recipients=_NAMES,
        transfers=_NAMES,
        retention=_NAMES,
        measures=_NAMES,
        controller=_NAME,
        reviewed_on=_NAME,
    ),
    "vendors": _list(
        vendor_id=_NAME,
        employer_id=_NAME,
        name=_NAME,
        country=_NAME,
        role=_NAME,
        agreement_from=_STRING,
        agreement_until=_STRING,
        agreement_reference=_STRING,
        last_review_on=_STRING,
    ),
    "transfers": _list(
        transfer_id=_NAME,
        employer_id=_NAME,
        vendor_id=_NAME,
        basis=_NAME,
        consent_informed={"type": "bool"},
        last_review_on=_STRING,
        started_on=_STRING,
        ended_on=_STRING,
    ),
    "holds": holds.SPEC,
}


class Register(StoreResource):
    """One table, the option of its name; columns that are not declared are NULL."""

    depends_on = ("schema",)

    def __init__(self, server: Server, there: Callable[[], bool]) -> None:
        self._server, self._there = server, there
        self._columns = tuple(SPEC[self.option]["options"])
        self._table = (SCHEMA, self.option)

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {**dict.fromkeys(self._columns), **super().prepare(item, strict)}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not self._there():
            return {}
        columns = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        with self._server.session(HOLDER, SCHEMA) as session:
            if not session.rows("SELECT to_regclass('activities') IS NOT NULL AS there")[0]["there"]:
                return {}
            query = sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(*self._table))
            rows = session.connection.execute(query).fetchall()
        return {row[self.key]: plain(row) for row in rows if keys is None or row[self.key] in keys}

    def owns(self, state: State) -> bool:
        return True

    def create(self, key: str, desired: State) -> None:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(*self._table),
            sql.SQL(", ").join(map(sql.Identifier, desired)),
            sql.SQL(", ").join(sql.Placeholder() * len(desired)),
        )
        self._execute(statement, list(desired.values()))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        changes = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in fields)
        statement = sql.SQL("UPDATE {} SET {}, changed_at = now(), changed_by = who() WHERE {} = %s").format(
            sql.Identifier(*self._table), changes, sql.Identifier(self.key)
        )
        self._execute(statement, [*(desired[name] for name in fields), key])

    def delete(self, key: str, current: State) -> None:
        statement = sql.SQL("DELETE FROM {} WHERE {} = %s").format(
            sql.Identifier(*self._table), sql.Identifier(self.key)
        )
        self._execute(statement, [key])

    def _execute(self, statement: sql.Composed, values: list[Any]) -> None:
        with self._server.session(HOLDER, SCHEMA) as session:
            session.connection.execute(statement, values)


class Activities(Register):
    kind: ClassVar[str] = "activity"
    option: ClassVar[str] = "activities"
    key: ClassVar[str] = "activity"


class Vendors(Register):
    kind: ClassVar[str] = "vendor"
    option: ClassVar[str] = "vendors"
    key: ClassVar[str] = "vendor_id"


class Transfers(Register):
    kind: ClassVar[str] = "transfer"
    option: ClassVar[str] = "transfers"
    key: ClassVar[str] = "transfer_id"
    depends_on = ("vendor",)


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Reconcile and report, as the service modules do (``_aws/service.py``).

    :raises ReconcileError: when the instance cannot be reached, or a migration was changed after it was applied.
    """
    clients = Clients(params)
    server = Server(clients, params["instance"], params["secret_prefix"], params["ca_bundle"])

    def there() -> bool:
        return not check_mode or server.has(HOLDER)

    adapters = [
        Schemas(server, params["schemas"] or [], check_mode=check_mode),
        Activities(server, there),
        Vendors(server, there),
        Transfers(server, there),
        holds.Holds(server, params["holds"] or [], there),
    ]
    return reconcile(adapters, {**params, "purge": True}, check_mode=check_mode, calls=clients.calls)
