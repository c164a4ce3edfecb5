"""Losing the primary: what clients see, and that what they were told is kept."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import Instance, Writer, create

DELAY_MS = 200


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Instance]:
    """Multi-AZ; every test finds it in sync."""
    made = create(planes_sandbox, "failing", secondary_zone="1c").settle()
    yield made
    made.remove()


@pytest.fixture
def multi_az(instance: Instance) -> Instance:
    instance.await_sync()
    return instance


def test_a_failover_keeps_every_acknowledged_write_and_the_endpoint(multi_az):
    before = multi_az.describe()
    zones = (before["facts"]["zone"], before["facts"]["secondary_zone"])
    with Writer(multi_az, "on").running() as writer:
        multi_az.act("reboot", failover=True).settle()
        after = multi_az.describe()
        assert after["facts"]["zone"] == zones[1]
        assert after["facts"]["secondary_zone"] is None, "the former primary can't be in sync yet"
        writer.await_writes(time.monotonic())
    assert writer.lost() == set()
    assert 0 < writer.longest_gap < 5
    assert after["endpoints"] == before["endpoints"]
    assert {"killed", "promoted", "answered"} < after["facts"]["failover"].keys()
    multi_az.await_sync()
    assert multi_az.facts["secondary_zone"] == zones[0]
    assert [event["message"] for event in multi_az.facts["events"]][-3:] == [
        "Multi-AZ instance failover started",
        "Multi-AZ instance failover completed",
        "The standby is in sync: commits wait for it",
    ]


def test_what_the_standby_has_not_got_is_lost_with_asynchronous_commits(multi_az):
    multi_az.ask("delay", milliseconds=DELAY_MS)
    try:
        with Writer(multi_az, "local").running() as writer:
            time.sleep(1)
            multi_az.act("reboot", failover=True)
            wait_for(lambda: multi_az.describe()["state"] == "available", what="failover")
            writer.await_writes(time.monotonic())
    finally:
        multi_az.ask("delay", milliseconds=0)
    lost = writer.lost()
    assert lost
    # The last ones before the gap, and as many as were written within the delay.
    assert max(lost) - min(lost) + 1 == len(lost)
    seconds = writer.acknowledged[max(lost)] - writer.acknowledged[min(lost)]
    assert 0.5 * DELAY_MS / 1000 < seconds < 2.5 * DELAY_MS / 1000


def test_a_standby_that_is_cut_off_costs_what_is_written_until_it_is_given_up(multi_az):
    multi_az.ask("patience", seconds=30)
    try:
        with Writer(multi_az, "local").running() as writer:
            multi_az.ask("cut")
            cut = time.monotonic()
            time.sleep(0.7)
            multi_az.act("reboot", failover=True)
            wait_for(lambda: multi_az.describe()["state"] == "available", what="failover")
            writer.await_writes(time.monotonic())
    finally:
        multi_az.ask("patience", seconds=2)
        multi_az.ask("restore")
    lost = writer.lost()
    assert len(lost) > 20
    assert min(writer.acknowledged[number] for number in lost) > cut - 0.1


def test_a_killed_primary_is_noticed_and_replaced(multi_az):
    pids = multi_az.ask("pids")
    with Writer(multi_az, "on").running() as writer:
        os.kill(pids["primary"], signal.SIGKILL)
        killed = time.monotonic()
        writer.await_writes(killed + 0.5)
    assert writer.lost() == set()
    assert writer.longest_gap < 5
    assert multi_az.facts["failover"]["cause"] == "primary lost"
    assert multi_az.ask("pids")["primary"] == pids["standby"]


def test_commits_go_on_alone_without_a_standby_and_wait_for_it_again(multi_az):
    with Writer(multi_az, "on").running() as writer:
        multi_az.ask("stop_standby")
        stopped = time.monotonic()
        multi_az.await_sync(False)
        writer.await_writes(time.monotonic())
        assert 1.5 < writer.longest_gap < 6, "commits hang for the time of the patience"
        assert multi_az.facts["secondary_zone"] is None
        multi_az.act("reboot", failover=True)
        wait_for(lambda: multi_az.sandbox.planes.settled("postgres", multi_az.key), what="refusal")
        assert multi_az.describe()["state"] == "available"
        assert multi_az.ask("pids")["primary"], "a failover to nowhere is refused"
        multi_az.ask("start_standby")
        multi_az.await_sync()
        writer.await_writes(time.monotonic())
    assert writer.lost() == set()
    assert time.monotonic() - stopped < 40


def test_a_primary_killed_without_a_standby_is_started_again(multi_az):
    multi_az.ask("stop_standby")
    multi_az.await_sync(False)
    zone = multi_az.facts["zone"]
    with Writer(multi_az, "on").running() as writer:
        multi_az.ask("kill")
        writer.await_writes(time.monotonic())
    assert writer.lost() == set()
    assert multi_az.facts["zone"] == zone
    multi_az.ask("start_standby")


def test_a_promotion_that_fails_leaves_the_instance_failed_and_recoverable(multi_az):
    with Writer(multi_az, "on").running() as writer:
        multi_az.ask("fail_promotion")
        multi_az.act("reboot", failover=True).settle("failed")
        assert "could not be promoted" in multi_az.describe()["error"]
        with pytest.raises(psycopg.OperationalError):
            multi_az.connect()
        multi_az.act("recover").settle()
        writer.await_writes(time.monotonic())
    assert writer.lost() == set()


def test_a_full_wal_directory_stops_the_instance_until_there_is_more(multi_az):
    with Writer(multi_az, "on").running() as writer:
        used = multi_az.ask("limit_wal", bytes=1)["bytes"]
        assert used > 1
        wait_for(lambda: multi_az.facts["status"] == "storage-full", 10, "storage-full")
        wait_for(lambda: multi_az.ask("pids")["primary"] is None, 10, "the server stops")
        multi_az.ask("limit_wal", bytes=None)
        writer.await_writes(time.monotonic())
    assert writer.lost() == set()
    assert multi_az.facts["status"] == ""


def test_one_failover_after_the_other(multi_az):
    with Writer(multi_az, "on").running() as writer:
        for _ in range(2):
            multi_az.await_sync()
            multi_az.act("reboot", failover=True).settle()
            writer.await_writes(time.monotonic())
    assert writer.lost() == set()
