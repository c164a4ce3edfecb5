"""Records of a large set of employers, always the same: what the compliance engine is measured with.

Workers have 500 working days each, from October 2024 to August 2026. Who works how long follows from hashes of worker
and day.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.bench import ROOT

if "ansible_collections" not in sys.modules:
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    _AnsibleCollectionFinder(paths=[str(ROOT / ".ansible" / "collections"), *sys.path])._install()

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import DDL, Table, read_table
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot, writing
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

DAYS = 500
PER_EMPLOYER = 100
FIRST_DAY = "2024-10-01"
# How many of the numbers 0..99 that a hash gives; a night shift ends on the next day.
NIGHT_SHIFTS, LONG_WORKERS, REST_DAY_WORK = 5, 3, 1
QUERIES = {
    "employers": "SELECT 'E' || e AS employer_id, 'information' AS industry, "
    "CASE WHEN e % 3 = 0 THEN 'sme' ELSE 'large' END AS size_class, 100 AS headcount FROM range({employers}) r (e)",
    "establishments": "SELECT 'S' || e AS establishment_id, 'E' || e AS employer_id, "
    "lpad((1 + e % 47)::VARCHAR, 2, '0') AS prefecture_code, 'general' AS sector, 100 AS headcount "
    "FROM range({employers}) r (e)",
    "workers": """
        SELECT 'W' || w AS worker_id, 'E' || (w // {per}) AS employer_id, 'S' || (w // {per}) AS establishment_id,
               DATE '1990-05-01' + ((w % 9000)::INTEGER - 4500) AS birth_date, DATE '2020-04-01' AS hired_on,
               ['general', 'general', 'general', 'construction', 'driver'][1 + w % 5] AS sector, 5 AS weekly_days,
               40 AS weekly_hours, 300000 AS monthly_wage_yen, 'none' AS disability_class, FALSE AS minimum_wage_permit
        FROM range({workers}) r (w)""",
    "contracts": "SELECT 'C' || w AS contract_id, 'E' || (w // {per}) AS employer_id, 'W' || w AS worker_id, "
    "'open_ended' AS kind, FALSE AS part_time, DATE '2020-03-15' AS concluded_on, DATE '2020-04-01' AS starts_on "
    "FROM range({workers}) r (w)",
    "work_arrangements": """
        SELECT 'E' || (w // {per}) AS employer_id, 'W' || w AS worker_id, DATE '2020-04-01' AS starts_on,
               'ordinary' AS system, 'none' AS exemption, 'weekly' AS rest_days, 'none' AS hazard_class
        FROM range({workers}) r (w)""",
    "agreements36": """
        SELECT 'G' || e || '-' || y AS agreement_id, 'E' || e AS employer_id, 'S' || e AS establishment_id,
               'representative' AS concluded_with, 'vote' AS representative_chosen_by, make_date(y, 3, 20) AS filed_on,
               make_date(y, 4, 1) AS valid_from, make_date(y + 1, 3, 31) AS valid_to,
               make_date(y, 4, 1) AS year_start_on, TRUE AS special_clause, 45 AS month_hours, 360 AS year_hours,
               80 AS special_month_hours, 700 AS special_year_hours
        FROM range({employers}) r (e), range(2024, 2027) s (y)""",
    "timesheets": """
        WITH days AS (
            SELECT row_number() OVER (ORDER BY day) AS d, CAST(day AS DATE) AS day
            FROM generate_series(DATE '{first}', DATE '{first}' + 800, INTERVAL 1 DAY) s (day)
            WHERE isodow(day) < 6 QUALIFY d <= {days}
        ), stretches AS (
            SELECT w, d, day, hash(w, d) AS chance, w % 100 < {long} AS long,
                   hash(w, d, 1) % 100 < {night} AS night, hash(w, d, 2) % 100 < {rest} AS rest
            FROM range({workers}) r (w), days
        ), minutes AS (
            SELECT *, CASE WHEN night THEN 1200 ELSE 540 END - (chance % 20)::INTEGER AS begins,
                   CASE WHEN night THEN 0 WHEN long THEN 120 + chance % 180
                        WHEN chance % 4 = 0 THEN chance % 120 ELSE 0 END AS over
            FROM stretches
        )
        SELECT 'T' || w || '-' || d AS timesheet_id, 'E' || (w // {per}) AS employer_id, 'W' || w AS worker_id,
               'S' || (w // {per}) AS establishment_id, day AS work_date,
               day + to_minutes(begins) AS started_at, day + to_minutes(begins + 540 + over::BIGINT) AS ended_at,
               60 AS break_min, 480 + over AS work_min, CASE WHEN rest THEN 0 ELSE over END AS overtime_min,
               CASE WHEN rest THEN 480 + over ELSE 0 END AS holiday_work_min,
               CASE WHEN night THEN 420 ELSE 0 END AS night_min,
               CASE WHEN w % 5 = 4 THEN 300 + chance % 300 END AS drive_min, 'ic_card' AS source
        FROM minutes""",
    "timesheet_closings": """
        SELECT DISTINCT employer_id, worker_id, CAST(date_trunc('month', work_date) AS DATE) AS month,
               CAST(last_day(work_date) + 5 AS DATE) AS closed_on
        FROM timesheets""",
    "payslips": """
        SELECT 'P-' || worker_id || '-' || month AS payslip_id, employer_id, worker_id, month, 'monthly' AS kind,
               CAST(last_day(month) + 25 AS DATE) AS scheduled_on, scheduled_on AS paid_on, 'bank' AS channel,
               1900 AS base_hourly_yen, 1900 AS hourly_equivalent_yen, 300000 AS base_yen, 0 AS replaced_overtime_min,
               CAST(ceil(sum(overtime_min) / 60.0 * 1900 * 1.5) AS BIGINT) AS overtime_yen,
               CAST(ceil(sum(holiday_work_min) / 60.0 * 1900 * 1.35) AS BIGINT) AS holiday_yen,
               CAST(ceil(sum(night_min) / 60.0 * 1900 * 0.25) AS BIGINT) AS night_yen
        FROM (SELECT *, CAST(date_trunc('month', work_date) AS DATE) AS month FROM timesheets)
        GROUP BY employer_id, worker_id, month""",
}


def schema(pack: Path) -> dict[str, Table]:
    """The tables of a pack."""
    return {path.stem: read_table(read_yaml(path), path.stem) for path in sorted((pack / "schema").glob("*.yml"))}


def fill(connection: Any, tables: Mapping[str, Table], rows: int) -> None:
    """Make all tables of the pack in DuckDB, with so many timesheets and the people they belong to."""
    workers = rows // DAYS
    values = {
        "workers": workers,
        "employers": -(-workers // PER_EMPLOYER),
        "per": PER_EMPLOYER,
        "days": DAYS,
        "first": FIRST_DAY,
        "night": NIGHT_SHIFTS,
        "long": LONG_WORKERS,
        "rest": REST_DAY_WORK,
    }
    for name, table in tables.items():
        columns = ", ".join(f'"{column.name}" {DDL[column.type]}' for column in table.columns.values())
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
    for name, query in QUERIES.items():
        connection.execute(f'INSERT INTO "{name}" BY NAME {query.format(**values)}')


def write_snapshot(connection: Any, tables: Mapping[str, Table], path: Path) -> Snapshot:
    """A snapshot of the tables as they are."""
    with writing(path) as writer:
        for name, table in tables.items():
            writer.add(connection, table, f'"{name}"')
        (writer.directory / "quality.jsonl").touch()
        writer.finish({"kind": "benchmark"}, [], 0)
    return Snapshot(path)


def write_csv(connection: Any, path: Path) -> None:
    """The tables that have rows, as a source would deliver them."""
    path.mkdir()
    for name in QUERIES:
        connection.execute(f"COPY \"{name}\" TO '{path / name}.csv' (HEADER)")
