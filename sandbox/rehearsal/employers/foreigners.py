"""Foreign workers: permissions, cards and checks, specified skilled workers and the reports on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.rehearsal.employers.companies import Company
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.world import Row, World

# Periods of the reports on specified skilled workers and the days they are filed: quarters, since April 2025 years.
PERIODS = (
    (date(2024, 7, 1), date(2024, 9, 30), date(2024, 10, 9)),
    (date(2024, 10, 1), date(2024, 12, 31), date(2025, 1, 9)),
    (date(2025, 1, 1), date(2025, 3, 31), date(2025, 4, 9)),
    (date(2025, 4, 1), date(2026, 3, 31), date(2026, 5, 18)),
)


def foreigner(hired_on: date, status: str = "engineer_humanities_international", **more: Any) -> Person:
    """Return a worker from Vietnam in an office job."""
    return Person(**{"nationality": "VN", "status": status, "hired_on": hired_on, **more})


def permit(world: World, worker_id: str, kind: str, granted_on: date, **more: Any) -> Row:
    """Add a permission to work beyond the status, or (kind none) that the worker was seen to have none."""
    row = world.add(
        "residence_permissions",
        permission_id=f"{worker_id}-permission",
        employer_id=world.row("workers", worker_id=worker_id)["employer_id"],
        worker_id=worker_id,
        kind=kind,
        granted_on=granted_on,
        expires_on=None if kind == "none" else date(2028, 3, 31),
    )
    row.update(more)
    return row


def accept(
    world: World,
    company: Company,
    worker_id: str,
    started_on: date,
    *,
    permitted_on: date,
    field: str = "food_service",
    **person: Any,
) -> Row:
    """Employ a specified skilled worker in the field, and report on every period that ends."""
    employ = {"occupation": "food_service", "status": "specified_skilled_worker_1", **person}
    hire(world, company, worker_id, foreigner(started_on, **employ))
    return register(world, worker_id, permitted_on, field)


def register(world: World, worker_id: str, permitted_on: date, field: str) -> Row:
    """Let someone hired be a specified skilled worker in the field; report on every period that ends."""
    worker = world.row("workers", worker_id=worker_id)
    employer_id, started_on = worker["employer_id"], worker["hired_on"]
    row = world.add(
        "specified_skilled_workers",
        worker_id=worker_id,
        permitted_on=permitted_on,
        employer_id=employer_id,
        field=field,
        started_on=started_on,
    )
    for start, end, filed_on in PERIODS:
        reported = world.rows("filings", employer_id=employer_id, kind="ssw_periodic", period_start=start)
        if started_on <= end and not reported:
            world.add(
                "filings",
                filing_id=f"{employer_id}-ssw-{start:%Y%m}",
                employer_id=employer_id,
                kind="ssw_periodic",
                period_start=start,
                period_end=end,
                filed_on=filed_on,
                channel="electronic",
                receipt_number=f"{employer_id}-{start:%Y%m}",
            )
    return row


def happen(
    world: World, company: Company, worker_id: str, event_id: str, occurred_on: date, filed_on: date | None
) -> None:
    """Let the contract of a specified skilled worker change, and report it on that day."""
    world.add(
        "ssw_events",
        event_id=event_id,
        employer_id=company.id,
        worker_id=worker_id,
        kind="contract_change",
        occurred_on=occurred_on,
    )
    if filed_on:
        report(world, company, event_id, "contract_change", filed_on)


def report(world: World, company: Company, subject_id: str, event: str, filed_on: date) -> Row:
    """Report an event about a specified skilled worker."""
    return world.add(
        "filings",
        filing_id=f"{subject_id}-{event}",
        employer_id=company.id,
        kind="ssw_event",
        subject_id=subject_id,
        event=event,
        filed_on=filed_on,
        channel="electronic",
        receipt_number=f"{subject_id}-{event}",
    )
