from __future__ import annotations

import csv
from datetime import date, datetime
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.deadlines import (
    Due,
    Every,
    NotInForceError,
    moved,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.duties import Duty
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def working() -> dict[date, date]:
    path = ROOT / "rulepacks" / "jp_employment" / "tables" / "calendar.csv"
    with path.open(encoding="utf-8") as file:
        lines = csv.DictReader(file)
        return {date.fromisoformat(x["day"]): date.fromisoformat(x["next_business_day"]) for x in lines}


def due(**numbers: Any) -> Due:
    return Due.read({"next_working_day": False, **numbers}, "due")


def no_figure(name: str, day: date) -> int:
    raise AssertionError(f"{name} on {day} was asked for")


@pytest.mark.parametrize(
    ("numbers", "anchor", "expected"),
    [
        # 30 April 2027 is a Friday between holidays; the day itself never moves.
        ({"month": 4, "day": 30}, date(2027, 3, 31), date(2027, 4, 30)),
        ({"month": 6, "day": 30}, date(2026, 3, 31), date(2026, 6, 30)),
        ({"month": 6, "day": 30}, date(2026, 5, 31), date(2026, 6, 30)),
        # The month after a year that ends in June is July: the next 30 June.
        ({"month": 6, "day": 30}, date(2026, 6, 30), date(2027, 6, 30)),
        ({"month": 6, "day": 30}, date(2026, 6, 20), date(2027, 6, 30)),
        ({"month": 7, "day": 15}, date(2026, 6, 1), date(2026, 7, 15)),
        ({"month": 2, "day": 29}, date(2027, 1, 31), date(2027, 2, 28)),
        ({"month": 2, "day": 29}, date(2028, 1, 31), date(2028, 2, 29)),
        ({"months": 3}, date(2026, 3, 31), date(2026, 6, 30)),
        ({"months": 3}, date(2027, 2, 28), date(2027, 5, 31)),
        ({"months": 3}, date(2028, 2, 29), date(2028, 5, 31)),
        ({"months": 3}, date(2026, 11, 30), date(2027, 2, 28)),
        ({"months": 3}, date(2027, 11, 30), date(2028, 2, 29)),
        ({"months": 1}, date(2027, 1, 30), date(2027, 2, 28)),
        ({"months": 1}, date(2027, 1, 15), date(2027, 2, 15)),
        ({"months": 1, "day": "last"}, date(2027, 1, 1), date(2027, 2, 28)),
        ({"months": 1, "day": "last"}, date(2028, 1, 31), date(2028, 2, 29)),
        ({"months": 1, "day": 10}, date(2026, 12, 31), date(2027, 1, 10)),
        ({"months": 1, "day": 31}, date(2026, 8, 5), date(2026, 9, 30)),
        ({"days": 10}, date(2028, 2, 20), date(2028, 3, 1)),
        ({"days": 10}, date(2027, 2, 20), date(2027, 3, 2)),
        ({"days": 30, "first_day_counts": True}, date(2026, 10, 1), date(2026, 10, 30)),
        ({"days": -1}, date(2026, 4, 1), date(2026, 3, 31)),
    ],
)
def test_a_due_day(numbers: dict[str, Any], anchor: date, expected: date) -> None:
    assert due(**numbers).after(anchor, no_figure) == expected


def test_hours_run_by_the_clock_on_every_day() -> None:
    known = datetime(2026, 5, 2, 23, 30)
    assert due(hours=72).after(known, no_figure) == datetime(2026, 5, 5, 23, 30)


def test_a_figure_is_that_of_the_day() -> None:
    assert due(days="R.days").after(
        date(2026, 1, 1), lambda name, day: {("R.days", date(2026, 1, 1)): 5}[name, day]
    ) == (date(2026, 1, 6))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 7, 15), date(2026, 7, 15)),
        (date(2028, 7, 15), date(2028, 7, 18)),  # Saturday before the Day of the Sea
        (date(2026, 5, 2), date(2026, 5, 7)),  # Golden Week
        (date(2026, 12, 29), date(2027, 1, 4)),
        (date(2026, 10, 10), date(2026, 10, 13)),
        (date(2026, 9, 21), date(2026, 9, 24)),  # a day between two holidays is one
    ],
)
def test_a_day_off_moves_to_the_next_working_day(working: dict[date, date], day: date, expected: date) -> None:
    assert moved(day, working) == expected


def test_a_day_beyond_the_calendar_is_an_error(working: dict[date, date]) -> None:
    with pytest.raises(PackError, match="the table calendar has no 2036-01-01"):
        moved(date(2036, 1, 1), working)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"year_ends": [3, 31]}, [(date(2027, 4, 1), date(2028, 3, 31))]),
        ({"year_ends": [2, 29]}, [(date(2027, 3, 1), date(2028, 2, 29))]),
        ({"status_day": [6, 1]}, [(date(2028, 6, 1), date(2028, 6, 1))]),
    ],
)
def test_periods_of_a_year(document: dict[str, Any], expected: list[tuple[date, date]]) -> None:
    assert list(Every.read(document).between(date(2028, 1, 1), date(2028, 12, 31))) == expected


def test_months_and_business_years_end_with_every_month() -> None:
    months = list(Every.read("month").between(date(2028, 2, 1), date(2028, 3, 30)))
    assert months == [(date(2028, 2, 1), date(2028, 2, 29))]
    years = list(Every.read("business_year").between(date(2028, 2, 1), date(2028, 3, 31)))
    assert years == [(date(2027, 3, 1), date(2028, 2, 29)), (date(2027, 4, 1), date(2028, 3, 31))]


@pytest.mark.parametrize(
    "document", ["weekly", {"year_ends": [2, 30]}, {"year_ends": 3}, {"status_day": [6, 1], "x": 1}]
)
def test_another_period_is_refused(document: Any) -> None:
    with pytest.raises(PackError, match="period is"):
        Every.read(document)


@pytest.mark.parametrize(
    "numbers", [{}, {"month": 4}, {"day": 4}, {"days": 1, "months": 1}, {"month": 4, "day": "last"}]
)
def test_another_due_day_is_refused(numbers: dict[str, Any]) -> None:
    with pytest.raises(PackError, match="due must have"):
        due(**numbers)


# What the year of one employer owes: report, event, last day of the period, due day.
OWED = """
placement_business_report   - 2026-03-31 2026-04-30
placement_disclosure        - 2026-03-31 2026-04-30
disability_levy             - 2026-03-31 2026-05-15
dispatch_accounts           - 2026-03-31 2026-06-30
dispatch_business           - 2026-03-31 2026-06-30
dispatch_figures            - 2026-03-31 2026-06-30
group_dispatch_ratio        - 2026-03-31 2026-06-30
health_check                - 2026-03-31 2026-06-30
stress_check                - 2026-03-31 2026-06-30
labour_insurance_renewal    - 2026-03-31 2026-07-10
disability_employment       - 2026-06-01 2026-07-15
elderly_employment          - 2026-06-01 2026-07-15
foreign_employment          hire 2026-07-01 2026-08-10
foreign_employment          separation 2026-10-30 2026-11-09
insurance_enrolment         acquired 2026-07-01 2026-08-10
gdpr_breach                 notification 2026-10-01 2026-10-04
appi_breach                 preliminary 2026-10-01 2026-10-06
appi_breach                 final 2026-10-01 2026-11-30
agreement36_monitoring      - 2026-04-30 2026-05-11
agreement36_monitoring      - 2026-08-31 2026-09-10
agreement36_monitoring      - 2026-09-30 2026-10-13
agreement36_monitoring      - 2026-12-31 2027-01-12
"""


@pytest.mark.parametrize("line", OWED.strip().splitlines())
def test_the_reports_of_a_year(line: str, duties: list[Duty]) -> None:
    report, event, end, day = line.split()
    wanted = (report, None if event == "-" else event, date.fromisoformat(end))
    (found,) = [each for each in duties if (each.report, each.event, each.period[1]) == wanted]
    assert found.due_on == date.fromisoformat(day)


def test_hours_give_a_moment(duties: list[Duty]) -> None:
    (found,) = [each for each in duties if each.report == "gdpr_breach"]
    assert found.due_at == datetime(2026, 10, 4, 10, 0)


def test_an_id_is_stable_and_names_nobody(duties: list[Duty]) -> None:
    (hire,) = [each for each in duties if each.event == "hire"]
    assert hire.id == "foreign_employment-2cf173e98db2d526"
    assert len({each.id for each in duties}) == len(duties)


def test_a_report_that_no_law_demands_yet_is_not_owed(reader: Reader, reports: dict[str, Report]) -> None:
    with pytest.raises(NotInForceError, match="no figure is in force on 2017-03-31"):
        reader.figure(reports["placement_business_report"], "ESA-032-16-REPORT.due_month", date(2017, 3, 31))
