"""Businesses that dispatch workers: licence, clients, dispatches with notice, ledger and pay, published figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import Company, found
from sandbox.rehearsal.employers.days import months_later
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.placing import hold
from sandbox.rehearsal.employers.world import AS_OF, Row, World

# What is published per establishment after each business year (Worker Dispatching Act 23(5)), with figures of a day.
FIGURES = {
    "workers": 24,
    "clients": 4,
    "average_fee": 20000,
    "average_wage": 14000,
    "margin_rate": 0.3,
    "pay_agreement": 1,
    "training": 8,
}
# Agreements on the pay of dispatched workers hold two years each.
AGREEMENTS = [(date(year, 4, 1), date(year + 2, 3, 31)) for year in (2020, 2022, 2024, 2026)]
GENERAL_WAGE = 1700


def dispatcher(
    world: World, employer_id: str, *, prefectures: Sequence[str] = ("13",), headcount: int = 8, first_year: int = 2023
) -> Company:
    """Found a licensed business that publishes its figures every June, from the business year given on."""
    company = found(world, employer_id, industry="dispatch", headcount=headcount, prefectures=prefectures)
    hold(world, company, "dispatch", date(2022, 4, 1), date(2027, 3, 31))
    for site in company.sites:
        for year in range(first_year + 1, AS_OF.year + 1):
            publish_figures(world, company, site, year)
    return company


def publish_figures(world: World, company: Company, site: str, year: int) -> None:
    """Publish the figures of the business year that ends in March of the year."""
    for item, value in FIGURES.items():
        world.add(
            "publications",
            publication_id=f"{site}-{item}-{year}",
            employer_id=company.id,
            establishment_id=site,
            kind="dispatch_figures",
            item=item,
            period_start=date(year - 1, 4, 1),
            period_end=date(year, 3, 31),
            published_on=date(year, 6, 19),
            channel="internet",
            value=value,
        )


def client(
    world: World,
    company: Company,
    client_id: str,
    *,
    group: bool = False,
    prefecture: str = "13",
    since: date = date(2024, 4, 1),
    headcount: int = 8,
) -> str:
    """Win a client, itself an employer; return its workplace, which told its conflict date for the period since."""
    workplace = found(world, client_id, prefectures=(prefecture,), headcount=headcount).site
    world.add("clients", client_id=client_id, employer_id=company.id, group_company=group)
    open_period(world, company, workplace, since)
    return workplace


def open_period(world: World, company: Company, workplace: str, since: date, conflict_on: date | None = None) -> Row:
    """Open a period in which a workplace may take dispatched workers, three years by default."""
    return world.add(
        "dispatch_sites",
        workplace_id=workplace,
        employer_id=company.id,
        period_starts_on=since,
        conflict_on=conflict_on or months_later(since, 36),
    )


def send(world: World, company: Company, client_id: str, worker_id: str, person: Person, **more: Any) -> Row:
    """Hire a worker for dispatch to a client and dispatch them under each contract; return the last dispatch.

    Who is employed without a term is dispatched for a year at a time. Dispatches are ``<worker>-A0``, ``-A1`` ...
    """
    workplace = f"{client_id}-S1"
    hire(world, company, worker_id, replace(person, work_site=workplace))
    for number, (starts_on, ends_on) in enumerate(person.terms or _years(person.hired_on)):
        row = dispatch(
            world,
            company,
            f"{worker_id}-A{number}",
            worker_id=worker_id,
            contract_id=f"{worker_id}-C{number if person.terms else 0}",
            client_id=client_id,
            workplace_id=workplace,
            starts_on=starts_on,
            ends_on=ends_on,
            **more,
        )
    return row


def _years(first: date) -> Iterator[tuple[date, date]]:
    while first <= AS_OF:
        following = months_later(first, 12)
        yield first, following - timedelta(1)
        first = following


def dispatch(world: World, company: Company, assignment_id: str, **values: Any) -> Row:
    """Add a dispatch with its notice, ledger and terms of pay; what was asked and told is dated a week before."""
    row = world.add(
        "dispatch_assignments",
        assignment_id=assignment_id,
        employer_id=company.id,
        establishment_id=company.site,
        org_unit="general-affairs",
        job_category="office",
        exception="none",
        listed_job=False,
        history_checked_on=values["starts_on"] - timedelta(7),
    )
    row.update(values)
    world.add(
        "dispatch_notices",
        notice_id=f"{assignment_id}-N",
        employer_id=company.id,
        assignment_id=assignment_id,
        given_on=row["starts_on"] - timedelta(7),
        items_recorded=True,
    )
    for item in ("conditions", "fee", "explanation_right"):
        world.add("dispatch_notice_items", notice_id=f"{assignment_id}-N", item=item)
    world.add(
        "dispatch_ledgers",
        ledger_id=f"{assignment_id}-L",
        employer_id=company.id,
        assignment_id=assignment_id,
        side="source",
        closed_on=row["ends_on"] if row["ends_on"] <= AS_OF else None,
    )
    for valid_from, valid_to in AGREEMENTS:
        if valid_from <= row["ends_on"] and row["starts_on"] <= valid_to:
            world.add(
                "dispatch_pay_terms",
                assignment_id=assignment_id,
                applies_from=max(valid_from, row["starts_on"]),
                employer_id=company.id,
                pay_method="agreement",
                hourly_yen=1900,
                reference_hourly_yen=GENERAL_WAGE,
                agreement_valid_from=valid_from,
                agreement_valid_to=valid_to,
            )
    return row
