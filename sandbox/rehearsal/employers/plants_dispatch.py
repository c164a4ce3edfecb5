"""Dispatch of workers: licence, prohibited work, share to the group, figures, pay, notices, ledgers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import Company, found
from sandbox.rehearsal.employers.dispatching import client, dispatcher, send
from sandbox.rehearsal.employers.people import Person
from sandbox.rehearsal.employers.placing import hold
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.world import AS_OF, Row, World

FIRST, LAST = date(2026, 4, 1), date(2026, 9, 30)


def temp(first: date = FIRST, last: date = LAST, **more: Any) -> Person:
    """Return a worker employed for one term."""
    left_on = last if last <= AS_OF else None
    return Person(**{"hired_on": first, "left_on": left_on, "terms": ((first, last),), **more})


def business(world: World, rule: str) -> Company:
    """Found a dispatching business of the rule's id with a client ``<rule>-CL``."""
    shop = dispatcher(world, rule)
    client(world, shop, f"{rule}-CL")
    return shop


def sent(world: World, shop: Company, name: str, person: Person, **more: Any) -> Row:
    """Dispatch a worker ``<business>-<name>`` to the client; return the last dispatch."""
    return send(world, shop, f"{shop.id}-CL", f"{shop.id}-{name}", person, **more)


def prohibited_work(world: World) -> Iterator[Plant]:
    """No dispatch to ports, construction, security; to medical work only on listed grounds (4)."""
    rule = "WDA-004-PROHIBITED"
    shop = business(world, rule)
    for work, ground, verdict in (
        ("port", "none", violation),
        ("construction", "none", violation),
        ("security", "leave_cover", violation),
        ("medical", "none", violation),
        ("medical", "leave_cover", near_miss),
        ("medical", "temp_to_perm", near_miss),
    ):
        row = sent(world, shop, f"{work}-{ground}", temp(), job_category=work, exception=ground)
        yield verdict(rule, shop.id, f"{work}, ground: {ground}", assignment_id=row["assignment_id"])


def dispatch_licence(world: World) -> Iterator[Plant]:
    """Every day of a dispatch needs a licence that holds, three years at first and five after each renewal (5, 10)."""
    rule = "WDA-005-LICENCE"
    for name, grant_kind, valid_from, valid_to, renewed_from, verdict in (
        ("gap", "first", date(2023, 7, 1), date(2026, 6, 30), date(2026, 7, 2), violation),
        ("no-gap", "first", date(2023, 7, 1), date(2026, 6, 30), date(2026, 7, 1), near_miss),
        ("ended", "renewal", date(2021, 9, 30), date(2026, 9, 29), None, violation),
        ("to-the-end", "renewal", date(2021, 10, 1), LAST, None, near_miss),
        ("too-long", "first", date(2023, 4, 1), LAST, None, violation),
    ):
        shop = business(world, f"{rule}-{name}")
        world.drop("licences", employer_id=shop.id)
        hold(world, shop, "dispatch", valid_from, valid_to, grant_kind)
        if renewed_from:
            hold(world, shop, "dispatch", renewed_from, date(2031, 6, 30))
        row = sent(world, shop, "W", temp())
        title = f"dispatched {FIRST} to {LAST}, licensed {valid_from} to {valid_to}, again from {renewed_from}"
        yield verdict(rule, shop.id, title, assignment_id=row["assignment_id"])


def group_share(world: World) -> Iterator[Plant]:
    """At most 80 % of the hours of a business year go to companies of the own group (23-2)."""
    rule = "WDA-023-2-GROUP80"
    first, year_end = date(2026, 2, 2), date(2026, 3, 31)
    for name, group, verdict in (("five-of-six", 5, violation), ("four-of-five", 4, near_miss)):
        shop = dispatcher(world, f"{rule}-{name}")
        client(world, shop, f"{shop.id}-CL", group=True)
        client(world, shop, f"{shop.id}-CL2")
        for number in range(group + 1):
            client_id = f"{shop.id}-CL" if number < group else f"{shop.id}-CL2"
            send(world, shop, client_id, f"{shop.id}-W{number}", temp(first, year_end))
        yield verdict(rule, shop.id, f"{group} of {group + 1} equal shares to the group", year_end=year_end)


def published_figures(world: World) -> Iterator[Plant]:
    """Figures of each business year are published on the internet (23(5); within three months is policy)."""
    rule = "WDA-023-DISCLOSE"
    year_end = date(2026, 3, 31)
    for name, item, values, verdict in (
        ("missing", "training", None, violation),
        ("late", "workers", {"published_on": date(2026, 7, 1)}, violation),
        ("last-day", "workers", {"published_on": date(2026, 6, 30)}, near_miss),
        ("in-the-office", "clients", {"channel": "office"}, violation),
        ("wrong-margin", "margin_rate", {"value": 0.25}, violation),
        ("rounded-margin", "margin_rate", {"value": 0.3005}, near_miss),
    ):
        shop = business(world, f"{rule}-{name}")
        sent(world, shop, "W", temp(date(2025, 10, 1), year_end))
        figure = {"employer_id": shop.id, "kind": "dispatch_figures", "item": item, "period_end": year_end}
        if values is None:
            world.drop("publications", **figure)
        else:
            world.row("publications", **figure).update(values)
        key = {"establishment_id": shop.site, "year_end": year_end, "item": item}
        yield verdict(rule, shop.id, f"{item} of the year to March 2026: {values}", **key)


def equal_pay(world: World) -> Iterator[Plant]:
    """Pay as the client's staff has, or by an agreement that holds, at or above the general wage (30-3, 30-4)."""
    rule = "WDA-030-EQUALPAY"
    shop = business(world, rule)
    for name, values, verdict in (
        ("below", {"hourly_yen": 1699}, violation),
        ("at", {"hourly_yen": 1700}, near_miss),
        ("no-method", {"pay_method": "other"}, violation),
        ("client-below", {"pay_method": "client_equal", "hourly_yen": 1699}, violation),
        ("client-equal", {"pay_method": "client_equal", "hourly_yen": 1700}, near_miss),
        ("expired", {"agreement_valid_to": LAST - timedelta(1)}, violation),
        ("to-the-end", {"agreement_valid_to": LAST}, near_miss),
    ):
        row = sent(world, shop, name, temp())
        terms = world.row("dispatch_pay_terms", assignment_id=row["assignment_id"])
        terms.update(values)
        key = {"assignment_id": row["assignment_id"], "applies_from": terms["applies_from"]}
        yield verdict(rule, shop.id, f"general wage 1700 yen, dispatched until {LAST}: {values}", **key)


def explanation_right(world: World) -> Iterator[Plant]:
    """From October 2026 the notice before a dispatch tells that differences in treatment are explained (34)."""
    rule = "WDA-034-NOTICE2026"
    shop = business(world, rule)
    first, item = date(2026, 10, 1), "explanation_right"
    for name, starts_on, told_on, verdict in (
        ("untold", first, None, violation),
        ("late", first, first + timedelta(1), violation),
        ("same-day", first, first, near_miss),
        ("before-the-rule", first - timedelta(1), None, left_out),
    ):
        row = sent(world, shop, name, temp(starts_on, date(2027, 3, 31)))
        notice = world.row("dispatch_notices", assignment_id=row["assignment_id"])
        if told_on:
            notice["given_on"] = told_on
        else:
            world.drop("dispatch_notice_items", notice_id=notice["notice_id"], item=item)
        key = {"assignment_id": row["assignment_id"], "item": item}
        yield verdict(rule, shop.id, f"dispatched from {starts_on}, told on {told_on}", **key)


def ledgers(world: World) -> Iterator[Plant]:
    """Source and client keep a ledger of each dispatch for three years after it (37, 42)."""
    rule = "WDA-037-LEDGER"
    shop = business(world, rule)
    ended = date(2025, 3, 31)
    for name, last, deleted_on, kept, verdict in (
        ("none", LAST, None, False, violation),
        ("deleted", ended, date(2026, 4, 1), True, violation),
        ("kept", ended, None, True, near_miss),
    ):
        row = sent(world, shop, name, temp(date(2024, 12, 2) if last == ended else FIRST, last))
        if kept:
            world.row("dispatch_ledgers", assignment_id=row["assignment_id"])["deleted_on"] = deleted_on
        else:
            world.drop("dispatch_ledgers", assignment_id=row["assignment_id"])
        key = {"assignment_id": row["assignment_id"], "side": "source"}
        yield verdict(rule, shop.id, f"ended on {last}, kept: {kept}, deleted on {deleted_on}", **key)
    kept_by = found(world, f"{rule}-client").id
    world.add(
        "dispatch_ledgers",
        ledger_id=f"{rule}-client-L",
        employer_id=kept_by,
        assignment_id=f"{rule}-kept-A0",
        side="client",
        closed_on=ended,
        deleted_on=date(2026, 4, 1),
    )
    key = {"assignment_id": f"{rule}-kept-A0", "side": "client"}
    yield violation(rule, kept_by, "the client deleted its own after a year", **key)


PLANTS: tuple[Planter, ...] = (
    prohibited_work,
    dispatch_licence,
    group_share,
    published_figures,
    equal_pay,
    explanation_right,
    ledgers,
)
