"""Specified skilled workers: reports by period and on events, and where they may be dispatched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sandbox.rehearsal.employers.companies import Company, found
from sandbox.rehearsal.employers.dispatching import client, dispatcher, send
from sandbox.rehearsal.employers.foreigners import accept, foreigner, happen, report
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.world import World


def periodic_reports(world: World) -> Iterator[Plant]:
    """Reports on specified skilled workers: 14 days after each quarter, from April 2025 yearly by the end of May.

    The days run from the one after the first of the next quarter; 31 May 2026 is a Sunday, so 1 June counts (19-18).
    """
    rule = "ICA-SSW-PERIODIC"
    quarter, year = date(2025, 1, 1), date(2025, 4, 1)
    for name, started_on, start, filed_on, verdict in (
        ("quarter-late", date(2025, 2, 3), quarter, date(2025, 4, 16), violation),
        ("quarter", date(2025, 2, 3), quarter, date(2025, 4, 15), near_miss),
        ("year-late", date(2025, 6, 2), year, date(2026, 6, 2), violation),
        ("year", date(2025, 6, 2), year, date(2026, 6, 1), near_miss),
        ("year-never", date(2025, 6, 2), year, None, violation),
    ):
        shop = found(world, f"{rule}-{name}")
        accept(world, shop, f"{rule}-{name}-W", started_on, permitted_on=started_on - timedelta(14))
        world.row("filings", employer_id=shop.id, kind="ssw_periodic", period_start=start)["filed_on"] = filed_on
        yield verdict(rule, shop.id, f"the period from {start} was reported on {filed_on}", period_start=start)


def event_reports(world: World) -> Iterator[Plant]:
    """Events about specified skilled workers are reported in 14 days, also work not begun within a month (19-18(1))."""
    rule = "ICA-SSW-ADHOC"
    shop = found(world, rule)
    accept(world, shop, f"{rule}-W", date(2026, 4, 1), permitted_on=date(2026, 3, 16))
    occurred_on = date(2026, 7, 1)
    for name, filed_on, verdict in (
        ("day-15", date(2026, 7, 16), violation),
        ("day-14", date(2026, 7, 15), near_miss),
        ("never", None, violation),
    ):
        happen(world, shop, f"{rule}-W", f"{rule}-{name}", occurred_on, filed_on)
        key = {"subject_id": f"{rule}-{name}", "kind": "contract_change"}
        yield verdict(rule, shop.id, f"happened on {occurred_on}, reported on {filed_on}", **key)
    # The fourteenth day from 26 September is Saturday 10 October, and Monday a holiday.
    happen(world, shop, f"{rule}-W", f"{rule}-tuesday", date(2026, 9, 26), date(2026, 10, 13))
    key = {"subject_id": f"{rule}-tuesday", "kind": "contract_change"}
    yield near_miss(rule, shop.id, "the day after a weekend and a holiday", **key)
    permitted_on = date(2026, 6, 10)
    for name, started_on, filed_on, verdict in (
        ("idle", date(2026, 7, 13), None, violation),
        ("idle-told", date(2026, 7, 13), date(2026, 7, 21), near_miss),
        ("in-a-month", date(2026, 7, 10), None, left_out),
    ):
        worker = f"{rule}-{name}"
        accept(world, shop, worker, started_on, permitted_on=permitted_on)
        if filed_on:
            report(world, shop, worker, "not_started", filed_on)
        key = {"subject_id": worker, "kind": "not_started"}
        yield verdict(rule, shop.id, f"permitted on {permitted_on}, begun on {started_on}", **key)


def skilled_dispatch(world: World) -> Iterator[Plant]:
    """Specified skilled workers are dispatched in agriculture and fishery only, technical interns never."""
    rule = "ICA-SSW-DISPATCH"
    shop = dispatcher(world, rule)
    client(world, shop, f"{rule}-CL")
    first, last = date(2026, 4, 1), date(2026, 9, 30)

    def sent(name: str, occupation: str, status: str) -> dict[str, str]:
        person = foreigner(first, status, occupation=occupation, terms=((first, last),), left_on=last)
        row = send(world, shop, f"{rule}-CL", f"{rule}-{name}", person, job_category=occupation)
        return {"assignment_id": row["assignment_id"]}

    for field, verdict in (("food_service", violation), ("agriculture", near_miss), ("fishery", near_miss)):
        key = sent(field, field, "specified_skilled_worker_1")
        _skilled(world, shop, f"{rule}-{field}", field, first, last)
        yield verdict(rule, shop.id, f"a specified skilled worker of {field}", **key)
    yield violation(rule, shop.id, "a technical intern", **sent("intern", "agriculture", "technical_intern_2"))
    engineer = sent("engineer", "office", "engineer_humanities_international")
    yield near_miss(rule, shop.id, "an engineer", **engineer)


def _skilled(world: World, company: Company, worker_id: str, field: str, first: date, last: date) -> None:
    world.add(
        "specified_skilled_workers",
        worker_id=worker_id,
        permitted_on=first - timedelta(14),
        employer_id=company.id,
        field=field,
        started_on=first,
        ended_on=last,
    )


PLANTS: tuple[Planter, ...] = (periodic_reports, event_reports, skilled_dispatch)
