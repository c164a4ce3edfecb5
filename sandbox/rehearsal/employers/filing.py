"""Periodic and other reports that no rule judges, filed in time with a receipt by every employer who owes them.

Those that rules judge (foreign workers, placement, job boards, skilled workers, stress checks, accidents) are filed
where their records are made, since plants leave them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.days import month_end, months_later
from sandbox.rehearsal.employers.world import AS_OF, RECORDED_FROM, Row, World

YEARS = (2025, 2026)
# Report, last day of its year, day of filing (due 10 July, 10 July, 15 July, 15 July, 15 May).
OF_ALL = ("labour_insurance_renewal", (3, 31), (7, 3))
OF_INSURED = ("social_insurance_base", (6, 30), (7, 6))
OF_20 = ("elderly_employment", (6, 1), (7, 8))
OF_40 = ("disability_employment", (6, 1), (7, 8))
OVER_100 = ("disability_levy", (3, 31), (5, 11))
HEALTH_CHECK = ("health_check", (3, 31), (6, 10))
HEALTH_CHECK_FROM = 50
OF_DISPATCHERS = ("dispatch_accounts", "group_dispatch_ratio")
AFTER_BUSINESS_YEAR = timedelta(80)
AFTER_CHANGE = timedelta(3)

Yearly = tuple[str, tuple[int, int], tuple[int, int]]


def complete(world: World) -> None:
    """File what the employers there are owe."""
    insured = {row["employer_id"] for row in world.tables["enrolments"] if row["scheme"] == "health_pension"}
    for employer in world.tables["employers"]:
        for report in _yearly(employer, employer["employer_id"] in insured):
            _file_years(world, report, employer["employer_id"])
    for site in world.tables["establishments"]:
        if _at_least(site["headcount"], HEALTH_CHECK_FROM):
            _file_years(world, HEALTH_CHECK, site["employer_id"], site["establishment_id"])
    _enrolments(world)
    _dispatchers(world)


def _yearly(employer: Row, insured: bool) -> Iterator[Yearly]:
    """Who doesn't know how many work for them files."""
    yield OF_ALL
    if insured:
        yield OF_INSURED
    if _at_least(employer["headcount"], 20):
        yield OF_20
    counted = employer["headcount"] if employer["regular_headcount"] is None else employer["regular_headcount"]
    if _at_least(counted, 40):
        yield OF_40
    if counted is None or counted > 100:
        yield OVER_100


def _at_least(headcount: float | None, least: int) -> bool:
    return headcount is None or headcount >= least


def _file_years(world: World, report: Yearly, employer_id: str, site: str | None = None) -> None:
    kind, (end_month, end_day), (month, day) = report
    for year in YEARS:
        end = date(year, end_month, end_day)
        start = end if end_day == 1 else months_later(end + timedelta(1), -12)
        _file(
            world,
            f"{site or employer_id}-{kind}-{year}",
            kind,
            employer_id,
            date(year, month, day),
            establishment_id=site,
            period_start=start,
            period_end=end,
        )


def _file(world: World, filing_id: str, kind: str, employer_id: str, filed_on: date, **more: Any) -> None:
    world.add(
        "filings",
        filing_id=filing_id,
        employer_id=employer_id,
        kind=kind,
        filed_on=filed_on,
        channel="electronic",
        receipt_number=filing_id,
        **more,
    )


def _enrolments(world: World) -> None:
    """Notify that workers are insured, and are no longer: three days after, five are allowed."""
    for enrolment in world.tables["enrolments"]:
        for event, day in (("acquired", enrolment["acquired_on"]), ("lost", enrolment["lost_on"])):
            if day and RECORDED_FROM <= day <= AS_OF:
                _file(
                    world,
                    f"{enrolment['enrolment_id']}-{event}",
                    "insurance_enrolment",
                    enrolment["employer_id"],
                    min(day + AFTER_CHANGE, AS_OF),
                    subject_id=enrolment["enrolment_id"],
                    event=event,
                )


def dispatch_years(world: World) -> list[tuple[str, str, date, date]]:
    """Employer and workplace that dispatched workers, with first and last day of the business years it did in."""
    ends_in = {row["employer_id"]: row["fiscal_year_end_month"] or 12 for row in world.tables["employers"]}
    found = set()
    for row in world.tables["dispatch_assignments"]:
        for year in range(RECORDED_FROM.year, AS_OF.year + 1):
            end = month_end(date(year, ends_in[row["employer_id"]], 1))
            start = months_later(end + timedelta(1), -12)
            if row["starts_on"] <= end and (row["ends_on"] or row["starts_on"]) >= start:
                found.add((row["employer_id"], row["establishment_id"], start, end))
    return sorted(found)


def _dispatchers(world: World) -> None:
    """Report on each business year, per workplace and as a whole, before the end of the third month after it."""
    of_employers = set()
    for employer_id, site, start, end in dispatch_years(world):
        filed_on = end + AFTER_BUSINESS_YEAR
        if filed_on > AS_OF:
            continue
        period = {"period_start": start, "period_end": end}
        _file(
            world,
            f"{site}-dispatch_business-{end}",
            "dispatch_business",
            employer_id,
            filed_on,
            establishment_id=site,
            **period,
        )
        of_employers.add((employer_id, filed_on, start, end))
    for employer_id, filed_on, start, end in sorted(of_employers):
        for kind in OF_DISPATCHERS:
            _file(world, f"{employer_id}-{kind}-{end}", kind, employer_id, filed_on, period_start=start, period_end=end)
