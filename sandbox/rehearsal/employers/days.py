"""Days of work and off: weekdays, days off of companies, months, and how overtime spreads over a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

SATURDAY, SUNDAY = 5, 6
# Public holidays that fall on the same day every year, and the days around new year: (month, day).
OFF = {(1, 1), (1, 2), (1, 3), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23), (12, 29)}
OFF |= {(12, 30), (12, 31)}


def span(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    for number in range((last - first).days + 1):
        yield first + timedelta(number)


def is_off(day: date) -> bool:
    """Whether companies rest on a weekday."""
    return (day.month, day.day) in OFF


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, the last of the month when it has no such day."""
    number = day.year * 12 + day.month - 1 + months
    first = date(number // 12, number % 12 + 1, 1)
    return first + timedelta(min(day.day, (next_month(first) - first).days) - 1)


def next_month(day: date) -> date:
    """First day of the month after the day's."""
    return (day.replace(day=1) + timedelta(31)).replace(day=1)


def month_end(day: date) -> date:
    """Last day of the month."""
    return next_month(day) - timedelta(1)


def months(first: date, last: date) -> Iterator[date]:
    """First days of the months from that of the first day to that of the last."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def workdays(month: date) -> list[date]:
    """Weekdays of the month that are no company holidays."""
    return [day for day in span(month, month_end(month)) if day.weekday() < SATURDAY and not is_off(day)]


def saturdays(month: date) -> list[date]:
    """Saturdays of the month, no company holidays."""
    return [day for day in span(month, month_end(month)) if day.weekday() == SATURDAY and not is_off(day)]


def sundays(month: date) -> list[date]:
    """Sundays of the month, the statutory rest days."""
    return [day for day in span(month, month_end(month)) if day.weekday() == SUNDAY and not is_off(day)]


def overtime(month: date, minutes: int, *, evening: int = 180, saturday: int = 480) -> dict[date, int]:
    """Minutes of overtime by day: evenings of workdays first, then Saturdays.

    Raises ValueError when the month has no room for them.
    """
    places = [(day, evening) for day in workdays(month)] + [(day, saturday) for day in saturdays(month)]
    spread: dict[date, int] = {}
    for day, most in places:
        if minutes > 0:
            spread[day] = min(most, minutes)
            minutes -= spread[day]
    if minutes > 0:
        raise ValueError(f"{month:%Y-%m} has no room for {minutes} more minutes")
    return spread
