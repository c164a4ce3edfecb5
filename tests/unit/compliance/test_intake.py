from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import conversions, intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import IntakeError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Type
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Directory
from tests.unit.compliance.deliveries import BASE, TABLES, deliver, findings, rows, take


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    conversions.install(made)
    return made


def read(connection: duckdb.DuckDBPyConnection, text: str, kind: Type) -> Any:
    row = connection.execute(f"SELECT {conversions.typed('cell(?)', kind)}::VARCHAR", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-01", "2026-04-01"),
        ("2026/4/1", "2026-04-01"),
        ("20260401", "2026-04-01"),
        ("2026年4月1日", "2026-04-01"),
        ("２０２６年４月１日", "2026-04-01"),
        ("2026-04-01 00:00:00", "2026-04-01"),
        ("2024-02-29", "2024-02-29"),
        ("2026-02-29", None),
        ("2000-02-29", "2000-02-29"),
        ("1900-02-29", None),
        ("20260229", None),
        ("9999-12-31", "9999-12-31"),
        ("infinity", None),
        ("epoch", None),
        ("0026-04-01", None),
        ("04/01/2026", None),
        ("2026-04-01T15:00:00Z", None),
        ("令和8年4月1日", "2026-04-01"),
        ("令和８年　４月１日", "2026-04-01"),
        ("R8.4.1", "2026-04-01"),
        ("Ｒ８．４．１", "2026-04-01"),
        ("r8/4/1", "2026-04-01"),
        ("㋿8年4月1日", "2026-04-01"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和1年5月1日", "2019-05-01"),
        ("令和元年4月30日", None),
        ("令和0年5月1日", None),
        ("令和6年2月29日", "2024-02-29"),
        ("令和8年2月29日", None),
        ("平成31年4月30日", "2019-04-30"),
        ("平成31年5月1日", None),
        ("平成40年1月1日", None),
        ("平成元年1月8日", "1989-01-08"),
        ("平成元年1月7日", None),
        ("昭和64年1月7日", "1989-01-07"),
        ("昭和64年1月8日", None),
        ("S55-3-3", "1980-03-03"),
        ("昭和元年12月25日", "1926-12-25"),
        ("大正15年12月24日", "1926-12-24"),
        ("明治45年1月1日", None),
        ("令和8年4月", None),
    ],
)
def test_dates(connection: duckdb.DuckDBPyConnection, text: str, day: str | None) -> None:
    assert read(connection, text, "date") == day


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-04-01 09:00", "2026-04-01 09:00:00"),
        ("2026/4/1 9:00:30", "2026-04-01 09:00:30"),
        ("2026-04-01T09:00:00Z", "2026-04-01 18:00:00"),
        ("2026-03-31T15:00:00Z", "2026-04-01 00:00:00"),
        ("2026-04-01 00:00:00+00", "2026-04-01 09:00:00"),
        ("2026-04-01T09:00:00+09:00", "2026-04-01 09:00:00"),
        ("2026-04-01T09:00:00+0930", "2026-04-01 08:30:00"),
        ("2026-04-01 09:00-05", "2026-04-01 23:00:00"),
        ("2026-04-01 24:00", "2026-04-02 00:00:00"),
        ("2026-04-30 25:30", "2026-05-01 01:30:00"),
        ("2024-02-28 26:00", "2024-02-29 02:00:00"),
        ("2026-02-29 25:00", None),
        ("2026-04-01 48:00", None),
        ("2026-04-01 09:60", None),
        ("2026-04-01", None),
        ("09:00", None),
    ],
)
def test_times_are_local_to_japan(connection: duckdb.DuckDBPyConnection, text: str, time: str | None) -> None:
    assert read(connection, text, "timestamp") == time


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "480", "480"),
        ("integer", "480.0", "480"),
        ("integer", "8.5", None),
        ("integer", "1e3", None),
        ("integer", "0x10", None),
        ("integer", "1_000", None),
        ("integer", "1,000", None),
        ("decimal", "37.5", "37.5000"),
        ("decimal", "0.33333", "0.3333"),
        ("decimal", "nan", None),
        ("decimal", "1e3", None),
        ("boolean", "t", "true"),
        ("boolean", "FALSE", "false"),
        ("boolean", "maybe", None),
        ("text", "  E1 ", "E1"),
        ("text", "  ", None),
    ],
)
def test_other_types(connection: duckdb.DuckDBPyConnection, kind: Type, text: str, value: str | None) -> None:
    assert read(connection, text, kind) == value


@pytest.mark.parametrize(
    ("table", "text", "said"),
    [
        (
            "workers",
            "worker_id,employer_id,birthdate\nW1,E1,\n",
            r"workers: unknown column birthdate \(did you mean birth",
        ),
        ("workers", "worker_id,hired_on\nW1,\n", "workers: column employer_id is missing, and every row needs it"),
        ("workers", "worker_id,employer_id\nW1,E1\nW2,\n", r"workers, row 2 \(worker_id W2\): employer_id is missing"),
        (
            "workers",
            "worker_id,employer_id,birth_date\nW1,E1,2026-02-29\n",
            r"workers, row 1 \(worker_id W1\): birth_date is '2026-02-29', which is no date",
        ),
        (
            "workers",
            "worker_id,employer_id,birth_date\nW1,E1,平成40年1月1日\n",
            r"row 1 \(worker_id W1\): birth_date is '平成40年1月1日', which is no date",
        ),
        (
            "workers",
            "worker_id,employer_id,sex\nW1,E1,F\n",
            r"row 1 \(worker_id W1\): sex is 'F', and must be one of female, male, other",
        ),
        ("workers", 'worker_id,employer_id\nW1,E1\nW2,"E1\n', "workers: .*cannot be read"),
        ("workers", "worker_id,employer_id\nW1,E1,extra\n", "workers: .*cannot be read"),
    ],
)
def test_data_that_cannot_be_right_is_refused(tmp_path: Path, table: str, text: str, said: str) -> None:
    with pytest.raises(IntakeError, match=said):
        take(tmp_path, **{table: text})
    assert [path.name for path in tmp_path.iterdir()] == ["delivered"]


def test_all_tables_are_told_at_once_and_ten_rows_of_each(tmp_path: Path) -> None:
    many = "".join(f"W{number},E1,x\n" for number in range(100))
    with pytest.raises(IntakeError) as raised:
        take(
            tmp_path,
            workers=f"worker_id,employer_id,weekly_days\n{many}",
            employers="employer_id,industry,headcount\nE1,information,ten\n",
        )
    lines = str(raised.value).splitlines()
    assert len(lines) == 12
    assert "headcount is 'ten'" in lines[0]
    assert lines[-1] == "table workers: 100 such rows in all"


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    source = deliver(tmp_path / "delivered")
    (source.path / "employers.csv").write_bytes("employer_id,industry\nE1,情報通信\n".encode("cp932"))
    with pytest.raises(IntakeError, match=r"table employers: .*cannot be read"):
        intake.take(source, TABLES, tmp_path / "snapshot")


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    snapshot = take(tmp_path, employers="\ufeff" + BASE["employers"])
    assert rows(snapshot, "employers", "employer_id") == [("E1",)]


def test_quotes_commas_and_lines_within_a_value(tmp_path: Path) -> None:
    snapshot = take(tmp_path, employers='employer_id,industry\nE1,"a ""b"", c\nd"\n')
    assert rows(snapshot, "employers", "industry") == [('a "b", c\nd',)]


def test_a_corrupt_parquet_file_is_refused_by_name(tmp_path: Path) -> None:
    source = deliver(tmp_path / "delivered")
    (source.path / "workers.csv").unlink()
    (source.path / "workers.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
    with pytest.raises(IntakeError, match=r"table workers: .*workers\.parquet: cannot be read"):
        intake.take(source, TABLES, tmp_path / "snapshot")


def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    timesheets = (
        "timesheet_id,employer_id,worker_id,work_date,started_at,ended_at,work_min\n"
        "T1,E1,W1,2026-04-01,2026-04-01 09:00,2026-04-01 18:00,480\n"
    )
    expected = take(tmp_path, timesheets=timesheets)
    source = deliver(tmp_path / "parquet")
    (source.path / "timesheets.csv").unlink()
    (source.path / "timesheets").mkdir()
    # Native types, times with a zone, minutes as a double, and two files of which one has fewer columns.
    duckdb.sql(
        "COPY (SELECT 'T1' AS timesheet_id, 'E1' AS employer_id, 'W1' AS worker_id, DATE '2026-04-01' AS work_date, "
        "TIMESTAMPTZ '2026-04-01 00:00:00+00' AS started_at, TIMESTAMPTZ '2026-04-01 18:00:00+09' AS ended_at, "
        f"480.0::DOUBLE AS work_min) TO '{source.path}/timesheets/part-1.parquet'"
    )
    duckdb.sql(
        "COPY (SELECT 'T1' AS timesheet_id, 'E1' AS employer_id, 'W1' AS worker_id, DATE '2026-04-01' AS work_date "
        f"LIMIT 0) TO '{source.path}/timesheets/part-2.parquet'"
    )
    assert intake.take(source, TABLES, tmp_path / "other").id == expected.id


def test_columns_and_tables_that_are_missing_are_noted(tmp_path: Path) -> None:
    source = deliver(tmp_path / "delivered")
    (source.path / "absences.csv").unlink()
    (source.path / "inventions.csv").write_text("id\n1\n")
    snapshot = intake.take(source, TABLES, tmp_path / "snapshot")
    assert {"note": "column_not_delivered", "table": "workers", "column": "sex"} in snapshot.notes
    assert {"note": "table_not_delivered", "table": "absences"} in snapshot.notes
    assert {"note": "unknown_table", "table": "inventions"} in snapshot.notes
    assert snapshot.tables["absences"]["delivered"] is False
    assert snapshot.tables["leave_taken"]["delivered"] is True
    (finding,) = findings(snapshot)
    assert (finding["rule"], finding["verdict"], finding["key"]) == (
        "DATA-TABLE-NOT-DELIVERED",
        "unknown",
        {"table": "absences"},
    )


def test_one_table_in_two_formats_is_refused(tmp_path: Path) -> None:
    source = deliver(tmp_path / "delivered")
    duckdb.sql(f"COPY (SELECT 'W1' AS worker_id) TO '{source.path}/workers.parquet'")
    with pytest.raises(ValueError, match="a table comes as csv or parquet, not as both"):
        intake.take(Directory(source.path), TABLES, tmp_path / "snapshot")


def test_more_data_than_memory_goes_to_disk(tmp_path: Path) -> None:
    source = deliver(tmp_path / "delivered")
    duckdb.sql(
        "COPY (SELECT md5(i::VARCHAR) AS timesheet_id, 'E1' AS employer_id, 'W' || i % 5000 AS worker_id, "
        "DATE '2026-01-01' + (i // 5000)::INTEGER AS work_date, 'S1' AS establishment_id "
        f"FROM range(600000) r (i)) TO '{source.path}/timesheets.csv' (HEADER)"
    )
    snapshot = intake.take(source, TABLES, tmp_path / "snapshot", memory_mib=128, threads=1)
    assert snapshot.tables["timesheets"]["rows"] == 600000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["delivered", "snapshot"]
