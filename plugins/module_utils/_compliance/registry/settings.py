# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of rows that a user declares: how each is read from the registry, and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import LiteralString

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import (
    Registry,
    Row,
    document,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change


@dataclass(frozen=True)
class Kind:
    """One table.

    :param key: the column that names a row; ``declared`` are those that a user declares, it among them.
    :param remove: how a row goes; the parameter is its key.
    :param write: how one is made or changed; the parameters are ``declared``, by name.
    :param kept: whether a removed row stays, marked so, and a changed one is another row.
    """

    name: str
    option: str
    key: str
    declared: tuple[str, ...]
    query: LiteralString
    write: LiteralString
    remove: LiteralString
    convert: Callable[[Row], Row] = dict
    kept: bool = False

    def read(self, registry: Registry) -> dict[str, Row]:
        """The rows there are, by key, without who and when."""
        rows = registry.rows(self.query) if registry.exists else []
        return {row[self.key]: {name: row[name] for name in self.declared} for row in rows}

    def apply(self, registry: Registry, change: Change) -> None:
        """Make, change or remove the row of a change."""
        if change.action == "delete" or (change.action == "update" and self.kept):
            registry.execute(self.remove, (change.key,))
        if change.action in ("create", "update"):
            if change.after is None:
                raise AssertionError
            registry.connection.execute(self.write, self.convert(change.after))


def _with_document(row: Row) -> Row:
    return {**row, "value": document(row["value"])}


KINDS = (
    Kind(
        name="override",
        option="overrides",
        key="parameter",
        declared=("parameter", "value", "reason"),
        query="SELECT parameter, value, reason FROM overrides WHERE removed_at IS NULL",
        write="INSERT INTO overrides (parameter, value, reason) VALUES (%(parameter)s, %(value)s, %(reason)s)",
        remove="""
            UPDATE overrides SET removed_at = now(), removed_by = who() WHERE parameter = %s AND removed_at IS NULL
        """,
        convert=_with_document,
        kept=True,
    ),
    Kind(
        name="schedule",
        option="schedules",
        key="name",
        declared=("name", "cron", "timezone", "command"),
        query="SELECT name, cron, timezone, command FROM schedules",
        write="""
            INSERT INTO schedules (name, cron, timezone, command)
            VALUES (%(name)s, %(cron)s, %(timezone)s, %(command)s)
            ON CONFLICT (name) DO UPDATE
            SET cron = excluded.cron, timezone = excluded.timezone, command = excluded.command
        """,
        remove="DELETE FROM schedules WHERE name = %s",
    ),
    Kind(
        name="recipient",
        option="recipients",
        key="name",
        declared=("name", "kind", "address", "min_severity", "language"),
        query="SELECT name, kind, address, min_severity, language FROM recipients",
        write="""
            INSERT INTO recipients (name, kind, address, min_severity, language)
            VALUES (%(name)s, %(kind)s, %(address)s, %(min_severity)s, %(language)s)
            ON CONFLICT (name) DO UPDATE
            SET kind = excluded.kind, address = excluded.address, min_severity = excluded.min_severity,
                language = excluded.language
        """,
        remove="DELETE FROM recipients WHERE name = %s",
    ),
    Kind(
        name="retention",
        option="retention",
        key="kind",
        declared=("kind", "days"),
        query="SELECT kind, days FROM retention",
        write="""
            INSERT INTO retention (kind, days) VALUES (%(kind)s, %(days)s)
            ON CONFLICT (kind) DO UPDATE SET days = excluded.days
        """,
        remove="DELETE FROM retention WHERE kind = %s",
    ),
)
