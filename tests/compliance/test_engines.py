"""Each rule of the pack: its tests pass, PostgreSQL agrees with DuckDB case by case, and other engines can read it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlglot

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.findings import plain_value
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Runner
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule, RuleTest
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml
from tests.compliance.conftest import PACK

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
RULES = sorted(path.stem for path in (PACK / "rules").glob("*.yml"))


def verdicts(runner: Runner, rule: Rule, test: RuleTest) -> list[tuple[str, Any]]:
    """Every case and its verdict."""
    names = ("employer_id", *rule.key, "judged_on", "verdict")
    return sorted(tuple(str(plain_value(case[name])) for name in names) for case in runner.cases(rule, test))


@pytest.mark.parametrize("name", RULES)
def test_the_tests_of_the_rule_pass(name: str, pack: Pack, duckdb: Runner) -> None:
    outcome = duckdb.run(pack.rules[name])
    assert (outcome.failed, outcome.uncovered) == ([], [])


@pytest.mark.parametrize("name", RULES)
def test_postgres_gives_the_same_verdicts(name: str, pack: Pack, duckdb: Runner, postgres: Runner) -> None:
    rule = pack.rules[name]
    for test in rule.tests:
        assert verdicts(postgres, rule, test) == verdicts(duckdb, rule, test), test.name


def test_japanese_has_a_name_for_every_column_that_may_be_missing(pack: Pack) -> None:
    judged = [rule for rule in pack.rules.values() if rule.select is not None]
    unnamed = {
        column
        for rule in judged
        for column in rule.columns
        if not JAPANESE.search(rule.messages.labels.get(column, ""))  # type: ignore[attr-defined]
    }
    assert unnamed == set()
    declared = read_yaml(PACK / "labels.yml")
    assert set(declared) <= {column for rule in judged for column in rule.columns}


@pytest.mark.parametrize("dialect", ["trino", "spark"])
@pytest.mark.parametrize("name", RULES)
def test_other_engines_can_read_it(name: str, dialect: str, pack: Pack) -> None:
    rule = pack.rules[name]
    if rule.select is None:
        assert rule.organisational
        return
    sql = pack.compiler(Situation(pack.as_of)).sql(rule, dialect)
    assert isinstance(sqlglot.parse_one(sql, read=dialect), sqlglot.exp.Select)
