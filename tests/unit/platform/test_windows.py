"""Windows in minutes of the week."""

from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._platform import windows

HOUR = 60


@pytest.mark.parametrize(
    ("window", "first", "minutes"),
    [
        ("mon:00:00-mon:01:00", 0, HOUR),
        ("sat:18:30-sat:19:30", 5 * windows.DAY + 18 * HOUR + 30, HOUR),
        ("sun:23:30-mon:00:30", 6 * windows.DAY + 23 * HOUR + 30, HOUR),
    ],
)
def test_weekly(window: str, first: int, minutes: int) -> None:
    assert windows.weekly(window) == {(first + at) % windows.WEEK for at in range(minutes)}
    assert windows.length(window) == minutes


def test_daily_over_midnight() -> None:
    span = windows.daily("23:30-00:30")
    assert len(span) == 7 * HOUR
    assert {0, 29, 23 * HOUR + 30, windows.WEEK - 1} <= span
    assert 30 not in span
    assert windows.length("23:30-00:30") == HOUR


def test_tokyo_night_is_utc_evening() -> None:
    assert windows.in_utc("00:00", "06:00", "Asia/Tokyo") == windows.daily("15:00-21:00")


def test_the_week_begins_on_sunday_evening_utc() -> None:
    monday_morning_in_tokyo = windows.weekly("sun:16:00-sun:17:00")
    assert monday_morning_in_tokyo <= windows.in_utc("00:00", "06:00", "Asia/Tokyo")
