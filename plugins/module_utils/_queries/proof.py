# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the planner thinks of an index that does not exist, by HypoPG: nothing is proposed that it would not use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Table
from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import MARK, parameters, plannable

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg import sql

_NAME = "iworkz_advisor"


@dataclass(frozen=True)
class Hypothesis:
    """An index as the planner is told of it."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Plan:
    """Cost in the planner's units, and the indexes that the plan reads."""

    cost: float
    indexes: frozenset[str]


class Unplannable(Exception):
    """The planner refuses the statement as it was normalised. It carries the SQLSTATE and not the text, which may hold
    values."""


class Prover:
    """Plans statements in one session, with and without hypothetical indexes.

    Plans are generic (``plan_cache_mode = force_generic_plan``): pg_stat_statements keeps no parameters, so the cost is
    that of the mean value, and not of a rare or a frequent one.

    :param schema: of the extension hypopg.
    """

    def __init__(self, session: psycopg.Connection[Any], schema: str) -> None:
        self._session = session
        self._schema = schema
        session.execute(b"SET plan_cache_mode = force_generic_plan")

    def plan(self, text: str, owner: str, search_path: str) -> Plan:
        """The generic plan of a normalised statement; it is not executed.

        The planner may call functions that the statement names. So that they gain nothing by it, it plans as the
        tables' owner, and in a read-only session.

        :raises Unplannable: when the statement is not accepted.
        """
        ready = plannable(text)
        given = ", ".join(["NULL"] * parameters(ready))
        call = f"{_NAME}({given})" if given else _NAME
        try:
            self._session.execute(b"DEALLOCATE ALL")
            self._session.execute("SELECT set_config('search_path', %s, false)", (search_path,))
            self._session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
            # As binary it goes by the extended protocol, in which a text is one statement or refused.
            self._session.execute(f"{MARK} PREPARE {_NAME} AS {ready}".encode(), binary=True)
            row = self._session.execute(f"{MARK} EXPLAIN (FORMAT JSON) EXECUTE {call}".encode()).fetchone()
        except (psycopg.errors.ProgrammingError, psycopg.errors.DataError) as error:
            raise Unplannable(error.sqlstate) from None
        finally:
            self._session.execute(b"RESET ROLE")
            self._session.execute(b"SET search_path = pg_catalog")
        (tree,) = next(iter((row or {}).values()))
        return Plan(float(tree["Plan"]["Total Cost"]), frozenset(_indexes(tree["Plan"])))

    def suppose(self, table: Table, columns: tuple[str, ...]) -> Hypothesis | None:
        """Tell the planner of a B-tree index; None where the columns' types have no order."""
        definition = statement(table, columns).as_string(self._session)
        create = sql.SQL("SELECT indexrelid, indexname FROM {}(%s)").format(self._of("hypopg_create_index"))
        size = sql.SQL("SELECT {}(%s) AS bytes").format(self._of("hypopg_relation_size"))
        try:
            made = self._session.execute(create, (definition,)).fetchone()
        except (psycopg.errors.UndefinedObject, psycopg.errors.FeatureNotSupported):
            return None
        if made is None:
            return None
        measured = self._session.execute(size, (made["indexrelid"],)).fetchone()
        return Hypothesis(made["indexname"], int((measured or {"bytes": 0})["bytes"]))

    def forget(self) -> None:
        """Take all hypothetical indexes back."""
        self._session.execute(sql.SQL("SELECT {}()").format(self._of("hypopg_reset")))

    def _of(self, function: str) -> sql.Identifier:
        return sql.Identifier(self._schema, function)


def statement(
    table: Table, columns: tuple[str, ...], name: str | None = None, *, concurrently: bool = False
) -> sql.Composed:
    """CREATE INDEX."""
    return sql.SQL("CREATE INDEX {}{}ON {} USING btree ({})").format(
        sql.SQL("CONCURRENTLY ") if concurrently else sql.SQL(""),
        sql.SQL("{} ").format(sql.Identifier(name)) if name else sql.SQL(""),
        sql.Identifier(table.schema, table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def _indexes(node: Mapping[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", []):
        yield from _indexes(child)
