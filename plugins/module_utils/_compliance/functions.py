# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The functions rules have beyond SQL, as SQL: figures by date and scope, and the evaluation's own dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import (
    FOREVER,
    Parameter,
    Version,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    from sqlglot import exp

EVER = date(1, 1, 1)
WARNING_SHARE = Decimal("0.8")


@dataclass(frozen=True)
class Situation:
    """What an evaluation is told besides the records.

    :param period: first and last day of what is judged, None where it is open.
    :param law_date: when given, the law of that day is applied to all cases, whenever they were.
    :param gated: False lets in_force be true always, to see cases from before the law.
    """

    as_of: date
    period: tuple[date | None, date | None] = (None, None)
    warning_share: Decimal = WARNING_SHARE
    law_date: date | None = None
    gated: bool = True


@dataclass(frozen=True)
class Call:
    """One use of a parameter: its versions, the expression of the day, and those of its scopes."""

    parameter: Parameter
    day: exp.Expr
    scopes: Mapping[str, exp.Expr]
    situation: Situation

    def cases(self) -> list[tuple[exp.Expr | None, Version]]:
        """Condition (None: always) and version, narrower scopes first."""
        law_date = self.situation.law_date
        versions = [each for each in self.parameter.versions if law_date is None or each.covers(law_date)]
        return [(conjunction([*self._dated(each), *self._scoped(each)]), each) for each in versions]

    def value(self, of: Callable[[Version], exp.Expr]) -> exp.Expr:
        """What of() makes of the version in force; NULL when there is none, or a scope is missing."""
        branches = [(condition or exp.true(), of(version)) for condition, version in self.cases()]
        if len({len(each.scope) for each in self.parameter.versions}) > 1:
            missing = disjunction([is_null(each) for each in self.scopes.values()])
            branches.insert(0, (missing, exp.null()))
        if not branches:
            return exp.null()
        return exp.Case(ifs=[exp.If(this=condition, true=value) for condition, value in branches])

    def in_force(self) -> exp.Expr:
        """Whether a version is in force, or may be as far as day and scopes are known."""
        found = []
        for version in {(each.start, each.until, each.scope): each for _condition, each in self.cases()}.values():
            scoped = [
                exp.paren(disjunction([condition, is_null(self.scopes[name])]))
                for condition, (name, _value) in zip(self._scoped(version), version.scope, strict=True)
            ]
            found.append(conjunction([*self._dated(version), *scoped]) or exp.true())
        if self.situation.law_date is None:
            found.append(is_null(self.day))
        return exp.paren(disjunction(found)) if found else exp.false()

    def _dated(self, version: Version) -> list[exp.Expr]:
        if self.situation.law_date is not None:
            return []
        after = exp.GTE(this=self._day(), expression=literal(version.start))
        if version.until == FOREVER:
            return [after]
        return [after, exp.LTE(this=self._day(), expression=literal(version.until))]

    def _scoped(self, version: Version) -> list[exp.Expr]:
        return [exp.EQ(this=self.scopes[name].copy(), expression=literal(value)) for name, value in version.scope]

    def _day(self) -> exp.Expr:
        return exp.paren(self.day.copy()) if isinstance(self.day, exp.Binary) else self.day.copy()


def literal(value: Any) -> exp.Expr:
    """Return a value as SQL."""
    if isinstance(value, date):
        return exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType(this=exp.DataType.Type.DATE))
    return exp.convert(value)


def is_null(operand: exp.Expr) -> exp.Expr:
    """Return <operand> IS NULL."""
    return exp.Is(
        this=exp.paren(operand.copy()) if isinstance(operand, exp.Binary) else operand.copy(), expression=exp.null()
    )


def conjunction(conditions: list[exp.Expr]) -> exp.Expr | None:
    """Return them joined by AND, None for none."""
    return exp.and_(*conditions, copy=False) if conditions else None


def disjunction(conditions: list[exp.Expr]) -> exp.Expr:
    """Return them joined by OR."""
    return exp.or_(*conditions, copy=False)


class Functions:
    """Replaces the functions of rules in a query's tree.

    :param parameters: by rule and name, overrides applied.
    :param rule: whose parameters are meant by a name alone; None for derived relations.
    """

    def __init__(
        self, parameters: Mapping[str, Mapping[str, Parameter]], rule: str | None, situation: Situation
    ) -> None:
        self.parameters = parameters
        self.rule = rule
        self.situation = situation

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by its own name, or RULE.name. Raises PackError."""
        rule, dot, own = name.rpartition(".")
        found = self.parameters.get(rule if dot else self.rule or "", {}).get(own)
        if found is None:
            raise PackError(f"no such parameter: {name}")
        return found

    def call(self, node: exp.Anonymous) -> Call:
        """Read param('name', day, scope := expression ...), or in_force(...). Raises PackError."""
        text = node.sql("duckdb")
        if len(node.expressions) < 2 or not node.expressions[0].is_string:
            raise PackError(f"query: {text}: takes a name, a date and scopes")
        name, day, *rest = node.expressions
        if not all(isinstance(each, exp.PropertyEQ) for each in rest) or isinstance(day, exp.PropertyEQ):
            raise PackError(f"query: {text}: scopes are given as name := column")
        parameter = self.parameter(name.name)
        scopes = {each.this.name: each.expression for each in rest}
        if set(scopes) != set(parameter.scopes):
            raise PackError(f"query: {text}: must give the scopes {', '.join(parameter.scopes) or '(none)'}")
        return Call(parameter, day, scopes, self.situation)

    def replace(self, tree: exp.Expr) -> exp.Expr:
        """Return the tree without functions of rules; the one given may be changed."""
        return tree.transform(self._replaced, copy=False)

    def _replaced(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Anonymous):
            return self._relation(node)
        if not isinstance(node, exp.Anonymous):
            return node
        name = node.name.lower()
        if name in ("param", "in_force"):
            call = self.call(node)
            if name == "in_force":
                return self.replace(call.in_force()) if self.situation.gated else exp.true()
            if call.parameter.is_set:
                raise PackError(f"query: {node.sql('duckdb')}: is a set; read it as a relation by param_set")
            # The arguments, which have not been visited, may have calls themselves.
            return self.replace(call.value(lambda version: literal(version.value)))
        start, until = self.situation.period
        values = {
            "as_of": self.situation.as_of,
            "period_start": start or EVER,
            "period_end": until or FOREVER,
            "warning_share": float(self.situation.warning_share),
        }
        return literal(values[name]) if name in values else node

    def _relation(self, node: exp.Table) -> exp.Expr:
        call = node.this
        if len(call.expressions) != 1 or not call.expressions[0].is_string:
            raise PackError(f"query: {node.sql('duckdb')}: param_set takes the name of a parameter")
        parameter = self.parameter(call.expressions[0].name)
        law_date = self.situation.law_date
        selects = [
            self._row(parameter, replace(version, start=EVER, until=FOREVER) if law_date else version, item)
            for version in parameter.versions
            if law_date is None or version.covers(law_date)
            for item in (version.value if isinstance(version.value, tuple) else (version.value,))
        ]
        if not selects:
            first = parameter.versions[0]
            item = first.value[0] if isinstance(first.value, tuple) else first.value
            selects = [self._row(parameter, first, item).where(exp.false())]
        alias = node.alias or "param_set"
        relation = selects[0] if len(selects) == 1 else exp.union(*selects, distinct=False)
        return exp.Subquery(
            this=relation, alias=exp.TableAlias(this=exp.to_identifier(alias)), joins=node.args.get("joins")
        )

    def _row(self, parameter: Parameter, version: Version, item: Any) -> exp.Select:
        scope = dict(version.scope)
        columns = {"item": item, "effective_from": version.start, "effective_until": version.until}
        columns.update({name: scope.get(name) for name in parameter.scopes})
        return exp.select(*(exp.alias_(literal(value), name) for name, value in columns.items()))
