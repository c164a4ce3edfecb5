# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what was measured keeps what is promised. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, Variant

Targets = Mapping[str, Mapping[str, float]]


def broken_promises(
    scenario: Scenario, variant: Variant, runs: Sequence[Mapping[str, Any]], targets: Targets
) -> list[Breach]:
    """What runs of a variant miss of the targets of each probe's store; of several runs the worst one is named."""
    breaches: list[Breach] = []
    for store in scenario.probes:
        target = targets[scenario.targets_of[store]]
        probes = [run["probes"][store] for run in runs if store in run["probes"]]
        where = {"store": store, "variant": variant.name}
        if "rto" in variant.judges:
            breaches += _rto(probes, target["rto_seconds"], where)
        if "rpo" in variant.judges:
            breaches += _rpo(probes, target["rpo_seconds"], where)
    return breaches


def hands_free(scenario: Scenario, acting: Mapping[str, Sequence[str]]) -> bool:
    """Whether nobody, not even the drill, acts between the fault and the first good write.

    :param acting: by action, what it changes; nothing for one that only waits.
    """
    return not any(acting[step.action] for stage in ("observe", "recover") for step in scenario.stages[stage])


def _rto(probes: Sequence[Mapping[str, Any]], limit: float, where: dict[str, Any]) -> list[Breach]:
    if any(probe["rto_seconds"] is None for probe in probes):
        return [Breach("drill.not_recovered", where)]
    worst = max((probe["rto_seconds"] for probe in probes), default=0.0)
    return [Breach("drill.rto_missed", {**where, "seconds": worst, "limit": limit})] if worst > limit else []


def _rpo(probes: Sequence[Mapping[str, Any]], limit: float, where: dict[str, Any]) -> list[Breach]:
    if any(probe["lost_rows"] is None for probe in probes):
        return [Breach("drill.not_counted", where)]
    worst = max(probes, key=lambda probe: probe["lost_seconds"], default=None)
    if worst is None or worst["lost_seconds"] <= limit:
        return []
    params = {**where, "rows": worst["lost_rows"], "seconds": worst["lost_seconds"], "limit": limit}
    return [Breach("drill.rpo_missed", params)]
