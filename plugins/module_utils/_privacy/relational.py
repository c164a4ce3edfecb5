# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person in one service's database: what is held, and its erasure in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy import catalogue, rows
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.catalogue import Catalogue, Column, Reference
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import IDENTIFYING, Person
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import (
    REGISTERS,
    RESTRICTED,
    Places,
    Table,
    leads,
)

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

BLANKS = {"date": "1900-01-01", "boolean": "false", "integer": "0", "bigint": "0", "numeric": "0", "bytea": ""}
"""What stands in a column that must not be empty, by type; in one of text it is the pseudonym."""
_MOVE = "INSERT INTO {restricted} (request_id, subject_id, place, row, retention, basis, restricted_until)"


@dataclass
class Erased:
    """Rows by what was done with them, and until when and by which basis rows are restricted."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    restricted: list[dict[str, Any]] = field(default_factory=list)
    """``{place, rows, until, basis}``."""

    def add(self, table: Table, what: str, count: int) -> None:
        if count:
            self.counts.setdefault(table.place, Counter())[what] += count


class Relational:
    """
    :param connection: of psycopg, in autocommit, whose rows are dictionaries; its role owns or may use all tables.
    """

    def __init__(self, connection: Any, service: str, places: Places) -> None:
        self.connection = connection
        self.service = service
        self.tables = places.of(service)
        self.catalogue: Catalogue = catalogue.read(connection, self.tables)
        self.personal = tuple(table for table in self.tables.values() if leads(self.tables, table))

    def held(self, subject: str) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        """The person's rows by table, as JSON; tables without any among them."""
        for table in self.personal:
            query = sql.SQL("SELECT to_jsonb(t) AS row FROM {} t WHERE {} ORDER BY to_jsonb(t)::text").format(
                rows.identifier(table.name), self._belongs(table)
            )
            yield table, [found["row"] for found in self.connection.execute(query, {"subject": subject}).fetchall()]

    def count(self, subject: str) -> dict[str, int]:
        """The person's rows by place."""
        counts = {}
        for table in self.personal:
            query = sql.SQL("SELECT count(*) AS n FROM {} t WHERE {}").format(
                rows.identifier(table.name), self._belongs(table)
            )
            counts[table.place] = int(self.connection.execute(query, {"subject": subject}).fetchone()["n"])
        return counts

    def search(self, person: Person) -> dict[str, int]:
        """Rows anywhere in the database's declared tables in which the person is recognised, by place.

        A name alone is not counted where the row is another person's: namesakes exist.
        """
        found = {}
        for table in self.tables.values():
            if not self._searched(table):
                continue
            other: sql.Composable = sql.SQL("true")
            if table in self.personal:
                other = self._belongs(table)
            query = sql.SQL(
                "SELECT count(*) AS n FROM {} t WHERE t::text ~ %(any)s AND (t::text ~ %(sure)s OR {})"
            ).format(rows.identifier(table.name), other)
            given = {"any": person.pattern, "sure": person.sure, "subject": person.subject}
            count = int(self.connection.execute(query, given).fetchone()["n"])
            if count:
                found[table.place] = count
        return found

    def erase(self, subject: str, pseudonym: str, request: str, today: date) -> Erased:
        """Move what has to be kept, pseudonymise what stays, delete the rest: all of it or nothing.

        Does nothing where it was done before.
        """
        done = Erased()
        given = {"subject": subject, "pseudonym": pseudonym, "request": request, "today": today}
        order = [table for table in self.catalogue.children_first(self.tables) if self._searched(table)]
        with self.connection.transaction():
            # Rows are moved before any is changed, and children go while the parents they are found by are there.
            for table in order:
                if table in self.personal and table.retention.withstands:
                    self._move(table, given, done)
            for table in reversed(order):
                self._stand_in(table, given, done)
            for table in order:
                self._unmention(table, given, done)
                if table in self.personal and table.erasable:
                    self._leave(table, given, done)
        return done

    @staticmethod
    def _searched(table: Table) -> bool:
        """Whether nothing of a person who was erased may be in it."""
        return table.schema != REGISTERS and table.name != RESTRICTED

    def _belongs(self, table: Table) -> sql.Composed:
        return rows.belongs(self.tables, table, sql.SQL("= %(subject)s"))

    def _move(self, table: Table, given: Mapping[str, Any], done: Erased) -> None:
        ends = rows.ends(self.tables, table)
        statement = sql.SQL(
            _MOVE + " SELECT %(request)s, %(subject)s, {place}, to_jsonb(t), {retention}, {basis}, {ends}"
            " FROM {table} t WHERE {belongs} AND {ends} >= %(today)s::date"
            " RETURNING restricted_until"
        ).format(
            restricted=rows.identifier(RESTRICTED),
            place=sql.Literal(table.name),
            retention=sql.Literal(table.retention.id),
            basis=sql.Literal(table.retention.basis),
            ends=ends,
            table=rows.identifier(table.name),
            belongs=self._belongs(table),
        )
        moved = [row["restricted_until"] for row in self.connection.execute(statement, given).fetchall()]
        if moved:
            done.add(table, "restricted", len(moved))
            until = {"until": max(moved).isoformat(), "basis": table.retention.basis, "retention": table.retention.id}
            done.restricted.append({"place": table.place, "rows": len(moved), **until})

    def _stays(self, table: Table) -> bool:
        """Whether an erasure leaves the person's rows of a table where they are, without the person."""
        return table.retention.action == "pseudonymise" or table.only_named

    def _stand_in(self, table: Table, given: Mapping[str, Any], done: Erased) -> None:
        """A row of nobody for others to refer to, where rows that stay may not do without one."""
        if table.subject is None or not self._needed(table, given):
            return
        columns = self.catalogue.columns[table.name]
        values = [self._blank(table, column, secrets=True) for column in columns.values() if not column.generated]
        names = [sql.Identifier(column.name) for column in columns.values() if not column.generated]
        statement = sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {values} FROM {table} t WHERE t.{subject} = %(subject)s"
            " ON CONFLICT DO NOTHING"
        ).format(
            table=rows.identifier(table.name),
            names=sql.SQL(", ").join(names),
            values=sql.SQL(", ").join(values),
            subject=sql.Identifier(table.subject),
        )
        done.add(table, "stand_ins", self.connection.execute(statement, given).rowcount)

    def _needed(self, table: Table, given: Mapping[str, Any]) -> bool:
        for reference in self.catalogue.references:
            if (reference.parent, reference.key) != (table.name, table.subject) or not self._kept(reference):
                continue
            query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} = %(subject)s) AS found").format(
                rows.identifier(reference.child), sql.Identifier(reference.column)
            )
            if self.connection.execute(query, given).fetchone()["found"]:
                return True
        return False

    def _kept(self, reference: Reference) -> bool:
        """Whether rows that refer so stay, and can't refer to nobody."""
        child = self.tables.get(reference.child)
        if child is None or self.catalogue.columns[reference.child][reference.column].nullable:
            return False
        return reference.column in child.mentions or (reference.column == child.subject and self._stays(child))

    def _unmention(self, table: Table, given: Mapping[str, Any], done: Erased) -> None:
        """Take the person's id out of rows that are others'."""
        for name in table.mentions:
            column = self.catalogue.columns[table.name][name]
            statement = sql.SQL("UPDATE {} SET {} = {} WHERE {} = %(subject)s").format(
                rows.identifier(table.name), sql.Identifier(name), _nobody(column), sql.Identifier(name)
            )
            done.add(table, "unnamed", self.connection.execute(statement, given).rowcount)

    def _leave(self, table: Table, given: Mapping[str, Any], done: Erased) -> None:
        """Delete the person's rows, or take the person out of them."""
        belongs, name = self._belongs(table), rows.identifier(table.name)
        if not self._stays(table) or (table.subject and self._needed_by_original(table, given)):
            statement = sql.SQL("DELETE FROM {} t WHERE {}").format(name, belongs)
            done.add(table, "deleted", self.connection.execute(statement, given).rowcount)
            return
        changes = self.changes(table)
        if not changes:
            return
        statement = sql.SQL("UPDATE {} t SET {} WHERE {}").format(name, sql.SQL(", ").join(changes), belongs)
        done.add(table, "pseudonymised", self.connection.execute(statement, given).rowcount)

    def changes(self, table: Table) -> list[sql.Composable]:
        """Assignments that take the person out of a row (%(pseudonym)s); none where it does not say who it is."""
        return [
            sql.SQL("{} = {}").format(sql.Identifier(column.name), self._blank(table, column))
            for column in self.catalogue.columns[table.name].values()
            if self._recognises(table, column)
        ]

    def _needed_by_original(self, table: Table, given: Mapping[str, Any]) -> bool:
        """Whether somebody stands in for the row already, so that it has to go."""
        query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} = %(pseudonym)s) AS found").format(
            rows.identifier(table.name), sql.Identifier(str(table.subject))
        )
        unique = self.catalogue.columns[table.name][str(table.subject)].distinguishes
        return unique and bool(self.connection.execute(query, given).fetchone()["found"])

    def _recognises(self, table: Table, column: Column) -> bool:
        special = table.columns.get(column.name) in ("sensitive_personal", "my_number")
        return column.name == table.subject or special or column.name in IDENTIFYING

    def _blank(self, table: Table, column: Column, *, secrets: bool = False) -> sql.Composable:
        """The column's value without the person, and without what is confidential where rows are nobody's at all."""
        if not self._recognises(table, column) and not (secrets and table.columns.get(column.name) == "confidential"):
            return sql.SQL("t.{}").format(sql.Identifier(column.name))
        if column.name == table.subject and column.distinguishes:
            return sql.SQL("%(pseudonym)s")
        return _nobody(column)


def _nobody(column: Column) -> sql.Composable:
    if column.nullable:
        return sql.SQL("NULL")
    if column.type in BLANKS:
        return sql.SQL("{}::{}").format(sql.Literal(BLANKS[column.type]), sql.SQL(column.type))
    return sql.SQL("%(pseudonym)s")
