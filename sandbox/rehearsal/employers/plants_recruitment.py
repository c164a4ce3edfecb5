"""Recruitment: what postings show and for how long, data of job seekers, openings that are accepted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.placing import (
    agency,
    collect,
)
from sandbox.rehearsal.employers.plant import Plant, Planter, near_miss, violation
from sandbox.rehearsal.employers.recruiting import offer, post
from sandbox.rehearsal.employers.world import AS_OF, World


def shown_conditions(world: World) -> Iterator[Plant]:
    """A posting shows all items, those on renewal only for fixed terms; changes are told before the contract (5-3)."""
    rule = "ESA-005-3-JOBINFO"
    shop = found(world, rule).id

    def posting(name: str, missing: str, **more: Any) -> dict[str, object]:
        post(world, shop, f"{rule}-{name}", date(2026, 10, 15), **more)
        world.drop("job_posting_items", posting_id=f"{rule}-{name}", item=missing)
        return {"document": "posting", "document_id": f"{rule}-{name}", "item": missing}

    yield violation(rule, shop, "no wage is shown", **posting("wage", "wage"))
    scope = "workplace_change_scope"
    yield violation(rule, shop, "where the workplace may move is not shown", **posting("scope", scope))
    renewal = "renewal_criteria_and_cap"
    fixed = posting("fixed", renewal, contract_kind="fixed_term")
    yield violation(rule, shop, "a fixed term without the criteria of its renewal", **fixed)
    yield near_miss(rule, shop, "an open-ended job has no criteria of renewal", **posting("open", renewal))
    overtime = "fixed_overtime_breakdown"
    yield violation(rule, shop, "fixed overtime pay", **posting("fixed-pay", overtime, fixed_overtime_pay=True))
    yield near_miss(rule, shop, "no fixed overtime pay", **posting("plain-pay", overtime))
    for name, days, title in (("late", 1, "told a day after the contract"), ("told", 0, "told on the contract's day")):
        made = offer(
            world, post(world, shop, f"{rule}-{name}", date(2026, 9, 1)), f"{rule}-O-{name}", date(2026, 10, 1)
        )
        made.update(conditions_changed=True, change_notified_on=made["contracted_on"] + timedelta(days))
        verdict = violation if days else near_miss
        key = {"document": "offer", "document_id": made["offer_id"], "item": "change_of_conditions"}
        yield verdict(rule, shop, f"a changed condition {title}", **key)


def current_postings(world: World) -> Iterator[Plant]:
    """A posting is confirmed every 30 days, and taken down by the day after it is filled (5-4; days are policy)."""
    rule = "ESA-005-4-ACCURATE"
    shop = found(world, rule).id
    for name, days, verdict in (("old", 31, violation), ("month", 30, near_miss)):
        post(world, shop, f"{rule}-{name}", date(2026, 9, 1), confirmed_on=AS_OF - timedelta(days))
        yield verdict(rule, shop, f"last confirmed {days} days ago", posting_id=f"{rule}-{name}")
    for name, days, verdict in (("filled", 2, violation), ("next-day", 1, near_miss)):
        filled_on = date(2026, 6, 10)
        row = post(world, shop, f"{rule}-{name}", date(2026, 6, 1), filled_on + timedelta(days))
        row["filled_on"] = filled_on
        yield verdict(rule, shop, f"shown for {days} days after it was filled", posting_id=f"{rule}-{name}")


def jobseeker_data(world: World) -> Iterator[Plant]:
    """Data of job seekers only for a published purpose; not of origin, creed or unions unless indispensable (5-5)."""
    rule = "ESA-005-5-PII"
    shop = agency(world, rule)
    origin = collect(world, shop, "honseki", date(2026, 1, 5))
    yield violation(rule, shop.id, "the family register's place is asked for", field_id=origin["field_id"])
    secret = collect(world, shop, "hobbies", date(2026, 1, 5))
    secret["purpose_published_on"] = None
    yield violation(rule, shop.id, "the purpose was never published", field_id=secret["field_id"])
    creed = collect(world, shop, "creed", date(2026, 1, 5))
    creed["indispensable"] = True
    yield near_miss(rule, shop.id, "a temple's priest: creed is indispensable", field_id=creed["field_id"])
    today = collect(world, shop, "driving_licence", date(2026, 1, 5))
    today["purpose_published_on"] = today["collected_from"]
    yield near_miss(rule, shop.id, "the purpose was published on the first day", field_id=today["field_id"])


def declared_openings(world: World) -> Iterator[Plant]:
    """Who asks for workers declares breaches of labour law before the opening is accepted (5-6)."""
    rule = "ESA-005-6-REFUSE"
    shop = agency(world, rule).id
    accepted = date(2026, 5, 11)
    for name, declared, verdict in (
        ("undeclared", None, violation),
        ("afterwards", accepted + timedelta(1), violation),
        ("same-day", accepted, near_miss),
    ):
        posting_id = f"{rule}-{name}"
        declares = None if declared is None else False
        row = post(world, shop, posting_id, accepted, accepted + timedelta(20))
        row.update(accepted_on=accepted, self_declared_on=declared, declares_breaches=declares)
        yield verdict(rule, shop, f"accepted on {accepted}, declared on {declared}", posting_id=posting_id)


PLANTS: tuple[Planter, ...] = (shown_conditions, current_postings, jobseeker_data, declared_openings)
