# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which columns of which tables a statement looks rows up by, and the indexes that could serve it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Index, Table
from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import plannable

with suppress(ImportError):  # advise.require() says so
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

WIDEST = 3
"""Columns of a proposed index."""
MOST = 8
"""Candidates of a statement for one table."""
_PARAMETER = re.compile(r"\$(\d+)")
_COMPARED = ("GT", "GTE", "LT", "LTE", "Between")


class Unreadable(Exception):
    """The statement is beyond the parser. It says nothing of the statement, which may hold values."""


@dataclass
class Use:
    """A table in a statement: columns compared for equality, by range, and sorted by."""

    table: Table
    equal: list[str] = field(default_factory=list)
    ranged: list[str] = field(default_factory=list)
    sorted: list[str] = field(default_factory=list)


Named = Mapping[tuple[str, str], Table]
"""Tables by schema and name."""


def uses(text: str, search_path: Iterable[str], tables: Named) -> list[Use]:
    """The tables that a statement looks rows up in.

    :raises Unreadable: when the statement cannot be parsed.
    """
    try:
        # "$1,$" would begin a quoted string for the parser.
        tree = sqlglot.parse_one(_PARAMETER.sub(r"iworkz_parameter(\1)", plannable(text)), read="postgres")
    except (SqlglotError, RecursionError):
        raise Unreadable from None
    if tree is None:
        raise Unreadable
    tree = normalize_identifiers(tree, dialect="postgres")
    path = tuple(search_path)
    defined = {each.alias_or_name for each in tree.find_all(exp.CTE)}
    found: list[Use] = []
    for node in tree.find_all(exp.Select, exp.Update, exp.Delete):
        found += _of_node(node, path, tables, defined)
    return [use for use in found if use.equal or use.ranged or use.sorted]


def candidates(use: Use, present: Iterable[Index]) -> list[tuple[str, ...]]:
    """Columns of indexes that could serve a use, and that no index there begins with; the most selective first."""
    known = use.table.columns
    equal = sorted(use.equal, key=lambda column: (-known.get(column, 0), column))[:WIDEST]
    wished: list[tuple[str, ...]] = [tuple(equal)]
    wished += [(*equal[: WIDEST - 1], column) for column in use.ranged]
    wished += [(*equal, *use.sorted)] if len(equal) + len(use.sorted) <= WIDEST else []
    wished += [(column,) for column in [*equal, *use.ranged]]
    wished += [tuple(use.sorted[:WIDEST])]
    there = [index.columns for index in present if _serves(index)]
    return [
        columns
        for columns in dict.fromkeys(wished)
        if columns
        and len(set(columns)) == len(columns)
        and set(columns) <= known.keys()
        and not any(own[: len(columns)] == columns for own in there)
    ][:MOST]


def _serves(index: Index) -> bool:
    return index.valid and index.method == "btree" and not index.predicate


def _of_node(node: exp.Expression, path: tuple[str, ...], tables: Named, defined: set[str]) -> Iterator[Use]:
    own = _sources(node, path, tables, defined)
    scopes = [own, *(_sources(outer, path, tables, defined) for outer in _outer(node))]
    for conjunct in _conjuncts(node):
        for column, kind in _looked_up(conjunct):
            use = _owner(column, scopes)
            if use is not None and any(use is mine for mine in own.values()):
                listed = getattr(use, kind)
                if column.name not in listed:
                    listed.append(column.name)
    for join in node.args.get("joins") or []:
        for identifier in join.args.get("using") or []:
            for use in own.values():
                if identifier.name in use.table.columns and identifier.name not in use.equal:
                    use.equal.append(identifier.name)
    _sort(node, own)
    yield from own.values()


def _sources(node: exp.Expression, path: tuple[str, ...], tables: Named, defined: set[str]) -> dict[str, Use]:
    origin = node.args.get("from_")
    listed = [origin.this] if origin else []
    listed += [join.this for join in node.args.get("joins") or []]
    if isinstance(node, (exp.Update, exp.Delete)):
        listed += [node.this, *(node.args.get("using") or [])]
    found: dict[str, Use] = {}
    for each in listed:
        if not isinstance(each, exp.Table) or (not each.db and each.name in defined):
            continue
        schemas = (each.db,) if each.db else path
        table = next((tables[schema, each.name] for schema in schemas if (schema, each.name) in tables), None)
        if table is not None:
            found[each.alias_or_name] = Use(table)
    return found


def _outer(node: exp.Expression) -> Iterator[exp.Expression]:
    above = node.parent
    while above is not None:
        if isinstance(above, (exp.Select, exp.Update, exp.Delete)):
            yield above
        above = above.parent


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    conditions = [node.args.get("where"), *(join.args.get("on") for join in node.args.get("joins") or [])]
    for condition in conditions:
        if condition is None:
            continue
        bare = condition.this if isinstance(condition, exp.Where) else condition
        waiting = [bare]
        while waiting:
            each = waiting.pop(0).unnest()
            if isinstance(each, exp.And):
                waiting = [each.left, each.right, *waiting]
            else:
                yield each


def _looked_up(conjunct: exp.Expression) -> Iterator[tuple[exp.Column, str]]:
    """Columns that an index could find rows by, and whether by equality or range. What is inside of a function or an
    OR is left alone."""
    if isinstance(conjunct, exp.EQ):
        sides = (conjunct.left, conjunct.right)
        for column, other in (sides, sides[::-1]):
            if isinstance(column, exp.Column) and not _same_table(column, other):
                yield column, "equal"
    elif isinstance(conjunct, exp.In) and isinstance(conjunct.this, exp.Column):
        yield conjunct.this, "equal"
    elif isinstance(conjunct, exp.Is) and isinstance(conjunct.this, exp.Column):
        if isinstance(conjunct.expression, exp.Null):
            yield conjunct.this, "equal"
    elif type(conjunct).__name__ in _COMPARED:
        for side in (conjunct.this, conjunct.args.get("expression")):
            if isinstance(side, exp.Column):
                yield side, "ranged"


def _same_table(column: exp.Column, other: Any) -> bool:
    """Whether the other side depends on the same table, which an index can't find by."""
    return any(each.table == column.table for each in other.find_all(exp.Column))


def _owner(column: exp.Column, scopes: list[dict[str, Use]]) -> Use | None:
    for scope in scopes:
        if column.table:
            if column.table in scope:
                return scope[column.table] if column.name in scope[column.table].table.columns else None
            continue
        having = [use for use in scope.values() if column.name in use.table.columns]
        if having:
            return having[0] if len(having) == 1 else None
    return None


def _sort(node: exp.Expression, own: dict[str, Use]) -> None:
    """What the first rows are sorted by, when an index could give them in this order."""
    order = node.args.get("order")
    if order is None or node.args.get("limit") is None:
        return
    keys = [each for each in order.expressions if isinstance(each, exp.Ordered)]
    columns = [each.this for each in keys if isinstance(each.this, exp.Column)]
    if len(columns) != len(order.expressions) or len({bool(each.args.get("desc")) for each in keys}) != 1:
        return
    owners = [_owner(column, [own]) for column in columns]
    if owners[0] is not None and all(owner is owners[0] for owner in owners):
        owners[0].sorted = [column.name for column in columns]
