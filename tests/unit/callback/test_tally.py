"""Counts, durations, estimates and the table of the launch callback."""

from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.tally import Tally, item_ids


class Clock:
    """A clock that moves when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(clock: Clock) -> Tally:
    return Tally(clock)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], []),
        (["rds", "1.1", "1.1.1", "always"], []),
        (["1.1.1.10", "1.1.1.2", "1.1.1.2"], ["1.1.1.2", "1.1.1.10"]),
        (["1.1.1.2.3", "v1.1.1.2"], []),
    ],
)
def test_items_are_the_four_part_tags_in_checklist_order(tags: list[str], expected: list[str]) -> None:
    assert item_ids(tags) == expected


def test_time_between_starts_belongs_to_the_first_role(tally: Tally, clock: Clock) -> None:
    tally.start("Phase 1", "rds", [])
    clock.now += 2
    tally.start("Phase 1", "rds", [])
    clock.now += 3
    tally.start("Phase 1", "ecr", [])
    clock.now += 1
    tally.settle()
    assert tally.durations() == {"Phase 1/rds": 5.0, "Phase 1/ecr": 1.0}
    assert tally.elapsed == 6.0


def test_totals_count_a_shared_item_once(tally: Tally) -> None:
    tally.start("Phase 1", "network", ["1.2.1.3"])
    tally.start("Phase 2", "network", ["1.2.1.3", "2.1.3.1"])
    for phase, outcome in (("Phase 1", "ok"), ("Phase 1", "changed"), ("Phase 2", "failed"), ("Phase 2", "ok")):
        tally.count(phase, "network", outcome)
    totals = tally.totals
    assert (len(totals.items), totals.ok, totals.changed, totals.failed) == (2, 2, 1, 1)


def test_no_estimate_without_a_last_run(tally: Tally) -> None:
    tally.start("Phase 1", "rds", [])
    assert tally.remaining({}) is None


def test_estimate_is_the_rest_of_this_role_and_all_of_those_to_come(tally: Tally, clock: Clock) -> None:
    last_run = {"Phase 1/network": 4.0, "Phase 1/rds": 10.0, "Phase 1/ecr": 3.0}
    assert tally.remaining(last_run) == 17.0
    tally.start("Phase 1", "network", [])
    clock.now += 9
    tally.start("Phase 1", "rds", [])
    clock.now += 4
    assert tally.remaining(last_run) == 9.0
    clock.now += 60
    assert tally.remaining(last_run) == 3.0


def test_table_names_a_phase_once_and_ends_with_the_total(tally: Tally, clock: Clock) -> None:
    tally.start("Phase 1", "network", ["1.2.1.3"])
    tally.count("Phase 1", "network", "changed")
    clock.now += 1.25
    tally.start("Phase 1", "rds", ["1.1.1.1", "1.1.1.2"])
    tally.count("Phase 1", "rds", "ok")
    clock.now += 12
    tally.settle()
    assert tally.table() == [
        "phase    role     items  ok  changed  failed  seconds",
        "Phase 1  network      1   0        1       0      1.2",
        "         rds          2   1        0       0     12.0",
        "total                 3   1        1       0     13.2",
    ]
