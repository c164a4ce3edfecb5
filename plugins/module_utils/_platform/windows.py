# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weekly time windows in minutes, for what AWS calls maintenance, backup and snapshot windows (UTC)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY
# Any Monday would do: offsets are taken in this week. Where clocks change, an hour of night is judged by winter time.
MONDAY = datetime(2026, 1, 5)

Minutes = frozenset[int]  # minutes of the week, 0 is Monday 00:00


def clock(text: str) -> int:
    """Minutes after midnight of ``hh:mm``."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def weekly(window: str) -> Minutes:
    """The minutes of ``ddd:hh:mm-ddd:hh:mm``; it may run over the end of the week."""
    first, last = (DAYS.index(edge[:3]) * DAY + clock(edge[4:]) for edge in window.split("-"))
    return _span(first, last, WEEK)


def daily(window: str) -> Minutes:
    """The minutes of ``hh:mm-hh:mm`` on every day; it may run over midnight."""
    first, last = (clock(edge) for edge in window.split("-"))
    return frozenset((day * DAY + minute) % WEEK for day in range(7) for minute in _span(first, last, DAY))


def length(window: str) -> int:
    """Minutes from the beginning to the end of a window of either form."""
    first, last = window.split("-")
    return len(weekly(window)) if first[:3] in DAYS else (clock(last) - clock(first)) % DAY


def in_utc(start: str, end: str, timezone: str) -> Minutes:
    """The minutes, in UTC, of a daily span told in local time. Raises ZoneInfoNotFoundError, ValueError."""
    offset = MONDAY.replace(tzinfo=ZoneInfo(timezone)).utcoffset() or timedelta(0)
    shift = int(offset.total_seconds()) // 60
    return frozenset((minute - shift) % WEEK for minute in daily(f"{start}-{end}"))


def _span(first: int, last: int, period: int) -> Minutes:
    return frozenset((first + at) % period for at in range((last - first) % period))
