# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The retention schedule in one service's database: which rows are overdue, and what is done with them, in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy import rows
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import ERASED
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Table, steps
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.relational import Relational
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

ENDING = ("delete", "pseudonymise", "restrict")
"""Actions of which the schedule does something; the others' stores do it by themselves, or there is nothing to do."""


class Schedule:
    """
    :param held: ids of all who are under legal hold.
    """

    def __init__(self, database: Relational, today: date, held: Sequence[str]) -> None:
        self._database = database
        self._given = {"today": today, "held": list(held), "nobody": f"{ERASED}%"}
        views = database.catalogue.views
        self.tables = [
            table
            for table in database.catalogue.children_first(database.tables)
            if table.retention.timed
            and table.retention.action in ENDING
            and table.name not in views
            and steps(database.tables, table, "starts") is not None
            and (table.retention.action != "pseudonymise" or database.changes(table))
        ]

    @property
    def periods(self) -> dict[str, dict[str, str]]:
        """``{retention, period, action, basis}`` by place: what the schedule goes by."""
        return {
            table.place: {
                "retention": table.retention.id,
                "period": table.retention.interval,
                "action": table.retention.action,
                "basis": table.retention.basis,
            }
            for table in self.tables
        }

    def count(self, table: Table) -> dict[str, int]:
        """``overdue``: to be ended now; ``held``: not, for a legal hold; ``waiting``: not before rows that refer to
        them, which are kept longer: the longest period decides."""
        query = sql.SQL(
            "SELECT count(*) FILTER (WHERE NOT held AND NOT waiting) AS overdue, count(*) FILTER (WHERE held) AS held,"
            " count(*) FILTER (WHERE waiting AND NOT held) AS waiting"
            " FROM (SELECT {held} AS held, {waiting} AS waiting FROM {table} t WHERE {overdue}) AS due"
        ).format(
            held=self._held(table),
            waiting=self._waiting(table),
            table=rows.identifier(table.name),
            overdue=self._overdue(table),
        )
        found: dict[str, int] = self._database.connection.execute(query, self._given).fetchone()
        return found

    def end(self, table: Table, batch: int, pseudonym: str) -> int:
        """End what is overdue, each batch by itself; return the number of rows."""
        due = sql.SQL("SELECT ctid FROM {} t WHERE {} AND NOT {} AND NOT {} LIMIT {} FOR UPDATE SKIP LOCKED").format(
            rows.identifier(table.name),
            self._overdue(table),
            self._held(table),
            self._waiting(table),
            sql.Literal(batch),
        )
        if table.retention.action == "pseudonymise":
            if table.subject is None or self._database.catalogue.columns[table.name][table.subject].distinguishes:
                raise ReconcileError(
                    f"{table.place}: rows that the person is the key of can't be pseudonymised; delete them"
                )
            change = sql.SQL("UPDATE {} t SET {} WHERE t.ctid = ANY(ARRAY({}))").format(
                rows.identifier(table.name), sql.SQL(", ").join(self._database.changes(table)), due
            )
        else:
            change = sql.SQL("DELETE FROM {} t WHERE t.ctid = ANY(ARRAY({}))").format(rows.identifier(table.name), due)
        total = 0
        while count := self._database.connection.execute(change, {**self._given, "pseudonym": pseudonym}).rowcount:
            total += count
        return total

    def _overdue(self, table: Table) -> sql.Composed:
        overdue = rows.overdue(self._database.tables, table)
        if table.retention.action != "pseudonymise":
            return overdue
        # Whose person has gone is done with.
        subject = sql.Identifier(str(table.subject))
        return sql.SQL("{} AND t.{} IS NOT NULL AND t.{} NOT LIKE %(nobody)s").format(overdue, subject, subject)

    def _held(self, table: Table) -> sql.Composable:
        if table not in self._database.personal:
            return sql.SQL("false")
        belongs = rows.belongs(self._database.tables, table, sql.SQL("= ANY(%(held)s)"))
        return sql.SQL("coalesce({}, false)").format(belongs)

    def _waiting(self, table: Table) -> sql.Composable:
        if table.retention.action == "pseudonymise":
            return sql.SQL("false")
        references: Sequence[Any] = [one for one in self._database.catalogue.references if one.parent == table.name]
        if not references:
            return sql.SQL("false")
        each = [
            sql.SQL("EXISTS (SELECT FROM {} WHERE {} = t.{})").format(
                rows.identifier(one.child), sql.Identifier(one.column), sql.Identifier(one.key)
            )
            for one in references
        ]
        return sql.SQL("({})").format(sql.SQL(" OR ").join(each))


def overdue_total(counts: Mapping[str, Mapping[str, int]]) -> int:
    """How many rows are overdue in all places."""
    return sum(of["overdue"] for of in counts.values())
