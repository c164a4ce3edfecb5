"""Plants of the law on hours: caps on overtime, the agreement it needs, breaks and rest days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.days import months, overtime, saturdays, span, sundays
from sandbox.rehearsal.employers.people import Person, hire, working
from sandbox.rehearsal.employers.plant import Plant, near_miss, violation
from sandbox.rehearsal.employers.timekeeping import Pattern, Shift
from sandbox.rehearsal.employers.world import World

HOUR = 60
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
WEDNESDAY = date(2026, 6, 10)
WEEK = date(2026, 6, 7)
NEW = Person(hired_on=date(2026, 4, 1))
# One year of an agreement, from its first day.
YEAR = date(2025, 4, 1)
ALL_YEAR = Person(hired_on=YEAR)
YEAR_MONTHS = tuple(months(YEAR, date(2026, 3, 31)))


def yearly(*hours: float) -> dict[date, int]:
    """Hours of overtime of each month from April 2025 on."""
    extra: dict[date, int] = {}
    for month, each in zip(YEAR_MONTHS, hours, strict=True):
        extra |= overtime(month, round(each * HOUR), evening=240)
    return extra


def statutory_hours(world: World) -> Iterator[Plant]:
    """LSA 32: 40 hours a week, 8 a day; 44 a week in small shops."""
    rule = "LSA-032-HOURS"
    office = found(world, rule)
    shop = found(world, f"{rule}-shop", industry="retail", headcount=9, sector="commerce")
    for company in (office, shop):
        world.drop("agreements36", employer_id=company.id)
    long_day = {WEDNESDAY: (Shift(540, 510),)}
    hire(world, office, f"{rule}-over", working(NEW, shifts=long_day))
    yield violation(rule, office.id, "8.5 h on a day, no agreement on overtime", worker_id=f"{rule}-over", week=WEEK)
    six_days = {day: (Shift(540, 450),) for day in span(date(2026, 6, 8), date(2026, 6, 13))}
    hire(world, office, f"{rule}-six", working(NEW, shifts=six_days))
    yield violation(rule, office.id, "six days of 7.5 h: 45 h", worker_id=f"{rule}-six", week=WEEK)
    hire(world, office, f"{rule}-manager", replace(working(NEW, shifts=long_day), exemption="manager"))
    yield near_miss(rule, office.id, "8.5 h of a manager", worker_id=f"{rule}-manager", week=WEEK)
    hire(world, office, f"{rule}-near", NEW)
    yield near_miss(rule, office.id, "40 h without an agreement", worker_id=f"{rule}-near", week=WEEK)
    saturday = {date(2026, 6, 13): (Shift(540, 240, rest=0),)}
    hire(world, shop, f"{rule}-shop-near", working(NEW, shifts=saturday))
    yield near_miss(rule, shop.id, "44 h in a shop of nine people", worker_id=f"{rule}-shop-near", week=WEEK)


def breaks(world: World) -> Iterator[Plant]:
    """LSA 34: 45 minutes when work is longer than 6 hours, 60 when longer than 8."""
    rule = "LSA-034-BREAK"
    company = found(world, rule)
    cases = (
        ("long", Shift(540, 481, over=1, rest=45), True, "481 minutes of work with a break of 45"),
        ("short", Shift(540, 361, rest=0), True, "361 minutes of work without a break"),
        ("eight", Shift(540, 480, rest=45), False, "exactly 8 h with a break of 45 minutes"),
        ("six", Shift(540, 360, rest=0), False, "exactly 6 h without a break"),
    )
    for what, shift, breach, title in cases:
        worker = hire(world, company, f"{rule}-{what}", working(NEW, shifts={WEDNESDAY: (shift,)}))
        yield (violation if breach else near_miss)(
            rule, company.id, title, worker_id=worker["worker_id"], work_date=WEDNESDAY
        )


def rest_days(world: World) -> Iterator[Plant]:
    """LSA 35: one day of rest a week."""
    rule = "LSA-035-RESTDAY"
    company = found(world, rule)
    sunday, saturday = date(2026, 6, 14), date(2026, 6, 20)
    seven = {sunday: (Shift(540, 480, over=480),), saturday: (Shift(540, 480, over=480),)}
    hire(world, company, f"{rule}-seven", working(NEW, shifts=seven))
    yield violation(rule, company.id, "seven days from Sunday to Saturday", worker_id=f"{rule}-seven", starts_on=sunday)
    hire(world, company, f"{rule}-six", working(NEW, shifts={saturday: seven[saturday]}))
    yield near_miss(rule, company.id, "six days of the week", worker_id=f"{rule}-six", starts_on=sunday)
    # Four weeks from 1 June with 5.5 h on every other day.
    for what, rests in (("three", (7, 14, 21)), ("four", (7, 14, 21, 28))):
        worker = f"{rule}-{what}"
        shifts = {day: () if day.day in rests else (Shift(540, 330, rest=0),) for day in span(JUNE, date(2026, 6, 28))}
        hire(world, company, worker, replace(working(NEW, shifts=shifts), left_on=date(2026, 7, 31)))
        world.row("work_arrangements", worker_id=worker).update(rest_days="four_weeks", four_weeks_from=JUNE)
    yield violation(rule, company.id, "three days in four weeks", worker_id=f"{rule}-three", starts_on=JUNE)
    yield near_miss(rule, company.id, "four days in four weeks", worker_id=f"{rule}-four", starts_on=JUNE)


def agreement_needed(world: World) -> Iterator[Plant]:
    """LSA 36(1): overtime only as agreed, from the day of filing on."""
    rule = "LSA-036-AGREEMENT"
    late, modest = found(world, f"{rule}-late"), found(world, f"{rule}-modest")
    filed = date(2026, 6, 15)
    world.row("agreements36", employer_id=late.id, valid_from=date(2026, 4, 1))["filed_on"] = filed
    hire(world, late, f"{rule}-before", working(NEW, extra={WEDNESDAY: 120}))
    yield violation(
        rule, late.id, "2 h of overtime five days before the filing", worker_id=f"{rule}-before", month=JUNE
    )
    yield violation("LSA-032-HOURS", late.id, "the same: no agreement yet", worker_id=f"{rule}-before", week=WEEK)
    hire(world, late, f"{rule}-from", working(NEW, extra={filed: 120}))
    yield near_miss(rule, late.id, "2 h of overtime on the day of filing", worker_id=f"{rule}-from", month=JUNE)
    for agreement in world.rows("agreements36", employer_id=modest.id):
        agreement["month_hours"] = 30
    for what, minutes in (("over", 30 * HOUR + 15), ("near", 30 * HOUR)):
        hire(world, modest, f"{rule}-{what}", working(NEW, extra=overtime(JUNE, minutes)))
    yield violation(rule, modest.id, "30.25 h, 30 h are agreed", worker_id=f"{rule}-over", month=JUNE)
    yield near_miss(rule, modest.id, "30 h, as agreed", worker_id=f"{rule}-near", month=JUNE)


def ordinary_caps(world: World) -> Iterator[Plant]:
    """LSA 36(4): 45 h a month and 360 h a year without a special clause, whatever is agreed."""
    rule = "LSA-036-45-360"
    company = found(world, rule)
    for agreement in world.rows("agreements36", employer_id=company.id):
        agreement["month_hours"] = 60
    for what, hours in (("over", 46), ("near", 45)):
        hire(world, company, f"{rule}-month-{what}", working(NEW, extra=overtime(JUNE, hours * HOUR)))
    yield violation(rule, company.id, "46 h in June 2026", worker_id=f"{rule}-month-over", month=JUNE)
    yield near_miss(rule, company.id, "45 h in June 2026", worker_id=f"{rule}-month-near", month=JUNE)
    for what, hours in (("over", 43), ("near", 42)):
        person = replace(working(NEW, extra=overtime(JUNE, hours * HOUR)), system="one_year_variable")
        hire(world, company, f"{rule}-variable-{what}", person)
    yield violation(
        rule, company.id, "43 h in a one-year variable system", worker_id=f"{rule}-variable-over", month=JUNE
    )
    yield near_miss(
        rule, company.id, "42 h in a one-year variable system", worker_id=f"{rule}-variable-near", month=JUNE
    )
    march = YEAR_MONTHS[-1]
    for what, last in (("over", 31), ("near", 30)):
        extra = yearly(*[30] * 11, last)
        hire(world, company, f"{rule}-year-{what}", working(ALL_YEAR, extra=extra))
    yield violation(rule, company.id, "361 h from April to March", worker_id=f"{rule}-year-over", month=march)
    yield near_miss(rule, company.id, "360 h from April to March", worker_id=f"{rule}-year-near", month=march)


def month_below_100(world: World) -> Iterator[Plant]:
    """LSA 36(6)(ii): overtime and rest-day work of a month stay below 100 h."""
    rule = "LSA-036-100"
    company = found(world, rule, special_clause=True, special_month_hours=99)
    second, last = sundays(JUNE)[1], sundays(JUNE)[3]
    for what, hours, sunday in (("exactly", 80, 600), ("over", 81, 600), ("near", 79, 600)):
        person = working(NEW, extra=overtime(JUNE, hours * HOUR), rest_day={second: sunday, last: sunday})
        hire(world, company, f"{rule}-{what}", person)
    for what, title in (("exactly", "80 h of overtime, 20 h on rest days: 100 h"), ("over", "101 h in June 2026")):
        yield violation(rule, company.id, title, worker_id=f"{rule}-{what}", month=JUNE)
        yield violation(
            "LSA-036-AGREEMENT", company.id, "more than the 99 h agreed", worker_id=f"{rule}-{what}", month=JUNE
        )
    yield near_miss(rule, company.id, "79 h of overtime, 20 h on rest days", worker_id=f"{rule}-near", month=JUNE)


def averages(world: World) -> Iterator[Plant]:
    """LSA 36(6)(iii): 80 h on average over two to six months."""
    rule = "LSA-036-AVG80"
    company = found(world, rule, special_clause=True, special_month_hours=95)
    july = date(2026, 7, 1)
    for what, first, then in (("over", 70, 92), ("near", 70, 90)):
        extra = overtime(JUNE, first * HOUR) | overtime(july, then * HOUR)
        hire(world, company, f"{rule}-{what}", working(NEW, extra=extra))
    yield violation(rule, company.id, "70 h and 92 h: 81 h on average", worker_id=f"{rule}-over", month=july)
    yield near_miss(rule, company.id, "70 h and 90 h: exactly 80 h", worker_id=f"{rule}-near", month=july)
    # March and April belong to different years of the agreement.
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    extra = overtime(march, 85 * HOUR) | overtime(april, 78 * HOUR)
    hire(world, company, f"{rule}-years", working(ALL_YEAR, extra=extra))
    yield violation(rule, company.id, "85 h in March, 78 h in April: 81.5 h", worker_id=f"{rule}-years", month=april)


def hazardous_work(world: World) -> Iterator[Plant]:
    """LSA 36(6)(i): two hours of overtime a day in hazardous work."""
    rule = "LSA-036-HAZARD"
    company = found(world, rule, industry="manufacturing")
    for what, minutes in (("over", 121), ("near", 120)):
        person = Person(hired_on=NEW.hired_on, hazard_class="overtime", pattern=Pattern(extra={WEDNESDAY: minutes}))
        hire(world, company, f"{rule}-{what}", person)
    yield violation(rule, company.id, "2 h and 1 minute", worker_id=f"{rule}-over", work_date=WEDNESDAY)
    yield near_miss(rule, company.id, "exactly 2 h", worker_id=f"{rule}-near", work_date=WEDNESDAY)


def six_months(world: World) -> Iterator[Plant]:
    """LSA 36(5): more than 45 h in six months of a year at most."""
    rule = "LSA-036-SIX-MONTHS"
    company = found(world, rule, special_clause=True)
    for what, count in (("over", 7), ("near", 6)):
        extra = yearly(*[46] * count, *[45] * (12 - count))
        hire(world, company, f"{rule}-{what}", working(ALL_YEAR, extra=extra))
    key = {"establishment_id": company.site, "agreement_year": YEAR}
    yield violation(rule, company.id, "seven months with 46 h", worker_id=f"{rule}-over", **key)
    yield near_miss(rule, company.id, "six months with 46 h, six with 45 h", worker_id=f"{rule}-near", **key)


def year_of_720(world: World) -> Iterator[Plant]:
    """LSA 36(5): 720 h a year with a special clause."""
    rule = "LSA-036-SPECIAL-720"
    company = found(world, rule, special_clause=True, special_year_hours=720)
    for what, last in (("over", 76), ("near", 75)):
        extra = yearly(*[45] * 6, *[75] * 5, last)
        hire(world, company, f"{rule}-{what}", working(ALL_YEAR, extra=extra))
    key = {"establishment_id": company.site, "agreement_year": YEAR}
    yield violation(rule, company.id, "721 h from April to March", worker_id=f"{rule}-over", **key)
    yield near_miss(rule, company.id, "720 h from April to March", worker_id=f"{rule}-near", **key)


def planned_rest(world: World) -> Iterator[Plant]:
    """Planned reform: no more than 13 days in a row, 11 hours between two days."""
    rule = "LSA-REFORM-PLAN"
    company = found(world, rule)
    extra = dict.fromkeys(saturdays(JUNE)[:2], 480)
    for what, count in (("over", 2), ("near", 1)):
        rest_day = dict.fromkeys(sundays(JUNE)[:count], 480)
        hire(world, company, f"{rule}-{what}", working(NEW, extra=extra, rest_day=rest_day))
    yield violation(rule, company.id, "19 days from Monday, 1 June", worker_id=f"{rule}-over", first_day=JUNE)
    yield near_miss(rule, company.id, "13 days from Monday, 1 June", worker_id=f"{rule}-near", first_day=JUNE)
    monday = date(2026, 6, 8)
    for what, minutes in (("short", 241), ("eleven", 240)):
        hire(world, company, f"{rule}-{what}", working(NEW, extra={WEDNESDAY: minutes}))
    yield violation(rule, company.id, "10:59 between two days", worker_id=f"{rule}-short", first_day=monday)
    yield near_miss(rule, company.id, "11:00 between two days", worker_id=f"{rule}-eleven", first_day=monday)


PLANTS = (
    statutory_hours,
    breaks,
    rest_days,
    agreement_needed,
    ordinary_caps,
    month_below_100,
    averages,
    hazardous_work,
    six_months,
    year_of_720,
    planned_rest,
)
