"""Work entrusted to freelancers, as the law has it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.world import Row, World

# The terms to be shown at once (Freelance Act 3).
TERMS = (
    "parties",
    "ordered_on",
    "work",
    "delivery_date",
    "place",
    "inspection_date",
    "fee",
    "pay_date",
    "non_cash_payment",
)


def order(world: World, employer_id: str, order_id: str, ordered_on: date, **more: Any) -> Row:
    """Entrust work for three months, with all terms in writing, delivered after two and paid 30 days later."""
    received_on = ordered_on + timedelta(60)
    row = world.add(
        "freelance_orders",
        order_id=order_id,
        employer_id=employer_id,
        contractor_id=f"{order_id}-freelancer",
        contractor_has_staff=False,
        ordered_on=ordered_on,
        terms_channel="electronic",
        inspected=True,
        paid_in_cash=True,
        starts_on=ordered_on,
        ends_on=ordered_on + timedelta(90),
        received_on=received_on,
        pay_due_on=received_on + timedelta(30),
        paid_on=received_on + timedelta(30),
        reentrusted=False,
    )
    row.update(more)
    for item in TERMS:
        world.add(
            "order_terms",
            order_id=order_id,
            item=item,
            employer_id=employer_id,
            shown_on=ordered_on,
            undetermined=False,
        )
    return row


def end(world: World, order_id: str, kind: str, ended_on: date, notified_on: date | None, **more: Any) -> Row:
    """End an order; return its row."""
    row = world.row("freelance_orders", order_id=order_id)
    row.update(end_kind=kind, ended_on=ended_on, end_notified_on=notified_on, **more)
    return row
