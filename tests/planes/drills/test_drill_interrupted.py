"""Drills that are killed at every step, two at once, and a pooler that goes away in the middle: all is put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from tests.planes.conftest import wait_for
from tests.planes.drills.support import NOTHING, Drilled, DrillProcess, began, only

pytestmark = pytest.mark.sandbox

PLANNED, REGION = "database_az_switchover", "database_region"
RATE = 20.0
"""Canaries per second: enough to be there, and little to catch up with."""
Point = tuple[str, str]
"""Stage and step at which a drill is killed."""
OWN = [
    ("prepare", "find_alarms"),
    ("prepare", "silence_alarms"),
    ("measure", "create_canaries"),
    ("measure", "start_canaries"),
    ("measure", "settle"),
    ("measure", "count_canaries"),
    ("cleanup", "remove_canaries"),
    ("verify", "replication_in_step"),
]
"""What every drill does besides its scenario's steps, but for the last, after which it is over before it is killed."""


def points_of(scenario: str) -> list[Point]:
    return [(stage, step.id) for stage, step in load_scenarios()[scenario].steps()]


def named(point: Point) -> str:
    return "/".join(point)


@pytest.mark.parametrize("point", [*OWN, *points_of(PLANNED)], ids=named)
def test_killed_at_a_step_it_is_put_back(drilled: Drilled, tmp_path: Path, point: Point) -> None:
    kill_and_resume(drilled, tmp_path, PLANNED, point)


def kill_and_resume(drilled: Drilled, directory: Path, scenario: str, point: Point) -> None:
    kill_at(point, drilled.start(directory, scenario=scenario, rate=RATE), directory)
    refused = drilled.drill(directory, scenario=scenario)
    assert [reason["id"] for reason in refused["reasons"]] == ["drill.unfinished"]
    answer = drilled.drill(directory, resume=True)
    assert answer["verdicts"] == ["aborted"]
    assert [reason["id"] for reason in answer["reasons"]] == ["drill.interrupted"], answer["reasons"]
    assert drilled.nothing_is_left() == NOTHING
    assert drilled.drill(directory, resume=True)["drills"] == [], "there is nothing more to put back"


def kill_at(point: Point, process: DrillProcess, directory: Path) -> None:
    """Kill a drill when it has begun a step; it must not have ended by itself."""
    wait_for(lambda: point in began(directory) or not process.is_alive(), 90, named(point))
    assert process.is_alive()
    process.kill()
    process.join()


def test_a_resumption_may_be_killed_as_well(drilled: Drilled, tmp_path: Path) -> None:
    kill_at(("fault", "switch_over"), drilled.start(tmp_path, scenario=PLANNED, rate=RATE), tmp_path)
    kill_at(("rollback", "nothing_is_held"), drilled.start(tmp_path, resume=True), tmp_path)
    assert drilled.drill(tmp_path, resume=True)["verdicts"] == ["aborted"]
    assert drilled.nothing_is_left() == NOTHING


def test_of_two_drills_at_once_the_second_is_refused(drilled: Drilled, tmp_path: Path) -> None:
    first = drilled.start(tmp_path, scenario=PLANNED, rate=RATE)
    wait_for(lambda: ("measure", "start_canaries") in began(tmp_path), 90, "the first drill")
    second = drilled.drill(tmp_path, scenario=PLANNED)
    assert second["verdicts"] == ["refused"]
    assert [reason["id"] for reason in second["reasons"]] == ["drill.locked"]
    assert second["drills"] == []
    first.join(90)
    assert first.exitcode == 0
    assert drilled.nothing_is_left() == NOTHING


def test_a_pooler_that_goes_away_ends_the_drill_which_is_finished_later(drilled: Drilled, tmp_path: Path) -> None:
    limits = {**drilled.options(tmp_path)["limits"], "unacknowledged_seconds": 2.0}
    process = drilled.start(tmp_path, variants=["asynchronous"], steady_seconds=1.0, limits=limits)
    wait_for(lambda: ("fault", "lose_primary") in began(tmp_path), 90, "the fault")
    with drilled.pooler_gone():
        kill_at(("rollback", "remove_canaries"), process, tmp_path)
    answer = drilled.drill(tmp_path, resume=True)
    assert answer["verdicts"] == ["aborted"]
    assert only(answer)["scenario"] == "database_az"
    assert drilled.nothing_is_left() == NOTHING


@pytest.mark.usefixtures("replica")
@pytest.mark.parametrize("point", points_of(REGION), ids=named)
def test_killed_at_a_step_of_a_region_drill_it_is_put_back(drilled: Drilled, tmp_path: Path, point: Point) -> None:
    kill_and_resume(drilled, tmp_path, REGION, point)
