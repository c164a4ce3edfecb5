# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run of a scenario: steady state, canaries, fault, recovery, the count, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import measure
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.canary import Canary
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.kit import Kit
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.process import Probe
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runner import Aborted, Runner
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import (
    PHASES,
    Scenario,
    Stage,
    Store,
    Variant,
)

STEADY_SECONDS = 30.0
"""How long canaries may take to flow undisturbed before the fault."""
CRISIS: tuple[Stage, ...] = ("fault", "observe", "recover")
COUNT_SECONDS = 120.0
REMOVE_SECONDS = 120.0
REMOVE = "remove_canaries"
VERIFY = "verify"
"""The stage in which the steady state is asked for again, after all is put back."""


@dataclass
class Run:
    """
    :param identifier: names the run's canaries; lower-case letters, digits and underscores.

    ``execute`` leaves nothing behind when it returns. When it raises, the canaries and the fault are still there: see
    rollback.py. ``figures`` has what was measured, either way.
    """

    scenario: Scenario
    variant: Variant
    number: int
    identifier: str
    runner: Runner
    kit: Kit
    probes: list[Probe] = field(default_factory=list)
    canaries: dict[Store, Canary] = field(default_factory=dict)
    kept: dict[Store, set[int]] = field(default_factory=dict)
    began: float = 0.0
    began_at: str = ""
    probing_since: float = 0.0
    load: float = 0.0
    noted: bool = False
    fault_at: float | None = None
    stopped_at: float | None = None

    @property
    def context(self) -> Context:
        return self.runner.context

    def execute(self) -> None:
        """Raises Failed, Aborted."""
        clock = self.context.clock
        self.began, self.began_at = clock.monotonic(), clock.now().isoformat()
        self.load = os.getloadavg()[0]
        self.runner.number, self.runner.done = self.number, []
        self.runner.journal.write("run", run=self.number, variant=self.variant.name, identifier=self.identifier)
        self.runner.note(self.scenario)
        self.noted = True
        self.stage("steady_state")
        try:
            self._start_canaries()
            self.fault_at = clock.monotonic()
            for stage in CRISIS:
                self.stage(stage)
            self._settle()
        finally:
            self.stop()
        self.runner.do("measure", "count_canaries", COUNT_SECONDS, self._count)
        self.runner.journal.write("measured", run=self.number, variant=self.variant.name, figures=self.figures())
        for stage in ("return", "cleanup"):
            self.stage(stage)
        self.runner.do("cleanup", REMOVE, REMOVE_SECONDS, lambda: remove(self.context, self.canaries))
        self.stage("steady_state", VERIFY)
        self.runner.journal.write("restored", run=self.number)

    def stage(self, stage: Stage, under: str = "") -> None:
        for step in self.scenario.stages[stage]:
            self.runner.perform(under or stage, step)

    def watch(self) -> None:
        """Raises Aborted when the error budget is spent, or the run takes too long."""
        now, limits = self.context.clock.monotonic(), self.context.site.limits
        for probe in self.probes:
            probe.progress.update()
            silent = now - (probe.progress.last or self.probing_since)
            if silent > limits.unacknowledged_seconds:
                params = {
                    "store": probe.store,
                    "seconds": round(silent),
                    "limit": limits.unacknowledged_seconds,
                    "error": probe.progress.last_failure or "-",
                }
                raise Aborted(Breach("drill.budget_spent", params))
        if now - self.probing_since > limits.duration_seconds:
            raise Aborted(Breach("drill.too_long", {"limit": limits.duration_seconds}))

    def stop(self) -> None:
        """End the writers; whatever is acknowledged is on their tapes."""
        self.context.watch = lambda: None
        if self.stopped_at is None:
            # A writer takes its time to end, in which it writes nothing: that is no outage.
            asked = self.context.clock.monotonic()
            for probe in self.probes:
                probe.stop()
            self.stopped_at = asked

    def figures(self) -> dict[str, Any]:
        """The run, as docs/schemas/drill.schema.json has it."""
        fault_at = self.fault_at if self.fault_at is not None else self.began
        stopped_at = self.stopped_at if self.stopped_at is not None else self.context.clock.monotonic()
        probes = {
            probe.store: measure.measured(probe.tape(), self.kept.get(probe.store), fault_at, stopped_at, probe.rate)
            for probe in self.probes
        }
        return {
            "number": self.number,
            "began_at": self.began_at,
            "load_average": round(self.load, 2),
            "probes": probes if self.fault_at is not None else {},
            "phases": self._phases(),
            "steps": [
                {
                    "id": each["id"],
                    "stage": each["stage"],
                    "began_seconds": round(each["began"] - self.began, 6),
                    "seconds": round(each["ended"] - each["began"], 6),
                    "outcome": each["outcome"],
                }
                for each in self.runner.done
            ],
        }

    def _start_canaries(self) -> None:
        rate, directory = self.context.site.measuring.rate, self.runner.journal.directory
        self.canaries = canaries(self.context, self.scenario, self.variant, self.identifier, self.kit)

        def create() -> None:
            for canary in self.canaries.values():
                canary.create()

        self.runner.do("measure", "create_canaries", STEADY_SECONDS, create)
        self.probes = [
            self.kit.probe(store, canary, rate, directory, self.identifier) for store, canary in self.canaries.items()
        ]

        def start() -> None:
            for probe in self.probes:
                probe.start()
            self.probing_since = self.context.clock.monotonic()
            self.context.watch = self.watch
            self._undisturbed(self.context.site.measuring.steady_seconds)

        self.runner.do("measure", "start_canaries", STEADY_SECONDS, start)

    def _settle(self) -> None:
        measuring, limits = self.context.site.measuring, self.context.site.limits
        self.runner.do(
            "measure", "settle", limits.duration_seconds, lambda: self._undisturbed(measuring.settle_seconds)
        )

    def _undisturbed(self, seconds: float) -> None:
        def flowing() -> bool:
            now = self.context.clock.monotonic()
            return all(probe.progress.undisturbed(now) >= seconds for probe in self.probes)

        self.context.wait("an undisturbed flow of canaries", flowing)

    def _count(self) -> dict[str, int]:
        def counted() -> bool:
            for store, canary in self.canaries.items():
                if store not in self.kept:
                    self.kept[store] = canary.kept()
            return True

        # The endpoint has just come back: what fails once is asked again.
        self.context.wait("the count of canaries", counted, lambda error: True)
        return {store: len(kept) for store, kept in self.kept.items()}

    def _phases(self) -> dict[str, float | None]:
        phase_of = {step.id: step.phase for _stage, step in self.scenario.steps()}
        done = [each for each in self.runner.done if each["outcome"] == "done" and each["stage"] in CRISIS]
        found: dict[str, float | None] = {}
        for phase in PHASES:
            steps = [each for each in done if phase_of.get(each["id"]) == phase]
            seconds = max(s["ended"] for s in steps) - min(s["began"] for s in steps) if steps else None
            found[f"{phase}_seconds"] = None if seconds is None else round(seconds, 6)
        return found


def canaries(context: Context, scenario: Scenario, variant: Variant, identifier: str, kit: Kit) -> dict[Store, Canary]:
    return {store: kit.canary(context, store, identifier, variant) for store in scenario.probes}


def remove(context: Context, places: Mapping[Store, Canary]) -> None:
    """Remove canaries, waiting for stores that are just coming back. Raises TimedOut."""
    left: Sequence[Store] = list(places)
    for store in left:

        def removed(canary: Canary = places[store]) -> bool:
            canary.remove()
            return True

        context.wait(f"the removal of canaries from {store}", removed, lambda error: True)
