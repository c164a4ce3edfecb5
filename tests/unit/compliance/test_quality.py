from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import quality
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import IntakeError
from ansible_collections.iworkz.platform.plugins.module_utils._messages import DEFAULT_MESSAGES, load_catalogue
from tests.unit.compliance.deliveries import findings, rows, take

TIMES = "timesheet_id,employer_id,worker_id,work_date,started_at,ended_at,break_min,work_min\n"
CLOSED = "employer_id,worker_id,month\nE1,W1,2026-04-01\n"
WEEKDAYS = [day for day in range(1, 31) if (day + 2) % 7 < 5]  # 1 April 2026 is a Wednesday


def stretch(number: str, day: str, begins: str, ends: str, minutes: int = 480) -> str:
    return f"{number},E1,W1,{day},{begins},{ends},60,{minutes}\n"


def month(*days: int) -> str:
    """Timesheets of nine hours on these days of April 2026."""
    return "".join(
        stretch(f"T{day:02}", f"2026-04-{day:02}", f"2026-04-{day:02} 09:00", f"2026-04-{day:02} 18:00") for day in days
    )


def closed(snapshot: Any) -> bool:
    return rows(snapshot, "timesheet_closings", "month::VARCHAR") == [("2026-04-01",)]


def test_a_whole_month_stays_closed_and_nothing_is_found(tmp_path: Path) -> None:
    snapshot = take(tmp_path, timesheets=TIMES + month(*WEEKDAYS), timesheet_closings=CLOSED)
    assert len(WEEKDAYS) == 22
    assert closed(snapshot)
    assert findings(snapshot) == []


def test_a_stretch_over_midnight_belongs_to_the_day_it_starts_on(tmp_path: Path) -> None:
    snapshot = take(
        tmp_path,
        timesheets=TIMES
        + stretch("T1", "2026-05-01", "2026-04-30 22:00", "2026-05-01 07:00")  # named after the day it ends on
        + stretch("T2", "2026-04-28", "2026-04-27T15:30:00Z", "2026-04-28 09:00")  # half past midnight in Japan
        + stretch("T3", "2024-02-28", "2024-02-28 22:00", "2024-02-28 30:00"),  # into a leap day
    )
    assert rows(snapshot, "timesheets", "timesheet_id, work_date::VARCHAR, started_at::VARCHAR, ended_at::VARCHAR") == [
        ("T1", "2026-04-30", "2026-04-30 22:00:00", "2026-05-01 07:00:00"),
        ("T2", "2026-04-28", "2026-04-28 00:30:00", "2026-04-28 09:00:00"),
        ("T3", "2024-02-28", "2024-02-28 22:00:00", "2024-02-29 06:00:00"),
    ]
    assert {"note": "day_of_start", "table": "timesheets", "rows": 1} in snapshot.notes
    assert findings(snapshot) == []


def test_stretches_that_touch_do_not_overlap(tmp_path: Path) -> None:
    snapshot = take(
        tmp_path,
        timesheets=TIMES
        + stretch("T1", "2026-04-01", "2026-04-01 09:00", "2026-04-01 12:00", 180)
        + stretch("T2", "2026-04-01", "2026-04-01 12:00", "2026-04-01 18:00", 300),
    )
    assert len(rows(snapshot, "timesheets", "timesheet_id")) == 2
    assert findings(snapshot) == []


def test_the_same_stretch_delivered_twice_counts_once_and_its_month_is_not_complete(tmp_path: Path) -> None:
    twice = stretch("T99", "2026-04-01", "2026-04-01 09:00", "2026-04-01 18:00")
    snapshot = take(tmp_path, timesheets=TIMES + month(*WEEKDAYS) + twice, timesheet_closings=CLOSED)
    assert rows(snapshot, "timesheets", "sum(work_min)::INTEGER, count(*)") == [(22 * 480, 22)]
    assert not closed(snapshot)
    (finding,) = findings(snapshot)
    assert finding["rule"] == "DATA-OVERLAP"
    assert finding["verdict"] == "unknown"
    assert (finding["employer_id"], finding["key"]) == ("E1", {"worker_id": "W1", "month": "2026-04-01"})
    assert finding["judged_on"] == "2026-04-01"
    assert finding["facts"] == {"records": 2}
    assert finding["missing"] == ["timesheets"]
    assert len(finding["reference"]) == 16
    assert finding["message"]["en"].startswith("W1, 2026-04-01: 2 timesheets overlap")
    assert "重複" in finding["message"]["ja"]


def test_of_overlapping_stretches_only_what_they_agree_on_is_kept(tmp_path: Path) -> None:
    """Three in a row of which the first and the last don't touch: one, since the time in between is counted twice."""
    snapshot = take(
        tmp_path,
        timesheets=TIMES
        + stretch("T1", "2026-04-01", "2026-04-01 09:00", "2026-04-01 18:00", 480)
        + stretch("T2", "2026-04-01", "2026-04-01 17:00", "2026-04-01 21:00", 240)
        + stretch("T3", "2026-04-01", "2026-04-01 20:00", "2026-04-02 01:00", 300),
        timesheet_closings=CLOSED,
    )
    found = rows(snapshot, "timesheets", "timesheet_id, work_date::VARCHAR, started_at, ended_at, break_min, work_min")
    assert found == [("T1", "2026-04-01", None, None, 60, None)]
    assert not closed(snapshot)


def test_a_night_shift_into_an_early_one_overlaps_across_the_day(tmp_path: Path) -> None:
    snapshot = take(
        tmp_path,
        timesheets=TIMES
        + stretch("T1", "2026-04-30", "2026-04-30 22:00", "2026-05-01 06:00")
        + stretch("T2", "2026-05-01", "2026-05-01 05:00", "2026-05-01 14:00"),
        timesheet_closings="employer_id,worker_id,month\nE1,W1,2026-04-01\nE1,W1,2026-05-01\n",
    )
    assert rows(snapshot, "timesheet_closings", "month") == []
    assert {each["key"]["month"] for each in findings(snapshot, "DATA-OVERLAP")} == {"2026-04-01", "2026-05-01"}


def test_other_employers_and_workers_may_overlap(tmp_path: Path) -> None:
    snapshot = take(
        tmp_path,
        employers="employer_id,industry\nE1,information\nE2,retail\n",
        workers="worker_id,employer_id\nW1,E1\nW2,E1\n",
        timesheets=TIMES
        + stretch("T1", "2026-04-01", "2026-04-01 09:00", "2026-04-01 18:00")
        + stretch("T2", "2026-04-01", "2026-04-01 09:00", "2026-04-01 18:00").replace("E1", "E2")
        + stretch("T3", "2026-04-01", "2026-04-01 09:00", "2026-04-01 18:00").replace("W1", "W2"),
    )
    assert len(rows(snapshot, "timesheets", "timesheet_id")) == 3
    assert findings(snapshot) == []


def test_records_without_times_are_doubles_when_they_say_the_same(tmp_path: Path) -> None:
    snapshot = take(
        tmp_path,
        timesheets=TIMES
        + "T1,E1,W1,2026-04-01,,,0,240\nT2,E1,W1,2026-04-01,,,0,240\n"
        + "T3,E1,W1,2026-04-02,,,0,240\nT4,E1,W1,2026-04-02,,,0,230\n",
    )
    assert rows(snapshot, "timesheets", "timesheet_id") == [("T1",), ("T3",), ("T4",)]
    assert [each["facts"] for each in findings(snapshot)] == [{"records": 2}]


@pytest.mark.parametrize("minutes", [480, 300])
def test_a_timesheet_whose_id_is_there_twice(tmp_path: Path, minutes: int) -> None:
    again = stretch("T01", "2026-04-01", "2026-04-01 09:00", "2026-04-01 18:00", minutes)
    snapshot = take(tmp_path, timesheets=TIMES + month(*WEEKDAYS) + again, timesheet_closings=CLOSED)
    kept = None if minutes == 300 else 480
    assert rows(snapshot, "timesheets", "timesheet_id, work_min")[0] == ("T01", kept)
    assert not closed(snapshot)
    assert [each["rule"] for each in findings(snapshot)] == ["DATA-DUPLICATE-KEY", "DATA-DUPLICATE-TIMESHEET"]
    assert findings(snapshot)[0]["facts"] == {"rows": 2, "differing": ["work_min"] if kept is None else []}


def test_rows_with_one_key_that_disagree_on_what_may_be_missing_leave_it_unknown(tmp_path: Path) -> None:
    workers = "worker_id,employer_id,sex,weekly_days,weekly_hours\nW1,E1,male,5,40\nW1,E1,male,5,\nW1,E1,male,4,40\n"
    snapshot = take(tmp_path, workers=workers)
    assert rows(snapshot, "workers", "worker_id, sex, weekly_days, weekly_hours") == [("W1", "male", None, None)]
    (finding,) = findings(snapshot, "DATA-DUPLICATE-KEY")
    assert finding["key"] == {"table": "workers", "row": "W1"}
    assert finding["facts"] == {"rows": 3, "differing": ["weekly_days", "weekly_hours"]}


def test_rows_with_one_key_that_disagree_on_what_every_row_needs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="workers: worker_id W1 is there more than once, with different employer_id"):
        take(tmp_path, workers="worker_id,employer_id\nW1,E1\nW1,E2\n")


def test_a_stretch_that_ends_before_it_begins_has_no_times(tmp_path: Path) -> None:
    snapshot = take(
        tmp_path,
        timesheets=TIMES + month(*WEEKDAYS[1:]) + stretch("T01", "2026-04-01", "2026-04-01 22:00", "2026-04-01 06:00"),
        timesheet_closings=CLOSED,
    )
    assert rows(snapshot, "timesheets", "timesheet_id, started_at, ended_at, work_min")[0] == ("T01", None, None, 480)
    assert [each["rule"] for each in findings(snapshot)] == ["DATA-TIME-ORDER"]
    assert not closed(snapshot)


LEAVE = "leave_id,employer_id,worker_id,taken_on\n"
ABSENCES = "absence_id,employer_id,worker_id,starts_on,ends_on\n"
HALF = [day for day in WEEKDAYS if day <= 15]


@pytest.mark.parametrize(
    ("days", "worker", "other", "complete"),
    [
        (HALF, "2020-04-01,,5", {}, False),
        ([], "2020-04-01,,5", {}, False),
        ([], "2020-04-01,,", {}, False),
        # A week of company holidays is no hole, whatever the calendar says.
        ([day for day in WEEKDAYS if day not in (6, 7, 8, 9, 10)], "2020-04-01,,5", {}, True),
        (HALF, "2020-04-01,,2", {}, True),
        (HALF, "2020-04-01,,", {}, True),
        # Days before the first and after the last of employment are none.
        (HALF, "2020-04-01,2026-04-15,5", {}, True),
        ([day for day in WEEKDAYS if day > 15], "2026-04-16,,5", {}, True),
        # Nor are days of leave, and those of a longer absence.
        (HALF, "2020-04-01,,5", {"leave_taken": LEAVE + "L1,E1,W1,2026-04-16\n"}, False),
        (
            HALF,
            "2020-04-01,,5",
            {"leave_taken": LEAVE + "".join(f"L{day},E1,W1,2026-04-{day}\n" for day in (16, 17, 20, 21))},
            True,
        ),
        (HALF, "2020-04-01,,5", {"absences": ABSENCES + "A1,E1,W1,2026-04-16,2026-06-30\n"}, True),
        (HALF, "2020-04-01,,5", {"absences": ABSENCES + "A1,E1,W1,2026-04-16,\n"}, True),
        (HALF, "2020-04-01,,5", {"absences": ABSENCES + "A1,E1,W1,2026-05-01,\n"}, False),
    ],
)
def test_half_a_month_is_not_complete_whatever_its_closing_says(
    tmp_path: Path, days: list[int], worker: str, other: dict[str, str], complete: bool
) -> None:
    snapshot = take(
        tmp_path,
        workers=f"worker_id,employer_id,hired_on,left_on,weekly_days\nW1,E1,{worker}\n",
        timesheets=TIMES + month(*days),
        timesheet_closings=CLOSED,
        **other,
    )
    assert closed(snapshot) is complete
    assert [each["rule"] for each in findings(snapshot)] == ([] if complete else ["DATA-INCOMPLETE-MONTH"])


def test_rows_that_name_a_missing_one_are_kept_and_told(tmp_path: Path) -> None:
    snapshot = take(tmp_path, timesheets=TIMES + month(1, 2).replace("W1", "W7"))
    assert len(rows(snapshot, "timesheets", "timesheet_id")) == 2
    (finding,) = findings(snapshot)
    assert finding["rule"] == "DATA-REFERENCE"
    assert finding["key"] == {"table": "timesheets", "column": "worker_id", "value": "W7"}
    assert finding["facts"] == {"rows": 2, "references": "workers"}
    assert finding["message"]["en"] == "timesheets.worker_id: W7 is not in workers; 2 rows cannot be judged"


def test_every_kind_of_finding_has_its_message() -> None:
    package = Path(quality.__file__).parent
    added = {
        kind
        for name in ("intake.py", "timesheets.py")
        for kind in re.findall(r'(?:add\(|_months\(quality,)\s*"([a-z_]+)"', (package / name).read_text())
    }
    messages = {each for each in load_catalogue(DEFAULT_MESSAGES) if each.startswith("compliance_data.")}
    assert {f"compliance_data.{kind}" for kind in added} == messages
    assert set(quality.OF_MONTHS) <= added
