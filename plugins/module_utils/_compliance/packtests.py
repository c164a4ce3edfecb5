# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the tests of rules on a database, and tells what they leave untested."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.boundaries import uncovered
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import Database
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.given import Row, rows
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import relations
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule, RuleTest
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import DDL, Table


@dataclass
class Outcome:
    """What became of the tests of one rule."""

    rule: str
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)


class Runner:
    """Runs tests of one pack on one database, where it makes the tables that rules need."""

    def __init__(self, pack: Pack, database: Database) -> None:
        self.pack = pack
        self.database = database
        self._errors: tuple[type[Exception], ...] = (PackError, *database.errors)
        self._compiled: dict[tuple[str, Situation], tuple[str, set[str]]] = {}
        self._dated: dict[str, bool] = {}
        self._filled: dict[str, list[tuple[Any, ...]] | None] = {}

    def run(self, rule: Rule) -> Outcome:
        """Run the tests of a rule."""
        outcome = Outcome(rule.id)
        if rule.select is None:
            return outcome
        judged: set[date] = set()
        for test in rule.tests:
            try:
                found = self.cases(rule, test)
                wrong = compare(rule, test, found)
            except self._errors as error:
                found, wrong = [], str(error)
            judged |= {day for each in found if (day := _day(each["judged_on"])) is not None}
            if wrong:
                outcome.failed.append(f"{test.name}: {wrong}")
            else:
                outcome.passed += 1
        self._look_before_the_law(rule, judged)
        outcome.uncovered = uncovered(rule, judged)
        return outcome

    def cases(self, rule: Rule, test: RuleTest, *, gated: bool = True) -> list[Row]:
        """The cases of a test, with their verdicts."""
        if rule.id not in self._dated:
            self._dated[rule.id] = self.pack.compiler(Situation(self.pack.as_of)).dated(rule)
        as_of = test.as_of if self._dated[rule.id] else self.pack.as_of
        situation = Situation(as_of, test.period, gated=gated)
        if (rule.id, situation) not in self._compiled:
            self._compiled[rule.id, situation] = self._compile(rule, situation)
        sql, read = self._compiled[rule.id, situation]
        given = rows(self.pack.schema, self.pack.base, test.given, test.without)
        for name in sorted(read):
            reference = self.pack.tables.get(name)
            table = reference.table if reference else self.pack.schema[name]
            self._fill(table, reference.rows if reference else [tuple(each.values()) for each in given.get(name, [])])
        return self.database.query(sql)

    def _compile(self, rule: Rule, situation: Situation) -> tuple[str, set[str]]:
        """The SQL of a rule, and the tables it reads."""
        compiler = self.pack.compiler(situation)
        if rule.select is None:
            raise AssertionError
        trees = [rule.select, *(self.pack.derived[name].select for name in compiler.needed(rule.select))]
        read = set[str]().union(*map(relations, trees)) - set(self.pack.derived)
        return compiler.sql(rule, self.database.dialect), read

    def _fill(self, table: Table, values: list[tuple[Any, ...]]) -> None:
        if table.name not in self._filled:
            columns = ", ".join(f'"{each.name}" {DDL[each.type]}' for each in table.columns.values())
            self.database.execute(f'CREATE TABLE "{table.name}" ({columns})')
            self._filled[table.name] = []
        if self._filled[table.name] != values:
            self.database.fill(table, values)
            self._filled[table.name] = values

    def _look_before_the_law(self, rule: Rule, judged: set[date]) -> None:
        """Add the days that in_force leaves cases of tests out of; those that expect no case are looked at first."""
        for test in sorted(rule.tests, key=lambda each: each.expect != "none"):
            if not uncovered(rule, judged):
                return
            with suppress(*self._errors):  # reported as the failure of the test
                judged |= {day for each in self.cases(rule, test, gated=False) if (day := _day(each["judged_on"]))}


def compare(rule: Rule, test: RuleTest, found: list[Row]) -> str:
    """Say what is wrong with the cases of a test, "" for nothing.

    A word is the verdict of all cases; of a list each entry is one case, and all other cases must be ok.
    """
    shown = "; ".join(sorted(_described(rule, each) for each in found)) or "no case"
    keys = [tuple(each[name] for name in ("employer_id", *rule.key)) for each in found]
    if len(set(keys)) != len(keys):
        return f"two cases with the same key: {shown}"
    for each in found:
        if each["verdict"] == "unknown" and not missing(rule, each):
            return f"unknown, but no output column is NULL: output what is missing: {shown}"
    if test.expect == "none":
        return f"expected no case, found {shown}" if found else ""
    if isinstance(test.expect, str):
        wrong = not found or any(each["verdict"] != test.expect for each in found)
        return f"expected {test.expect}, found {shown}" if wrong else ""
    return _compare_list(rule, test.expect, found, shown)


def _compare_list(rule: Rule, expected: list[Row], found: list[Row], shown: str) -> str:
    rest = list(found)
    for each in expected:
        unknown = set(each) - {*rule.columns, "verdict"}
        if unknown:
            return f"expect names {', '.join(sorted(unknown))}; the query's columns are {', '.join(rule.columns)}"
        wanted = {name: value for name, value in each.items() if name != "verdict"}
        matches = [case for case in rest if all(_same(case[name], value) for name, value in wanted.items())]
        if len(matches) != 1 or matches[0]["verdict"] != each["verdict"]:
            return f"expected one case {each}, found {shown}"
        rest.remove(matches[0])
    others = [case for case in rest if case["verdict"] != "ok"]
    return f"expected ok of all cases not listed, found {shown}" if others else ""


def missing(rule: Rule, case: Row) -> list[str]:
    """The output columns of a case that have no value."""
    return [name for name in rule.columns if case[name] is None]


def _same(value: Any, expected: Any) -> bool:
    if isinstance(value, datetime) and not isinstance(expected, datetime):
        value = value.date()
    return bool(value == expected)


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _described(rule: Rule, case: Row) -> str:
    names = [*rule.key, *(name for name in rule.columns if name not in rule.key and name != "employer_id")]
    return f"{case['verdict']} ({', '.join(f'{name}={case[name]}' for name in names)})"


def bind(pack: Pack, rules: Iterable[str], database: Database) -> list[str]:
    """Say what the database has against the queries of rules, over empty tables: types that don't fit, for one."""
    problems = []
    runner = Runner(pack, database)
    for name in rules:
        rule = pack.rules[name]
        if rule.select is not None:
            try:
                runner.cases(rule, RuleTest("bind", pack.as_of, (None, None), {}, tuple(pack.base), "none"))
            except database.errors as error:
                problems.append(f"{name}: {error}")
    return problems
