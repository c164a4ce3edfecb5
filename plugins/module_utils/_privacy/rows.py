# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which rows are a person's, and when their period ends, as SQL. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Parent, Table, steps

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

ROW = "t"
"""Alias of a table in every statement here."""


def identifier(table: str) -> sql.Identifier:
    """A table's name with its schema."""
    return sql.Identifier(*table.split(".", 1))


def belongs(tables: Mapping[str, Table], table: Table, people: sql.Composable) -> sql.Composed:
    """Condition on ``t``: the row is of one of these people.

    :param people: what stands after the column, ``= %(subject)s`` or ``= ANY(%(held)s)``.
    """
    found = steps(tables, table, "subject")
    if found is None:
        raise LookupError(f"{table.place} holds nobody's rows")
    way, column = found
    return _through(way, sql.SQL("{}.{} {}").format(sql.Identifier(_alias(len(way))), sql.Identifier(column), people))


def start(tables: Mapping[str, Table], table: Table) -> sql.Composable:
    """Expression on ``t``: when the row's period began, NULL while it has not."""
    found = steps(tables, table, "starts")
    if found is None:
        return sql.SQL("NULL::date")
    way, column = found
    value: sql.Composable = sql.SQL("{}.{}").format(sql.Identifier(_alias(len(way))), sql.Identifier(column))
    for depth in range(len(way), 0, -1):
        value = sql.SQL("(SELECT {} FROM {} {} WHERE {})").format(value, *_step(way[depth - 1], depth))
    return value


def ends(tables: Mapping[str, Table], table: Table) -> sql.Composed:
    """Expression on ``t``: the day its period ends; of one that has not begun, as if it began today (%(today)s)."""
    begun = sql.SQL("COALESCE(({})::date, %(today)s::date)").format(start(tables, table))
    return sql.SQL("({} + {}::interval)::date").format(begun, sql.Literal(table.retention.interval))


def overdue(tables: Mapping[str, Table], table: Table) -> sql.Composed:
    """Condition on ``t``: its period began, and has ended."""
    begun = sql.SQL("({})::date").format(start(tables, table))
    return sql.SQL("({} + {}::interval)::date < %(today)s::date").format(begun, sql.Literal(table.retention.interval))


def _through(way: list[Parent], condition: sql.Composed) -> sql.Composed:
    for depth in range(len(way), 0, -1):
        condition = sql.SQL("EXISTS (SELECT FROM {} {} WHERE {} AND {})").format(
            *_step(way[depth - 1], depth), condition
        )
    return condition


def _step(parent: Parent, depth: int) -> tuple[sql.Composable, sql.Composable, sql.Composable]:
    """Table, alias and condition of the join of a row with its parent."""
    here, child = sql.Identifier(_alias(depth)), sql.Identifier(_alias(depth - 1))
    on = sql.SQL("{}.{} = {}.{}").format(here, sql.Identifier(parent.key), child, sql.Identifier(parent.column))
    return identifier(parent.table), here, on


def _alias(depth: int) -> str:
    return ROW if depth == 0 else f"p{depth}"
