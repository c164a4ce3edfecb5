from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import SourceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import IntakeError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.source_postgres import Postgres
from sandbox.planes.accounts import Account
from sandbox.planes.engines.postgres.binaries import program
from sandbox.planes.engines.postgres.scratch import Scratch
from tests.unit.compliance.deliveries import TABLES, findings, rows, take

TYPES = {"integer": "integer", "decimal": "numeric", "timestamp": "timestamptz"}
HOURS = "timesheet_id,employer_id,worker_id,work_date,started_at,ended_at\n"


class Replica(Scratch):
    """A streaming replica of another server."""

    def __init__(self, primary: Scratch) -> None:
        super().__init__()
        self._primary = primary

    def fill(self, account: Account, data: Path) -> None:
        dbname = f"--dbname={self._primary.conninfo}"
        account.run(program("pg_basebackup"), f"--pgdata={data}", dbname, "--write-recovery-conf")


@pytest.fixture(scope="module")
def primary() -> Iterator[Scratch]:
    with Scratch() as store, store.connect() as connection:
        connection.execute("SET timezone = 'Asia/Tokyo'; CREATE SCHEMA judged")
        for table in TABLES.values():
            columns = ", ".join(f"{c.name} {TYPES.get(c.type, c.type)}" for c in table.columns.values())
            connection.execute(f"CREATE TABLE judged.{table.name} ({columns})")
        connection.execute("INSERT INTO judged.employers (employer_id, industry) VALUES ('E1', E'a \"b\",\\nc')")
        connection.execute(
            "INSERT INTO judged.workers (worker_id, employer_id, birth_date, weekly_hours, student, sector) "
            "VALUES ('W2', 'E1', '2000-02-29', 37.5, true, ''), ('W1', 'E1', NULL, NULL, NULL, NULL)"
        )
        connection.execute(
            "INSERT INTO judged.timesheets (timesheet_id, employer_id, worker_id, work_date, started_at, ended_at) "
            "VALUES ('T1', 'E1', 'W1', '2026-04-01', '2026-04-01 09:00', '2026-04-01 18:00')"
        )
        yield store


@pytest.fixture(scope="module")
def replica(primary: Scratch) -> Iterator[Replica]:
    with Replica(primary) as store:
        _caught_up(primary, store)
        yield store


def _caught_up(primary: Scratch, replica: Scratch) -> None:
    with primary.connect() as connection:
        connection.execute("CREATE TABLE followed ()")
        row = connection.execute("SELECT pg_current_wal_lsn()").fetchone()
    for _attempt in range(100):
        with replica.connect() as connection:
            if connection.execute("SELECT pg_last_wal_replay_lsn() >= %s", row).fetchone() == (True,):
                return
        time.sleep(0.1)
    raise AssertionError("the replica does not follow")


def source(store: Scratch, **options: Any) -> Postgres:
    return Postgres(store.connect, "judged", **options)


def test_a_replica_is_read_in_types_of_the_pack(replica: Replica, tmp_path: Path) -> None:
    snapshot = intake.take(source(replica), TABLES, tmp_path / "snapshot")
    found = rows(snapshot, "workers", "worker_id, birth_date::VARCHAR, weekly_hours::VARCHAR, student, sector")
    assert found == [("W1", None, None, None, None), ("W2", "2000-02-29", "37.5000", True, None)]
    assert rows(snapshot, "timesheets", "started_at::VARCHAR") == [("2026-04-01 09:00:00",)]
    assert rows(snapshot, "employers", "industry") == [('a "b",\nc',)]
    assert findings(snapshot) == []
    taken = snapshot.taken_from
    assert (taken["kind"], taken["schema"], taken["database"], taken["replica"]) == (
        "postgresql",
        "judged",
        "postgres",
        True,
    )
    assert taken["replayed_to"] <= taken["taken_at"]


def test_a_replica_gives_what_files_give(replica: Replica, tmp_path: Path) -> None:
    snapshot = intake.take(source(replica), TABLES, tmp_path / "snapshot")
    files = take(
        tmp_path / "files",
        employers='employer_id,industry\nE1,"a ""b"",\nc"\n',
        establishments="establishment_id,employer_id\n",
        workers="worker_id,employer_id,birth_date,weekly_hours,student\nW1,E1,,,\nW2,E1,2000-02-29,37.5,true\n",
        timesheets=HOURS + "T1,E1,W1,2026-04-01,2026-04-01T00:00Z,2026-04-01 18:00\n",
    )
    assert {name: each["sha256"] for name, each in snapshot.tables.items()} == {
        name: each["sha256"] for name, each in files.tables.items()
    }


def test_a_primary_is_read_only_when_told_to(primary: Scratch, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a primary: name a replica, or say primary: true"):
        intake.take(source(primary), TABLES, tmp_path / "snapshot")
    snapshot = intake.take(source(primary, primary=True), TABLES, tmp_path / "snapshot")
    assert (snapshot.taken_from["replica"], snapshot.taken_from["replayed_to"]) == (False, None)


def test_all_tables_are_of_one_moment_and_nothing_can_be_written(primary: Scratch, tmp_path: Path) -> None:
    """A worker who comes while the first table is read is in none of them."""
    seen = []

    class Disturbed(Postgres):
        def _copy(self, connection: psycopg.Connection[Any], table: str, columns: list[str], path: Path) -> int:
            if not seen:
                for setting in ("transaction_isolation", "transaction_read_only", "statement_timeout"):
                    seen.extend(connection.execute(f"SHOW {setting}").fetchone() or ())
                with primary.connect() as other:
                    other.execute("INSERT INTO judged.workers (worker_id, employer_id) VALUES ('W9', 'E1')")
            return super()._copy(connection, table, columns, path)

    moment = Disturbed(primary.connect, "judged", primary=True, statement_seconds=77)
    delivery = moment.deliver(TABLES, tmp_path)
    with primary.connect() as connection:
        connection.execute("DELETE FROM judged.workers WHERE worker_id = 'W9'")
    assert seen == ["repeatable read", "on", "77s"]
    assert "W9" not in (tmp_path / "workers.csv").read_text()
    assert delivery.tables["workers"].rows == 2


def test_rows_that_do_not_arrive_are_missed(primary: Scratch, tmp_path: Path) -> None:
    class Torn(Postgres):
        def deliver(self, tables: Any, directory: Path) -> Any:
            delivery = super().deliver(tables, directory)
            path = directory / "workers.csv"
            path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
            return delivery

    with pytest.raises(IntakeError, match="workers: the source sent 2 rows, and 1 arrived"):
        intake.take(Torn(primary.connect, "judged", primary=True), TABLES, tmp_path / "snapshot")


@pytest.mark.parametrize(
    ("statement", "undo", "said"),
    [
        (
            "ALTER TABLE judged.workers ADD shoe_size integer",
            "ALTER TABLE judged.workers DROP shoe_size",
            "workers: unknown column shoe_size",
        ),
        (
            "ALTER TABLE judged.timesheets RENAME employer_id TO boss",
            "ALTER TABLE judged.timesheets RENAME boss TO employer_id",
            "timesheets: unknown column boss",
        ),
    ],
)
def test_wrong_columns_are_told_before_anything_is_read(
    primary: Scratch, tmp_path: Path, statement: str, undo: str, said: str
) -> None:
    with primary.connect() as connection:
        connection.execute(statement)
        try:
            with pytest.raises(IntakeError, match=said):
                source(primary, primary=True).deliver(TABLES, tmp_path)
        finally:
            connection.execute(undo)
    assert list(tmp_path.iterdir()) == []


def test_a_view_that_takes_too_long_is_given_up(primary: Scratch, tmp_path: Path) -> None:
    with primary.connect() as connection:
        connection.execute("CREATE SCHEMA slow")
        connection.execute("CREATE VIEW slow.employers AS SELECT 'E1' AS employer_id, pg_sleep(60)::text AS industry")
    with pytest.raises(SourceError, match=r"schema slow: .*statement timeout.*statement_seconds"):
        Postgres(primary.connect, "slow", primary=True, statement_seconds=1).deliver(TABLES, tmp_path)


def test_a_schema_that_is_not_there_is_told(primary: Scratch, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="schema nothing has no tables or views that this user may read"):
        Postgres(primary.connect, "nothing", primary=True).deliver(TABLES, tmp_path)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    nobody = Postgres(lambda: psycopg.connect(host="127.0.0.1", port=4649, connect_timeout=2), "judged")
    with pytest.raises(SourceError, match="schema judged: connection failed"):
        nobody.deliver(TABLES, tmp_path)


def test_a_table_that_is_not_of_the_pack_is_left_alone(primary: Scratch, tmp_path: Path) -> None:
    with primary.connect() as connection:
        connection.execute("CREATE TABLE judged.salaries (secret text)")
    try:
        snapshot = intake.take(source(primary, primary=True), TABLES, tmp_path / "snapshot")
    finally:
        with primary.connect() as connection:
            connection.execute("DROP TABLE judged.salaries")
    assert {"note": "unknown_table", "table": "salaries"} in snapshot.notes
