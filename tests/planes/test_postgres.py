"""Instances, replicas and backups of the PostgreSQL plane."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from sandbox.planes.client import PlaneBusy
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import KIND, PARAMETERS, PASSWORD, USER, Instance, Writer, connect, create

FAR = "ap-northeast-3"
TIMELINE = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
CHECKSUM = "SELECT md5(string_agg(i || t, ',' ORDER BY i)) FROM things"


@pytest.fixture(scope="module")
def source(planes_sandbox: PlanesSandbox) -> Iterator[Instance]:
    """Multi-AZ, with backups and some content."""
    made = create(planes_sandbox, "source", secondary_zone="1c", backups=True).settle()
    with made.connect() as connection:
        connection.execute("CREATE TABLE things AS SELECT i, md5(i::text) AS t FROM generate_series(1, 5000) AS i")
    yield made
    made.remove()


def test_what_a_new_instance_is_like(source):
    with source.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('data_checksums'),"
            " current_setting('rds.force_ssl'), current_setting('max_connections'), current_database()"
        ).fetchone()
        assert row == ("on", "on", "on", "1", "50", "app")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pgaudit")
        standby = connection.execute("SELECT usename, application_name, sync_state FROM pg_stat_replication").fetchall()
        assert standby == [("rdsmultiaz", "rdsmultiaz", "sync")]
    roles = [(node["role"], node["zone"], node["running"]) for node in source.describe()["nodes"]]
    assert roles == [("primary", "1a", True), ("standby", "1c", True)]
    with pytest.raises(PlaneBusy):
        create(source.sandbox, "source")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sslmode": "disable"}, "no encryption"),
        ({"password": "wrong"}, "password authentication failed"),
        ({"user": "nobody"}, "password authentication failed"),
    ],
)
def test_who_is_not_let_in(source, options, message):
    with pytest.raises(psycopg.OperationalError, match=message):
        source.connect(**options)


def test_the_certificate_names_the_endpoint_and_the_names_that_lead_to_it(source):
    endpoint = source.describe()["endpoints"]["endpoint"]
    net = endpoint["address"].rpartition(".")[0]
    source.sandbox.planes.set_name("postgres", endpoint["address"], endpoint["port"])
    try:
        with connect(source.sandbox, f"{net}.2", 5432) as connection:
            assert connection.execute("SELECT count(*) FROM things").fetchone() == (5000,)
    finally:
        source.sandbox.planes.clear_name("postgres")


def test_a_member_of_rds_iam_is_let_in_with_any_token_over_tls_only(source):
    with source.connect() as connection:
        connection.execute("CREATE ROLE app_user LOGIN")
        connection.execute("GRANT rds_iam TO app_user")
    with source.connect(user="app_user", password="a-signed-token") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app_user",)
    with pytest.raises(psycopg.OperationalError):
        source.connect(user="app_user", sslmode="disable")


def test_dynamic_parameters_are_in_force_at_once_and_static_ones_after_a_reboot(source):
    wanted = {**PARAMETERS, "max_connections": "60", "log_min_duration_statement": "321"}
    source.ask("configure", parameters=wanted, at_once=True)
    wait_for(lambda: source.value("SHOW log_min_duration_statement") == "321ms", 5)
    assert source.value("SHOW max_connections") == "50"
    assert source.value("SELECT string_agg(name, ',') FROM pg_settings WHERE pending_restart") == "max_connections"
    source.act("reboot").settle()
    assert source.value("SHOW max_connections") == "60"
    source.await_sync()


def test_the_parameters_of_another_group_wait_for_the_reboot_altogether(source):
    before = source.value("SHOW log_lock_waits")
    source.ask("configure", parameters={**PARAMETERS, "log_lock_waits": "1"}, at_once=False)
    time.sleep(1)
    assert (before, source.value("SHOW log_lock_waits")) == ("off", "off")
    source.act("reboot").settle()
    assert source.value("SHOW log_lock_waits") == "on"
    source.await_sync()


def test_static_parameters_that_wait_are_in_force_after_a_failover_too(source):
    source.ask("configure", parameters={**PARAMETERS, "max_connections": "70"}, at_once=True)
    wait_for(lambda: source.value("SELECT count(*) FROM pg_settings WHERE pending_restart") == 1, 5)
    source.act("reboot", failover=True).settle()
    assert source.value("SHOW max_connections") == "70"
    source.await_sync()


def test_a_new_master_password_port_and_zone(source):
    source.act("modify", master={"username": USER, "password": "another one"}, port=5544).settle()
    assert source.describe()["endpoints"]["endpoint"]["port"] == 5544
    with source.connect(password="another one") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        source.connect()
    source.act("modify", master={"username": USER, "password": PASSWORD}, port=5432, secondary_zone=None).settle()
    assert [node["role"] for node in source.describe()["nodes"]] == ["primary"]
    assert source.value("SHOW synchronous_standby_names") == ""
    source.act("modify", secondary_zone="1d").settle()
    assert source.facts["secondary_zone"] == "1d"


def test_replicas_follow_failovers_and_one_is_promoted(source):
    near = create(source.sandbox, "near", zone="1c", source=source.key).settle()
    far = create(source.sandbox, "far", region=FAR, zone="3a", source=source.key).settle()
    try:
        assert far.value(CHECKSUM) == source.value(CHECKSUM)
        with far.connect() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM things")
        source.act("reboot", failover=True).settle()
        with source.connect() as connection:
            connection.execute("INSERT INTO things VALUES (5001, 'after the failover')")
        same = f"SELECT ({CHECKSUM}) = '{source.value(CHECKSUM)}'"
        for replica in (near, far):
            wait_for(lambda replica=replica: has(replica, same), 30, replica.key)
        endpoint = far.describe()["endpoints"]
        far.act("promote").settle()
        with far.connect() as connection:
            connection.execute("INSERT INTO things VALUES (5002, 'only here')")
            timeline = connection.execute("SELECT timeline_id FROM pg_control_checkpoint()").fetchone()
        assert far.describe()["endpoints"] == endpoint
        assert far.facts["source"] is None
        assert timeline is not None
        assert source.value("SELECT max(i) FROM things") == 5001
        assert near.value("SELECT max(i) FROM things") == 5001
    finally:
        near.remove()
        far.remove()
        source.await_sync()


@pytest.fixture(scope="module")
def replica(source: Instance) -> Iterator[Instance]:
    made = create(source.sandbox, "reader", zone="1c", source=source.key).settle()
    yield made
    made.remove()


def has(instance: Instance, query: str) -> bool:
    """Whether an instance, which may be restarting, answers a query with true."""
    try:
        return bool(instance.value(query))
    except psycopg.OperationalError:
        return False


def test_a_replica_that_is_ahead_of_the_new_primary_soon_follows_it(source, replica):
    """It gets WAL which the standby, cut off, does not: after the failover it has too much."""
    source.await_sync()
    source.ask("patience", seconds=30)
    source.ask("cut")
    with source.connect() as connection:
        connection.execute("SET synchronous_commit = local")
        connection.execute("CREATE TABLE unheard_of AS SELECT generate_series(1, 1000)")
    wait_for(lambda: replica.value("SELECT to_regclass('unheard_of') IS NOT NULL"), 10)
    source.act("reboot", failover=True).settle()
    failed_over = time.monotonic()
    source.ask("patience", seconds=2)
    source.ask("restore")
    with source.connect() as connection:
        connection.execute("INSERT INTO things VALUES (6000, 'on the new timeline')")
    followed = "SELECT max(i) = 6000 AND to_regclass('unheard_of') IS NULL FROM things"
    wait_for(lambda: has(replica, followed), 40, "following")
    assert time.monotonic() - failed_over < 20, "it is noticed after 4 s, the rest is for rewinding"
    wait_for(lambda: replica.facts["replication"]["timeline"] == source.value(TIMELINE), 10, "its timeline")
    assert replica.facts["replication"]["error"] == ""


def test_a_replica_lags_by_the_delay_and_not_when_it_is_cut_off(source, replica):
    replica.ask("delay", milliseconds=500)
    with Writer(source, "on").running():
        time.sleep(1.5)
        assert 400 < replica.ask("lag")["milliseconds"] < 1500
    replica.ask("delay", milliseconds=0)
    replica.ask("cut")
    with source.connect() as connection:
        connection.execute("INSERT INTO things VALUES (7000, 'unseen')")
    assert replica.value("SELECT count(*) FROM things WHERE i = 7000") == 0
    replica.ask("restore")
    wait_for(lambda: replica.value("SELECT count(*) FROM things WHERE i = 7000"), 20, "replication")


def test_a_delay_of_seconds_is_lag_and_no_reason_to_join_anew(source, replica):
    wait_for(lambda: replica.ask("lag")["state"] == "streaming", 10)
    before = (replica.ask("pids"), replica.ask("lag")["process"])
    replica.ask("delay", milliseconds=3000)
    time.sleep(6)
    assert (replica.ask("pids"), replica.ask("lag")["process"]) == before
    replica.ask("delay", milliseconds=700)
    replica.ask("cut")
    with source.connect() as connection:
        connection.execute("INSERT INTO things VALUES (8000, 'late')")
    replica.ask("restore")
    wait_for(lambda: replica.value("SELECT count(*) FROM things WHERE i = 8000"), 30, "replication")
    replica.ask("delay", milliseconds=0)
    assert replica.ask("pids") == before[0], "it connected again by itself, slowly"


def test_a_replica_that_can_not_be_copied_stays_as_it_is_and_is_tried_again(source, replica):
    before = replica.ask("pids")
    with source.connect() as connection:
        connection.execute("ALTER ROLE rdsrepladmin NOLOGIN")
        replica.ask("cut")
        replica.ask("restore")
        wait_for(lambda: "pg_basebackup" in replica.facts["replication"]["error"], 40, "a failed copy")
        assert replica.ask("pids") == before
        assert replica.value("SELECT count(*) FROM things") >= 5000
        connection.execute("ALTER ROLE rdsrepladmin LOGIN")
        connection.execute("INSERT INTO things VALUES (9000, 'after all')")
    wait_for(lambda: has(replica, "SELECT max(i) = 9000 FROM things"), 30, "replication")
    wait_for(lambda: replica.facts["replication"]["error"] == "", 10, "no error")


def test_a_replica_that_lost_its_data_is_copied_again(source, replica):
    """As when the daemon ends while the replica's data is rewound."""
    directory = source.sandbox.settings.planes_directory / "data" / "postgres-ap-northeast-1-reader"
    (directory / "a.rewinding").touch()
    replica.ask("kill")
    wait_for(lambda: not (directory / "a.rewinding").exists(), 30, "a new copy")
    wait_for(lambda: has(replica, "SELECT max(i) = 9000 FROM things"), 30, "replication")


def test_a_snapshot_outlives_what_it_was_taken_of(planes_sandbox):
    first = create(planes_sandbox, "short").settle()
    with first.connect() as connection:
        connection.execute("CREATE TABLE things AS SELECT i, md5(i::text) AS t FROM generate_series(1, 999) AS i")
    checksum = first.value(CHECKSUM)
    planes_sandbox.planes.create("postgres_snapshot", "ap-northeast-1/kept", {"source": first.key})
    wait_for(lambda: planes_sandbox.planes.settled("postgres_snapshot", "ap-northeast-1/kept"))
    with first.connect() as connection:
        connection.execute("TRUNCATE things")
    first.remove()
    planes_sandbox.planes.create("postgres_snapshot", f"{FAR}/copied", {"copy": "ap-northeast-1/kept"})
    wait_for(lambda: planes_sandbox.planes.settled("postgres_snapshot", f"{FAR}/copied"))
    planes_sandbox.planes.delete("postgres_snapshot", "ap-northeast-1/kept")
    second = create(planes_sandbox, "restored", region=FAR, snapshot=f"{FAR}/copied").settle()
    assert second.value(CHECKSUM) == checksum
    second.remove()
    planes_sandbox.planes.delete("postgres_snapshot", f"{FAR}/copied")
    wait_for(lambda: not planes_sandbox.planes.describe_all("postgres_snapshot"))


def test_an_instance_is_restored_as_it_was_at_a_time(source):
    with source.connect() as connection:
        connection.execute("CREATE TABLE steps (i int)")
        connection.execute("INSERT INTO steps VALUES (1)")
    time.sleep(0.2)
    moment = datetime.now(UTC).isoformat()
    time.sleep(0.2)
    with source.connect() as connection:
        connection.execute("INSERT INTO steps VALUES (2)")
    now = datetime.now(UTC).isoformat()
    restored = {
        name: create(source.sandbox, name, past={"source": source.key, "time": asked})
        for name, asked in (("past", moment), ("latest", now))
    }
    for name, steps in (("past", [1]), ("latest", [1, 2])):
        assert restored[name].settle().value("SELECT array_agg(i ORDER BY i) FROM steps") == steps
        assert restored[name].value("SELECT pg_is_in_recovery()") is False
        restored[name].remove()


def test_what_can_not_be_made_fails_with_the_reason(planes_sandbox):
    lost = create(planes_sandbox, "orphan", source="ap-northeast-1/nowhere").settle("failed")
    assert "there is no postgres ap-northeast-1/nowhere" in lost.describe()["error"]
    lost.remove()
    assert planes_sandbox.planes.describe(KIND, lost.key) is None
