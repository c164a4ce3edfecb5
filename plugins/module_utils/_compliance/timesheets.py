# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Timesheets that cannot all be right: stretches that overlap or end before they begin, and months with holes.

A month they touch is not complete, whatever its closing says: totals of it are lower bounds, and rules that need all
of it say unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import doubles
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.quality import Quality
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table

TIMESHEETS, CLOSINGS = "timesheets", "timesheet_closings"
# A week of company holidays leaves three quarters of a month's days, half a month's data half of them.
RECORDED_SHARE = "2 / 3"
MONTH = "CAST(date_trunc('month', t.work_date) AS DATE)"


def day_of_start(connection: Any) -> int:
    """Let every stretch belong to the day it starts on; return how many did not."""
    return int(
        connection.execute(
            "UPDATE timesheets SET work_date = CAST(started_at AS DATE) WHERE work_date <> CAST(started_at AS DATE)"
        ).fetchone()[0]
    )


def check_order(connection: Any, quality: Quality) -> None:
    """Stretches that end before they begin: when is unknown."""
    wrong = "t.ended_at <= t.started_at"
    _months(quality, "time_order", f"timesheets t WHERE {wrong}")
    connection.execute(f"UPDATE timesheets t SET started_at = NULL, ended_at = NULL WHERE {wrong}")


def check_overlaps(connection: Any, table: Table, quality: Quality) -> None:
    """Stretches of a worker that overlap for the same employer, and records without times that say the same."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE crossing AS SELECT DISTINCT employer_id, worker_id FROM (
            SELECT employer_id, worker_id, started_at < max(ended_at) OVER earlier AS crosses
            FROM timesheets WHERE ended_at > started_at
            WINDOW earlier AS (PARTITION BY employer_id, worker_id ORDER BY started_at, timesheet_id
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) WHERE crosses"""
    )
    others = ", ".join(f'"{name}"' for name, column in table.columns.items() if not column.key)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE doubles AS
        WITH starts AS (
            SELECT rowid AS number, employer_id, worker_id, started_at, ended_at, timesheet_id,
                   COALESCE(started_at >= max(ended_at) OVER earlier, TRUE) AS begins
            FROM timesheets SEMI JOIN crossing USING (employer_id, worker_id) WHERE ended_at > started_at
            WINDOW earlier AS (PARTITION BY employer_id, worker_id ORDER BY started_at, timesheet_id
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ), clusters AS (
            SELECT number, employer_id, worker_id, count_if(begins) OVER (
                PARTITION BY employer_id, worker_id ORDER BY started_at, timesheet_id ROWS UNBOUNDED PRECEDING
            ) AS cluster FROM starts
        ), stretches AS (
            SELECT number, min(number) OVER same AS which, count(*) OVER same AS together FROM clusters
            WINDOW same AS (PARTITION BY employer_id, worker_id, cluster)
        ), without_times AS (
            SELECT rowid AS number, hash({others}) AS alike, * FROM timesheets
            WHERE started_at IS NULL OR ended_at IS NULL
        ), timeless AS (
            SELECT number, min(number) OVER same AS which, count(*) OVER same AS together FROM without_times
            SEMI JOIN (SELECT alike FROM without_times GROUP BY alike HAVING count(*) > 1) USING (alike)
            WINDOW same AS (PARTITION BY {others})
        )
        SELECT number, which FROM stretches WHERE together > 1
        UNION ALL SELECT number, which FROM timeless WHERE together > 1"""
    )
    if connection.execute("SELECT count(*) FROM doubles").fetchone()[0]:
        _months(quality, "overlap", "timesheets t JOIN doubles d ON t.rowid = d.number")
        doubles.merge(connection, table)


def doubled(quality: Quality) -> None:
    """Records with the same id are in ``doubles``."""
    _months(quality, "duplicate_timesheet", "timesheets t JOIN doubles d ON t.rowid = d.number")


def check_closings(connection: Any, tables: Mapping[str, Table], quality: Quality) -> None:
    """Months closed as complete in which days are missing by the worker's agreed days a week."""
    leave = _leave(tables)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE holes AS
        WITH recorded AS (
            SELECT employer_id, worker_id, date_trunc('month', day) AS month,
                   bit_count(bit_or(1::INTEGER << (day(day) - 1)::INTEGER)) AS days
            FROM (SELECT employer_id, worker_id, work_date AS day FROM timesheets {leave}) GROUP BY ALL
        ), employed AS (
            SELECT c.employer_id, c.worker_id, c.month, w.weekly_days,
                   greatest(c.month, w.hired_on) AS first_day,
                   least(last_day(c.month), w.left_on) AS final_day
            FROM timesheet_closings c JOIN workers w USING (employer_id, worker_id)
        ), expected AS (
            SELECT employer_id, worker_id, month,
                   COALESCE(weekly_days * (date_diff('day', first_day, final_day) + 1) // 7, 1) AS days
            FROM employed WHERE final_day >= first_day
        )
        SELECT e.employer_id, e.worker_id, e.month, COALESCE(r.days, 0) AS recorded, e.days AS expected
        FROM expected e LEFT JOIN recorded r USING (employer_id, worker_id, month)
        WHERE COALESCE(r.days, 0) < e.days * {RECORDED_SHARE}"""
    )
    quality.add(
        "incomplete_month",
        "SELECT employer_id, {'worker_id': worker_id, 'month': month}, month, "
        "{'recorded_days': recorded, 'expected_days': expected}, ['timesheets'] FROM holes",
    )


def reopen(connection: Any, quality: Quality) -> int:
    """Take away the closings of months with findings; return their number."""
    return int(
        connection.execute(
            f"""DELETE FROM timesheet_closings c USING ({quality.months()}) q
            WHERE c.employer_id = q.employer_id AND c.worker_id = q.worker_id
            AND date_trunc('month', c.month) = q.month"""
        ).fetchone()[0]
    )


def _leave(tables: Mapping[str, Table]) -> str:
    """Days on which nobody expects a timesheet: leave by the day, and those of longer absences."""
    days = ""
    if "leave_taken" in tables:
        days += " UNION ALL SELECT employer_id, worker_id, taken_on FROM leave_taken WHERE taken_on IS NOT NULL"
    if "absences" in tables:
        days += (
            " UNION ALL SELECT a.employer_id, a.worker_id, CAST(unnest(generate_series("
            "greatest(a.starts_on, span.first), least(COALESCE(a.ends_on, span.final), span.final), INTERVAL 1 DAY"
            ")) AS DATE)"
            " FROM absences a, (SELECT CAST(min(month) AS TIMESTAMP) AS first,"
            " CAST(last_day(max(month)) AS TIMESTAMP) AS final FROM timesheet_closings) span"
            " WHERE a.starts_on IS NOT NULL"
        )
    return days


def _months(quality: Quality, kind: str, rows: str) -> None:
    quality.add(
        kind,
        f"SELECT t.employer_id, {{'worker_id': t.worker_id, 'month': {MONTH}}}, {MONTH}, "
        f"{{'records': count(*)}}, ['timesheets'] FROM {rows} GROUP BY t.employer_id, t.worker_id, {MONTH}",
    )
