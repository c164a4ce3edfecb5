"""Restore tests of PostgreSQL: real backups restored to real servers, whole ones and damaged ones."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._restore.postgres_copy import Copy
from tests.planes.conftest import PlanesSandbox
from tests.planes.restores import DATABASE, REGION, Restores, discard, ids, make_database, unit

Take = Callable[[str], Path]

ROWS = 2000
PAGE = 8192
SEGMENT = len("000000010000000000000001")


@pytest.fixture(scope="module")
def restores(planes_sandbox: PlanesSandbox) -> Iterator[Restores]:
    made = make_database(planes_sandbox)
    with made.session() as connection:
        connection.execute("CREATE TABLE people (id int PRIMARY KEY, name text)")
        connection.execute(f"INSERT INTO people SELECT i, md5(i::text) FROM generate_series(1, {ROWS}) i".encode())
        connection.execute("CREATE TABLE keyless AS SELECT i % 7 AS n FROM generate_series(1, 100) i")
        connection.execute("CREATE DATABASE other")
        connection.execute("CREATE TABLE late (id int)")
    with made.session("other") as connection:
        connection.execute("CREATE TABLE indexed AS SELECT i FROM generate_series(1, 1000) i")
        connection.execute("CREATE INDEX by_i ON indexed (i)")
    yield made
    discard(made)


@pytest.fixture
def take(restores: Restores) -> Iterator[Take]:
    """Takes a snapshot; the directory of its files."""
    taken: list[str] = []

    def one(name: str) -> Path:
        taken.append(name)
        return restores.snapshot(name)

    yield one
    for name in taken:
        restores.forget(name)


def commit(connection: psycopg.Connection[Any], times: int) -> None:
    for _time in range(times):
        connection.execute("SELECT pg_current_xact_id()")


def flip(path: Path, offset: int, mask: int = 1) -> None:
    """Change one byte of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


def file_of(connection: psycopg.Connection[Any], relation: str) -> str:
    (path,) = connection.execute("SELECT pg_relation_filepath(%s)", (relation,)).fetchone() or ("",)
    return str(path)


def test_whole_backups_are_proven_also_when_the_source_has_moved_on(
    restores: Restores, tmp_path: Path, take: Take
) -> None:
    with restores.session() as connection:
        commit(connection, 110)
        take("tested")
        connection.execute("UPDATE people SET name = 'changed' WHERE id <= 5")
        connection.execute("DELETE FROM people WHERE id > %s", (ROWS - 3,))
        connection.execute("INSERT INTO people SELECT i FROM generate_series(10001, 10002) i")
        connection.execute("INSERT INTO keyless VALUES (1), (2)")
    answer = restores.test(tmp_path)
    assert ids(answer) == []
    older, newest = answer["tests"]
    assert (older["kind"], newest["kind"]) == ("snapshot", "point_in_time")
    assert unit(older, "app.public.people") == {
        "name": "app.public.people", "source": ROWS - 1, "copy": ROWS,
        "compared": ROWS - 8, "differences": 0, "moved": 10,
    }  # fmt: skip
    assert unit(older, "app.public.keyless")["moved"] == 2
    assert older["unproven"] == ["restore.unproven_reached"]
    assert unit(newest, "app.public.people")["compared"] == ROWS - 1
    assert newest["rows"]["moved"] == 0
    assert {f"restore.proven_{what}" for what in ("reached", "not_beyond", "pages", "rows")} == set(newest["proven"])
    assert "." not in newest["recovery_point"]["asked_for"]
    assert all(record["destroyed"] and record["restore_seconds"] > 0 for record in answer["tests"])
    assert restores.left() == []


def test_a_database_is_restored_to_the_second(restores: Restores, tmp_path: Path) -> None:
    with restores.session() as connection:
        connection.execute("INSERT INTO late VALUES (1)")
        commit(connection, 110)
        time.sleep(1.0 - time.time() % 1 + 0.2)
        moment = datetime.fromtimestamp(int(time.time()), UTC)
        connection.execute("INSERT INTO late VALUES (2), (3)")
    (record,) = restores.test(tmp_path, kinds=["point_in_time"], point_in_time=moment.isoformat())["tests"]
    assert (record["verdict"], record["recovery_point"]["asked_for"]) == ("pass", moment.isoformat())
    assert {key: unit(record, "app.public.late")[key] for key in ("copy", "compared", "moved")} == {
        "copy": 1, "compared": 1, "moved": 2,
    }  # fmt: skip


def test_flipped_bytes_are_found(restores: Restores, tmp_path: Path, take: Take) -> None:
    """One in a table, one in an index, and one where no checksum is: it says of a transaction that it was undone."""
    with restores.session() as connection:
        xid = connection.execute("INSERT INTO late VALUES (4) RETURNING pg_current_xact_id()::text::bigint").fetchone()[
            0
        ]  # type: ignore[index]
        table = file_of(connection, "keyless")
    with restores.session("other") as connection:
        index = file_of(connection, "by_i")
    restores.mark(tmp_path)
    files = take("tested")
    flip(files / table, 4000)
    flip(files / index, PAGE + 100)
    flip(files / "pg_xact" / "0000", xid // 4, 0b11 << xid % 4 * 2)
    answer = restores.test(tmp_path, kinds=["snapshot"])
    assert answer["verdicts"] == ["fail"]
    assert [(reason["id"], reason["message"].split(":")[0]) for reason in answer["reasons"]] == [
        ("restore.corrupt", "The copy of database app is damaged"),
        ("restore.corrupt", "The copy of database other is damaged"),
        ("restore.table_unreadable", "Table app.public.keyless of the copy cannot be read"),
        (
            "restore.rows_differ",
            "1 of app.public.late differ in the copy or are missing, though the source has not changed them since",
        ),
    ]
    assert answer["tests"][0]["proven"] == ["restore.proven_reached"]


def test_a_backup_that_is_older_than_it_says_is_found(restores: Restores, tmp_path: Path, take: Take) -> None:
    old = take("old")
    restores.mark(tmp_path)
    new = take("tested")
    shutil.rmtree(new)
    shutil.move(old, new)
    answer = restores.test(tmp_path, kinds=["snapshot"])
    assert ids(answer) == ["restore.stopped_short"]


def test_what_an_interrupted_test_leaves_is_destroyed(
    restores: Restores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the automated snapshot that every instance has."""

    def die(_copy: Copy) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Copy, "compare", die)
        with pytest.raises(KeyboardInterrupt):
            restores.test(tmp_path, kinds=["snapshot"])
    assert len(restores.left()) == 2
    assert ids(restores.test(tmp_path, kinds=["snapshot"])) == ["restore.unfinished"]
    answer = restores.test(tmp_path, resume=True)
    assert (answer["verdicts"], ids(answer)) == (["aborted"], ["restore.interrupted"])
    assert restores.left() == []
    assert restores.test(tmp_path, resume=True)["tests"] == []


def test_a_plan_changes_nothing(restores: Restores, tmp_path: Path, take: Take) -> None:
    take("tested")
    answer = restores.task(tmp_path, confirm="production").run(True)
    assert [step["id"] for step in answer["plan"]] == ["tested", DATABASE]
    assert ids(answer) == ["drill.not_confirmed"]
    assert not [call for call in answer["api_calls"] if not call.split(":")[1].startswith(("Describe", "Get", "List"))]
    assert restores.test(tmp_path, confirm="production")["verdicts"] == ["refused"]


def test_a_missing_segment_of_the_log_is_found(restores: Restores, tmp_path: Path) -> None:
    """Last: nothing leads to a later time any more."""
    archive = restores.sandbox.settings.planes_directory / "data" / f"postgres-{REGION}-{DATABASE}" / "wal"
    max(path for path in archive.iterdir() if len(path.stem) == SEGMENT).unlink()
    answer = restores.test(tmp_path, kinds=["point_in_time"])
    assert (answer["verdicts"], ids(answer)) == (["fail"], ["restore.not_restored"])
    assert restores.left() == []
