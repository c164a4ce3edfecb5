# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SQL of the engines rules run on, where the transpiler leaves something to be said."""

from __future__ import annotations

from contextlib import suppress

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    from sqlglot import exp

DIALECTS = ("duckdb", "postgres", "trino", "spark")


def generate(tree: exp.Expr, dialect: str) -> str:
    """Return the SQL of a tree read as DuckDB's; the tree may be changed."""
    if dialect != "duckdb":
        tree = tree.transform(_interval, copy=False)
        tree = tree.transform(_date_from_parts, dialect, copy=False)
    if dialect == "postgres":
        tree = tree.transform(_round, copy=False)
    return tree.sql(dialect, pretty=True)


def _interval(node: exp.Expr) -> exp.Expr:
    """INTERVAL (expression) DAY, which only DuckDB has, as (expression) * INTERVAL '1' DAY."""
    if not isinstance(node, exp.Interval) or isinstance(node.this, exp.Literal):
        return node
    unit = exp.Interval(this=exp.Literal.string("1"), unit=node.args["unit"])
    return exp.paren(exp.Mul(this=exp.paren(node.this.unnest()), expression=unit))


def _date_from_parts(node: exp.Expr, dialect: str) -> exp.Expr:
    if not isinstance(node, exp.DateFromParts) or dialect == "spark":
        return node
    parts = [exp.cast(node.args[part], "INT") for part in ("year", "month", "day")]
    if dialect == "postgres":
        return exp.Anonymous(this="MAKE_DATE", expressions=parts)
    text = exp.Anonymous(this="FORMAT", expressions=[exp.Literal.string("%04d-%02d-%02d"), *parts])
    return exp.cast(text, "DATE")


def _round(node: exp.Expr) -> exp.Expr:
    """PostgreSQL rounds to places only what is exact."""
    if isinstance(node, exp.Round) and node.args.get("decimals") and not isinstance(node.this, exp.Cast):
        node.set("this", exp.cast(node.this, "DECIMAL"))
    return node
