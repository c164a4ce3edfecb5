"""Drills on real servers: what is lost is counted right, and what does not allow a drill refuses it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS, Action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature
from tests.planes.conftest import wait_for
from tests.planes.drills.support import (
    NOTHING,
    RECOVERY_REGION,
    REPLICA,
    CountingKit,
    Drilled,
    only,
    scenario_file,
    step,
)

pytestmark = pytest.mark.sandbox


@pytest.fixture
def faults(drilled: Drilled) -> Iterator[None]:
    """Actions for scenarios of the tests' own."""

    def fault(_context: Any, *, question: str, key: str = "", value: str = "") -> None:
        drilled.ask(question, **({key: None if value == "none" else float(value)} if key else {}))

    def pause(context: Any, *, duration: str) -> None:
        until = time.monotonic() + float(duration)
        context.wait("the end of the pause", lambda: time.monotonic() > until)

    own = (fault, pause)
    for run in own:
        ACTIONS[run.__name__] = Action(run, Signature.of(run), ("test",))
    load_scenarios.cache_clear()
    yield
    for run in own:
        del ACTIONS[run.__name__]
    load_scenarios.cache_clear()


def probe_of(answer: dict[str, Any]) -> dict[str, Any]:
    (variant,) = only(answer)["variants"]
    (run,) = variant["runs"]
    return dict(run["probes"]["postgres"])


def ids(answer: dict[str, Any]) -> list[str]:
    return [reason["id"] for reason in answer["reasons"]]


def test_asynchronous_loss_is_what_was_under_way(drilled: Drilled, tmp_path: Path) -> None:
    kit = CountingKit(drilled)
    jumps = iter(range(10_000))
    # The wall clock is off by one more hour each time it is asked.
    clock = Clock(time.monotonic, lambda: datetime.now(UTC) - timedelta(hours=next(jumps)), time.sleep)
    with drilled.late(400):
        answer = drilled.drill(
            tmp_path, variants=["asynchronous"], rate=200.0, steady_seconds=1.0, kit=kit, clock=clock
        )
    probe = probe_of(answer)
    assert probe["lost_rows"] == kit.counted[-1]
    # What is on its way still arrives while the primary dies, which takes its time on a loaded machine.
    assert 10 <= probe["lost_rows"] <= 120
    assert 0.1 <= probe["lost_seconds"] <= 1.2
    # Nothing is promised of asynchronous commits.
    assert answer["verdicts"] == ["pass"], answer["reasons"]
    assert 0 < probe["rto_seconds"] < 30
    assert drilled.nothing_is_left() == NOTHING


def test_synchronous_commits_lose_nothing_however_late_the_standby(drilled: Drilled, tmp_path: Path) -> None:
    kit = CountingKit(drilled)
    with drilled.late(100):
        answer = drilled.drill(tmp_path, variants=["synchronous"], rate=4.0, kit=kit)
    assert answer["verdicts"] == ["pass"], answer["reasons"]
    assert probe_of(answer)["lost_rows"] == kit.counted[-1] == 0
    assert probe_of(answer)["acknowledged"] > 0


@pytest.mark.usefixtures("faults")
def test_a_standby_cut_off_loses_everything_since(drilled: Drilled, tmp_path: Path) -> None:
    kit = CountingKit(drilled)
    database = {"database": "{database}"}
    scenarios = scenario_file(
        tmp_path / "scenarios",
        "cut_off",
        fault=[
            step("patient", "fault", question="patience", key="seconds", value="60"),
            step("cut", "fault", question="cut"),
            step("meanwhile", "pause", duration="1.5"),
            step("lose_primary", "rds_failover", **database),
        ],
        observe=[step("taken_over", "wait_database_failed_over", **database)],
        **{
            "return": [
                step("restore", "fault", question="restore"),
                step("impatient", "fault", question="patience", key="seconds", value="2"),
                step("settles", "wait_database_available", **database),
            ]
        },
    )
    answer = drilled.drill(
        tmp_path, scenario="cut_off", scenarios_dir=str(scenarios), variants=["asynchronous"], kit=kit
    )
    probe = probe_of(answer)
    assert probe["lost_rows"] == kit.counted[-1]
    assert probe["lost_rows"] >= 100
    assert probe["lost_seconds"] >= 1.4
    assert drilled.nothing_is_left() == NOTHING


@pytest.mark.usefixtures("faults")
def test_a_full_disk_ends_the_drill_and_all_is_put_back(drilled: Drilled, tmp_path: Path) -> None:
    database = {"database": "{database}"}
    scenarios = scenario_file(
        tmp_path / "scenarios",
        "disk_full",
        fault=[step("fill", "fault", question="limit_wal", key="bytes", value="1")],
        observe=[step("never", "wait_database_failed_over", seconds=600, **database)],
        **{
            "return": [
                step("empty", "fault", question="limit_wal", key="bytes", value="none"),
                step("settles", "wait_database_available", **database),
            ]
        },
    )
    limits = {**drilled.options(tmp_path)["limits"], "unacknowledged_seconds": 2.0}
    answer = drilled.drill(
        tmp_path, scenario="disk_full", scenarios_dir=str(scenarios), variants=["synchronous"], limits=limits
    )
    assert answer["verdicts"] == ["aborted"]
    assert ids(answer) == ["drill.budget_spent", "drill.not_recovered", "drill.not_counted"]
    assert drilled.nothing_is_left() == NOTHING


def test_without_a_standby_it_is_refused(drilled: Drilled, tmp_path: Path) -> None:
    drilled.ask("stop_standby")
    try:
        wait_for(lambda: "SecondaryAvailabilityZone" not in drilled.describe(), 30, "the loss of the standby")
        answer = drilled.drill(tmp_path)
    finally:
        drilled.ask("start_standby")
    assert answer["verdicts"] == ["refused"]
    assert "drill.no_standby" in ids(answer)
    assert only(answer)["variants"][0]["runs"] == []


def test_with_a_lagging_standby_it_is_refused(drilled: Drilled, tmp_path: Path) -> None:
    with drilled.late(1500), drilled.behind() as connection:
        connection.execute("SET synchronous_commit = local")
        for number in range(3):
            connection.execute(f"CREATE TABLE lag_{number} ()".encode())
            connection.execute(f"DROP TABLE lag_{number}".encode())
            time.sleep(0.7)
        limits = {**drilled.options(tmp_path)["limits"], "lag_seconds": 0.5}
        connection.execute("CREATE TABLE lag ()")
        answer = drilled.drill(tmp_path, limits=limits)
        connection.execute("DROP TABLE lag")
    assert answer["verdicts"] == ["refused"]
    assert ids(answer) == ["drill.lagging"]


def test_with_a_primary_that_is_dead_already_it_is_refused(drilled: Drilled, tmp_path: Path) -> None:
    drilled.ask("kill")
    answer = drilled.drill(tmp_path)
    assert answer["verdicts"] == ["refused"]
    assert set(ids(answer)) <= {
        "drill.not_available",
        "drill.no_standby",
        "drill.pooler_unreachable",
        "drill.unreadable",
    }
    assert ids(answer)


def test_without_the_pooler_it_is_refused(drilled: Drilled, tmp_path: Path) -> None:
    with drilled.pooler_gone():
        answer = drilled.drill(tmp_path)
    assert answer["verdicts"] == ["refused"]
    assert ids(answer) == ["drill.pooler_unreachable"]


def test_check_mode_touches_nothing(drilled: Drilled, tmp_path: Path) -> None:
    answer = drilled.task(tmp_path / "drills", scenario="all", confirm=None).run(True)
    assert not (tmp_path / "drills").exists()
    assert {entry["scenario"] for entry in answer["plan"]} == set(load_scenarios())
    assert "drill.not_confirmed" in ids(answer)
    assert drilled.nothing_is_left() == NOTHING


@pytest.mark.usefixtures("replica")
def test_a_promotion_that_fails_is_put_back(drilled: Drilled, tmp_path: Path) -> None:
    key = f"{RECOVERY_REGION}/{REPLICA}"
    drilled.sandbox.planes.ask("postgres", key, "fail_promotion")
    answer = drilled.drill(tmp_path, scenario="database_region")
    assert answer["verdicts"] == ["fail"]
    assert ids(answer)[0] == "drill.step_failed"
    assert "promote" in answer["reasons"][0]["message"]
    assert drilled.nothing_is_left() == NOTHING


@pytest.mark.usefixtures("replica")
def test_a_region_drill_promotes_repoints_and_makes_the_replica_anew(drilled: Drilled, tmp_path: Path) -> None:
    before = drilled.describe(REPLICA, RECOVERY_REGION)
    answer = drilled.drill(tmp_path, scenario="database_region")
    assert answer["verdicts"] == ["pass"], answer["reasons"]
    phases = only(answer)["variants"][0]["runs"][0]["phases"]
    assert phases["promotion_seconds"] > 0
    assert phases["repointing_seconds"] > 0
    assert not only(answer)["hands_free"]
    after = drilled.describe(REPLICA, RECOVERY_REGION)
    changing = {"InstanceCreateTime", "DbiResourceId", "LatestRestorableTime", "Endpoint", "StatusInfos"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert drilled.nothing_is_left() == NOTHING
