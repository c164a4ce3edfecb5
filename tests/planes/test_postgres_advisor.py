"""The module postgres_advisor on a real server, by a master user who may as little as that of RDS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._queries import task
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.databases import MASTER, Database, discard, make

NAME = "advised"
OWNER, PASSWORD = "keeper", "the-keepers-own"
SECRETS = ("hunter2", "topsecret", "山田太郎")
# Small tables, so that a test takes seconds.
LIMITS = {"slow_ms": 1.0, "table_mb": 1.0, "rows": 1000, "index_mb": 0.1, "statistics_days": 0.0, "bloat_mb": 1.0}
BY_CUSTOMER = "shop.shop.orders_customer_id_idx"
PLANTED = """
CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status text NOT NULL,
                     kind int NOT NULL, placed_at timestamptz NOT NULL, note text NOT NULL);
INSERT INTO customers SELECT n, 'c' || n || '@example.jp' FROM generate_series(1, 5000) n;
INSERT INTO orders SELECT n, 1 + n % 5000, 's' || n % 7, n % 2, now() - n * interval '1 minute', repeat('x', 60)
  FROM generate_series(1, 60000) n;
CREATE INDEX placed_a ON orders (placed_at);
CREATE INDEX placed_b ON orders (placed_at);
CREATE INDEX by_status ON orders (status);
CREATE INDEX by_status_and_time ON orders (status, placed_at);
CREATE INDEX idle ON customers (lower(email));
CREATE TABLE emptied (id int, filler text);
INSERT INTO emptied SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n;
DELETE FROM emptied WHERE id % 20 <> 0;
"""
TIDY = """
CREATE TABLE parents (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents, name text NOT NULL);
INSERT INTO parents SELECT n, 'p' || n FROM generate_series(1, 5000) n;
INSERT INTO children SELECT n, 1 + n % 5000, repeat('x', 60) FROM generate_series(1, 60000) n;
CREATE INDEX ON children (parent_id);
"""
Run = Any


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Database]:
    made = make(planes_sandbox, NAME)
    with made.by_hand() as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'".encode())
        connection.execute(f"GRANT {OWNER} TO {MASTER.username}".encode())
        for database in ("shop", "tidy"):
            connection.execute(f"CREATE DATABASE {database} OWNER {OWNER}".encode())
            connection.execute(f"ALTER DATABASE {database} SET search_path = {database}".encode())
    for database, schema in (("shop", PLANTED), ("tidy", TIDY)):
        with made.by_hand(database) as connection:
            for extension in ("pg_stat_statements", "hypopg", "pgstattuple"):
                connection.execute(f"CREATE EXTENSION {extension} SCHEMA public".encode())
            connection.execute(b"GRANT USAGE ON SCHEMA public TO PUBLIC")
        with keeper(made, database) as connection:
            connection.execute(f"CREATE SCHEMA {database}".encode())
            connection.execute(schema.encode())
        with made.by_hand(database) as connection:
            connection.execute(b"VACUUM ANALYZE")
    exercise(made)
    yield made
    discard(made)


@contextmanager
def keeper(made: Database, database: str = "shop") -> Iterator[psycopg.Connection[Any]]:
    with made.session(database, OWNER, PASSWORD) as connection:
        yield connection


def exercise(made: Database) -> None:
    """What a service would ask; statements that no index can help, and values that must not be shown."""
    with keeper(made) as connection:
        for number in range(15):
            connection.execute("SELECT * FROM orders WHERE customer_id = %s", (number,)).fetchall()
            connection.execute("SELECT sum(length(note)) FROM orders WHERE kind = %s", (number % 2,)).fetchall()
            connection.execute("SELECT * FROM orders WHERE placed_at > now() - interval '3 minutes'").fetchall()
        connection.execute(f"SELECT /* for {SECRETS[2]} */ count(*) FROM orders WHERE note = '{SECRETS[0]}'".encode())
    with keeper(made, "tidy") as connection:
        for number in range(15):
            connection.execute("SELECT * FROM children WHERE parent_id = %s", (number,)).fetchall()
            connection.execute("SELECT * FROM parents WHERE id = %s", (number,)).fetchall()
    with made.by_hand("shop") as connection:
        connection.execute(f"CREATE ROLE passing PASSWORD '{SECRETS[1]}'".encode())
        connection.execute(b"DROP ROLE passing")


@pytest.fixture
def run(instance: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)

    def run(check_mode: bool = False, limits: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        given = {"instance": NAME, "ca_bundle": instance.sandbox.ca, "limits": {**LIMITS, **(limits or {})}, **options}
        validated = ArgumentSpecValidator(task.SPEC).validate(given)
        assert not validated.error_messages
        return task.run({**validated.validated_parameters, **instance.sandbox.connection}, check_mode)

    return run


@pytest.fixture
def clean(instance: Database) -> Iterator[None]:
    """Without the index that is proposed, before and after."""
    statement = b"DROP INDEX IF EXISTS shop.orders_customer_id_idx"
    for _moment in ("before", "after"):
        with keeper(instance) as connection:
            connection.execute(statement)
        if _moment == "before":
            yield


def told(report: dict[str, Any], message: str) -> list[dict[str, Any]]:
    return [each["params"] for each in report["findings"] if each["id"] == f"queries.{message}"]


def test_each_planted_problem_is_found(run, clean):
    found = run(databases=["shop"])
    assert not found["changed"]
    assert [each["index"] for each in told(found, "duplicate_index")] == ["shop.shop.placed_b"]
    assert [each["index"] for each in told(found, "redundant_index")] == ["shop.shop.by_status"]
    assert [each["index"] for each in told(found, "unused_index")] == ["shop.shop.idle"]
    assert [(each["key"], each["parent"]) for each in told(found, "unkeyed")] == [
        ("orders_customer_id_fkey", "shop.customers")
    ]
    assert [each["table"] for each in told(found, "scanned")] == ["shop.shop.orders"]
    assert [each["name"] for each in told(found, "bloat_measured")] == ["shop.shop.emptied"]
    assert told(found, "bloat_estimated") == []
    (database,) = found["databases"]
    assert database["unplannable"] == []
    assert any("customer_id = $1" in each["text"] for each in database["top_total"])


def test_an_index_is_proposed_where_the_planner_gains_and_nowhere_else(run, clean):
    """One for the lookup by customer and the foreign key; none for a column with two values."""
    found = run(databases=["shop"])
    (proposal,) = found["proposals"]
    assert (proposal["index"], proposal["columns"], proposal["proven"]) == (BY_CUSTOMER, ["customer_id"], True)
    assert proposal["gain"] > 90
    assert proposal["foreign_key"] == "orders_customer_id_fkey"
    assert proposal["sql"] == (
        'CREATE INDEX CONCURRENTLY "orders_customer_id_idx" ON "shop"."orders" USING btree ("customer_id")'
    )
    assert 0.2 < proposal["mb"] < 4
    assert told(found, "proposed")[0]["index"] == BY_CUSTOMER


def test_nothing_is_said_of_a_clean_schema(run):
    found = run(databases=["tidy"])
    assert found["findings"] == []
    assert found["proposals"] == []


def test_no_value_gets_into_the_report(run, tmp_path, clean):
    found = run(directory=str(tmp_path), limits={"top": 500})
    assert sorted(found["files"]) == ["queries.en.md", "queries.ja.md", "queries.json"]
    texts = [Path(path).read_text(encoding="utf-8") for path in found["files"].values()]
    for text in [*texts, json.dumps(found, ensure_ascii=False)]:
        assert [secret for secret in SECRETS if secret in text] == []
    assert "CREATE ROLE …" in json.dumps(found, ensure_ascii=False)
    assert "iworkz.platform advisor" not in texts[0]


def test_nothing_is_written_in_check_mode(run, tmp_path, clean):
    assert run(check_mode=True, directory=str(tmp_path / "new"))["files"] == {}
    assert not (tmp_path / "new").exists()
    announced = run(check_mode=True, apply=True, indexes=[BY_CUSTOMER])
    assert announced["changed"]
    assert announced["created"] == [BY_CUSTOMER]
    assert "CONCURRENTLY" in announced["diff"][0]["after"]
    assert run(check_mode=True, apply=True, indexes=[BY_CUSTOMER])["created"] == [BY_CUSTOMER]


def test_a_created_index_is_used_and_makes_the_statement_faster(run, instance, clean):
    def seconds() -> tuple[float, str]:
        with keeper(instance) as connection:
            statement = b"EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM orders WHERE customer_id = 77"
            row = connection.execute(statement).fetchone()
            assert row is not None
            return row[0][0]["Execution Time"], json.dumps(row[0])

    slow, _plan = min(seconds() for _ in range(3))
    assert run(apply=True, indexes=[BY_CUSTOMER])["created"] == [BY_CUSTOMER]
    fast, plan = min(seconds() for _ in range(3))
    assert "orders_customer_id_idx" in plan
    assert fast < slow / 3
    again = run(apply=True, indexes=[BY_CUSTOMER])
    assert (again["changed"], again["unchanged"], again["proposals"]) == (False, [BY_CUSTOMER], [])
    assert told(again, "unkeyed") == []


def test_what_an_interrupted_build_has_left_is_found_and_replaced(run, instance, clean):
    with keeper(instance) as blocker, keeper(instance) as killed:
        blocker.autocommit = False
        blocker.execute(b"UPDATE orders SET note = note WHERE id = 1")
        killed.execute(b"SET statement_timeout = '1s'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            killed.execute(b"CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id)")
        blocker.rollback()
    found = run(databases=["shop"])
    assert [each["index"] for each in told(found, "invalid_index")] == [BY_CUSTOMER]
    assert [each["index"] for each in found["proposals"]] == [BY_CUSTOMER]
    resumed = run(apply=True, indexes=[BY_CUSTOMER])
    assert resumed["created"] == [BY_CUSTOMER]
    assert resumed["indexes"][0]["dropped_invalid"]
    assert told(run(databases=["shop"]), "invalid_index") == []


def test_a_build_that_waits_too_long_leaves_nothing(run, instance, clean):
    with keeper(instance) as blocker:
        blocker.autocommit = False
        # A transaction that has written: the build waits for it before it begins.
        blocker.execute(b"UPDATE orders SET note = note WHERE id = 1")
        failed = run(apply=True, indexes=[BY_CUSTOMER], wait_seconds=1)
        assert failed["failed"]
        assert "lock timeout" in failed["failed_resources"][BY_CUSTOMER]
        blocker.rollback()
    # What is left is dropped as soon as nobody is in the way.
    assert run(apply=True, indexes=[BY_CUSTOMER])["created"] == [BY_CUSTOMER]


def test_two_runs_do_not_build_the_same_index(run, instance, clean):
    results: list[dict[str, Any]] = []
    with keeper(instance) as blocker:
        blocker.autocommit = False
        blocker.execute(b"UPDATE orders SET note = note WHERE id = 1")
        first = threading.Thread(
            target=lambda: results.append(run(apply=True, indexes=[BY_CUSTOMER], wait_seconds=60)), daemon=True
        )
        first.start()
        wait_for(lambda: building(instance), 20, "the first build")
        second = run(apply=True, indexes=[BY_CUSTOMER])
        blocker.rollback()
    first.join(60)
    assert "another session is building it" in second["failed_resources"][BY_CUSTOMER]
    assert results[0]["created"] == [BY_CUSTOMER]
    assert run(apply=True, indexes=[BY_CUSTOMER])["unchanged"] == [BY_CUSTOMER]


def test_writes_go_on_while_an_index_is_built(run, instance, clean):
    stop, written, errors = threading.Event(), [], []

    def write() -> None:
        with keeper(instance) as connection:
            while not stop.is_set():
                try:
                    connection.execute(b"UPDATE orders SET note = note WHERE id = 2")
                    written.append(time.monotonic())
                except psycopg.Error as error:
                    errors.append(error)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        began = time.monotonic()
        assert run(apply=True, indexes=[BY_CUSTOMER])["created"] == [BY_CUSTOMER]
        ended = time.monotonic()
    finally:
        stop.set()
        writer.join(20)
    assert errors == []
    assert len([each for each in written if began < each < ended]) > 10


def test_without_hypopg_nothing_is_proven_and_nothing_created(run, instance, clean):
    with instance.by_hand("shop") as connection:
        connection.execute(b"DROP EXTENSION hypopg")
    try:
        found = run(databases=["shop"])
        assert BY_CUSTOMER in [each["index"] for each in told(found, "unproven")]
        assert told(found, "proposed") == []
        refused = run(apply=True, indexes=[BY_CUSTOMER])
        assert refused["failed_resources"] == {BY_CUSTOMER: "is no proven proposal of this report"}
    finally:
        with instance.by_hand("shop") as connection:
            connection.execute(b"CREATE EXTENSION hypopg SCHEMA public")


def test_statistics_that_are_too_young_condemn_no_index(run):
    found = run(databases=["shop"], limits={"statistics_days": 7.0})
    assert told(found, "unused_index") == []
    assert [each["count"] for each in told(found, "too_young")] == [1]


def building(instance: Database) -> bool:
    with instance.by_hand("shop") as connection:
        row = connection.execute(b"SELECT count(*) FROM pg_stat_progress_create_index").fetchone()
    return bool(row and row[0])
