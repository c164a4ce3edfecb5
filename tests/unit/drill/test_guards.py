"""What keeps a drill from beginning, judged without asking anyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.guards import (
    BadInput,
    check_input,
    frozen,
    not_confirmed,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Measuring
from tests.unit.drill.simulation import TARGETS, site

YEAR_END = {"start": "2026-12-28", "end": "2027-01-04", "reason": "year end"}
EVENING = {"start": "2026-12-01T18:00", "end": "2026-12-01T22:00", "reason": "sale"}


def target(name: str, **values: float) -> dict[str, Any]:
    return {"targets": {**TARGETS, name: {**TARGETS[name], **values}}}


@pytest.mark.parametrize("confirm", [None, "", "production", "Sandbox", "sandbox "])
def test_only_the_environments_own_name_confirms(confirm: str | None) -> None:
    assert [breach.id for breach in not_confirmed(confirm, "sandbox")] == ["drill.not_confirmed"]
    assert not_confirmed("sandbox", "sandbox") == []


@pytest.mark.parametrize(
    ("window", "moment", "is_frozen"),
    [
        (YEAR_END, "2026-12-27T14:59:59", False),  # 23:59:59 in Tokyo
        (YEAR_END, "2026-12-27T15:00:00", True),
        (YEAR_END, "2027-01-04T14:59:59", True),  # a date includes its day
        (YEAR_END, "2027-01-04T15:00:00", False),
        (EVENING, "2026-12-01T08:59:59", False),
        (EVENING, "2026-12-01T09:00:00", True),
        (EVENING, "2026-12-01T13:00:00", False),
        ({**EVENING, "start": "2026-12-01T18:00+00:00"}, "2026-12-01T12:00:00", False),
    ],
)
def test_freeze_windows_are_in_tokyos_time(window: dict[str, str], moment: str, is_frozen: bool) -> None:
    if window["start"].endswith("+00:00"):
        window = {**window, "end": "2026-12-01T22:00+00:00"}
    found = frozen([window], "Asia/Tokyo", datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert bool(found) == is_frozen


@pytest.mark.parametrize(
    ("window", "error"),
    [
        ({**EVENING, "end": "2026-12-01T17:00"}, "ends before it begins"),
        ({**EVENING, "start": "tomorrow"}, "tomorrow is neither a date nor a date with a time"),
    ],
)
def test_a_window_that_is_none_is_bad_input(window: dict[str, str], error: str) -> None:
    with pytest.raises(BadInput, match=error):
        frozen([window], "Asia/Tokyo", datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "repeat", "error"),
    [
        (
            target("zone", rto_seconds=0),
            1,
            r"targets\.zone\.rto_seconds must be above 0, not 0: nothing recovers in no",
        ),
        (target("region", rto_seconds=-5), 1, r"targets\.region\.rto_seconds must be above 0, not -5"),
        (target("cache", rpo_seconds=-1), 1, r"targets\.cache\.rpo_seconds must not be below 0, but is -1"),
        ({"targets": {"zone": TARGETS["zone"]}}, 1, r"targets\.region is missing"),
        ({}, 0, "repeat must be at least 1, not 0"),
        ({"measuring": Measuring(0, 1, 1)}, 1, "rate must be from 1 to 1000 canaries a second, not 0"),
        ({"measuring": Measuring(5000, 1, 1)}, 1, "rate must be from 1 to 1000 canaries a second, not 5000"),
        ({"measuring": Measuring(100, 0, 1)}, 1, "steady_seconds must be above 0, not 0"),
        ({"limits": replace(site().limits, lag_seconds=0)}, 1, r"limits\.lag_seconds must be above 0, not 0"),
    ],
)
def test_bad_input_is_refused(changes: dict[str, Any], repeat: int, error: str) -> None:
    with pytest.raises(BadInput, match=error):
        check_input(site(**changes), repeat)


def test_no_loss_at_all_may_be_promised() -> None:
    check_input(site(), 1)
    assert TARGETS["zone"]["rpo_seconds"] == 0


def test_all_bad_input_is_told_at_once() -> None:
    with pytest.raises(BadInput, match=r"repeat must .*; targets\.zone\.rto_seconds must"):
        check_input(site(**target("zone", rto_seconds=0)), 0)
