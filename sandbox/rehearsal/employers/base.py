"""The lawful employers: one large, small ones of several sectors, their workers of all kinds of contracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.rehearsal.employers.companies import Company, found
from sandbox.rehearsal.employers.days import months, months_later, overtime, sundays
from sandbox.rehearsal.employers.foreigners import permit, register
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.timekeeping import Pattern
from sandbox.rehearsal.employers.world import AS_OF, LAST, RECORDED_FROM, World

# Employer, how many workers, and how they are: the numbers add up to 500 with those of the agencies (agencies.py).
LARGE, BUILDERS, HAULIERS, HOSPITAL, RESTAURANTS, SHOP, CARE, FARM = 310, 18, 18, 16, 36, 8, 24, 6


def populate(world: World, random: Random) -> None:
    """Add the employers that don't place or dispatch people, and their workers."""
    _large(world, random)
    _builders(world, random)
    _hauliers(world, random)
    _hospital(world, random)
    _restaurants(world, random)
    _shop(world, random)
    _care(world, random)
    _farm(world, random)


def sometimes(random: Random, hours: int) -> dict[date, int]:
    """Overtime in some months, at most so many hours in one, and less than 200 in a year."""
    extra: dict[date, int] = {}
    for month in months(RECORDED_FROM, LAST):
        extra |= overtime(month, random.choice((0, 0, random.randrange(60, hours * 60 + 1, 15))))
    return extra


def hired(random: Random, first: int = 2016, last: int = 2026) -> date:
    """Return a day of hire: the first of a month, April more often than others."""
    year = random.randrange(first, last + 1)
    month = random.choice((4, 4, 4, 7, 10, 1))
    return min(date(year, month, 1), date(2026, 10, 1))


def born(random: Random, youngest: int = 23, oldest: int = 58) -> date:
    """Return a birthday of someone of an age between the two today."""
    return AS_OF - timedelta(random.randrange(youngest * 366, oldest * 365))


def someone(random: Random, **more: Any) -> Person:
    """Return a regular worker, one of ten of whom has left."""
    hired_on = hired(random)
    leaves = hired_on < date(2025, 1, 1) and random.random() < 0.1
    plain = Person(
        birth_date=born(random),
        sex=random.choice(("female", "male")),
        hired_on=hired_on,
        left_on=date(2025, random.randrange(6, 13), 28) if leaves else None,
        hourly_yen=random.randrange(1700, 3600, 10),
        pattern=Pattern(extra=sometimes(random, 20)),
    )
    return replace(plain, **more)


def temporary(random: Random, **more: Any) -> Person:
    """Return a worker on yearly contracts, three years of them at most."""
    first = date(random.choice((2024, 2025, 2026)), 4, 1)
    terms = [(date(year, 4, 1), date(year + 1, 3, 31)) for year in range(first.year, 2027)]
    return replace(someone(random, hired_on=first, left_on=None, terms=terms), **more)


def part_timer(random: Random, weekly_days: int, daily_min: int, **more: Any) -> Person:
    """Return a worker who works some hours on some days from Monday."""
    hours = weekly_days * daily_min / 60
    pattern = Pattern(weekly_days=weekly_days, daily_min=daily_min, start=10 * 60)
    person = someone(random, part_time=True, weekly_hours=hours, hourly_yen=1450, pattern=pattern)
    return replace(person, **more)


def _staff(world: World, company: Company, prefix: str, count: int, who: Callable[[int], Person]) -> None:
    for number in range(1, count + 1):
        hire(world, company, f"{prefix}-{number:03d}", who(number), company.sites[number % len(company.sites)])


def _large(world: World, random: Random) -> None:
    """A manufacturer with workplaces in Tokyo, Osaka and Aichi, and contracts of all kinds."""
    company = found(
        world,
        "YAMATO",
        industry="manufacturing",
        size_class="large",
        headcount=LARGE,
        regular_headcount=LARGE - 15,
        prefectures=("13", "27", "23"),
        special_clause=True,
    )

    def who(number: int) -> Person:
        if number <= 10:
            disabled = random.choice(("ordinary", "severe", "mental"))
            return someone(random, disability_class=disabled, left_on=None, hired_on=date(2019, 4, 1))
        if number <= 18:
            return someone(random, exemption="manager", hourly_yen=4200, occupation="manager")
        if number <= 48:
            return temporary(random)
        if number <= 78:
            return part_timer(random, random.choice((3, 4, 5)), random.choice((300, 360)))
        if number <= 88:
            engineers = {
                "nationality": random.choice(("VN", "IN", "CN", "NP")),
                "status": "engineer_humanities_international",
            }
            return someone(random, occupation="it_engineer", **engineers)
        if number <= 96:
            return someone(random, nationality="BR", status="long_term_resident", occupation="factory_worker")
        if number <= 108:
            return someone(random, pattern=Pattern(start=22 * 60), shift_work=True, occupation="factory_worker")
        if number <= 116:
            busy = {sundays(date(2025, 6, 1))[0]: 300}
            extra = overtime(date(2025, 6, 1), 48 * 60) | overtime(date(2025, 12, 1), 50 * 60)
            return someone(random, pattern=Pattern(extra=extra, rest_day=busy), left_on=None)
        return someone(random, occupation=random.choice(("office", "factory_worker", "sales")))

    _staff(world, company, "YMT", LARGE, who)
    _parents(world, company)


def _parents(world: World, company: Company) -> None:
    """Parents in the large company: a childcare leave, wishes heard before a third birthday, a day off for a child."""
    for number in (120, 123, 126):
        worker = f"YMT-{number}"
        child = f"{worker}-child"
        world.add(
            "children",
            child_id=child,
            employer_id=company.id,
            worker_id=worker,
            birth_date=date(2022, number % 100 - 17, 12),
            wishes_heard_on=date(2025, 2, 10),
        )
        world.add(
            "requests",
            request_id=f"{child}-nursing",
            employer_id=company.id,
            worker_id=worker,
            child_id=child,
            kind="child_nursing",
            requested_on=date(2026, 2, 9),
            wanted_on=date(2026, 2, 10),
            wanted_days=1,
            answer="granted",
            answered_on=date(2026, 2, 9),
        )


def _builders(world: World, random: Random) -> None:
    company = found(world, "KENSETSU", industry="construction", headcount=BUILDERS, sector="construction")
    _staff(
        world,
        company,
        "KNS",
        BUILDERS,
        lambda _: someone(random, sector="construction", occupation="construction_worker", sex="male"),
    )


def _hauliers(world: World, random: Random) -> None:
    company = found(world, "UNYU", industry="transport", headcount=HAULIERS, sector="transport", prefectures=("11",))
    drivers = Pattern(start=8 * 60, driving=True)
    _staff(
        world,
        company,
        "UNY",
        HAULIERS,
        lambda number: (
            someone(random, sector="truck_driver", occupation="driver", pattern=drivers)
            if number <= 14
            else someone(random)
        ),
    )


def _hospital(world: World, random: Random) -> None:
    company = found(world, "BYOIN", industry="medical", headcount=HOSPITAL, sector="hospital", prefectures=("14",))

    def who(number: int) -> Person:
        if number > 4:
            return someone(random, occupation="nurse", shift_work=True, pattern=Pattern(start=21 * 60))
        return someone(random, sector="doctor", doctor_level="A", occupation="doctor", hourly_yen=6000, left_on=None)

    _staff(world, company, "BYO", HOSPITAL, who)
    for worker in world.rows("workers", employer_id=company.id, sector="doctor"):
        declare_no_other_work(world, company.id, worker["worker_id"], worker["hired_on"])


def _restaurants(world: World, random: Random) -> None:
    """Restaurants with foreign students, who may work 28 hours a week, and dependents."""
    company = found(
        world, "SHOKUDO", industry="food_service", headcount=RESTAURANTS, sector="hospitality", prefectures=("13", "12")
    )

    def who(number: int) -> Person:
        if number <= 12:
            since = date(2025, random.randrange(1, 13), 1)
            pattern = Pattern(weekly_days=4, daily_min=300, start=16 * 60)
            student = {"nationality": random.choice(("VN", "NP", "CN")), "status": "student", "student": True}
            adult = born(random, 20, 27)
            return part_timer(
                random, 4, 300, pattern=pattern, hired_on=since, left_on=None, birth_date=adult, **student
            )
        if number <= 16:
            family = {"nationality": "PH", "status": "dependent", "left_on": None, "hired_on": date(2025, 4, 1)}
            return part_timer(random, 3, 300, **family)
        return part_timer(random, random.choice((3, 4)), 360) if number <= 28 else someone(random, occupation="cook")

    _staff(world, company, "SHK", RESTAURANTS, who)
    for worker in world.rows("workers", employer_id=company.id):
        if worker["residence_status"] in ("student", "dependent"):
            worker["occupation"] = "food_service"
            permit(world, worker["worker_id"], "comprehensive", months_later(worker["hired_on"], -2))
            declare_no_other_work(world, company.id, worker["worker_id"], worker["hired_on"])


def declare_no_other_work(world: World, employer_id: str, worker_id: str, first: date) -> None:
    """Let the worker tell each month that there is no work for others."""
    for month in months(max(first, RECORDED_FROM), LAST):
        world.add(
            "other_work_closings",
            employer_id=employer_id,
            worker_id=worker_id,
            month=month,
            declared_on=months_later(month, 1) + timedelta(2),
        )


def _shop(world: World, random: Random) -> None:
    """A shop with fewer than ten workers: 44 hours a week are allowed there."""
    company = found(world, "SHOTEN", industry="retail", headcount=SHOP, sector="commerce", prefectures=("01",))
    _staff(world, company, "SHO", SHOP, lambda _: someone(random, occupation="sales"))


def _care(world: World, random: Random) -> None:
    """A care home with specified skilled workers."""
    company = found(world, "KAIGO", industry="welfare", headcount=CARE, sector="health", prefectures=("40",))

    def who(number: int) -> Person:
        if number > 6:
            return someone(random, occupation="care_worker")
        skilled = {"nationality": "ID", "status": "specified_skilled_worker_1", "left_on": None}
        return someone(random, occupation="care_worker", hired_on=date(2025, 5, 1), **skilled)

    _staff(world, company, "KAI", CARE, who)
    for worker in world.rows("workers", employer_id=company.id, residence_status="specified_skilled_worker_1"):
        register(world, worker["worker_id"], date(2025, 4, 15), "nursing_care")


def _farm(world: World, random: Random) -> None:
    """A farm, which the law on hours leaves out, with help for the season."""
    company = found(world, "NOEN", industry="agriculture", headcount=FARM, prefectures=("20",))

    def who(number: int) -> Person:
        person = someone(random, exemption="agriculture", occupation="agriculture", left_on=None)
        if number <= FARM - 2:
            return person
        season = (date(2026, 5, 1), date(2026, 8, 31))
        return replace(person, hired_on=season[0], left_on=season[1], terms=(season,))

    _staff(world, company, "NOE", FARM, who)
