"""Personal data: leaks reported in time, requests answered, flows to vendors with a basis, My Numbers kept apart."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sandbox.rehearsal.employers.world import Row, World


def leak(world: World, employer_id: str, incident_id: str, known_at: datetime, **more: Any) -> Row:
    """Lose data of a kind that must be reported, and report it: after two days, to the people in three, fully in 20."""
    row = world.add(
        "incidents",
        incident_id=incident_id,
        employer_id=employer_id,
        occurred_at=known_at - timedelta(hours=20),
        known_at=known_at,
        persons=12,
        sensitive_data=True,
        financial_harm=False,
        malicious=False,
        encrypted=False,
        preliminary_reported_at=known_at + timedelta(2),
        persons_notified_at=known_at + timedelta(3),
        final_reported_at=known_at + timedelta(20),
        gdpr_applies=False,
        risk_unlikely=False,
    )
    row.update(more)
    return row


def ask(world: World, employer_id: str, request_id: str, received_at: datetime, **more: Any) -> Row:
    """Receive a request about someone's own data under the law of Japan, and grant it two weeks later."""
    row = world.add(
        "data_subject_requests",
        request_id=request_id,
        employer_id=employer_id,
        law="appi",
        kind="disclosure",
        received_at=received_at,
        closed_at=received_at + timedelta(14),
        outcome="granted",
    )
    row.update(more)
    return row


def entrust(world: World, employer_id: str, vendor_id: str, country: str = "US", **transfer: Any) -> Row:
    """Hand data to a processor under an agreement, abroad on an equivalent system checked this April."""
    world.add(
        "vendors",
        vendor_id=vendor_id,
        employer_id=employer_id,
        name=f"{vendor_id} KK" if country == "JP" else f"{vendor_id} Inc.",
        country=country,
        role="processor",
        agreement_from=date(2025, 4, 1),
    )
    row = world.add(
        "transfers",
        transfer_id=f"{vendor_id}-flow",
        employer_id=employer_id,
        vendor_id=vendor_id,
        basis="equivalent_system",
        last_review_on=date(2026, 4, 10),
        started_on=date(2025, 4, 1),
    )
    row.update(transfer)
    return row


def hold_number(world: World, employer_id: str, record_id: str, obtained_on: date, **more: Any) -> Row:
    """Hold a My Number for tax, apart from other data, with a log of access."""
    row = world.add(
        "my_number_records",
        record_id=record_id,
        employer_id=employer_id,
        subject_id=f"{record_id}-subject",
        stored_for="tax",
        document="other",
        obtained_on=obtained_on,
        separate=True,
        access_logged=True,
        needed=True,
    )
    row.update(more)
    return row
