from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.boundaries import boundaries, sides, uncovered
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule
from tests.unit.compliance.packs import pack


@pytest.fixture(name="rule")
def _rule(tmp_path: Path) -> Rule:
    return pack(tmp_path).rules["CAP"]


@pytest.mark.parametrize(
    ("grain", "before", "after"),
    [
        ("day", ("2024-03-31", "2024-03-31"), ("2024-04-01", "2024-04-01")),
        ("week", ("2024-03-25", "2024-03-31"), ("2024-04-01", "2024-04-07")),
        ("month", ("2024-03-01", "2024-03-31"), ("2024-04-01", "2024-04-30")),
        ("year", ("2023-04-01", "2024-03-31"), ("2024-04-01", "2025-03-31")),
    ],
)
def test_what_is_right_before_a_day_and_from_it(grain: str, before: tuple[str, str], after: tuple[str, str]) -> None:
    found = sides(date(2024, 4, 1), grain)
    assert [(first.isoformat(), last.isoformat()) for first, last in found] == [before, after]


def test_days_of_versions_and_of_exceptions_count(rule: Rule) -> None:
    assert rule.grain == "month"
    assert boundaries(rule) == {
        date(2019, 4, 1): ["below"],
        date(2020, 4, 1): ["below"],
        date(2021, 4, 1): ["unless[0]"],
        date(2024, 4, 1): ["below"],
    }


def test_a_side_without_a_case_is_told(rule: Rule) -> None:
    days = [day + timedelta(days=offset) for day in boundaries(rule) for offset in (-1, 0)]
    assert uncovered(rule, days) == []
    days.remove(date(2021, 3, 31))
    said = "no case is judged between 2021-03-01 and 2021-03-31, before 2021-04-01 (unless[0])"
    assert uncovered(rule, days) == [said]
