"""Foreign workers: notices, residence cards, work within the status, paid drafting of papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.foreigners import foreigner, permit
from sandbox.rehearsal.employers.people import hire
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.timekeeping import Pattern
from sandbox.rehearsal.employers.world import AS_OF, World

HIRED = date(2026, 5, 15)
# Few days a week: what is planted here does not depend on hours.
SHORT = {"weekly_hours": 12, "part_time": True, "pattern": Pattern(weekly_days=3, daily_min=240)}


def hires_and_separations(world: World) -> Iterator[Plant]:
    """Hires are notified by the tenth of the next month, separations within ten days, with the card's number (LMA 28).

    Who isn't insured: by the end of the next month.
    """
    rule = "LMA-028-FOREIGN"
    shop = found(world, rule)

    def notified(name: str, event: str, filed_on: date | None, **more: Any) -> dict[str, str]:
        worker = f"{rule}-{name}"
        hire(world, shop, worker, foreigner(**{"hired_on": HIRED, **more}))
        world.row("filings", subject_id=worker, event=event)["filed_on"] = filed_on
        return {"worker_id": worker, "event": event}

    for name, filed_on, verdict in (
        ("hire-11th", date(2026, 6, 11), violation),
        ("hire-10th", date(2026, 6, 10), near_miss),
        ("hire-never", None, violation),
    ):
        yield verdict(rule, shop.id, f"hired on {HIRED}, notified on {filed_on}", **notified(name, "hire", filed_on))
    for name, filed_on, verdict in (
        ("short-july", date(2026, 7, 1), violation),
        ("short-june", date(2026, 6, 30), near_miss),
    ):
        key = notified(name, "hire", filed_on, status="long_term_resident", **SHORT)
        yield verdict(rule, shop.id, f"not insured, hired on {HIRED}, notified on {filed_on}", **key)
    # 10 October 2026 is a Saturday, and the Monday after it a holiday.
    autumn = date(2026, 9, 15)
    for name, filed_on, verdict in (
        ("hire-14th", date(2026, 10, 14), violation),
        ("hire-13th", date(2026, 10, 13), near_miss),
    ):
        key = notified(name, "hire", filed_on, hired_on=autumn)
        yield verdict(rule, shop.id, f"hired on {autumn}, notified on {filed_on}", **key)
    left_on = date(2026, 8, 31)
    for name, filed_on, verdict in (
        ("left-11-days", date(2026, 9, 11), violation),
        ("left-10-days", date(2026, 9, 10), near_miss),
    ):
        key = notified(name, "separation", filed_on, left_on=left_on)
        yield verdict(rule, shop.id, f"left on {left_on}, notified on {filed_on}", **key)
    key = notified("no-number", "hire", HIRED)
    world.row("filings", subject_id=key["worker_id"], event="hire")["card_number_given"] = False
    yield violation(rule, shop.id, "without the number of the card", **key)
    zainichi = "special_permanent_resident"
    key = notified("special", "hire", None, nationality="KR", status=zainichi)
    yield near_miss(rule, shop.id, "a special permanent resident", **key)


def work_within_the_status(world: World) -> Iterator[Plant]:
    """Work outside the activities of the status needs a permission that holds (Immigration Act 19)."""
    rule = "ICA-019-SCOPE"
    shop = found(world, rule)
    for name, status, occupation, permission, verdict in (
        ("till", "engineer_humanities_international", "convenience_store", {"kind": "none"}, violation),
        ("office", "engineer_humanities_international", "office", None, near_miss),
        (
            "permitted",
            "engineer_humanities_international",
            "convenience_store",
            {"kind": "individual", "occupation": "convenience_store", "expires_on": AS_OF},
            near_miss,
        ),
        (
            "ended",
            "engineer_humanities_international",
            "convenience_store",
            {"kind": "individual", "occupation": "convenience_store", "expires_on": AS_OF - timedelta(1)},
            violation,
        ),
        ("kitchen", "skilled_labor", "foreign_cuisine_cook", None, near_miss),
        ("resident", "permanent_resident", "factory_line", None, near_miss),
        ("club", "designated_activities", "adult_entertainment", {"kind": "comprehensive"}, violation),
    ):
        worker = f"{rule}-{name}"
        hire(world, shop, worker, foreigner(HIRED, status, occupation=occupation))
        if permission:
            permit(world, worker, granted_on=HIRED, **permission)
        title = f"{status} at work as {occupation}, permission: {permission}"
        yield verdict(rule, shop.id, title, worker_id=worker, occupation=occupation)


def residence_cards(world: World) -> Iterator[Plant]:
    """Work needs a stay proven by a checked card, or by an application for two months after its end (19-3, 73-2).

    The chip of a specific card, issued since 14 June 2026, must be read.
    """
    rule = "ICA-CARD-EXPIRY"
    shop = found(world, rule)

    def carded(name: str, expires_on: date = date(2028, 3, 31), **more: Any) -> str:
        worker = f"{rule}-{name}"
        hire(world, shop, worker, foreigner(HIRED, **more))
        world.row("residence_cards", worker_id=worker)["expires_on"] = expires_on
        return worker

    def applied(worker: str, applied_on: date, refused_on: date | None = None) -> str:
        world.add(
            "residence_renewals",
            renewal_id=f"{worker}-renewal",
            employer_id=shop.id,
            worker_id=worker,
            card_id=f"{worker}-card",
            applied_on=applied_on,
            refused_on=refused_on,
        )
        return worker

    def checked(worker: str, kind: str, method: str, day: date = date(2026, 7, 1)) -> str:
        world.row("residence_cards", worker_id=worker).update(kind=kind, issued_on=day - timedelta(7))
        world.row("card_checks", card_id=f"{worker}-card").update(method=method, checked_on=day)
        return worker

    yesterday = AS_OF - timedelta(1)
    yield violation(rule, shop.id, "the card ended yesterday", worker_id=carded("ended", yesterday))
    yield near_miss(rule, shop.id, "the card's last day", worker_id=carded("last-day", AS_OF))
    # Two months after 21 September end today, after 20 September they ended yesterday.
    pending = applied(carded("pending", date(2026, 9, 21)), date(2026, 9, 21))
    yield near_miss(rule, shop.id, "two months after the end, applied on its day", worker_id=pending)
    over = applied(carded("over", date(2026, 9, 20)), date(2026, 9, 10))
    yield violation(rule, shop.id, "more than two months after the end", worker_id=over)
    late = applied(carded("late", date(2026, 10, 20)), date(2026, 10, 21))
    yield violation(rule, shop.id, "applied the day after the end", worker_id=late)
    refused = applied(carded("refused", date(2026, 10, 20)), date(2026, 10, 1), date(2026, 11, 10))
    yield violation(rule, shop.id, "the application was refused", worker_id=refused)
    copied = checked(carded("copied"), "ordinary", "copy")
    yield violation(rule, shop.id, "only a copy was seen", worker_id=copied)
    seen = checked(carded("seen"), "ordinary", "visual")
    yield near_miss(rule, shop.id, "an ordinary card was looked at", worker_id=seen)
    unread = checked(carded("unread"), "specific", "visual")
    yield violation(rule, shop.id, "a specific card was only looked at", worker_id=unread)
    read = checked(carded("read"), "specific", "ic_chip")
    yield near_miss(rule, shop.id, "the chip of a specific card was read", worker_id=read)
    settled = carded("settled", yesterday, status="permanent_resident")
    yield near_miss(rule, shop.id, "a permanent resident's stay has no end", worker_id=settled)


def paid_drafting(world: World) -> Iterator[Plant]:
    """Only scriveners and lawyers draft immigration papers for money (Administrative Scrivener Act 19, 2026-01-01)."""
    rule = "ICA-DOC-PREP"
    shop = found(world, rule).id
    before = {"offered_from": date(2025, 4, 1), "offered_until": date(2025, 12, 31)}
    for name, values, verdict in (
        ("paid", {"fee_yen": 1}, violation),
        ("as-support", {"fee_yen": 3000, "fee_reason": "support"}, violation),
        ("free", {"fee_yen": 0}, near_miss),
        ("checklist", {"fee_yen": 500, "kind": "immigration_checklist"}, near_miss),
        ("scrivener", {"fee_yen": 500, "preparer": "scrivener", "preparer_licence_number": "26080001"}, near_miss),
        ("last-year", {"fee_yen": 500, **before}, left_out),
    ):
        usual = {"kind": "immigration_drafting", "preparer": "other", "offered_from": date(2026, 1, 5)}
        world.add("platform_features", feature_id=f"{rule}-{name}", employer_id=shop, **{**usual, **values})
        yield verdict(rule, shop, f"drafting by an unlicensed hand but for {values}", feature_id=f"{rule}-{name}")


PLANTS: tuple[Planter, ...] = (
    hires_and_separations,
    work_within_the_status,
    residence_cards,
    paid_drafting,
)
