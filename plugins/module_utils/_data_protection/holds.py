# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Legal holds as declared. Others stay: a hold ends when it is lifted, or on its last day, and is never deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.schemas import Server
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

HOLDER, SCHEMA = "compliance", "privacy"
"""The service in whose database the registers are, and their schema there."""

COLUMNS = ("hold_id", "subject_id", "reason", "until", "ordered_by")
SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "hold_id": {"type": "str", "required": True},
        # Of a person, and so in no log and no difference that is shown.
        "subject_id": {"type": "str", "no_log": True},
        "reason": {"type": "str"},
        "until": {"type": "str"},
        "ordered_by": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    },
    "required_if": [("state", "present", ("subject_id", "reason", "ordered_by"))],
}
# As a document, since before its migration a table lacks columns.
_ROWS = "SELECT to_jsonb(h) AS row FROM legal_holds h"
_PLACE = """
INSERT INTO legal_holds (hold_id, subject_id, reason, until, ordered_by)
VALUES (%(hold_id)s, %(subject_id)s, %(reason)s, %(until)s, %(ordered_by)s)
"""
_CHANGE = """
UPDATE legal_holds SET reason = %(reason)s, until = %(until)s, ordered_by = %(ordered_by)s WHERE hold_id = %(hold_id)s
"""
_LIFT = "UPDATE legal_holds SET lifted_at = now(), lifted_by = who() WHERE hold_id = %s AND lifted_at IS NULL"


class Holds(StoreResource):
    """:param there: whether the database can be looked at."""

    kind: ClassVar[str] = "hold"
    option: ClassVar[str] = "holds"
    key: ClassVar[str] = "hold_id"
    depends_on = ("schema",)

    def __init__(self, server: Server, declared: Sequence[Mapping[str, Any]], there: Callable[[], bool]) -> None:
        self._server, self._there = server, there
        self._declared = {item["hold_id"]: item for item in declared}

    def validate(self, item: dict[str, Any]) -> list[str]:
        if item["state"] == "absent":
            return []
        errors = [f"{name} is empty" for name in ("subject_id", "reason", "ordered_by") if not item[name].strip()]
        try:
            date.fromisoformat(item["until"] or "9999-12-31")
        except ValueError:
            errors.append(f"until is {item['until']!r}, and must be a day as 2027-03-31")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        if item["state"] == "absent":
            return {"hold_id": item["hold_id"], "state": "absent"}
        return {**dict.fromkeys(COLUMNS), **super().prepare(item, strict)}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        """Raises InvalidInput for a hold that was lifted or is another person's, and is declared all the same."""
        # What is not there is lifted.
        absent = {name: one for name, one in self._declared.items() if one["state"] == "absent"}
        found: dict[str, State] = {name: {"hold_id": name, "state": "absent"} for name in absent}
        rows = self._rows()
        errors = [error for name, one in self._declared.items() if name in rows for error in _refused(one, rows[name])]
        if errors:
            raise InvalidInput([f"holds: {error}" for error in errors])
        for name in rows.keys() & self._declared.keys():
            columns = {column: rows[name].get(column) for column in COLUMNS}
            found[name] = {**columns, "state": _state(rows[name])}
        return found

    def create(self, key: str, desired: State) -> None:
        self._execute(_PLACE, desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if desired["state"] == "absent":
            self._execute(_LIFT, (key,))
        else:
            self._execute(_CHANGE, desired)

    def _rows(self) -> dict[str, dict[str, Any]]:
        if not self._there():
            return {}
        with self._server.session(HOLDER, SCHEMA) as session:
            if not session.rows("SELECT to_regclass('legal_holds') IS NOT NULL AS there")[0]["there"]:
                return {}
            return {row["row"]["hold_id"]: row["row"] for row in session.rows(_ROWS)}

    def _execute(self, statement: Any, values: Any) -> None:
        with self._server.session(HOLDER, SCHEMA) as session:
            session.connection.execute(statement, values)


def _state(row: Mapping[str, Any]) -> str:
    return "absent" if row["lifted_at"] else "present"


def _refused(declared: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    if declared["state"] == "absent":
        return []
    if _state(row) == "absent":
        return [f"{row['hold_id']} was lifted on {row['lifted_at'][:10]}: a new hold has an id of its own"]
    if row["subject_id"] != declared["subject_id"]:
        return [f"{row['hold_id']} is on another person: a new hold has an id of its own"]
    return []
