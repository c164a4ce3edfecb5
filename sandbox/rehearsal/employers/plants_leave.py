"""Plants of the law on leave: annual paid leave, leave to nurse a child, measures for parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sandbox.rehearsal.employers.companies import Company, found
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.plant import Plant, near_miss, violation
from sandbox.rehearsal.employers.plants_time import ALL_YEAR, NEW
from sandbox.rehearsal.employers.timekeeping import Pattern
from sandbox.rehearsal.employers.world import World


def five_days(world: World) -> Iterator[Plant]:
    """LSA 39(7): five days within a year of a grant of ten or more."""
    rule = "LSA-039-5DAYS"
    company = found(world, rule)
    helper = replace(
        ALL_YEAR,
        hired_on=date(2021, 10, 1),
        part_time=True,
        weekly_hours=24,
        pattern=Pattern(weekly_days=4, daily_min=360),
    )
    cases = (
        ("over", ALL_YEAR, "L6", 4, True, "four of ten days taken in the year"),
        ("near", ALL_YEAR, "L6", 5, False, "five of ten days taken in the year"),
        ("four-days", helper, "L42", 4, True, "four of ten days of someone with four days a week"),
    )
    for what, person, grant, kept, breach, title in cases:
        worker = f"{rule}-{what}"
        hire(world, company, worker, person)
        first = world.row("leave_grants", worker_id=worker, grant_id=f"{worker}-{grant}")["granted_on"]
        window = (first, first.replace(year=first.year + 1))
        taken = [
            each for each in world.rows("leave_taken", worker_id=worker) if window[0] <= each["taken_on"] < window[1]
        ]
        for leave in taken[kept:]:
            world.drop("leave_taken", worker_id=worker, leave_id=leave["leave_id"])
        yield (violation if breach else near_miss)(rule, company.id, title, grant_id=f"{worker}-{grant}")
    # Four days, and on two more days half a day or some hours.
    for what, unit, breach in (("halves", "half_day", False), ("hours", "hour", True)):
        worker = f"{rule}-{what}"
        hire(world, company, worker, ALL_YEAR)
        taken = world.rows("leave_taken", worker_id=worker, unit="day")[:7]
        for leave in taken[4:6]:
            leave.update(unit=unit, days=0.5)
        world.drop("leave_taken", worker_id=worker, leave_id=taken[6]["leave_id"])
        yield (violation if breach else near_miss)(
            rule, company.id, f"four days and two times half a day, as {unit}", grant_id=f"{worker}-L6"
        )


def grants(world: World) -> Iterator[Plant]:
    """LSA 39: ten days after half a year for who attended 80 % of the days, in proportion for few days a week."""
    rule = "LSA-039-GRANT"
    company = found(world, rule)
    since = Person(hired_on=date(2025, 10, 1))
    helper = replace(since, part_time=True, weekly_hours=24, pattern=Pattern(weekly_days=4, daily_min=360))
    for what, person, days in (("over", since, 9), ("few", helper, 6), ("near", helper, 7)):
        hire(world, company, f"{rule}-{what}", person)
        world.row("leave_grants", worker_id=f"{rule}-{what}", granted_on=date(2026, 4, 1))["days"] = days
    yield violation(rule, company.id, "nine days instead of ten", worker_id=f"{rule}-over", service_months=6)
    yield violation(rule, company.id, "six days for four days a week", worker_id=f"{rule}-few", service_months=6)
    yield near_miss(rule, company.id, "seven days for four days a week", worker_id=f"{rule}-near", service_months=6)
    for what, attended in (("absent", 99), ("present", 100)):
        worker = f"{rule}-{what}"
        hire(world, company, worker, since)
        world.row("attendance", worker_id=worker, service_months=6).update(working_days=125, attended_days=attended)
        world.drop("leave_grants", worker_id=worker, granted_on=date(2026, 4, 1))
        world.drop("leave_taken", worker_id=worker)
    yield near_miss(rule, company.id, "none, 99 of 125 days attended", worker_id=f"{rule}-absent", service_months=6)
    yield violation(rule, company.id, "none, 100 of 125 days attended", worker_id=f"{rule}-present", service_months=6)


def _child(world: World, company: Company, worker: str, born: date, heard: date | None = date(2026, 4, 10)) -> str:
    world.add(
        "children",
        child_id=f"{worker}-child",
        employer_id=company.id,
        worker_id=worker,
        birth_date=born,
        wishes_heard_on=heard,
    )
    return f"{worker}-child"


def nursing_leave(world: World) -> Iterator[Plant]:
    """CCA 16-2: five days a year until the end of the third grade, whatever the length of service."""
    rule = "CCA-NURSING-LEAVE"
    company = found(world, rule)
    day = date(2026, 6, 10)
    cases = (
        ("third", date(2017, 5, 10), 0, "other", True, "refused for a child in the third grade"),
        ("fourth", date(2016, 5, 10), 0, "child_out_of_scope", False, "refused for a child in the fourth grade"),
        ("new", date(2022, 5, 10), 0, "service_under_six_months", True, "refused in the third month of service"),
        ("used", date(2022, 5, 10), 5, "days_used_up", False, "refused after five days"),
        ("fifth", date(2022, 5, 10), 4, "days_used_up", True, "refused after four days"),
    )
    for what, born, used, reason, breach, title in cases:
        worker = f"{rule}-{what}"
        hire(world, company, worker, NEW)
        child = _child(world, company, worker, born)
        for number in range(used):
            world.add(
                "leave_taken",
                leave_id=f"{worker}-nursing-{number}",
                employer_id=company.id,
                worker_id=worker,
                kind="child_nursing",
                taken_on=date(2026, 4, 20 + number),
                unit="day",
                days=1,
            )
        world.add(
            "requests",
            request_id=f"{worker}-request",
            employer_id=company.id,
            worker_id=worker,
            child_id=child,
            kind="child_nursing",
            requested_on=day,
            wanted_on=day,
            wanted_days=1,
            answer="refused",
            answered_on=day,
            refused_because=reason,
        )
        yield (violation if breach else near_miss)(rule, company.id, title, request_id=f"{worker}-request")


def flexible_work(world: World) -> Iterator[Plant]:
    """CCA 23-3: two measures for parents of children from three to school, and their wishes heard."""
    rule = "CCA-FLEXIBLE"
    for what, kept in (("one", 1), ("two", 2)):
        company = found(world, f"{rule}-{what}")
        for policy in world.rows("policies", employer_id=company.id, kind="childcare_flexible")[kept:]:
            world.drop("policies", employer_id=company.id, kind="childcare_flexible", item=policy["item"])
        hire(world, company, f"{rule}-{what}", NEW)
        child = _child(world, company, f"{rule}-{what}", date(2022, 5, 10))
        yield (violation if kept < 2 else near_miss)(
            rule, company.id, f"{what} of five measures", worker_id=f"{rule}-{what}", child_id=child
        )
    company = found(world, f"{rule}-wishes")
    for what, heard in (("unheard", None), ("heard", date(2025, 9, 1))):
        hire(world, company, f"{rule}-{what}", ALL_YEAR)
        child = _child(world, company, f"{rule}-{what}", date(2022, 12, 1), heard)
        yield (near_miss if heard else violation)(
            rule, company.id, f"wishes {what} before the third birthday", worker_id=f"{rule}-{what}", child_id=child
        )


PLANTS = (five_days, grants, nursing_leave, flexible_work)
