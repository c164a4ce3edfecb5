"""The agency that dispatches workers to offices and factories of three clients, half of them on fixed terms."""

from __future__ import annotations

from datetime import date
from random import Random

from sandbox.rehearsal.employers.base import born, someone
from sandbox.rehearsal.employers.dispatching import client, dispatcher, send
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.world import World

STAFF, DISPATCHED, SINCE_OCTOBER = 4, 40, 4
CLIENTS = ("MINATO", "AOBA", "NAGARE")
PREFECTURES = ("13", "27", "14")


def populate(world: World, random: Random) -> None:
    """Add the agency, its clients, its own staff and the workers it dispatches; one client is of its own group."""
    agency = dispatcher(world, "HAKEN", headcount=STAFF + DISPATCHED)
    for client_id, prefecture in zip(CLIENTS, PREFECTURES, strict=True):
        client(world, agency, client_id, prefecture=prefecture, group=client_id == CLIENTS[0])
    for number in range(1, STAFF + 1):
        hire(world, agency, f"HKS-{number:03d}", someone(random))
    for number in range(1, DISPATCHED + 1):
        first = date(random.choice((2024, 2025, 2026)), 4, 1)
        years = [(date(year, 4, 1), date(year + 1, 3, 31)) for year in range(first.year, 2027)]
        if number > DISPATCHED - SINCE_OCTOBER:
            years = [(date(2026, 10, 1), date(2027, 3, 31))]
        send(
            world,
            agency,
            CLIENTS[number % len(CLIENTS)],
            f"HKN-{number:03d}",
            Person(
                birth_date=born(random, 23, 50),
                sex=random.choice(("female", "male")),
                hired_on=years[0][0],
                terms=years if number % 2 else (),
                hourly_yen=1900,
            ),
            org_unit=f"unit-{number % 4}",
        )
