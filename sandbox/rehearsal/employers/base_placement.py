"""The platform's operator, which places people and runs a job board, a school that places pupils, and freelancers."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sandbox.rehearsal.employers.base import someone
from sandbox.rehearsal.employers.companies import Company
from sandbox.rehearsal.employers.freelancing import order
from sandbox.rehearsal.employers.people import hire
from sandbox.rehearsal.employers.placing import (
    agency,
    board,
    charge,
    contract_client,
    file_table,
    message,
    pay_out,
    place,
)
from sandbox.rehearsal.employers.recruiting import answer_graduate, offer, post
from sandbox.rehearsal.employers.world import AS_OF, FIRST, World

OPERATOR, STAFF, PLACEMENTS, ORDERS = "IWORKZ", 12, 60, 14


def populate(world: World, random: Random) -> None:
    """Add both agencies, and postings and freelancers of every employer that is there."""
    _school(world)
    for employer in [row["employer_id"] for row in world.tables["employers"]]:
        _recruit(world, employer)
    _operator(world, random)


def _recruit(world: World, employer_id: str) -> None:
    """Postings of an employer, one of them open, an offer on each that was filled, and a graduate who asked."""
    for number in range(4):
        opened = FIRST + timedelta(200 * number + 20)
        closed_on = opened + timedelta(30)
        posting = post(world, employer_id, f"{employer_id}-J{number}", opened, closed_on if number < 3 else None)
        if number < 3:
            offer(world, posting, f"{employer_id}-O{number}", closed_on)
    order(world, employer_id, f"{employer_id}-FO", date(2025, 6, 2))
    answer_graduate(world, employer_id, f"{employer_id}-GR", date(2026, 3, 9))


def _operator(world: World, random: Random) -> None:
    operator = agency(world, OPERATOR, headcount=STAFF)
    for number in range(1, STAFF + 1):
        hire(world, operator, f"IWZ-{number:03d}", someone(random))
    table = file_table(world, operator, f"{OPERATOR}-fees", date(2023, 3, 10))
    for number in range(PLACEMENTS):
        placed_on = FIRST + timedelta(11 * number)
        fixed = number % 4 == 3
        terms = {"contract_kind": "fixed_term", "contract_ends_on": placed_on + timedelta(385)} if fixed else {}
        placement = place(world, operator, f"PL-{number:03d}", placed_on, **terms)
        if number % 3:
            amount = round(placement["annual_wage_yen"] * 0.3)
            charge(world, placement, f"FE-{number:03d}", amount, system="fee_table", fee_table_id=table["fee_table_id"])
        else:
            charge(world, placement, f"FE-{number:03d}")
        message(world, placement, f"MS-{number:03d}", placement["starts_on"] + timedelta(30))
        pay_out(world, operator, f"PO-{number:03d}", placed_on - timedelta(10))
    _accept_postings(world, operator)
    _board(world, operator)
    for number in range(ORDERS):
        order(world, operator.id, f"FO-{number:02d}", FIRST + timedelta(45 * number))


def _accept_postings(world: World, operator: Company) -> None:
    """Openings of other employers, which declared that they broke no labour law."""
    for number in range(PLACEMENTS):
        opened = FIRST + timedelta(10 * number)
        closed_on = opened + timedelta(25) if number < 50 else None
        declared = {"self_declared_on": opened - timedelta(3), "declares_breaches": False}
        accepted = post(
            world,
            operator.id,
            f"JOB-{number:03d}",
            opened,
            closed_on,
            contract_kind="fixed_term" if number % 5 == 0 else "open_ended",
            accepted_on=opened - timedelta(2),
            **declared,
        )
        if closed_on:
            made = offer(world, accepted, f"OF-{number:03d}", closed_on)
            if number % 7 == 0:
                made.update(conditions_changed=True, change_notified_on=made["offered_on"])


def _board(world: World, operator: Company) -> None:
    board(world, operator, "BOARD", date(2024, 4, 15))
    pay_out(world, operator, "PO-BOARD", date(2026, 2, 2), business="job_board")
    for number in range(8):
        contract_client(world, operator, f"CC-{number}", date(2025, 5, 1) + timedelta(60 * number), number % 2 == 0)
    world.add(
        "platform_features",
        feature_id="IWORKZ-checklist",
        employer_id=operator.id,
        kind="immigration_checklist",
        fee_yen=0,
        preparer="other",
        offered_from=date(2026, 1, 5),
    )


def _school(world: World) -> None:
    """A school that notified the placement of its graduates, free of charge and without a term."""
    school = agency(world, "GAKKO", kind="free_placement", grant_kind="notification", valid_to=None)
    for number in range(10):
        spring = date(AS_OF.year - number % 2, 3, 2) + timedelta(number)
        place(
            world, school, f"GKP-{number}", spring, kind="free", annual_wage_yen=2_880_000, six_month_wage_yen=1_440_000
        )
