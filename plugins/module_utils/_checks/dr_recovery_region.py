# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 6.2.1.1: the recovery region beside the home region, definition by definition."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _recovery_database,
    _recovery_edge,
    _recovery_images,
    _recovery_network,
    _recovery_operations,
    _recovery_stores,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import Comparison
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

KINDS = (
    *_recovery_network.KINDS,
    *_recovery_operations.KINDS,
    *_recovery_database.KINDS,
    *_recovery_images.KINDS,
    *_recovery_stores.KINDS,
    *_recovery_edge.KINDS,
)


@check("6.2.1.1")
def recovery_region_in_step(world: World, required: dict[str, Any]) -> Finding:
    there = world.elsewhere(world.platform.recovery_region)
    compared = Comparison(world.platform.declared["recovery_differences"])
    nothing = []
    for kind in KINDS:
        pair = kind.read(world, there)
        compared.add(kind.name, pair)
        if not pair[0] and kind.name in required["kinds"]:
            nothing.append(Breach("dr.nothing_compared", {"kind": kind.name}))
    limit = min(required["lag_seconds"], world.platform.declared["recovery"]["region"]["rpo_seconds"])
    replicas, behind = _recovery_database.standing(world, there, limit)
    breaches = (
        *nothing,
        *compared.breaches,
        *behind,
        *_recovery_operations.single_region(world),
        *_recovery_images.lost(world),
        *_recovery_images.replicated(world, there),
    )
    observed = {
        "regions": {"home": world.platform.region, "recovery": there.platform.region},
        "replicas": replicas,
        "definitions": compared.table,
        "declared_differences_without_use": compared.unused,
    }
    return Finding(observed, breaches)
