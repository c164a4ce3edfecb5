"""Personal data: the Act on the Protection of Personal Information, My Number, and the GDPR."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.privacy import ask, entrust, hold_number, leak
from sandbox.rehearsal.employers.world import AS_OF, World

KNOWN = datetime(2026, 6, 1, 10)


def leaks(world: World) -> Iterator[Plant]:
    """A leak is reported in 5 days, and fully in 30, 60 if malicious, that day counted; the people are told (26)."""
    rule = "APPI-026-BREACH"
    shop = found(world, rule).id
    many: dict[str, Any] = {"sensitive_data": False}
    unreported: dict[str, Any] = {
        "preliminary_reported_at": None,
        "final_reported_at": None,
        "persons_notified_at": None,
    }

    def leaked(name: str, step: str, known_at: datetime = KNOWN, **more: Any) -> dict[str, str]:
        leak(world, shop, f"{rule}-{name}", known_at, **more)
        return {"incident_id": f"{rule}-{name}", "step": step}

    for name, reported, verdict in (
        ("day-6", datetime(2026, 6, 7, 17), violation),
        ("day-5", datetime(2026, 6, 6, 17), near_miss),
    ):
        key = leaked(name, "preliminary", preliminary_reported_at=reported)
        yield verdict(rule, shop, f"known on {KNOWN:%F}, first reported on {reported:%F}", **key)
    # The 30th day from 2 June is 1 July, a Wednesday; the 60th from 1 June 30 July, a Thursday.
    for name, known, reported, malicious, verdict in (
        ("final-31", datetime(2026, 6, 2, 10), datetime(2026, 7, 2, 9), False, violation),
        ("final-30", datetime(2026, 6, 2, 10), datetime(2026, 7, 1, 9), False, near_miss),
        ("attack-61", KNOWN, datetime(2026, 7, 31, 9), True, violation),
        ("attack-60", KNOWN, datetime(2026, 7, 30, 9), True, near_miss),
        # The 30th day is Sunday 5 July: the next day the offices are open counts.
        ("sunday", datetime(2026, 6, 6, 10), datetime(2026, 7, 6, 9), False, near_miss),
    ):
        key = leaked(name, "final", known, final_reported_at=reported, malicious=malicious)
        yield verdict(rule, shop, f"known {known:%F}, fully reported {reported:%F}, malicious: {malicious}", **key)
    yield violation(rule, shop, "the people were not told", **leaked("untold", "persons", persons_notified_at=None))
    for name, persons, verdict in (("persons-1001", 1001, violation), ("persons-1000", 1000, near_miss)):
        key = leaked(name, "preliminary", persons=persons, **many, **unreported)
        yield verdict(rule, shop, f"{persons} people, not reported", **key)
        if persons > 1000:
            for step in ("final", "persons"):
                yield violation(rule, shop, f"{persons} people, {step} open", **{**key, "step": step})
    key = leaked("encrypted", "preliminary", encrypted=True, **unreported)
    yield near_miss(rule, shop, "strongly encrypted", **key)
    informed: dict[str, Any] = {"principal_informed_at": KNOWN + timedelta(2)}
    yield near_miss(rule, shop, "a processor told its principal", **leaked("told", "final", **informed, **unreported))


def flows_abroad(world: World) -> Iterator[Plant]:
    """Data goes abroad by informed consent, to an adequate country, or on a system checked every year (28)."""
    rule = "APPI-028-FOREIGN"
    shop = found(world, rule).id
    year_ago = date(AS_OF.year - 1, AS_OF.month, AS_OF.day)
    for name, country, values, verdict in (
        ("no-basis", "US", {"basis": "none"}, violation),
        ("uninformed", "US", {"basis": "consent", "consent_informed": False}, violation),
        ("informed", "US", {"basis": "consent", "consent_informed": True}, near_miss),
        ("unchecked", "US", {"last_review_on": year_ago - timedelta(1)}, violation),
        ("checked", "US", {"last_review_on": year_ago}, near_miss),
        ("adequate", "DE", {"basis": "adequate_country"}, near_miss),
        ("at-home", "JP", {"basis": "none"}, left_out),
    ):
        flow = entrust(world, shop, f"{rule}-{name}", country, **values)
        yield verdict(rule, shop, f"to {country}: {values}", transfer_id=flow["transfer_id"])


def requests(world: World) -> Iterator[Plant]:
    """Requests about one's own data are answered without delay: 30 days by policy (33 to 35)."""
    rule = "APPI-033-DSR"
    shop = found(world, rule).id
    received = datetime(2026, 9, 1, 23)
    for name, closed, verdict in (
        ("day-31", datetime(2026, 10, 2, 0), violation),
        ("day-30", datetime(2026, 10, 1, 23), near_miss),
        ("open", None, violation),
    ):
        ask(world, shop, f"{rule}-{name}", received, closed_at=closed, outcome="refused" if closed else None)
        yield verdict(rule, shop, f"asked on {received:%F}, answered on {closed}", request_id=f"{rule}-{name}")


def my_numbers(world: World) -> Iterator[Plant]:
    """My Number for tax, social insurance and disasters only, apart, logged, deleted when not needed (9, 19, 20)."""
    rule = "MYN-PURPOSE"
    shop = found(world, rule).id
    over = {"needed": False, "delete_after": AS_OF - timedelta(1)}
    for name, values, verdict in (
        ("recruitment", {"stored_for": "recruitment"}, violation),
        ("disaster", {"stored_for": "disaster"}, near_miss),
        ("together", {"separate": False}, violation),
        ("unlogged", {"access_logged": False}, violation),
        ("kept", over, violation),
        ("last-day", {**over, "delete_after": AS_OF}, near_miss),
        ("needed", {**over, "needed": True}, near_miss),
        ("deleted", {**over, "deleted_on": AS_OF}, left_out),
    ):
        hold_number(world, shop, f"{rule}-{name}", date(2025, 4, 1), **values)
        yield verdict(rule, shop, f"{values}", record_id=f"{rule}-{name}")


def authority_within_72_hours(world: World) -> Iterator[Plant]:
    """The supervisory authority hears of a breach within 72 hours, unless a risk is unlikely (GDPR 33)."""
    rule = "GDPR-033-72H"
    shop = found(world, rule).id
    limit = KNOWN + timedelta(hours=72)
    for name, reported, unlikely, verdict in (
        ("second-late", limit + timedelta(seconds=1), False, violation),
        ("last-second", limit, False, near_miss),
        ("never", None, False, violation),
        ("harmless", None, True, near_miss),
    ):
        told = {"gdpr_applies": True, "gdpr_reported_at": reported, "risk_unlikely": unlikely}
        leak(world, shop, f"{rule}-{name}", KNOWN, **told)
        yield verdict(rule, shop, f"known at {KNOWN}, reported at {reported}", incident_id=f"{rule}-{name}")


def answer_within_a_month(world: World) -> Iterator[Plant]:
    """A data subject is answered within a month, or three when told of it and why within the first (GDPR 12(3))."""
    rule = "GDPR-012-DSAR"
    shop = found(world, rule).id
    received = datetime(2026, 1, 31, 10)
    for name, closed, extended, verdict in (
        ("march", datetime(2026, 3, 1, 9), None, violation),
        ("last-of-february", datetime(2026, 2, 28, 23), None, near_miss),
        ("three-months", datetime(2026, 4, 30, 23), datetime(2026, 2, 28, 9), near_miss),
        ("told-late", datetime(2026, 4, 30, 9), datetime(2026, 3, 1, 9), violation),
        ("beyond-three", datetime(2026, 5, 1, 9), datetime(2026, 2, 28, 9), violation),
    ):
        answered = {"law": "gdpr", "kind": "access", "closed_at": closed, "extended_at": extended}
        ask(world, shop, f"{rule}-{name}", received, **answered)
        yield verdict(rule, shop, f"asked on {received:%F}, answered on {closed:%F}", request_id=f"{rule}-{name}")


PLANTS: tuple[Planter, ...] = (
    leaks,
    flows_abroad,
    requests,
    my_numbers,
    authority_within_72_hours,
    answer_within_a_month,
)
