# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which periods reports are for, and the day each is due: dates only, with the figures of the law given by name."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError

LAST = "last"
Number: TypeAlias = "int | str"
"""A number, or the figure of the law of this name: the report's own parameter, or RULE.parameter."""
Figure = Callable[[str, date], int]


class NotInForceError(Exception):
    """No figure is in force on the day: the report is not owed."""


@dataclass(frozen=True)
class Every:
    """How often: a year to a day, a status on a day of each year, each employer's business year, or a month."""

    kind: Literal["year_ends", "status_day", "business_year", "month"]
    month: int = 0
    day: int = 0

    @classmethod
    def read(cls, document: Any) -> Every:
        """``{year_ends: [3, 31]}``, ``{status_day: [6, 1]}``, ``business_year`` or ``month``. Raises PackError."""
        if document == "business_year":
            return cls("business_year")
        if document == "month":
            return cls("month")
        if isinstance(document, dict) and len(document) == 1:
            ((kind, day),) = document.items()
            if kind in ("year_ends", "status_day") and _is_day(day):
                return cls(kind, *day)
        raise PackError(
            f"period is {document!r}, and must be business_year, month, year_ends or status_day: [month, day]"
        )

    def between(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """The periods that end on a day from first to last: first and last day of each."""
        for year in range(first.year, last.year + 1):
            for end in self._ends(year):
                if first <= end <= last:
                    yield self._start(end), end

    def _ends(self, year: int) -> list[date]:
        if self.kind in ("business_year", "month"):
            return [month_end(year, month) for month in range(1, 13)]
        return [_day_of(year, self.month, self.day)]

    def _start(self, end: date) -> date:
        if self.kind == "status_day":
            return end
        after = end + timedelta(days=1)
        return end.replace(day=1) if self.kind == "month" else after.replace(year=after.year - 1)


@dataclass(frozen=True)
class Due:
    """When a report is due after the end of its period, or after its event, counted from the day after it.

    ``month`` and ``day``: that day of the year, the first after the month the period ends in. ``months``: so many
    months later, or with ``day`` (a number or ``last``) that day of the month. ``days``: so many days later.
    ``first_day_counts``: the day itself is the first of them. ``hours``: by the clock. ``next_working_day``: it moves
    there from a day on which the offices of the state are closed.
    """

    next_working_day: bool
    case: str = ""
    month: Number | None = None
    months: Number | None = None
    day: Number | None = None
    days: Number | None = None
    hours: Number | None = None
    first_day_counts: bool = False

    @classmethod
    def read(cls, document: Any, where: str) -> Due:
        """Return what a mapping says. Raises PackError."""
        mapped = Mapped(document, where)
        numbers = {name: mapped.take(name, (int, str), None) for name in ("month", "months", "day", "days", "hours")}
        found = cls(
            next_working_day=mapped.take("next_working_day", bool),
            case=mapped.take("case", str, ""),
            first_day_counts=mapped.take("first_day_counts", bool, False),
            **numbers,
        )
        mapped.done()
        ways = {name for name, value in numbers.items() if value is not None}
        allowed = ({"month", "day"}, {"months"}, {"months", "day"}, {"days"}, {"hours"})
        if ways not in allowed or (found.day == LAST and found.months is None):
            raise PackError(f"{where} must have month and day, months, months and day, days, or hours")
        return found

    @property
    def parameters(self) -> list[str]:
        """The names of figures of the law it needs."""
        numbers = (self.month, self.months, self.day, self.days, self.hours)
        return [each for each in numbers if isinstance(each, str) and each != LAST]

    def after(self, anchor: date, figure: Figure) -> date:
        """The day it is due for a period that ends, or an event that is, on a day; by the hour, the moment.

        :param figure: the figure of a name in force on a day. Raises NotInForceError where there is none.
        """
        moment = anchor
        anchor = moment.date() if isinstance(moment, datetime) else moment

        def read(number: Number | None) -> int:
            return figure(number, anchor) if isinstance(number, str) else int(number or 0)

        if self.month is not None:
            earliest = month_end(anchor.year, anchor.month)
            days = (_day_of(year, read(self.month), read(self.day)) for year in range(anchor.year, anchor.year + 3))
            return next(each for each in days if each > earliest)
        if self.days is not None:
            return anchor + timedelta(days=read(self.days) - self.first_day_counts)
        if self.hours is not None:
            return moment + timedelta(hours=read(self.hours))
        if self.day is None:
            # Civil Code 143: counted from the next day, it ends the day before the corresponding one.
            return months_later(anchor + timedelta(days=1), read(self.months))
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + read(self.months), 12)
        return month_end(year, month + 1) if self.day == LAST else _day_of(year, month + 1, read(self.day))


def months_later(start: date, months: int) -> date:
    """The last day of so many months that begin on a day: a month without the corresponding day ends it."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if start.day > calendar.monthrange(year, month + 1)[1]:
        return month_end(year, month + 1)
    return date(year, month + 1, start.day) - timedelta(days=1)


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def moved(day: date, working: Mapping[date, date]) -> date:
    """The first working day on or after a day. Raises PackError for a day that the calendar does not have.

    :param working: by day, the column next_business_day of the table calendar.
    """
    if day not in working:
        raise PackError(f"the table calendar has no {day}")
    return working[day]


def _day_of(year: int, month: int, day: int) -> date:
    """A day of a year; 29 February is the 28th in a common year."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _is_day(value: Any) -> bool:
    try:
        month, day = value
        date(2024, month, day)
    except (TypeError, ValueError):
        return False
    return True
