"""Whole drills on a simulated platform: figures, verdicts, abort conditions, and the way back from every place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._drill.drill import Drill, Heading
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Journal, read, unfinished
from ansible_collections.iworkz.platform.plugins.module_utils._drill.resume import resume
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario
from ansible_collections.iworkz.platform.plugins.module_utils._drill.schema import validate
from tests.unit.drill.simulation import RATE, START, Alarms, Killed, Kit, Platform, actions_of, scenario, site

Make = Callable[..., Drill]
HEADING = Heading(
    "20261122T030000-test-ab12", "test", "sandbox", "123456789012", "ap-northeast-1", "f00", "arn:x", START.isoformat()
)


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    with actions_of(platform):
        yield platform


@pytest.fixture
def make(platform: Platform, tmp_path: Path) -> Make:
    def make(scenario_: Scenario | None = None, repeat: int = 1, **changes: Any) -> Drill:
        chosen = scenario_ or scenario()
        context = Context(Alarms(platform), site(**changes), platform.clock)
        journal = Journal(tmp_path / "journal" / HEADING.id, platform.clock)
        return Drill(HEADING, chosen, chosen.variants, repeat, context, journal, Kit(platform))

    return make


def journal_of(tmp_path: Path) -> Path:
    return tmp_path / "journal" / HEADING.id


def nothing_is_left(platform: Platform) -> bool:
    return not (platform.places or platform.changed or platform.silenced or platform.writers)


def test_a_drill_measures_the_outage_and_leaves_nothing(platform: Platform, make: Make, tmp_path: Path) -> None:
    result = make(repeat=3).execute()
    validate(result)
    assert result["verdict"] == "pass"
    assert result["reasons"] == []
    (variant,) = result["variants"]
    assert [run["number"] for run in variant["runs"]] == [1, 2, 3]
    for run in variant["runs"]:
        assert run["probes"]["postgres"]["rto_seconds"] == pytest.approx(platform.outage, abs=2 / RATE)
        assert run["probes"]["postgres"]["lost_rows"] == 0
        assert run["phases"]["promotion_seconds"] > 0
        assert run["phases"]["repointing_seconds"] is None
    assert nothing_is_left(platform)
    assert unfinished(tmp_path / "journal") == []


def test_the_time_that_writers_take_to_end_is_no_outage(platform: Platform, make: Make) -> None:
    platform.stopping = 10 * platform.outage
    result = make().execute()
    assert (result["verdict"], result["reasons"]) == ("pass", [])


def test_every_step_is_on_the_journal_before_and_after(platform: Platform, make: Make, tmp_path: Path) -> None:
    make().execute()
    events = [event for event in read(journal_of(tmp_path)) if event["event"] in ("began", "ended")]
    steps = [(event["event"], event["step"]) for event in events]
    assert steps[::2] == [("began", step) for _event, step in steps[1::2]]
    assert [step for _event, step in steps[::2]] == [
        *("find_alarms", "silence_alarms", "steady", "create_canaries", "start_canaries"),
        *("take_hold", "take_down", "comes_back", "settle", "count_canaries"),
        *("release", "tidy", "remove_canaries", "steady", "restore_alarms"),
    ]


def test_the_journal_knows_of_a_step_before_it_happens(platform: Platform, make: Make, tmp_path: Path) -> None:
    seen: list[str] = []

    def look(label: str) -> bool:
        if label == "hit":
            seen.append(read(journal_of(tmp_path))[-1]["step"])
        return False

    platform.kill_when = look
    make().execute()
    assert seen == ["take_down"]


@pytest.mark.parametrize("lost", [1, 7, 60])
def test_lost_canaries_are_counted_exactly(platform: Platform, make: Make, lost: int) -> None:
    platform.loses = lost
    result = make().execute()
    probe = result["variants"][0]["runs"][0]["probes"]["postgres"]
    assert probe["lost_rows"] == lost
    assert probe["lost_seconds"] == pytest.approx(lost / RATE, abs=0.001)
    assert result["verdict"] == "fail"
    assert [reason["id"] for reason in result["reasons"]] == ["drill.rpo_missed"]
    assert nothing_is_left(platform)


def test_a_variant_is_judged_only_by_what_is_promised_of_it(platform: Platform, make: Make) -> None:
    platform.loses = 3
    chosen = scenario(variants=[{"name": "asynchronous", "synchronous_commit": "local", "judges": ["rto"]}])
    result = make(chosen).execute()
    assert result["verdict"] == "pass"
    assert result["variants"][0]["summary"]["lost_rows"]["max"] == 3


def test_an_outage_beyond_the_target_fails(platform: Platform, make: Make) -> None:
    platform.outage = 15.0
    targets = {**site().targets, "zone": {"rto_seconds": 10.0, "rpo_seconds": 0.0}}
    result = make(targets=targets).execute()
    assert result["verdict"] == "fail"
    (reason,) = result["reasons"]
    assert reason["id"] == "drill.rto_missed"
    assert reason["params"]["seconds"] == pytest.approx(15.0, abs=0.02)


def test_the_error_budget_ends_a_drill_and_puts_it_back(platform: Platform, make: Make, tmp_path: Path) -> None:
    platform.returns = False
    result = make().execute()
    validate(result)
    assert result["verdict"] == "aborted"
    assert [reason["id"] for reason in result["reasons"]] == [
        "drill.budget_spent",
        "drill.not_recovered",
        "drill.not_counted",
    ]
    run = result["variants"][0]["runs"][0]
    assert run["probes"]["postgres"]["rto_seconds"] is None
    assert nothing_is_left(platform)
    assert unfinished(tmp_path / "journal") == []


def test_a_run_that_takes_too_long_is_ended(platform: Platform, make: Make) -> None:
    platform.outage = 12.0
    limits = replace(site().limits, duration_seconds=5.0)
    result = make(limits=limits).execute()
    assert result["verdict"] == "aborted"
    assert result["reasons"][0]["id"] == "drill.too_long"
    assert nothing_is_left(platform)


def test_a_recovery_step_that_fails_is_the_platforms_failure(platform: Platform, make: Make) -> None:
    platform.failing = {"await_return"}
    result = make().execute()
    assert result["verdict"] == "fail"
    assert result["reasons"][0] == {
        "id": "drill.step_failed",
        "params": {"step": "comes_back", "error": "RuntimeError: await_return does not work"},
    }
    assert nothing_is_left(platform)


def test_a_step_that_fails_before_the_fault_aborts_without_one(platform: Platform, make: Make) -> None:
    platform.failing = {"create"}
    result = make().execute()
    assert (result["verdict"], result["variants"][0]["runs"]) == ("aborted", [])
    assert "hit" not in platform.calls
    assert nothing_is_left(platform)


def test_no_further_run_begins_after_one_that_failed(platform: Platform, make: Make) -> None:
    platform.failing = {"await_return"}
    make(repeat=5).execute()
    assert platform.calls.count("hit") == 1


def test_a_rollback_that_fails_leaves_the_journal_open_until_resumed(
    platform: Platform, make: Make, tmp_path: Path
) -> None:
    platform.failing = {"await_return", "let_go"}
    result = make().execute()
    assert result["verdict"] == "aborted"
    assert "drill.rollback_failed" in [reason["id"] for reason in result["reasons"]]
    assert platform.changed == {"held"}
    assert platform.places == {}, "one step that fails does not keep the others from being done"
    assert unfinished(tmp_path / "journal") == [journal_of(tmp_path)]
    platform.failing = set()
    resume(journal_of(tmp_path), Alarms(platform), platform.clock, Kit(platform))
    assert nothing_is_left(platform)
    assert unfinished(tmp_path / "journal") == []


def test_return_steps_get_what_was_noted_before_the_fault(platform: Platform, make: Make, tmp_path: Path) -> None:
    make().execute()
    released = [e for e in read(journal_of(tmp_path)) if e["event"] == "ended" and e["step"] == "release"]
    assert released[0]["facts"] == {"noted": {"zone": "a"}}


def test_a_jump_of_the_wall_clock_changes_no_figure(platform: Platform, make: Make) -> None:
    jump = timedelta(hours=-26)

    def jumps(label: str) -> bool:
        if label == "hit":
            platform.wall_jump = jump
        return False

    platform.kill_when = jumps
    result = make().execute()
    run = result["variants"][0]["runs"][0]
    assert run["probes"]["postgres"]["rto_seconds"] == pytest.approx(platform.outage, abs=2 / RATE)
    assert all(step["seconds"] >= 0 for step in run["steps"])
    lasted = datetime.fromisoformat(result["ended_at"]) - datetime.fromisoformat(result["started_at"])
    assert timedelta(0) < lasted < timedelta(minutes=5)


def places_to_die() -> list[tuple[str, int]]:
    labels = ["silence", "look", "create", "hold", "hit", "await_return", "count", "let_go", "remove", "restore"]
    return [(label, nth) for label in labels for nth in ((1, 2, 3) if label == "look" else (1,))]


@pytest.mark.parametrize(("label", "nth"), places_to_die())
def test_killed_anywhere_it_is_put_back(platform: Platform, make: Make, tmp_path: Path, label: str, nth: int) -> None:
    platform.kill_when = dies_at(label, nth)
    with pytest.raises(Killed):
        make().execute()
    stop_writers(platform)
    assert unfinished(tmp_path / "journal") == [journal_of(tmp_path)]
    # Whoever resumes may be killed as well, and the one after that.
    for again in ("let_go", "remove", "restore"):
        platform.kill_when = dies_at(again, 1)
        try:
            result = resume(journal_of(tmp_path), Alarms(platform), platform.clock, Kit(platform))
        except Killed:
            continue
        break
    else:
        platform.kill_when = lambda _label: False
        result = resume(journal_of(tmp_path), Alarms(platform), platform.clock, Kit(platform))
    validate(result)
    assert result["verdict"] == "aborted"
    assert result["reasons"][0]["id"] == "drill.interrupted"
    assert nothing_is_left(platform)
    assert unfinished(tmp_path / "journal") == []


def test_what_was_measured_before_the_kill_is_in_the_result(platform: Platform, make: Make, tmp_path: Path) -> None:
    platform.kill_when = dies_at("hit", 3)
    with pytest.raises(Killed):
        make(repeat=4).execute()
    stop_writers(platform)
    platform.kill_when = lambda _label: False
    result = resume(journal_of(tmp_path), Alarms(platform), platform.clock, Kit(platform))
    assert [run["number"] for run in result["variants"][0]["runs"]] == [1, 2]
    assert nothing_is_left(platform)


def test_alarms_that_were_silent_before_stay_silent(platform: Platform, make: Make) -> None:
    platform.silenced = {"iworkz-sandbox-rds-db-cpu"}
    make().execute()
    assert platform.silenced == {"iworkz-sandbox-rds-db-cpu"}


def dies_at(label: str, nth: int) -> Callable[[str], bool]:
    count = 0

    def dies(reached: str) -> bool:
        nonlocal count
        count += reached == label
        return reached == label and count == nth

    return dies


def stop_writers(platform: Platform) -> None:
    """They end with the process that started them."""
    for writer in list(platform.writers):
        writer.stop()
