# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One deterministic SELECT: parsed, and refused unless every part of it is on the list of what rules may use."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import OptimizeError, SqlglotError
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.schema import MappingSchema

NAME = re.compile(r"[a-z][a-z0-9_]*")
MACROS = ("param", "in_force", "param_set", "as_of", "period_start", "period_end", "warning_share")
STRUCTURE = """
    Select From Join Where Group Having Order Ordered With CTE Subquery Table TableAlias Alias Column Identifier
    Literal Null Boolean Star Paren Tuple Union Intersect Except Distinct Values
    And Or Not EQ NEQ GT GTE LT LTE NullSafeEQ NullSafeNEQ Is In Between Exists Like Add Sub Mul Div IntDiv Mod Neg
    Case If Coalesce Nullif Greatest Least Cast DataType DataTypeParam Interval Var
    Sum Count Min Max Avg LogicalOr LogicalAnd Filter GroupConcat
    Window WindowSpec RowNumber Rank DenseRank Lag Lead FirstValue LastValue
    DateTrunc TimestampTrunc Extract DateDiff DateFromParts LastDay Year Month Day
    Abs Round Floor Ceil Concat DPipe Upper Lower Trim Length Substring Left Right Replace
    Anonymous PropertyEQ Aggregate
"""
ORDERED_WINDOWS = ("RowNumber", "Rank", "DenseRank", "Lag", "Lead", "FirstValue", "LastValue")
DIFFERENCES = ("DAY", "MINUTE", "SECOND")
KINDS = frozenset(STRUCTURE.split())


def parse(sql: str, where: str = "query") -> exp.Select:
    """Return the tree of a query. Raises PackError unless it is one SELECT made of what rules may use."""
    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except SqlglotError as error:
        raise PackError(f"{where}: {error}") from error
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Select):
        raise PackError(f"{where} must be exactly one SELECT (a UNION goes into a WITH)")
    for node in tree.walk():
        _check(node, where)
    if any(isinstance(each, exp.Star) or (isinstance(each, exp.Column) and each.is_star) for each in tree.expressions):
        raise PackError(f"{where}: SELECT * isn't allowed outermost: name the output columns")
    unnamed = [each.sql("duckdb") for each in tree.expressions if not each.output_name]
    if unnamed:
        raise PackError(f"{where}: output columns without a name: {', '.join(unnamed)}")
    repeated = {name for name in outputs(tree) if outputs(tree).count(name) > 1}
    if repeated:
        raise PackError(f"{where}: output columns named twice: {', '.join(sorted(repeated))}")
    return tree


def parse_condition(sql: str, where: str) -> exp.Expr:
    """Return the tree of a condition, which is held to the same limits. Raises PackError."""
    tree = parse(f"SELECT ({sql}) AS condition", where)
    if set(tree.args) - {"expressions", "kind", "hint", "distinct", "operation_modifiers", "limit"} and tree.args.get(
        "from_"
    ):
        raise PackError(f"{where} must be a condition")
    return tree.expressions[0].this


def _check(node: exp.Expr, where: str) -> None:
    objection = _objection(node)
    if objection:
        raise PackError(f"{where}: {node.sql('duckdb')}: {objection}")


def _objection(node: exp.Expr) -> str:
    """Say what is wrong with a part of a query, "" for nothing."""
    kind = type(node).__name__
    if kind == "Anonymous":
        return (
            ""
            if node.name.lower() in MACROS
            else f"no such function for rules; beyond SQL there are {', '.join(MACROS)}"
        )
    if kind not in KINDS:
        return f"{kind} isn't allowed in a rule"
    check = CHECKS.get(kind)
    return check(node) if check else ""


def _table(node: exp.Expr) -> str:
    if isinstance(node.this, exp.Anonymous) and node.this.name.lower() == "param_set":
        return ""
    named = isinstance(node.this, exp.Identifier) and NAME.fullmatch(node.name) and not node.args.get("db")
    return "" if named else "only tables of the pack and param_set may be read"


def _group(node: exp.Expr) -> str:
    every = any(node.args.get(name) for name in ("all", "cube", "rollup", "grouping_sets"))
    return "GROUP BY must name its columns" if every else ""


def _with(node: exp.Expr) -> str:
    return "WITH RECURSIVE isn't allowed; the table calendar has every day" if node.args.get("recursive") else ""


def _difference(node: exp.Expr) -> str:
    if node.text("unit").upper() in DIFFERENCES:
        return ""
    months = "months are EXTRACT(YEAR FROM d) * 12 + EXTRACT(MONTH FROM d)"
    return f"engines count differently in this unit; one of {', '.join(DIFFERENCES)} is allowed ({months})"


def _window(node: exp.Expr) -> str:
    by_chance = type(node.this).__name__ in ORDERED_WINDOWS and not node.args.get("order")
    return "needs ORDER BY, or its result is by chance" if by_chance else ""


def _joined_text(node: exp.Expr) -> str:
    return "" if isinstance(node.this, exp.Order) else "needs ORDER BY, or its result is by chance"


CHECKS: dict[str, Callable[[exp.Expr], str]] = {
    "Table": _table,
    "Group": _group,
    "With": _with,
    "DateDiff": _difference,
    "Window": _window,
    "GroupConcat": _joined_text,
}


def outputs(tree: exp.Select) -> list[str]:
    """The names of the output columns, in order."""
    return [each.output_name for each in tree.expressions]


def output(tree: exp.Select, name: str) -> exp.Expr:
    """Return the expression of an output column. Raises PackError."""
    for each in tree.expressions:
        if each.output_name == name:
            return each.this if isinstance(each, exp.Alias) else each
    raise PackError(f"query has no output column {name}; it has {', '.join(outputs(tree))}")


def relations(tree: exp.Expr) -> set[str]:
    """The names of the tables and derived relations it reads, without its own WITH."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {table.name for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)} - own


def other_rules(tree: exp.Expr) -> set[str]:
    """The ids of rules whose parameters it names, as RULE.parameter."""
    calls = [call for call in tree.find_all(exp.Anonymous) if call.expressions and call.expressions[0].is_string]
    return {call.expressions[0].name.rpartition(".")[0] for call in calls} - {""}


def check_columns(tree: exp.Expr, columns: MappingSchema, where: str = "query") -> None:
    """Raise PackError for a table or column that isn't there. The tree has no macros any more.

    :param columns: of every relation there is.
    """
    unknown = relations(tree) - set(columns.mapping)
    if unknown:
        raise PackError(f"{where}: no such table: {', '.join(sorted(unknown))}")
    hidden = {cte.alias for cte in tree.find_all(exp.CTE)} & set(columns.mapping)
    if hidden:
        raise PackError(f"{where}: WITH hides a table of the pack: {', '.join(sorted(hidden))}")
    try:
        qualify(tree.copy(), schema=columns, dialect="duckdb")
    except OptimizeError as error:
        raise PackError(f"{where}: {error}") from error
