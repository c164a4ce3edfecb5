"""What a restart keeps: of the daemon, of the servers, and of the whole sandbox."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psycopg
import pytest

from sandbox.planes.client import PlaneError
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import Instance, create


@pytest.fixture(scope="module")
def pair(planes_sandbox: PlanesSandbox) -> Iterator[tuple[Instance, Instance]]:
    """A Multi-AZ instance that has failed over once, so that its second server is the primary, and its replica."""
    source = create(planes_sandbox, "lasting", secondary_zone="1c").settle()
    source.act("reboot", failover=True).settle()
    source.await_sync()
    replica = create(planes_sandbox, "following", zone="1d", source=source.key).settle()
    with source.connect() as connection:
        connection.execute("CREATE TABLE kept (i int)")
    yield source, replica
    replica.remove()
    source.remove()


def restart_daemon(sandbox: PlanesSandbox, *others: int) -> None:
    """SIGKILL the daemon, and other processes with it; the supervisor starts it again."""
    pid = sandbox.planes.health()["pid"]
    for process in (pid, *others):
        os.kill(process, signal.SIGKILL)

    def is_back() -> bool:
        try:
            return bool(sandbox.planes.health()["pid"] != pid)
        except PlaneError:
            return False

    wait_for(is_back, what="daemon")


def write(source: Instance, replica: Instance, number: int) -> None:
    """Both have everything, and what is written now."""
    source.settle()
    replica.settle()
    with source.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))
    wanted = list(range(1, number + 1))

    def shows_all() -> bool:
        try:
            return bool(replica.value("SELECT array_agg(i ORDER BY i) FROM kept") == wanted)
        except psycopg.OperationalError:
            return False

    wait_for(shows_all, 30, f"{number} on the replica")


def test_servers_outlive_the_daemon(pair):
    source, replica = pair
    before = (source.ask("pids"), replica.ask("pids"), source.describe()["endpoints"])
    write(source, replica, 1)
    restart_daemon(source.sandbox)
    write(source, replica, 2)
    assert (source.ask("pids"), replica.ask("pids"), source.describe()["endpoints"]) == before
    source.await_sync()


def test_servers_that_died_with_the_daemon_are_started_again_as_what_they_were(pair):
    source, replica = pair
    pids, zone = source.ask("pids"), source.facts["zone"]
    restart_daemon(source.sandbox, pids["primary"], pids["standby"], replica.ask("pids")["primary"])
    write(source, replica, 3)
    assert source.facts["zone"] == zone
    source.await_sync()


def test_a_creation_that_was_interrupted_is_done_again(planes_sandbox):
    half = create(planes_sandbox, "half", secondary_zone="1c")
    wait_for(lambda: any(node["running"] for node in half.describe()["nodes"]), what="first server")
    restart_daemon(planes_sandbox)
    half.settle()
    assert half.value("SELECT count(*) FROM pg_stat_replication") == 1
    half.remove()


def test_a_promotion_that_was_interrupted_is_finished(pair):
    source, _ = pair
    promoted = create(source.sandbox, "promoted", region="ap-northeast-3", zone="3a", source=source.key).settle()
    promoted.act("promote")
    noted = source.sandbox.settings.planes_directory / "data" / "postgres-ap-northeast-3-promoted" / "promotion"
    wait_for(lambda: noted.exists() or promoted.facts["source"] is None, what="begin of the promotion")
    restart_daemon(source.sandbox)
    promoted.settle()
    wait_for(lambda: promoted.facts["source"] is None, 20, "promotion")
    with promoted.connect() as connection:
        connection.execute("CREATE TABLE writable (i int)")
    promoted.remove()


def test_the_whole_sandbox_stops_without_a_failover_and_has_everything_afterwards(pair):
    source, replica = pair
    zone, endpoints = source.facts["zone"], source.describe()["endpoints"]
    events = source.facts["events"]
    assert source.sandbox.command("down").returncode == 0
    source.sandbox.up()
    write(source, replica, 4)
    assert (source.facts["zone"], source.describe()["endpoints"]) == (zone, endpoints)
    assert source.facts["events"][: len(events)] == events
    assert "Multi-AZ instance failover started" not in [
        event["message"] for event in source.facts["events"][len(events) :]
    ]
    source.await_sync()
