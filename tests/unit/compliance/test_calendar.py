from __future__ import annotations

import csv

import pytest

from tests.conftest import ROOT
from tools import calendar

CALENDAR = ROOT / "rulepacks" / "jp_employment" / "tables" / "calendar.csv"
ROWS = {row[0]: row for row in calendar.rows()}


def test_the_file_is_what_the_tool_makes() -> None:
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)] == [calendar.HEADER, *calendar.rows()]


@pytest.mark.parametrize(
    ("day", "following", "name"),
    [
        ("2026-04-30", "2026-04-30", ""),
        ("2026-05-02", "2026-05-07", ""),
        ("2026-05-06", "2026-05-07", "振替休日"),
        ("2026-09-22", "2026-09-24", "国民の休日"),
        ("2019-04-27", "2019-05-07", ""),
        ("2020-07-24", "2020-07-27", "スポーツの日"),
        ("2026-12-28", "2026-12-28", ""),
        ("2026-12-29", "2027-01-04", "年末年始"),
        ("2035-12-31", "2036-01-04", "年末年始"),
    ],
)
def test_business_days(day: str, following: str, name: str) -> None:
    assert ROWS[day] == (day, str(day == following).lower(), following, name)
