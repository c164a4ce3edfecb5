"""A restaurant group with specified skilled workers, one of whose contracts changed, and a cook with a new card."""

from __future__ import annotations

from datetime import date
from random import Random

from sandbox.rehearsal.employers.base import born
from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.foreigners import accept, foreigner, happen
from sandbox.rehearsal.employers.people import hire
from sandbox.rehearsal.employers.world import World

SKILLED = 6
STARTS = (date(2024, 12, 1), date(2025, 7, 1), date(2026, 2, 1))


def populate(world: World, random: Random) -> None:
    """Add the employer with its foreign workers."""
    company = found(world, "IZAKAYA", industry="food_service", sector="hospitality", prefectures=("27",))
    for number in range(1, SKILLED + 1):
        started_on = STARTS[number % len(STARTS)]
        permitted_on = started_on.replace(day=20, month=started_on.month - 1)
        worker = f"IZK-{number:03d}"
        accept(world, company, worker, started_on, permitted_on=permitted_on, birth_date=born(random, 20, 35))
    happen(world, company, "IZK-001", "IZK-001-raise", date(2026, 4, 1), date(2026, 4, 8))
    cook = foreigner(date(2025, 10, 1), "skilled_labor", occupation="foreign_cuisine_cook", nationality="IN")
    hire(world, company, "IZK-007", cook)
    hire(world, company, "IZK-008", foreigner(date(2025, 4, 1), "permanent_resident", occupation="food_service"))
    renew_card(world, "IZK-007", date(2026, 8, 31), date(2026, 8, 20))


def renew_card(world: World, worker_id: str, expired_on: date, issued_on: date) -> None:
    """Let the first card end, and add the next one, whose chip was read on the day of issue."""
    old = world.row("residence_cards", worker_id=worker_id)
    old["expires_on"] = expired_on
    new = {**old, "card_id": f"{worker_id}-card-2", "kind": "specific", "issued_on": issued_on}
    world.add("residence_cards", **new | {"expires_on": date(2029, 8, 31)})
    world.add(
        "card_checks",
        check_id=f"{worker_id}-card-2-check",
        employer_id=old["employer_id"],
        card_id=f"{worker_id}-card-2",
        checked_on=issued_on,
        method="ic_chip",
    )
