"""Makes the whole set: the lawful population, and the plants in it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sandbox.rehearsal.employers import (
    base,
    base_details,
    base_dispatch,
    base_foreign,
    base_placement,
    base_privacy,
    declaring,
    filing,
    identities,
    plants_contracts,
    plants_dispatch,
    plants_dispatch_limits,
    plants_employers,
    plants_equality,
    plants_foreign,
    plants_freelance,
    plants_leave,
    plants_placement,
    plants_privacy,
    plants_recruitment,
    plants_sectors,
    plants_skilled,
    plants_time,
    plants_wages,
)
from sandbox.rehearsal.employers.plant import Plant
from sandbox.rehearsal.employers.world import Row, World

SEED = 20261121
# In this order: the last two add what belongs to every employer and worker there is.
BASES = (base, base_details, base_dispatch, base_foreign, base_placement, base_privacy)
PLANTED = (
    plants_time,
    plants_sectors,
    plants_wages,
    plants_contracts,
    plants_leave,
    plants_employers,
    plants_recruitment,
    plants_placement,
    plants_dispatch,
    plants_dispatch_limits,
    plants_foreign,
    plants_skilled,
    plants_freelance,
    plants_equality,
    plants_privacy,
)
# What every employer and worker has, those of plants among them: what only reports to authorities need.
COMPLETING = (identities, filing, declaring)


@dataclass(frozen=True)
class Generated:
    """Rows by table, and the cases planted in them."""

    tables: dict[str, list[Row]]
    plants: tuple[Plant, ...]


def generate(seed: int = SEED, *, planted: bool = True) -> Generated:
    """Return the same rows and plants for the same seed; without plants only what is lawful."""
    world = World()
    random = Random(seed)
    for each in BASES:
        each.populate(world, random)
    plants: list[Plant] = []
    for module in PLANTED if planted else ():
        for planter in module.PLANTS:
            plants += planter(world)
    for completing in COMPLETING:
        completing.complete(world)
    return Generated(world.tables, tuple(plants))
