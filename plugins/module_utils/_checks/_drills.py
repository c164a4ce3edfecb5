# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sealed results of drills say about a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._drill.results import Result, audit, load
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import PROMISES, Scenario

DAY = timedelta(days=1)
# A guard let nothing happen, so a refusal says nothing about recovery, neither good nor bad.
REFUSED = "refused"
FIGURES = {"rto": "rto_seconds", "rpo": "lost_seconds"}


@dataclass(frozen=True)
class Drills:
    """The platform's results, oldest first (refusals left out), and what is wrong with the chain of all results."""

    results: tuple[Result, ...]
    problems: tuple[Breach, ...]

    def of(self, scenario: str) -> list[Result]:
        """Return the results of a scenario, oldest first."""
        return [result for result in self.results if result["scenario"] == scenario]


def drills(world: World) -> Drills:
    """Read the results; those of another account or environment do not count."""
    if not world.platform.drills_dir:
        return Drills((), ())
    directory = Path(world.platform.drills_dir)
    ours = (world.platform.environment, world.platform.account_id)
    results = [each for each in load(directory) if (each["environment"], each["account"]) == ours]
    return Drills(tuple(each for each in results if each["verdict"] != REFUSED), tuple(audit(directory)))


def standing(world: World, name: str, interval_days: float) -> tuple[Result | None, dict[str, Any], list[Breach]]:
    """Return the last result of a scenario, what it says about itself, and why it cannot be relied upon.

    It may be as old as the platform's interval for the scenario, but never older than ``interval_days``.
    """
    hours = world.platform.declared["drill_intervals"].get(name)
    interval = interval_days if hours is None else min(interval_days, hours / 24)
    results = world.once(drills).of(name)
    if not results:
        return None, {"drills": 0}, [Breach("dr.no_drill", {"scenario": name})]
    last = results[-1]
    age = (world.now - datetime.fromisoformat(last["ended_at"])) / DAY
    facts = {
        "drills": len(results),
        "last": last["id"],
        "ended_at": last["ended_at"],
        "age_days": round(age, 2),
        "verdict": last["verdict"],
        "hands_free": last["hands_free"],
    }
    breaches = []
    if age < 0:
        breaches.append(Breach("dr.drill_in_future", {"scenario": name, "ended_at": last["ended_at"]}))
    if age > interval:
        params = {"scenario": name, "days": facts["age_days"], "wanted": interval}
        breaches.append(Breach("dr.drill_overdue", params))
    if last["verdict"] != "pass":
        reasons = ", ".join(reason["id"] for reason in last["reasons"]) or "-"
        params = {"scenario": name, "verdict": last["verdict"], "reasons": reasons}
        breaches.append(Breach("dr.drill_not_passed", params))
    return last, facts, breaches


def judged(
    scenario: Scenario, result: Mapping[str, Any], limits: Mapping[str, Mapping[str, float]]
) -> tuple[dict[str, Any], list[Breach]]:
    """Return the worst figures per variant and store of a result, and the promises they break.

    ``limits`` are {kind of loss: {"rto", "rpo"}} in seconds. A variant the scenario does not know is judged by
    everything; a variant or store that was not measured breaks the promise it is there for.
    """
    promises = {variant.name: variant.judges for variant in scenario.variants}
    measured = {variant["name"]: variant for variant in result["variants"]}
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for name in {**promises, **measured}:
        probes = [run["probes"] for run in measured.get(name, {"runs": []})["runs"]]
        figures = observed[name] = {store: _worst(store, probes) for store in scenario.probes}
        for store, worst in figures.items():
            where = {"scenario": scenario.name, "variant": name, "store": store}
            limit = limits[scenario.targets_of[store]]
            breaches += _broken(where, worst, limit, promises.get(name, PROMISES))
    return observed, breaches


def _worst(store: str, runs: list[Mapping[str, Any]]) -> dict[str, float | None]:
    """The greatest of each figure over all runs; None where a run has none, or where there was no run."""
    worst: dict[str, float | None] = {}
    for figure in FIGURES.values():
        values = [run[store][figure] for run in runs if store in run]
        known = [value for value in values if value is not None]
        worst[figure] = max(known) if known and len(known) == len(runs) else None
    return worst


def _broken(
    where: dict[str, Any], worst: Mapping[str, float | None], limit: Mapping[str, float], promises: tuple[str, ...]
) -> Iterator[Breach]:
    for promise in promises:
        seconds = worst[FIGURES[promise]]
        if seconds is None:
            yield Breach("dr.unmeasured", {**where, "promise": promise.upper()})
        elif seconds > limit[promise]:
            yield Breach(f"dr.{promise}_missed", {**where, "seconds": seconds, "wanted": limit[promise]})
