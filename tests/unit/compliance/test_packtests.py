from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command import main
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Outcome, Runner, bind
from tests.unit.compliance.packs import files, write

TESTS = """
- {name: before the regime, given: {months: [{month: 2019-03-01, overtime_min: 9000}]}, expect: none}
- {name: the first month, given: {months: [{month: 2019-04-01, overtime_min: 6000}]}, expect: violation}
- name: before it holds for small employers
  given: {employers: [{size_class: sme}], months: [{month: 2020-03-01, overtime_min: 6000}]}
  expect: none
- name: small employers, too
  given: {employers: [{size_class: sme}], months: [{month: 2020-04-01, overtime_min: 6000}]}
  expect: [{month: 2020-04-01, verdict: violation}]
- name: drivers before their exception
  given: {months: [{month: 2021-03-01, overtime_min: 6000, sector: driver}]}
  expect: violation
- {name: drivers, given: {months: [{month: 2021-04-01, overtime_min: 6000, sector: driver}]}, expect: ok}
- {name: last month of 100, given: {months: [{month: 2024-03-01, overtime_min: 5400}]}, expect: warning}
- {name: first month of 90, given: {months: [{month: 2024-04-01, overtime_min: 5400}]}, expect: violation}
- {name: missing, given: {months: [{month: 2024-04-01, overtime_min: null}]}, expect: unknown}
"""


def documents(*more: dict[str, Any], without: str = "") -> dict[str, Any]:
    found = files()
    tests = [each for each in yaml.safe_load(TESTS) if each["name"] != without]
    found["rules/CAP.yml"]["tests"] = [*tests, *more]
    return found


def run(root: Path, *more: dict[str, Any], without: str = "") -> Outcome:
    pack = load(write(root, documents(*more, without=without)))
    return Runner(pack, DuckDb()).run(pack.rules["CAP"])


def test_all_pass_and_all_days_are_covered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == Outcome("CAP", passed=9)
    assert main(["test", str(tmp_path), "CAP"]) == 0
    assert "1 rules: 9 tests passed, 0 failed, 0 sides" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("before the regime", "between 2019-03-01 and 2019-03-31, before 2019-04-01 (below)"),
        ("drivers before their exception", "between 2021-03-01 and 2021-03-31, before 2021-04-01 (unless[0])"),
    ],
)
def test_an_uncovered_side_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], without: str, said: str
) -> None:
    outcome = run(tmp_path, without=without)
    assert [line.removeprefix("no case is judged ") for line in outcome.uncovered] == [said]
    assert main(["test", str(tmp_path)]) == 1
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expect", "months", "said"),
    [
        ("ok", [{"month": "2024-04-01", "overtime_min": 6000}], "expected ok, found violation (worker_id=W1, month="),
        ("ok", [], "expected ok, found no case"),
        ("none", [{"month": "2024-04-01"}], "expected no case, found ok"),
        ([{"worker_id": "W2", "verdict": "ok"}], [{"month": "2024-04-01"}], "expected one case"),
        (
            [{"nobody": "W2", "verdict": "ok"}],
            [{"month": "2024-04-01"}],
            "expect names nobody; the query's columns are",
        ),
        (
            [{"worker_id": "W1", "verdict": "ok"}],
            [{"month": "2024-04-01"}, {"worker_id": "W2", "month": "2024-04-01", "overtime_min": 6000}],
            "expected ok of all cases not listed",
        ),
        ("ok", [{"nobody": 1}], "months has no column nobody"),
    ],
)
def test_a_failed_test_says_what_was_found(tmp_path: Path, expect: Any, months: list[Any], said: str) -> None:
    outcome = run(tmp_path, {"name": "wrong", "given": {"months": months}, "expect": expect})
    assert (outcome.passed, len(outcome.failed)) == (9, 1)
    assert said in outcome.failed[0]


def test_an_unknown_case_must_say_what_is_missing(tmp_path: Path) -> None:
    found = documents()
    rule = found["rules/CAP.yml"]
    rule["query"] = rule["query"].replace("h.hours, e.size_class", "0 AS hours, e.size_class")
    pack = load(write(tmp_path, found))
    outcome = Runner(pack, DuckDb()).run(pack.rules["CAP"])
    assert any("missing: unknown, but no output column is NULL" in line for line in outcome.failed)


def test_two_cases_with_one_key_fail(tmp_path: Path) -> None:
    found = documents()
    found["rules/CAP.yml"]["key"] = ["month"]
    pack = load(write(tmp_path, found))
    rows = [{"worker_id": name, "month": "2024-04-01"} for name in ("W1", "W2")]
    found["rules/CAP.yml"]["tests"] = [{"name": "two", "given": {"months": rows}, "expect": "ok"}]
    pack = load(write(tmp_path, found))
    assert "two cases with the same key" in Runner(pack, DuckDb()).run(pack.rules["CAP"]).failed[0]


def test_types_that_do_not_fit_are_found_without_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = documents()
    rule = found["rules/CAP.yml"]
    rule["query"] = rule["query"].replace("h.hours >=", "h.sector + h.month >=")
    root = write(tmp_path, found)
    pack = load(root)
    assert bind(pack, ["CAP"], DuckDb())[0].startswith("CAP: ")
    assert main(["check", str(root)]) == 2
    assert "CAP: " in capsys.readouterr().err
