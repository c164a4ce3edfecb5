"""The declared web ACL against the corpus: the rule that is meant to blocks each attack, none blocks what is benign."""

from __future__ import annotations

import pytest

from tests.waf.corpus import load
from tools.waf_table import Row, declared, lines, main, table

ROWS = table()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.sample.name)
def test_request(row: Row) -> None:
    assert (row.outcome.action, row.outcome.rule) == (
        ("block", row.sample.stopped_by) if row.sample.attack else ("allow", "")
    )


def test_names_are_unique_and_each_family_is_there() -> None:
    samples = load()
    assert len({sample.name for sample in samples}) == len(samples)
    kinds = {sample.kind for sample in samples if sample.attack}
    assert kinds >= {"sqli", "xss", "lfi", "rce", "ssrf", "log4j", "scanner", "oversize"}


def test_every_pattern_size_and_exclusion_has_a_request_that_needs_it() -> None:
    waf, _hosts = declared()
    needed = {sample.stopped_by for sample in load()}
    assert {pattern["name"] for pattern in waf["patterns"]} | {"methods", "sizes"} <= needed
    excluded = {(one["group"], one["rule"]) for one in waf["exclusions"]}
    passing = {
        (group, rule)
        for sample in load()
        if not sample.attack
        for group, found in sample.managed.items()
        for rule in found
    }
    assert passing == excluded


def test_shift_jis_requests_are_no_utf_8() -> None:
    bodies = {sample.name: sample.request.body for sample in load()}
    assert "表計算".encode("shift_jis") in bodies["csv-import-shift-jis"]


def test_the_table_counts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["waf_table"])
    assert main() == 0
    told = capsys.readouterr().out.splitlines()
    attacks = sum(row.sample.attack for row in ROWS)
    assert told[-2:] == [
        f"{attacks} attacks: {attacks} blocked, 0 passed",
        f"{len(ROWS) - attacks} benign requests: 0 blocked, {len(ROWS) - attacks} passed",
    ]


def test_a_wrong_row_is_marked() -> None:
    sample = next(row.sample for row in ROWS if row.sample.attack)
    passed = next(row for row in ROWS if not row.sample.attack)
    assert next(lines([Row(sample, passed.outcome)])).startswith("! ")
