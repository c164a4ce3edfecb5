"""The registers of data protection of every employer, and complaints of harassment that were met at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from sandbox.rehearsal.employers.privacy import ask, entrust, hold_number, leak
from sandbox.rehearsal.employers.world import World

OPERATOR = "IWORKZ"
KINDS = ("disclosure", "correction", "suspension", "deletion", "provision_records")


def populate(world: World, random: Random) -> None:
    """Add a My Number of every worker, a payroll vendor of every employer, and what the operator has dealt with."""
    for worker in world.tables["workers"]:
        obtained_on = max(worker["hired_on"], date(2016, 1, 4))
        hold_number(
            world,
            worker["employer_id"],
            f"{worker['worker_id']}-number",
            obtained_on,
            subject_id=worker["worker_id"],
            retention_from=date(2027, 1, 11),
            document="dependants_form",
        )
    for employer in world.tables["employers"]:
        employer_id = employer["employer_id"]
        entrust(world, employer_id, f"{employer_id}-payroll", "JP")
        world.add(
            "harassment_cases",
            case_id=f"{employer_id}-H1",
            employer_id=employer_id,
            kind=random.choice(("power_harassment", "sexual_harassment")),
            opened_on=date(2026, 5, 11),
            first_action_on=date(2026, 5, 13),
        )
    entrust(world, OPERATOR, "CLOUD-US")
    entrust(world, OPERATOR, "MAIL-DE", "DE", basis="adequate_country", last_review_on=None)
    entrust(world, OPERATOR, "DESK-PH", "PH", basis="consent", consent_informed=True, last_review_on=None)
    leak(world, OPERATOR, "LEAK-1", datetime(2025, 6, 3, 11))
    leak(
        world, OPERATOR, "LEAK-2", datetime(2026, 2, 4, 10), gdpr_applies=True, gdpr_reported_at=datetime(2026, 2, 6, 9)
    )
    for number in range(10):
        received_at = datetime(2025, 1, 14, 15) + timedelta(60 * number)
        ask(world, OPERATOR, f"DSR-{number}", received_at, kind=KINDS[number % len(KINDS)])
        ask(world, OPERATOR, f"DSR-EU-{number}", received_at, law="gdpr", kind="access")
