"""What a worker's days leave behind: timesheets, closed months, wages paid for them, interviews after long hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

from sandbox.rehearsal.employers.days import SATURDAY, SUNDAY, is_off, month_end, months, next_month, span
from sandbox.rehearsal.employers.world import AS_OF, LAST, RECORDED_FROM, World

NIGHT_FROM, NIGHT_TO = 22 * 60, 29 * 60
DAY = 24 * 60
STATUTORY_DAY = 480
LONG_MONTH = 60 * 60
INTERVIEW_OVER_MIN = 80 * 60


@dataclass(frozen=True)
class Shift:
    """A stretch of work: start in minutes of the day, minutes worked, of them overtime or on a rest day, and breaks."""

    start: int
    work: int
    over: int = 0
    holiday: int = 0
    rest: int = 60
    drive: int | None = None
    disaster: int | None = None
    source: str = "ic_card"

    @property
    def end(self) -> int:
        """Minute of the day at which it ends, past 1440 on the next day."""
        return self.start + self.work + self.rest

    @property
    def night(self) -> int:
        """Minutes between 22:00 and 05:00; breaks are taken outside them as far as possible."""
        before = max(0, min(self.end, 5 * 60) - self.start)
        return min(self.work, before + max(0, min(self.end, NIGHT_TO) - max(self.start, NIGHT_FROM)))


@dataclass(frozen=True)
class Pattern:
    """How someone works: days a week from Monday, minutes a day, start, what comes on top of it by day.

    :param extra: minutes of overtime by day; on Saturdays all work is overtime.
    :param rest_day: minutes worked by Sunday, the statutory rest day.
    :param shifts: the stretches of a day in place of the usual ones; none for a day off.
    :param driving: two stretches a day with the time at the wheel.
    """

    weekly_days: int = 5
    daily_min: int = STATUTORY_DAY
    start: int = 9 * 60
    extra: Mapping[date, int] | None = None
    rest_day: Mapping[date, int] | None = None
    shifts: Mapping[date, tuple[Shift, ...]] | None = None
    driving: bool = False
    source: str = "ic_card"

    def usual(self, day: date) -> bool:
        """Whether nothing out of the ordinary is worked on a day."""
        return day not in (self.extra or {}) and day not in (self.shifts or {})

    def of(self, day: date) -> tuple[Shift, ...]:
        """Stretches of work of a day."""
        if self.shifts and day in self.shifts:
            return self.shifts[day]
        over = (self.extra or {}).get(day, 0)
        if day.weekday() == SUNDAY:
            minutes = (self.rest_day or {}).get(day, 0)
            return (Shift(self.start, minutes, holiday=minutes, source=self.source),) if minutes else ()
        if day.weekday() >= SATURDAY:
            return (Shift(self.start, over, over=over, source=self.source),) if over else ()
        if day.weekday() >= self.weekly_days or is_off(day):
            return ()
        if self.driving:
            morning = Shift(self.start, 240, rest=0, drive=200)
            return (morning, Shift(morning.end + 60, self.daily_min - 240 + over, over, rest=0, drive=210))
        rest = 60 if self.daily_min + over > 360 else 0
        return (Shift(self.start, self.daily_min + over, over, rest=rest, source=self.source),)


def record(
    world: World,
    employer_id: str,
    worker_id: str,
    *,
    site: str,
    pattern: Pattern,
    hourly_yen: float,
    first: date,
    last: date | None,
    away: frozenset[date],
    premium_due: bool = True,
) -> None:
    """Add the timesheets from the first day (not before records begin) to the last, closings, payslips and interviews.

    :param site: where the work is done.
    :param away: days of leave.
    :param premium_due: whether overtime and rest days are paid with premiums (managers get them for nights only).
    """
    first = max(first, RECORDED_FROM)
    last = min(last or LAST, LAST)
    totals: dict[date, _Month] = defaultdict(_Month)
    for day, number, shift in _shifts(pattern, first, last, away):
        start = datetime.combine(day, time()) + timedelta(minutes=shift.start)
        world.add(
            "timesheets",
            timesheet_id=f"{worker_id}-{day:%Y%m%d}-{number}",
            employer_id=employer_id,
            worker_id=worker_id,
            establishment_id=site,
            work_date=day,
            started_at=start,
            ended_at=start + timedelta(minutes=shift.work + shift.rest),
            break_min=shift.rest,
            work_min=shift.work,
            overtime_min=shift.over,
            holiday_work_min=shift.holiday,
            night_min=shift.night,
            drive_min=shift.drive,
            source=shift.source,
            disaster_recovery_min=shift.disaster,
            beyond_agreed_min=shift.over,
        )
        totals[day.replace(day=1)].count(shift)
    for month in months(first, last):
        world.add(
            "timesheet_closings",
            employer_id=employer_id,
            worker_id=worker_id,
            month=month,
            closed_on=next_month(month) + timedelta(4),
        )
        _pay(world, employer_id, worker_id, month, totals[month], hourly_yen, 1 if premium_due else 0)
        _interview(world, employer_id, worker_id, month, totals[month])


class _Month:
    """Minutes of a month."""

    def __init__(self) -> None:
        self.work = self.over = self.holiday = self.night = 0

    def count(self, shift: Shift) -> None:
        self.work += shift.work
        self.over += shift.over
        self.holiday += shift.holiday
        self.night += shift.night


def _shifts(pattern: Pattern, first: date, last: date, away: frozenset[date]) -> Iterator[tuple[date, int, Shift]]:
    for day in span(first, last):
        if day not in away:
            for number, shift in enumerate(pattern.of(day), 1):
                yield day, number, shift


def _pay(
    world: World, employer_id: str, worker_id: str, month: date, total: _Month, hourly_yen: float, due: int
) -> None:
    """Pay the month on the 25th of the next, every minute with its premium; nothing while that day is to come."""
    payday = next_month(month).replace(day=25)
    if payday > AS_OF:
        return
    payslip = f"{worker_id}-{month:%Y%m}"
    base_min = total.work - total.over - total.holiday
    world.add(
        "payslips",
        payslip_id=payslip,
        employer_id=employer_id,
        worker_id=worker_id,
        month=month,
        kind="monthly",
        scheduled_on=payday,
        paid_on=payday,
        channel="bank",
        base_hourly_yen=hourly_yen,
        base_yen=ceil(hourly_yen * base_min / 60),
        overtime_yen=due * ceil(hourly_yen * (total.over * 1.25 + max(0, total.over - LONG_MONTH) * 0.25) / 60),
        holiday_yen=due * ceil(hourly_yen * total.holiday * 1.35 / 60),
        night_yen=ceil(hourly_yen * total.night * 0.25 / 60),
        hourly_equivalent_yen=hourly_yen,
        replaced_overtime_min=0,
    )
    world.add(
        "wage_deductions",
        employer_id=employer_id,
        payslip_id=payslip,
        item="social_insurance",
        amount_yen=ceil(hourly_yen * base_min / 60 * 0.15),
        basis="law",
    )


def _interview(world: World, employer_id: str, worker_id: str, month: date, total: _Month) -> None:
    """Tell who worked more than 80 hours beyond 40 a week in the month, early in the next."""
    if total.work - month_end(month).day / 7 * 40 * 60 > INTERVIEW_OVER_MIN:
        world.add(
            "doctor_interviews",
            employer_id=employer_id,
            worker_id=worker_id,
            month=month,
            told_on=next_month(month) + timedelta(6),
        )
