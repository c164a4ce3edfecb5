# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words of messages: what one says instead of fixed_term and of a column's name, and which codes a query may put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.wording import Words
from ansible_collections.iworkz.platform.plugins.module_utils._messages import placeholders

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope, build_scope

CODE = re.compile(r"[A-Za-z]\w*")
# Expressions whose value is one of their first operand's, or is made of them.
PASSED_ON = frozenset({"Alias", "Paren", "Cast", "Nullif", "Min", "Max", "GroupConcat", "Order", "Filter", "Window"})
PASSED_ON |= {"Lag", "Lead", "FirstValue", "LastValue"}


def read_words(document: Any) -> Words:
    """Return the words of a file {column: {code: {en, ja}}}. Raises PackError."""
    columns = Mapped(document)
    found = {}
    for column in document:
        codes = Mapped(columns.take(column, dict), column)
        found[column] = {code: codes.texts(code) for code in document[column]}
    return found


def read_labels(document: Any) -> dict[str, str]:
    """Return the Japanese names of a file {column: name}. Raises PackError."""
    names = Mapped(document)
    return {column: names.take(column, str) for column in document}


def labels(schema: Mapping[str, Table], declared: Mapping[str, str]) -> dict[str, str]:
    """What Japanese calls a column: as declared, or as all tables that have it call it, without the explanation."""
    titles: dict[str, set[str]] = {}
    for table in schema.values():
        for column in table.columns.values():
            titles.setdefault(column.name, set()).add(column.title["ja"].split("（")[0])
    return {**{name: next(iter(said)) for name, said in titles.items() if len(said) == 1}, **declared}


class Codes:
    """Finds the codes a column may have: the values its schema allows, and those that queries have in quotes.

    :param relation: returns the query of a derived relation; like all queries here, without functions of rules.
    """

    def __init__(
        self, schema: Mapping[str, Table], derived: Container[str], relation: Callable[[str], exp.Expr]
    ) -> None:
        self._schema = schema
        self._derived = derived
        self._relation = relation
        self._scopes: dict[str, Scope] = {}

    def check(self, rule: Rule, tree: exp.Expr, words: Words) -> None:
        """Raise PackError when the texts of a rule, whose query this is, may be filled with a code without a word."""
        scope = _scope(tree)
        asked = placeholders(rule.messages["en"]) | placeholders(rule.remedy["en"])
        for column in sorted(asked & set(rule.columns)):
            missing = sorted(self._output(scope, column) - set(words.get(column, ())))
            if missing:
                raise PackError(f"words.yml has no word for {column}: {', '.join(missing)}")

    def _output(self, scope: Scope, name: str) -> set[str]:
        tree = scope.expression
        names = _names(tree)
        if name in names:
            return self._at(scope, names.index(name))
        if scope.set_operation_scopes:
            return set().union(*(self._output(each, name) for each in scope.set_operation_scopes))
        stars = [each.text("table") for each in tree.expressions if each.is_star]
        return set().union(*(self._column(scope, table, name) for table in stars))

    def _at(self, scope: Scope, position: int) -> set[str]:
        """The codes of a column by its place: the queries of a UNION may name it differently, VALUES has no names."""
        if scope.set_operation_scopes:
            return set().union(*(self._at(each, position) for each in scope.set_operation_scopes))
        tree = scope.expression
        rows = [row.expressions for row in tree.expressions] if isinstance(tree, exp.Values) else [tree.expressions]
        return set().union(*(self._codes(scope, each) for row in rows for each in row[position : position + 1]))

    def _codes(self, scope: Scope, node: exp.Expr) -> set[str]:
        if isinstance(node, exp.Literal):
            return {node.this} if CODE.fullmatch(node.this) else set()
        if isinstance(node, exp.Column):
            return self._column(scope, node.table, node.name)
        return set().union(*(self._codes(scope, each) for each in _results(node)))

    def _column(self, scope: Scope, table: str, name: str) -> set[str]:
        sources = [source for alias, source in scope.sources.items() if table in ("", alias)]
        return set().union(
            *(
                self._stored(each.name, name) if isinstance(each, exp.Table) else self._output(each, name)
                for each in sources
            )
        )

    def _stored(self, relation: str, name: str) -> set[str]:
        if relation in self._derived:
            if relation not in self._scopes:
                self._scopes[relation] = _scope(self._relation(relation))
            return self._output(self._scopes[relation], name)
        column = self._schema[relation].columns.get(name) if relation in self._schema else None
        return set(column.values) if column else set()


def _scope(tree: exp.Expr) -> Scope:
    scope = build_scope(tree)
    if scope is None:
        raise AssertionError
    return scope


def _names(tree: exp.Expr) -> list[str]:
    """The names of its output columns; those of VALUES are in its alias."""
    if isinstance(tree, exp.Values):
        return [each.name for each in tree.args["alias"].columns]
    return tree.named_selects if isinstance(tree, exp.Query) else []


def _results(node: exp.Expr) -> list[exp.Expr]:
    """The parts of an expression that its value may be of: the results of CASE, not its conditions."""
    kind = type(node).__name__
    if kind == "Case":
        return [*(each.args["true"] for each in node.args["ifs"]), *filter(None, [node.args.get("default")])]
    if kind == "Coalesce":
        return [node.this, *node.expressions]
    if kind == "Distinct":
        return list(node.expressions)
    return [node.this] if kind in PASSED_ON else []
