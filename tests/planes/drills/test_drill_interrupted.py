"""Drills that are killed at every step, two at once, and a pooler that goes away in the middle: all is put back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from tests.planes.conftest import wait_for
from tests.planes.drills.support import NOTHING, Drilled, began, only

pytestmark = pytest.mark.sandbox

OWN = ["silence_alarms", "create_canaries", "start_canaries", "settle", "count_canaries", "remove_canaries"]
"""Steps that every drill has besides its scenario's, but the last, after which it is over before it can be killed."""
PLANNED = "database_az_switchover"
REGION_ONLY = ["cut_off", "promote", "repoint", "let_clients_in", "point_back", "replicate_again"]


def steps_of(name: str) -> list[str]:
    return list(dict.fromkeys(step.id for _stage, step in load_scenarios()[name].steps()))


@pytest.mark.parametrize("step", [*OWN, *steps_of(PLANNED)])
def test_killed_at_a_step_it_is_put_back(drilled: Drilled, tmp_path: Path, step: str) -> None:
    kill_and_resume(drilled, tmp_path, PLANNED, step)


def kill_and_resume(drilled: Drilled, directory: Path, scenario: str, step: str) -> None:
    process = drilled.start(directory, scenario=scenario)
    wait_for(lambda: process.poll() is not None or step in [s for _stage, s in began(directory)], 90, step)
    assert process.poll() is None, process.stderr and process.stderr.read().decode()
    process.send_signal(signal.SIGKILL)
    process.wait()
    refused = drilled.drill(directory, scenario=scenario)
    assert [reason["id"] for reason in refused["reasons"]] == ["drill.unfinished"]
    answer = drilled.drill(directory, resume=True)
    assert answer["verdicts"] == ["aborted"]
    assert [reason["id"] for reason in answer["reasons"]] == ["drill.interrupted"], answer["reasons"]
    assert drilled.nothing_is_left() == NOTHING
    assert drilled.drill(directory, resume=True)["drills"] == [], "there is nothing more to put back"


def test_a_resumption_may_be_killed_as_well(drilled: Drilled, tmp_path: Path) -> None:
    first = drilled.start(tmp_path, scenario=PLANNED)
    wait_for(lambda: "switch_over" in [step for _stage, step in began(tmp_path)], 90, "switch_over")
    first.kill()
    first.wait()
    second = drilled.start(tmp_path, resume=True)
    wait_for(lambda: "rollback" in [stage for stage, _step in began(tmp_path)], 90, "the rollback")
    second.kill()
    second.wait()
    assert drilled.drill(tmp_path, resume=True)["verdicts"] == ["aborted"]
    assert drilled.nothing_is_left() == NOTHING


def test_of_two_drills_at_once_the_second_is_refused(drilled: Drilled, tmp_path: Path) -> None:
    first = drilled.start(tmp_path, scenario=PLANNED)
    wait_for(lambda: "start_canaries" in [step for _stage, step in began(tmp_path)], 90, "the first drill")
    second = drilled.drill(tmp_path, scenario=PLANNED)
    assert second["verdicts"] == ["refused"]
    assert [reason["id"] for reason in second["reasons"]] == ["drill.locked"]
    assert second["drills"] == []
    assert first.wait(timeout=90) == 0
    assert drilled.nothing_is_left() == NOTHING


def test_a_pooler_that_goes_away_ends_the_drill_which_is_finished_later(drilled: Drilled, tmp_path: Path) -> None:
    limits = {**drilled.options(tmp_path)["limits"], "unacknowledged_seconds": 5.0}
    process = drilled.start(tmp_path, variants=["asynchronous"], steady_seconds=1.0, limits=limits)
    wait_for(lambda: "lose_primary" in [step for _stage, step in began(tmp_path)], 90, "the fault")
    with drilled.pooler_gone():
        wait_for(lambda: "remove_canaries" in [step for _stage, step in began(tmp_path)], 120, "the rollback")
        process.kill()
        process.wait()
    answer = drilled.drill(tmp_path, resume=True)
    assert answer["verdicts"] == ["aborted"]
    assert only(answer)["scenario"] == "database_az"
    assert drilled.nothing_is_left() == NOTHING


@pytest.mark.usefixtures("replica")
@pytest.mark.parametrize("step", REGION_ONLY)
def test_killed_at_a_step_of_a_region_drill_it_is_put_back(drilled: Drilled, tmp_path: Path, step: str) -> None:
    kill_and_resume(drilled, tmp_path, "database_region", step)
