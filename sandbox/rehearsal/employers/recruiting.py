"""Postings, offers and requests of graduates, as the law has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.world import AS_OF, Row, World

# What a posting has to show since April 2024 (Employment Security Act 5-3, Rule 4-2).
ITEMS = (
    "duties",
    "duties_change_scope",
    "contract_period",
    "renewal_criteria_and_cap",
    "probation",
    "workplace",
    "workplace_change_scope",
    "hours_breaks_holidays_overtime",
    "wage",
    "fixed_overtime_breakdown",
    "insurance",
    "employer_name",
    "dispatch_flag",
    "smoking_measures",
)
CONDITIONS = ("sex", "height", "weight", "age")
CONFIRMED_EVERY = timedelta(14)
GRADUATE_ITEMS = (("hires_and_leavers", "recruitment"), ("training_system", "training"), ("overtime", "working"))


def post(
    world: World, employer_id: str, posting_id: str, published_on: date, closed_on: date | None = None, **more: Any
) -> Row:
    """Show a posting with all items and no limits, confirmed every two weeks, taken down on the day it is filled."""
    row = world.add(
        "job_postings",
        posting_id=posting_id,
        employer_id=employer_id,
        published_on=published_on,
        confirmed_on=max(published_on, (closed_on or AS_OF) - CONFIRMED_EVERY),
        filled_on=closed_on,
        closed_on=closed_on,
        contract_kind="open_ended",
        for_dispatch=False,
        fixed_overtime_pay=False,
    )
    row.update(more)
    for item in ITEMS:
        world.add("job_posting_items", posting_id=posting_id, item=item, employer_id=employer_id)
    for condition in CONDITIONS:
        world.add(
            "job_posting_conditions",
            posting_id=posting_id,
            condition=condition,
            employer_id=employer_id,
            asked=False,
        )
    return row


def limit(world: World, posting_id: str, condition: str, **values: Any) -> Row:
    """Let a posting put a condition on applicants; return its row."""
    row = world.row("job_posting_conditions", posting_id=posting_id, condition=condition)
    row.update(asked=True, **values)
    return row


def offer(world: World, posting: Row, offer_id: str, offered_on: date) -> Row:
    """Offer employment on the conditions of the posting; the contract follows a week later."""
    return world.add(
        "offers",
        offer_id=offer_id,
        employer_id=posting["employer_id"],
        posting_id=posting["posting_id"],
        offered_on=offered_on,
        conditions_changed=False,
        contracted_on=offered_on + timedelta(7),
    )


def answer_graduate(world: World, employer_id: str, request_id: str, received_on: date, days: int = 7) -> None:
    """Tell a graduate who asks one item of each of the three groups, so many days later."""
    world.add("graduate_requests", request_id=request_id, employer_id=employer_id, received_on=received_on)
    for item, group in GRADUATE_ITEMS:
        world.add(
            "graduate_request_items",
            request_id=request_id,
            item=item,
            employer_id=employer_id,
            item_group=group,
            given_on=received_on + timedelta(days),
        )
