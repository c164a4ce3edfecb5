# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules as SQL: figures and dates filled in, exceptions applied, one row per case with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.dialects import generate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import (
    Functions,
    Situation,
    literal,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import FOREVER, Parameter, Version
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import (
    output,
    outputs,
    parse_condition,
    relations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    from sqlglot import exp

VERSION = "engine_version_"
CAP = "engine_cap"


condition = lru_cache(maxsize=256)(partial(parse_condition, where="verdict"))


@dataclass(frozen=True)
class Derived:
    """A relation computed from tables, for several rules."""

    name: str
    title: dict[str, str]
    grain: str
    columns: tuple[str, ...]
    select: exp.Select


@dataclass(frozen=True)
class Compiler:
    """Compiles rules of one pack for one situation.

    :param parameters: by rule and name, overrides applied.
    """

    derived: Mapping[str, Derived]
    parameters: Mapping[str, Mapping[str, Parameter]]
    situation: Situation

    def relation(self, name: str) -> exp.Expr:
        """The query of a derived relation."""
        tree = self.derived[name].select.copy()
        return Functions(self.parameters, None, self.situation).replace(tree)

    def needed(self, tree: exp.Expr) -> list[str]:
        """The derived relations a query needs, each after those it needs itself. Raises PackError for a circle."""
        ordered: list[str] = []
        self._need(tree, ordered, ())
        return ordered

    def dated(self, rule: Rule) -> bool:
        """Whether the query of a rule, or of what it reads, depends on the day of the evaluation."""
        if rule.select is None:
            raise AssertionError
        trees = [rule.select, *(self.derived[name].select for name in self.needed(rule.select))]
        return any(call.name.lower() == "as_of" for tree in trees for call in tree.find_all(exp.Anonymous))

    def _need(self, tree: exp.Expr, ordered: list[str], above: tuple[str, ...]) -> None:
        for name in sorted(relations(tree)):
            if name in above:
                raise PackError(f"derived relations need each other: {' -> '.join([*above, name])}")
            if name in self.derived and name not in ordered:
                self._need(self.derived[name].select, ordered, (*above, name))
                ordered.append(name)

    def rule(self, rule: Rule, *, inline: bool = True) -> exp.Select:
        """The query of a rule: its columns, the hidden ones of its figures, and verdict.

        :param inline: whether derived relations come along as WITH; else they are tables already.
        """
        if rule.select is None:
            raise PackError(f"{rule.id} has no query: it is attested by people")
        functions = Functions(self.parameters, rule.id, self.situation)
        inner = rule.select.copy()
        self._add_exceptions(rule, inner)
        self._add_figures(rule, inner, functions)
        functions.replace(inner)
        names = outputs(inner)
        shown = [exp.column(name) for name in names if name not in ("breached", "approaching", "excepted", CAP)]
        wrapped = exp.select(*shown, exp.alias_(self._verdict(rule, names), "verdict", copy=False), copy=False)
        wrapped.from_(inner.subquery("cases", copy=False), copy=False)
        period = self._period()
        if period is not None:
            wrapped.where(period, copy=False)
        if inline:
            for name in self.needed(rule.select):
                wrapped.with_(name, self.relation(name), copy=False)
        return wrapped

    def sql(self, rule: Rule, dialect: str = "duckdb", *, inline: bool = True) -> str:
        """The same as text of one engine."""
        return generate(self.rule(rule, inline=inline), dialect)

    def _add_exceptions(self, rule: Rule, inner: exp.Select) -> None:
        """Add whether an exception of the law applies, for the day the case is judged on."""
        if not rule.exemptions:
            return
        day = output(inner, "judged_on")
        applied = []
        for each in rule.exemptions:
            conditions: list[exp.Expr] = [each.when.copy()]
            if self.situation.law_date is not None:
                held = (
                    each.start is None or each.start <= self.situation.law_date
                ) and self.situation.law_date <= each.until
                conditions = conditions if held else [exp.false()]
            else:
                if each.start is not None:
                    conditions.append(exp.GTE(this=exp.paren(day.copy()), expression=literal(each.start)))
                if each.until != FOREVER:
                    conditions.append(exp.LTE(this=exp.paren(day.copy()), expression=literal(each.until)))
            applied.append(exp.and_(*conditions, copy=False))
        inner.select(exp.alias_(exp.or_(*applied, copy=False), "excepted", copy=False), copy=False)

    def _add_figures(self, rule: Rule, inner: exp.Select, functions: Functions) -> None:
        """Add the number of the version of each parameter, and the cap, as they are for the case."""
        for name, parameter in functions.parameters[rule.id].items():
            call = self._call(rule, name, parameter)
            if call is None:
                continue
            value = functions.call(call).value(number_in(parameter))
            inner.select(exp.alias_(value, VERSION + name, copy=False), copy=False)
        if rule.cap and rule.cap[1] in rule.parameters:
            call = self._call(rule, rule.cap[1], functions.parameter(rule.cap[1]))
            if call is None:
                raise PackError(f"cap.allowed: output the figure of {rule.cap[1]} as a column, and name that")
            inner.select(exp.alias_(call, CAP, copy=False), copy=False)

    def _call(self, rule: Rule, name: str, parameter: Parameter) -> exp.Anonymous | None:
        """How the rule itself asks for a parameter: param() of its output, else judged_on and scopes of its output."""
        if rule.select is None:
            raise AssertionError
        if not parameter.is_set:
            for column in rule.select.expressions:
                for call in column.find_all(exp.Anonymous):
                    inside = call.find_ancestor(exp.Select) is rule.select
                    if (
                        inside
                        and call.name.lower() == "param"
                        and call.expressions[0].name in (name, f"{rule.id}.{name}")
                    ):
                        return call.copy()
        if not set(parameter.scopes) <= set(outputs(rule.select)):
            return None
        scopes = [
            exp.PropertyEQ(this=exp.to_identifier(scope), expression=output(rule.select, scope).copy())
            for scope in parameter.scopes
        ]
        day = exp.paren(output(rule.select, "judged_on").copy())
        return exp.Anonymous(this="param", expressions=[exp.Literal.string(name), day, *scopes])

    def _verdict(self, rule: Rule, names: list[str]) -> exp.Expr:
        breached = "breached AND NOT excepted" if rule.exemptions else "breached"
        branches = [("judged_on IS NULL", "unknown"), (breached, "violation"), (f"({breached}) IS NULL", "unknown")]
        approaching = ["approaching"] if "approaching" in names else []
        if rule.cap:
            allowed = CAP if CAP in names else rule.cap[1]
            approaching.append(f"{rule.cap[0]} > {self.situation.warning_share} * {allowed}")
        unexcepted = " AND NOT excepted" if rule.exemptions else ""
        branches += [(f"({each}){unexcepted}", "warning") for each in approaching]
        ifs = [exp.If(this=condition(text).copy(), true=literal(word)) for text, word in branches]
        return exp.Case(ifs=ifs, default=literal("ok"))

    def _period(self) -> exp.Expr | None:
        start, until = self.situation.period
        day = exp.column("judged_on")
        limits: list[exp.Expr] = [exp.GTE(this=day, expression=literal(start))] if start else []
        limits += [exp.LTE(this=day.copy(), expression=literal(until))] if until else []
        return exp.or_(exp.Is(this=day.copy(), expression=exp.null()), exp.and_(*limits)) if limits else None


def number_in(parameter: Parameter) -> Callable[[Version], exp.Expr]:
    """Return what makes the number of a version of the parameter."""
    return lambda version: literal(next(n for n, each in enumerate(parameter.versions) if each is version))


def figures(rule: Rule, parameters: Mapping[str, Parameter], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The versions of a rule's parameters that a row of its query was judged by: [{name, scope, value, from}]."""
    found = []
    for name, parameter in sorted(parameters.items()):
        number = row.get(VERSION + name)
        if number is not None:
            versions = [parameter.versions[number]]
        elif VERSION + name in row or row["judged_on"] is None:
            versions = []
        else:
            versions = [each for each in parameter.versions if each.covers(row["judged_on"])]
        found += [
            {"name": name, "scope": dict(each.scope), "value": each.value, "from": each.start} for each in versions
        ]
    return found
