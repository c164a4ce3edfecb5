from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlglot

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.dialects import DIALECTS, generate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Functions, Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Runner
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import read_parameter
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import parse
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import RuleTest
from tests.unit.compliance.packs import pack as written

DAY = date(2026, 11, 1)
HOURS = 60


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return written(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def runner(small: Pack) -> Runner:
    return Runner(small, DuckDb())


def months(*rows: dict[str, Any], size: str | None = "large") -> dict[str, list[dict[str, Any]]]:
    return {"months": list(rows), "employers": [{"size_class": size}]}


def judged(runner: Runner, given: dict[str, Any], period: tuple[date | None, date | None] = (None, None)) -> list[str]:
    found = runner.cases(runner.pack.rules["CAP"], RuleTest("t", DAY, period, given, (), "none"))
    return [case["verdict"] for case in sorted(found, key=lambda case: case["month"])]


@pytest.mark.parametrize(
    ("month", "hours", "size", "sector", "verdict"),
    [
        (date(2019, 3, 1), 200, "large", "general", []),
        (date(2019, 4, 1), 100, "large", "general", ["violation"]),
        (date(2019, 4, 1), 200, "sme", "general", []),
        (date(2019, 4, 1), 200, None, "general", ["unknown"]),
        (date(2019, 3, 1), 200, None, "general", []),
        (date(2020, 4, 1), 99, "sme", "general", ["warning"]),
        (date(2024, 3, 1), 90, "large", "general", ["warning"]),
        (date(2024, 4, 1), 90, "large", "general", ["violation"]),
        (date(2024, 4, 1), 90, "sme", "general", ["warning"]),
        (date(2024, 4, 1), 72, "large", "general", ["ok"]),
        (date(2024, 4, 1), None, "large", "general", ["unknown"]),
        (date(2021, 3, 1), 100, "large", "driver", ["violation"]),
        (date(2021, 4, 1), 100, "large", "driver", ["ok"]),
        (date(2021, 4, 1), 100, "large", None, ["unknown"]),
        (date(2021, 4, 1), 99, "large", None, ["ok"]),
        (date(2021, 4, 1), None, "large", "driver", ["ok"]),
    ],
)
def test_verdicts(
    runner: Runner, month: date, hours: int | None, size: str | None, sector: str | None, verdict: list[str]
) -> None:
    row = {"month": month, "overtime_min": None if hours is None else hours * HOURS, "sector": sector}
    assert judged(runner, months(row, size=size)) == verdict


def test_only_the_period_is_judged(runner: Runner) -> None:
    given = months(*({"month": date(2026, number, 1), "overtime_min": number * 1000} for number in range(4, 9)))
    assert judged(runner, given, (date(2026, 5, 1), date(2026, 6, 30))) == ["warning", "violation"]
    assert len(judged(runner, given, (date(2026, 5, 1), None))) == 4
    assert len(judged(runner, given, (None, date(2026, 5, 1)))) == 2


def test_the_law_of_another_day(small: Pack) -> None:
    class Tomorrow(Runner):
        def _compile(self, rule: Any, situation: Situation) -> Any:
            return super()._compile(rule, Situation(DAY, law_date=date(2024, 4, 1)))

    runner = Tomorrow(small, DuckDb())
    assert judged(runner, months({"month": date(2015, 1, 1), "overtime_min": 90 * HOURS})) == ["violation"]
    assert judged(runner, months({"month": date(2015, 1, 1), "overtime_min": 90 * HOURS, "sector": "driver"})) == ["ok"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_engine_can_read_it(small: Pack, dialect: str) -> None:
    sql = small.compiler(Situation(DAY)).sql(small.rules["CAP"], dialect)
    tree = sqlglot.parse_one(sql, read=dialect)
    assert {"hours"} == {cte.alias for cte in tree.args["with_"].expressions}


def ask(sql: str, situation: Situation | None = None, **parameters: Any) -> Any:
    """The value of a query with functions of rules."""
    known = {"R": {name: read_parameter(name, {"unit": "x", **each}) for name, each in parameters.items()}}
    tree = Functions(known, "R", situation or Situation(DAY)).replace(parse(sql))
    return [tuple(row.values()) for row in DuckDb().query(generate(tree, "duckdb"))]


DAYS = {"stricter": "none", "versions": [{"from": date(2020, 1, 1), "until": date(2020, 12, 31), "value": 3}]}
ITEMS = {"stricter": "more", "versions": [{"from": date(2020, 1, 1), "value": ["a", "b"], "scope": {"kind": "x"}}]}
MIXED = {
    "stricter": "higher",
    "versions": [
        {"from": date(2020, 1, 1), "value": 1},
        {"from": date(2020, 1, 1), "value": 2, "scope": {"kind": "x"}},
    ],
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("param('days', DATE '2019-12-31')", None),
        ("param('days', DATE '2020-12-31')", 3),
        ("param('R.days', DATE '2021-01-01')", None),
        ("param('days', CAST(NULL AS DATE))", None),
        ("param('days', CAST(DATE '2020-01-01' + INTERVAL (param('days', DATE '2020-05-05')) DAY AS DATE))", 3),
        ("in_force('days', DATE '2020-01-01')", True),
        ("in_force('days', DATE '2021-01-01')", False),
        ("in_force('days', CAST(NULL AS DATE))", True),
        ("param('mixed', DATE '2020-01-01', kind := 'x')", 2),
        ("param('mixed', DATE '2020-01-01', kind := 'y')", 1),
        ("param('mixed', DATE '2020-01-01', kind := CAST(NULL AS VARCHAR))", None),
        ("in_force('items', DATE '2020-01-01', kind := 'y')", False),
        ("in_force('items', DATE '2020-01-01', kind := CAST(NULL AS VARCHAR))", True),
        ("as_of()", DAY),
        ("period_start()", date(1, 1, 1)),
        ("period_end()", date(9999, 12, 31)),
    ],
)
def test_functions_of_rules(expression: str, value: Any) -> None:
    assert ask(f"SELECT {expression} AS a", days=DAYS, items=ITEMS, mixed=MIXED) == [(value,)]


def test_a_set_is_a_relation() -> None:
    rows = ask("SELECT p.item, p.effective_from, p.effective_until, p.kind FROM param_set('items') p", items=ITEMS)
    forever = date(9999, 12, 31)
    assert sorted(rows) == [("a", date(2020, 1, 1), forever, "x"), ("b", date(2020, 1, 1), forever, "x")]
    before = Situation(DAY, law_date=date(2019, 1, 1))
    assert ask("SELECT p.item FROM param_set('items') p", before, items=ITEMS) == []


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("param('hours', as_of())", "no such parameter: hours"),
        ("param('days')", "takes a name, a date and scopes"),
        ("param('days', as_of(), kind := 'x')", r"must give the scopes \(none\)"),
        ("param('mixed', as_of())", "must give the scopes kind"),
        ("param('mixed', as_of(), 'x')", "scopes are given as name := column"),
        ("param('items', as_of(), kind := 'x')", "is a set; read it as a relation"),
    ],
)
def test_wrong_calls_are_explained(expression: str, said: str) -> None:
    with pytest.raises(PackError, match=said):
        ask(f"SELECT {expression} AS a", days=DAYS, items=ITEMS, mixed=MIXED)


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ("postgres", ["(5 * 2) * INTERVAL '1 DAY'", "MAKE_DATE(", "ROUND(CAST("]),
        ("trino", ["(5 * 2) * INTERVAL '1' DAY", "FORMAT('%04d-%02d-%02d'"]),
        ("spark", ["(5 * 2) * INTERVAL '1' DAY", "MAKE_DATE("]),
    ],
)
def test_what_engines_say_differently(dialect: str, said: list[str]) -> None:
    tree = parse("SELECT as_of() + INTERVAL (5 * 2) DAY AS a, make_date(2026, 1, 2) AS b, ROUND(1.25 * x, 1) AS c")
    sql = "".join(generate(tree, dialect).split())
    assert [each for each in said if each.replace(" ", "") not in sql] == []
