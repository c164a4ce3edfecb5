"""Work entrusted to freelancers: the Freelance Act, in force since November 2024."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.freelancing import end, order
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.world import World

ACT = date(2024, 11, 1)


def shown_terms(world: World) -> Iterator[Plant]:
    """All terms that apply are shown in writing at once, but for those that can't be fixed yet (3)."""
    rule = "FRL-003-TERMS"
    shop = found(world, rule).id
    ordered_on = date(2026, 4, 1)

    def ordered(name: str, item: str, day: date = ordered_on, **more: Any) -> dict[str, str]:
        order(world, shop, f"{rule}-{name}", day, **more)
        return {"order_id": f"{rule}-{name}", "item": item}

    def without(key: dict[str, str]) -> dict[str, str]:
        world.drop("order_terms", **key)
        return key

    yield violation(rule, shop, "no fee is shown", **without(ordered("fee", "fee")))
    yield violation(rule, shop, "the first day of the Act", **without(ordered("first-day", "fee", ACT)))
    before = without(ordered("before", "fee", ACT - timedelta(1)))
    yield left_out(rule, shop, "the day before it", **before)
    yield violation(rule, shop, "inspected, but when isn't shown", **without(ordered("inspected", "inspection_date")))
    unseen = without(ordered("uninspected", "inspection_date", inspected=False))
    yield near_miss(rule, shop, "not inspected", **unseen)
    bill = without(ordered("bill", "non_cash_payment", paid_in_cash=False))
    yield violation(rule, shop, "paid by a bill that isn't shown", **bill)
    yield near_miss(rule, shop, "paid in money", **without(ordered("cash", "non_cash_payment")))
    for name, days, verdict in (("late", 1, violation), ("at-once", 0, near_miss)):
        key = ordered(name, "work")
        world.row("order_terms", **key)["shown_on"] = ordered_on + timedelta(days)
        yield verdict(rule, shop, f"shown {days} days after the order", **key)
    for name, days, verdict in (("open", 1, violation), ("fixed", 0, near_miss)):
        key, fixed_on = ordered(name, "fee"), ordered_on + timedelta(10)
        world.row("order_terms", **key).update(
            undetermined=True, fixed_on=fixed_on, shown_on=fixed_on + timedelta(days)
        )
        yield verdict(rule, shop, f"a fee that was open, shown {days} days after it was fixed", **key)
    staffed = without(ordered("staffed", "fee", contractor_has_staff=True))
    yield near_miss(rule, shop, "a contractor with employees", **staffed)


def pay_within_60_days(world: World) -> Iterator[Plant]:
    """Paid on a day within 60 days of receipt, that day counted, or 30 from the prime payday when passed on (4)."""
    rule = "FRL-004-PAY60"
    shop = found(world, rule).id
    received = date(2026, 5, 1)
    prime = {"reentrusted": True, "prime_due_on": date(2026, 7, 1)}
    for name, due, paid, more, verdict in (
        ("day-61", date(2026, 6, 30), date(2026, 6, 30), {}, violation),
        ("day-60", date(2026, 6, 29), date(2026, 6, 29), {}, near_miss),
        ("overdue", date(2026, 5, 31), date(2026, 6, 1), {}, violation),
        ("on-payday", date(2026, 5, 31), date(2026, 5, 31), {}, near_miss),
        ("unpaid", date(2026, 5, 31), None, {}, violation),
        ("prime-31", date(2026, 7, 31), date(2026, 7, 31), prime, violation),
        ("prime-30", date(2026, 7, 30), date(2026, 7, 30), prime, near_miss),
        ("staffed", date(2026, 7, 30), date(2026, 7, 30), {"contractor_has_staff": True}, near_miss),
    ):
        order_id = f"{rule}-{name}"
        order(world, shop, order_id, date(2026, 4, 1), received_on=received, pay_due_on=due, paid_on=paid, **more)
        yield verdict(rule, shop, f"received on {received}, due on {due}, paid on {paid}", order_id=order_id)


def notice_of_end(world: World) -> Iterator[Plant]:
    """Who ends an order of six months or more says so 30 days before, and why when asked (16; 14 days are policy)."""
    rule = "FRL-016-CANCEL30"
    shop = found(world, rule).id
    last = date(2026, 10, 31)
    for name, starts_on, ends_on, notified, ground, verdict in (
        ("day-29", date(2026, 1, 5), None, date(2026, 10, 2), None, violation),
        ("day-30", date(2026, 1, 5), None, date(2026, 10, 1), None, near_miss),
        ("never", date(2026, 5, 1), last, None, None, violation),
        ("under-six-months", date(2026, 5, 2), last, None, None, near_miss),
        ("disaster", date(2026, 1, 5), None, None, "disaster", near_miss),
    ):
        order_id = f"{rule}-{name}"
        order(world, shop, order_id, starts_on, ends_on=ends_on)
        end(world, order_id, "not_renewed" if ends_on else "cancelled", last, notified, no_notice_ground=ground)
        title = f"begun on {starts_on}, ended on {last}, told on {notified}"
        yield verdict(rule, shop, title, order_id=order_id, duty="notice")
    asked = date(2026, 9, 10)
    for name, days, verdict in (("reason-15", 15, violation), ("reason-14", 14, near_miss)):
        order_id, given = f"{rule}-{name}", asked + timedelta(days)
        order(world, shop, order_id, date(2026, 1, 5), ends_on=None)
        reason = {"reason_requested_on": asked, "reason_given_on": given}
        end(world, order_id, "cancelled", last, date(2026, 9, 1), **reason)
        yield verdict(rule, shop, f"why was told {days} days after it was asked", order_id=order_id, duty="reason")


PLANTS: tuple[Planter, ...] = (shown_terms, pay_within_60_days, notice_of_end)
