"""Plants of the hours of single groups: construction, drivers, doctors, minors, parents, students, long hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sandbox.rehearsal.employers.base import declare_no_other_work
from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.days import months_later, overtime, saturdays, workdays
from sandbox.rehearsal.employers.foreigners import permit
from sandbox.rehearsal.employers.people import Person, hire, working
from sandbox.rehearsal.employers.plant import Plant, near_miss, violation
from sandbox.rehearsal.employers.plants_time import ALL_YEAR, HOUR, JUNE, NEW, WEDNESDAY, YEAR, yearly
from sandbox.rehearsal.employers.timekeeping import Pattern, Shift
from sandbox.rehearsal.employers.world import World


def construction(world: World) -> Iterator[Plant]:
    """LSA 139(1): disaster recovery is left out of the 100 h, other work isn't."""
    rule = "LSA-139-CONSTRUCTION"
    company = found(
        world, rule, industry="construction", sector="construction", special_clause=True, special_month_hours=120
    )
    extra = overtime(JUNE, 105 * HOUR, evening=240)
    for what, recovery in (("over", 5 * HOUR), ("near", 5 * HOUR + 15)):
        shifts = {}
        left = recovery
        for day in workdays(JUNE)[:4]:
            disaster = min(left, extra[day])
            left -= disaster
            shifts[day] = (Shift(540, 480 + extra[day], extra[day], disaster=disaster or None),)
        hire(world, company, f"{rule}-{what}", replace(working(NEW, extra=extra, shifts=shifts), sector="construction"))
    yield violation(rule, company.id, "105 h, 5 h of them on recovery", worker_id=f"{rule}-over", month=JUNE)
    yield near_miss(rule, company.id, "105 h, 5.25 h of them on recovery", worker_id=f"{rule}-near", month=JUNE)


def drivers(world: World) -> Iterator[Plant]:
    """LSA 140: 960 h a year, and none of the monthly caps of others."""
    rule = "LSA-140-DRIVERS"
    company = found(world, rule, industry="transport", sector="transport", special_clause=True, special_month_hours=99)
    for what, last in (("over", 81), ("near", 80)):
        person = replace(working(ALL_YEAR, extra=yearly(*[80] * 11, last)), sector="driver", occupation="driver")
        hire(world, company, f"{rule}-{what}", person)
    key = {"establishment_id": company.site, "agreement_year": YEAR}
    yield violation(rule, company.id, "961 h from April to March", worker_id=f"{rule}-over", **key)
    yield near_miss(rule, company.id, "960 h from April to March", worker_id=f"{rule}-near", **key)


def doctors(world: World) -> Iterator[Plant]:
    """LSA 141: 960 h a year at level A, work for other hospitals counted."""
    rule = "LSA-141-DOCTORS"
    company = found(world, rule, industry="medical", sector="hospital", special_clause=True, special_month_hours=99)
    cases = (("over", 81, 0), ("near", 80, 0), ("both", 80, 1), ("second", 60, 1200))
    for what, last, elsewhere in cases:
        worker = f"{rule}-{what}"
        person = working(ALL_YEAR, extra=yearly(*[80] * 11, last))
        hire(world, company, worker, replace(person, sector="doctor", doctor_level="A", occupation="doctor"))
        declare_no_other_work(world, company.id, worker, YEAR)
        if elsewhere:
            world.add(
                "other_work",
                employer_id=company.id,
                worker_id=worker,
                work_date=saturdays(YEAR)[0],
                work_min=elsewhere + 60,
                overtime_min=elsewhere,
            )
    key = {"establishment_id": company.site, "agreement_year": YEAR}
    yield violation(rule, company.id, "961 h at level A", worker_id=f"{rule}-over", **key)
    yield near_miss(rule, company.id, "960 h at level A", worker_id=f"{rule}-near", **key)
    yield violation(rule, company.id, "960 h here, a minute elsewhere", worker_id=f"{rule}-both", **key)
    yield near_miss(rule, company.id, "940 h here, 20 h elsewhere", worker_id=f"{rule}-second", **key)


def truckers(world: World) -> Iterator[Plant]:
    """Improvement Standards 4: restraint of 284 h a month and 15 h a day, 9 h of rest, 4 h of driving at a stretch."""
    rule = "IMP-TRUCK"
    company = found(world, rule, industry="transport", sector="transport", special_clause=True, special_month_hours=99)
    june = date(2025, 6, 1)
    driver = replace(ALL_YEAR, sector="truck_driver", occupation="driver", pattern=Pattern(start=480, driving=True))
    # 21 days of 13 h, and a Saturday of 11 h: 284 h.
    evenings = dict.fromkeys(workdays(june), 240)
    saturday = saturdays(june)[0]
    for what, minutes in (("month-over", 601), ("month-near", 600)):
        hire(world, company, f"{rule}-{what}", working(driver, extra=evenings | {saturday: minutes}))
    yield violation(rule, company.id, "284 h and a minute in June 2025", worker_id=f"{rule}-month-over", month=june)
    yield near_miss(rule, company.id, "284 h in June 2025", worker_id=f"{rule}-month-near", month=june)
    agreed = found(
        world, f"{rule}-agreed", industry="transport", sector="transport", special_clause=True, special_month_hours=99
    )
    world.add(
        "restraint_agreements",
        agreement_id=f"{rule}-agreed",
        employer_id=agreed.id,
        establishment_id=agreed.site,
        valid_from=YEAR,
        valid_to=date(2026, 3, 31),
    )
    hire(world, agreed, f"{rule}-agreed-near", working(driver, extra=evenings | {saturday: 601}))
    yield near_miss(
        rule, agreed.id, "284 h and a minute under an agreement", worker_id=f"{rule}-agreed-near", month=june
    )
    day = date(2025, 6, 11)
    cases = (
        ("day-over", _driven(6 * HOUR, 15 * HOUR + 1, 240), True, "15 h and a minute from start to end"),
        ("day-near", _driven(6 * HOUR, 15 * HOUR, 240), False, "15 h from start to end"),
        ("rest-over", _driven(9 * HOUR + 1, 14 * HOUR, 240), True, "8:59 of rest"),
        ("rest-near", _driven(9 * HOUR, 14 * HOUR, 240), False, "9:00 of rest"),
        ("drive-over", _driven(8 * HOUR, 10 * HOUR, 241), True, "four hours and a minute at the wheel"),
        ("drive-near", _driven(8 * HOUR, 10 * HOUR, 240), False, "four hours at the wheel"),
    )
    for what, shifts, breach, title in cases:
        hire(world, company, f"{rule}-{what}", working(driver, shifts={day: shifts}))
        yield (violation if breach else near_miss)(rule, company.id, title, worker_id=f"{rule}-{what}", month=june)


def _driven(start: int, restraint: int, drive: int) -> tuple[Shift, ...]:
    """Make a day of two stretches with an hour between them; the first with so many minutes at the wheel."""
    morning = Shift(start, 300, rest=0, drive=drive)
    work = restraint - 300 - 60
    return (morning, Shift(start + 360, work, max(0, 300 + work - 480), rest=0, drive=200))


def minors(world: World) -> Iterator[Plant]:
    """LSA 60, 61: no overtime and no work after 22:00 before 18."""
    rule = "LSA-056-MINORS"
    company = found(world, rule, industry="retail", sector="commerce")
    birthday = WEDNESDAY.replace(year=2008)
    overtime_day = {WEDNESDAY: (Shift(540, 510, over=30),)}
    late = {WEDNESDAY: (Shift(13 * HOUR + 1, 480),)}
    ten = {WEDNESDAY: (Shift(13 * HOUR, 480),)}
    younger = birthday + timedelta(1)
    cases = (
        ("overtime", younger, overtime_day, True, "half an hour of overtime the day before turning 18"),
        ("night", younger, late, True, "a minute past 22:00"),
        ("evening", younger, ten, False, "until 22:00"),
    )
    for what, born, shifts, breach, title in cases:
        person = Person(hired_on=NEW.hired_on, birth_date=born, pattern=Pattern(start=13 * HOUR, shifts=shifts))
        hire(world, company, f"{rule}-{what}", person)
        yield (violation if breach else near_miss)(
            rule, company.id, title, worker_id=f"{rule}-{what}", work_date=WEDNESDAY
        )


def children_at_work(world: World) -> Iterator[Plant]:
    """LSA 56: no work until 31 March after the 15th birthday; 61: men of 16 may work nights in rotating shifts."""
    rule = "LSA-056-MINORS"
    company = found(world, f"{rule}-young", industry="manufacturing")
    last = date(2026, 3, 31)
    hire(world, company, f"{rule}-school", Person(hired_on=last, birth_date=date(2010, 6, 10)))
    yield violation(
        rule, company.id, "fifteen, on 31 March after the birthday", worker_id=f"{rule}-school", work_date=last
    )
    yield near_miss(
        rule, company.id, "fifteen, on the next day", worker_id=f"{rule}-school", work_date=last + timedelta(1)
    )
    nights = Pattern(start=14 * HOUR)
    man = Person(hired_on=NEW.hired_on, birth_date=date(2009, 5, 1), sex="male", shift_work=True, pattern=nights)
    hire(world, company, f"{rule}-shifts", man)
    yield near_miss(
        rule, company.id, "a man of 17 until 23:00 in rotating shifts", worker_id=f"{rule}-shifts", work_date=WEDNESDAY
    )


def exempted_parents(world: World) -> Iterator[Plant]:
    """CCA 16-8: no overtime of parents who asked, until the child goes to school."""
    rule = "CCA-OVERTIME-EXEMPT"
    company = found(world, rule)
    for what, born in (("over", date(2020, 5, 10)), ("school", date(2019, 5, 10))):
        worker = f"{rule}-{what}"
        hire(world, company, worker, working(NEW, extra={WEDNESDAY: 60}))
        world.add(
            "children",
            child_id=f"{worker}-child",
            employer_id=company.id,
            worker_id=worker,
            birth_date=born,
            wishes_heard_on=date(2026, 4, 10),
        )
        world.add(
            "overtime_exemption_requests",
            request_id=f"{worker}-request",
            employer_id=company.id,
            worker_id=worker,
            child_id=f"{worker}-child",
            starts_on=date(2026, 5, 1),
            ends_on=date(2026, 10, 31),
            refusal_ground="none",
        )
    over, school = f"{rule}-over-request", f"{rule}-school-request"
    yield violation(rule, company.id, "an hour, the child is six, not at school", request_id=over, work_date=WEDNESDAY)
    yield near_miss(rule, company.id, "the next day without overtime", request_id=over, work_date=date(2026, 6, 11))
    yield near_miss(rule, company.id, "an hour, the child is at school", request_id=school, work_date=WEDNESDAY)


def long_hours(world: World) -> Iterator[Plant]:
    """ISH 66-8: tell who works more than 80 h beyond 40 a week; records are objective."""
    rule = "ISH-066-8-80H"
    company = found(world, rule, special_clause=True)
    # 22 days of 8 h are 4.57 h more than 40 h a week for 30 days.
    for what, minutes in (("over", 76 * HOUR), ("near", 75 * HOUR), ("told", 76 * HOUR)):
        hire(world, company, f"{rule}-{what}", working(NEW, extra=overtime(JUNE, minutes)))
    world.drop("doctor_interviews", worker_id=f"{rule}-over", month=JUNE)
    yield violation(rule, company.id, "80.6 h, not told", worker_id=f"{rule}-over", month=JUNE)
    yield near_miss(rule, company.id, "79.6 h, not told", worker_id=f"{rule}-near", month=JUNE)
    yield near_miss(rule, company.id, "80.6 h, told on the 7th", worker_id=f"{rule}-told", month=JUNE)
    hire(world, company, f"{rule}-own", NEW)
    world.row("timesheets", worker_id=f"{rule}-own", work_date=WEDNESDAY)["source"] = "self_reported"
    yield violation(rule, company.id, "a day as told by the worker", worker_id=f"{rule}-own", month=JUNE)


def students(world: World) -> Iterator[Plant]:
    """Immigration Act 19: 28 h in any seven days, over all employers; 8 h a day in school vacations."""
    rule = "ICA-019-28H"
    company = found(world, rule, industry="food_service", sector="hospitality")
    full = Pattern(weekly_days=4, daily_min=420, start=600)
    half = Pattern(weekly_days=4, daily_min=300, start=600)
    thursday, saturday = date(2026, 6, 11), date(2026, 6, 13)
    base = Person(
        birth_date=date(2004, 5, 1),
        nationality="NP",
        status="student",
        student=True,
        hired_on=JUNE,
        left_on=date(2026, 6, 30),
        occupation="food_service",
        part_time=True,
        hourly_yen=1500,
    )
    people = {
        "near": replace(base, weekly_hours=28, pattern=full),
        "over": replace(base, weekly_hours=28, pattern=replace(full, shifts={thursday: (Shift(600, 421),)})),
        "both": replace(base, weekly_hours=20, pattern=half),
        "elsewhere": replace(base, weekly_hours=20, pattern=half),
        "vacation": replace(base, weekly_hours=28, pattern=replace(full, shifts={thursday: (Shift(600, 481, 1),)})),
    }
    for what, person in people.items():
        hire(world, company, f"{rule}-{what}", person)
        permit(world, f"{rule}-{what}", "comprehensive", months_later(person.hired_on, -2))
        declare_no_other_work(world, company.id, f"{rule}-{what}", person.hired_on)
    for what, minutes in (("both", 481), ("elsewhere", 480)):
        world.add(
            "other_work",
            employer_id=company.id,
            worker_id=f"{rule}-{what}",
            work_date=saturday,
            work_min=minutes,
            overtime_min=0,
        )
    world.add(
        "school_vacations",
        employer_id=company.id,
        worker_id=f"{rule}-vacation",
        starts_on=date(2026, 6, 8),
        ends_on=date(2026, 6, 14),
    )
    yield near_miss(rule, company.id, "28 h a week", worker_id=f"{rule}-near", work_date=thursday)
    # Every seven days that hold that Thursday and four days of work are too long.
    for day in (thursday, date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 17)):
        yield violation(rule, company.id, "28 h and a minute", worker_id=f"{rule}-over", work_date=day)
    for day in (saturday, *(date(2026, 6, number) for number in (15, 16, 17, 18))):
        yield violation(rule, company.id, "20 h here, 8:01 elsewhere", worker_id=f"{rule}-both", work_date=day)
    yield near_miss(rule, company.id, "20 h here, 8 h elsewhere", worker_id=f"{rule}-elsewhere", work_date=saturday)
    yield violation(
        rule, company.id, "8 h and a minute on a day of vacation", worker_id=f"{rule}-vacation", work_date=thursday
    )


PLANTS = (
    construction,
    drivers,
    doctors,
    truckers,
    minors,
    children_at_work,
    exempted_parents,
    long_hours,
    students,
)
