"""Limits of dispatch: three years in a unit and at a workplace, contracts of days, former employers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sandbox.rehearsal.employers.dispatching import client, dispatcher, open_period, send
from sandbox.rehearsal.employers.people import Person
from sandbox.rehearsal.employers.plant import Plant, Planter, near_miss, violation
from sandbox.rehearsal.employers.plants_dispatch import LAST, business, sent, temp
from sandbox.rehearsal.employers.world import World


def three_years_in_a_unit(world: World) -> Iterator[Plant]:
    """No more than three years in one unit; only a pause of more than three months begins anew (35-3, 40-3)."""
    rule = "WDA-035-3-INDIVIDUAL3Y"
    shop = dispatcher(world, rule, first_year=2021)
    client(world, shop, f"{rule}-CL", since=date(2025, 1, 6))
    years = [(date(year, 4, 1), date(year + 1, 3, 31)) for year in (2023, 2024, 2025)]
    moved = [*years, (date(2026, 4, 1), date(2026, 5, 31))]
    over = [*years[:2], (date(2025, 4, 1), date(2026, 4, 1))]
    early = [(date(2022, 4, 1), date(2023, 3, 31)), (date(2023, 4, 1), date(2024, 3, 31))]
    sixty = {"birth_date": date(1966, 4, 1)}
    for name, terms, more, since, verdict in (
        ("day-over", over, {}, date(2023, 4, 1), violation),
        ("to-the-day", years, {}, date(2023, 4, 1), near_miss),
        ("short-pause", [*early, (date(2024, 7, 1), date(2025, 6, 30))], {}, date(2022, 4, 1), violation),
        ("long-pause", [*early, (date(2024, 7, 2), date(2025, 6, 30))], {}, date(2024, 7, 2), near_miss),
        ("sixty", over, sixty, date(2023, 4, 1), near_miss),
    ):
        row = sent(world, shop, name, temp(terms[0][0], terms[-1][1], terms=terms, **more))
        key = {name: row[name] for name in ("worker_id", "workplace_id", "org_unit")}
        yield verdict(rule, shop.id, f"in one unit from {terms[0][0]} to {terms[-1][1]}", **key, since=since)
    row = sent(world, shop, "other-unit", temp(moved[0][0], moved[-1][1], terms=moved))
    row["org_unit"] = "sales"
    key = {name: row[name] for name in ("worker_id", "workplace_id", "org_unit")}
    yield near_miss(rule, shop.id, "the next month in another unit", **key, since=row["starts_on"])


def three_years_at_a_site(world: World) -> Iterator[Plant]:
    """A workplace takes dispatched workers beyond its conflict date only when heard a month before it (40-2).

    Its period was opened in April 2025 by a hearing that extended the limit by a year.
    """
    rule = "WDA-040-2-SITE3Y"
    shop = dispatcher(world, rule)
    opened, conflict_on = date(2025, 4, 1), date(2026, 4, 1)
    for name, last, heard_on, verdict in (
        ("unheard", conflict_on, None, violation),
        ("heard-late", LAST, date(2026, 3, 2), violation),
        ("heard", LAST, date(2026, 3, 1), near_miss),
        ("left", conflict_on - timedelta(1), None, near_miss),
    ):
        client_id = f"{rule}-{name}"
        site = client(world, shop, client_id, since=opened)
        period = world.row("dispatch_sites", workplace_id=site)
        period.update(conflict_on=conflict_on, heard_on=heard_on)
        if heard_on:
            open_period(world, shop, site, conflict_on)
        send(world, shop, client_id, f"{rule}-{name}-W", temp(date(2025, 10, 1), last))
        title = f"conflict date {conflict_on}, heard on {heard_on}, dispatched until {last}"
        yield verdict(rule, shop.id, title, workplace_id=site, period_starts_on=opened)
    for name, person in (
        ("permanent", Person(hired_on=date(2025, 10, 1))),
        ("sixty", temp(date(2025, 10, 1), birth_date=conflict_on.replace(year=1966))),
    ):
        site = client(world, shop, f"{rule}-{name}", since=opened)
        world.row("dispatch_sites", workplace_id=site)["conflict_on"] = conflict_on
        send(world, shop, f"{rule}-{name}", f"{rule}-{name}-W", person)
        yield near_miss(rule, shop.id, f"a worker without limit: {name}", workplace_id=site, period_starts_on=opened)


def day_dispatch(world: World) -> Iterator[Plant]:
    """Nobody hired for thirty days or less is dispatched, but for listed work and persons (35-4)."""
    rule = "WDA-035-4-DAYDISPATCH"
    shop = business(world, rule)
    first, day_30, day_31 = date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 1)
    side = "side_job"
    for name, last, person, listed, income, verdict in (
        ("thirty", day_30, {}, False, None, violation),
        ("thirty-one", day_31, {}, False, None, near_miss),
        ("interpreter", day_30, {}, True, None, near_miss),
        ("sixty", day_30, {"birth_date": date(1966, 6, 1)}, False, None, near_miss),
        ("day-younger", day_30, {"birth_date": date(1966, 6, 2)}, False, None, violation),
        ("side-job", day_30, {}, False, 5_000_000, near_miss),
        ("poor-side-job", day_30, {}, False, 4_999_999, violation),
    ):
        row = sent(world, shop, name, temp(first, last, **person), listed_job=listed)
        if income:
            world.add(
                "day_dispatch_exemptions",
                worker_id=row["worker_id"],
                confirmed_on=first - timedelta(3),
                employer_id=shop.id,
                reason=side,
                annual_income_yen=income,
            )
        title = f"hired {first} to {last}, {person}, listed: {listed}, other income: {income}"
        yield verdict(rule, shop.id, title, assignment_id=row["assignment_id"])


def former_employer(world: World) -> Iterator[Plant]:
    """Nobody is dispatched to who employed them less than a year ago, but for those retired at sixty (35-5)."""
    rule = "WDA-035-5-EXEMPLOYEE"
    shop = business(world, rule)
    for name, left_on, retired, birth_date, verdict in (
        ("within", date(2025, 4, 2), False, date(1990, 5, 1), violation),
        ("year", date(2025, 4, 1), False, date(1990, 5, 1), near_miss),
        ("retired", date(2026, 2, 28), True, date(1966, 2, 28), near_miss),
        ("early-retired", date(2026, 2, 28), True, date(1966, 3, 1), violation),
    ):
        row = sent(world, shop, name, temp(birth_date=birth_date))
        world.add(
            "previous_employments",
            worker_id=row["worker_id"],
            client_id=row["client_id"],
            started_on=date(2015, 4, 1),
            employer_id=shop.id,
            left_on=left_on,
            retired=retired,
        )
        title = f"left the client on {left_on}, retired: {retired}, born on {birth_date}"
        yield verdict(rule, shop.id, title, assignment_id=row["assignment_id"])


PLANTS: tuple[Planter, ...] = (three_years_in_a_unit, three_years_at_a_site, day_dispatch, former_employer)
