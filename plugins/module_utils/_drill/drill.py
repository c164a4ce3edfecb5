# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whole drill: every variant as often as asked, on the journal from the first to the last, and its result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import alarms, measure
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Journal
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.kit import Kit
from ansible_collections.iworkz.platform.plugins.module_utils._drill.rollback import roll_back
from ansible_collections.iworkz.platform.plugins.module_utils._drill.run import Run
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runner import Aborted, Failed, Runner
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, Variant
from ansible_collections.iworkz.platform.plugins.module_utils._drill.verdict import (
    Targets,
    broken_promises,
    hands_free,
)

ALARM_SECONDS = 60.0
FIND_ALARMS = "find_alarms"
WATCHED = ("database", "recovery_database", "cache", "broker")
"""Names of what alarms watch."""
RECOVERY_STAGES = ("observe", "recover", "measure")
"""A step that fails in one of these is the platform's failure; in any other the drill's."""


@dataclass(frozen=True)
class Heading:
    """What a result says of a drill before anything was measured."""

    id: str
    scenario: str
    environment: str
    account: str
    region: str
    revision: str
    caller: str
    started_at: str

    def document(self) -> dict[str, str]:
        return dict(vars(self))


@dataclass
class Drill:
    """
    :param context: its ``site`` and ``clock`` are the drill's.
    """

    heading: Heading
    scenario: Scenario
    variants: Sequence[Variant]
    repeat: int
    context: Context
    journal: Journal
    kit: Kit
    measured: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    reasons: list[Breach] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    verdict: str = "pass"

    def execute(self) -> dict[str, Any]:
        """Run it and put everything back; the result. Only a rollback that failed leaves the journal open."""
        began = self.context.clock.monotonic()
        self.measured = {variant.name: [] for variant in self.variants}
        self.journal.write(
            "opened",
            heading=self.heading.document(),
            scenario=self.scenario.document(),
            site=self.context.site.document(),
            variants=[variant.name for variant in self.variants],
            repeat=self.repeat,
        )
        runner = Runner(self.context, self.journal)
        try:
            self._silence(runner)
            self._runs(runner)
        except Failed as error:
            self._end("aborted", Breach("drill.step_failed", {"step": error.step, "error": error.why}))
        restored = self._restore(runner)
        self.judge()
        result = self.result(self.context.clock.monotonic() - began)
        if restored:
            self.journal.write("closed", verdict=self.verdict)
        self.journal.close()
        return result

    def judge(self) -> None:
        for variant in self.variants:
            for breach in broken_promises(
                self.scenario, variant, self.measured[variant.name], self.context.site.targets
            ):
                self._end("fail", breach)

    def result(self, seconds: float) -> dict[str, Any]:
        """The drill's result after so many seconds of the monotonic clock."""
        return compose(
            self.heading, self.scenario, self.measured, self.verdict, self.reasons, self.context.site.targets, seconds
        )

    def _runs(self, runner: Runner) -> None:
        number = 0
        for variant in self.variants:
            for _time in range(self.repeat):
                number += 1
                run = Run(self.scenario, variant, number, run_identifier(self.heading.id, number), runner, self.kit)
                if not self._run(run):
                    return
                self.measured[variant.name].append(run.figures())

    def _run(self, run: Run) -> bool:
        """Whether the drill can go on after this run."""
        try:
            run.execute()
        except Aborted as error:
            self._end("aborted", error.breach)
        except Failed as error:
            verdict = "fail" if error.stage in RECOVERY_STAGES and run.fault_at is not None else "aborted"
            self._end(verdict, Breach("drill.step_failed", {"step": error.step, "error": error.why}))
        else:
            return True
        if run.fault_at is not None:
            self.measured[run.variant.name].append(run.figures())
        before = run.context.before if run.noted else None
        failed = roll_back(run.runner, self.scenario, run.variant, run.number, run.identifier, before, self.kit)
        for breach in failed:
            self._end("aborted", breach)
        return False

    def _silence(self, runner: Runner) -> None:
        names = self.context.site.names
        resources = {names[name] for name in WATCHED}
        self.alarms = runner.do(
            "prepare", FIND_ALARMS, ALARM_SECONDS, lambda: {"alarms": alarms.watching(self.context, resources)}
        )["alarms"]
        runner.do("prepare", "silence_alarms", ALARM_SECONDS, lambda: alarms.silence(self.context, self.alarms))

    def _restore(self, runner: Runner) -> bool:
        """Whether all is as it was before the drill."""
        for breach in restore_alarms(runner, self.alarms):
            self._end("aborted", breach)
        return not any(breach.id == "drill.rollback_failed" for breach in self.reasons)

    def _end(self, verdict: str, breach: Breach) -> None:
        """The first thing that went wrong decides the verdict; a drill that had to be aborted never only fails."""
        if self.verdict == "pass" or verdict == "aborted":
            self.verdict = verdict
        self.reasons.append(breach)


def compose(
    heading: Heading,
    scenario: Scenario,
    measured: Mapping[str, Sequence[dict[str, Any]]],
    verdict: str,
    reasons: Sequence[Breach],
    targets: Targets,
    seconds: float,
) -> dict[str, Any]:
    """A result, as docs/schemas/drill.schema.json has it."""
    started = datetime.fromisoformat(heading.started_at)
    return {
        "schema": 1,
        **heading.document(),
        "ended_at": (started + timedelta(seconds=round(seconds, 3))).isoformat(),
        "verdict": verdict,
        "reasons": [{"id": breach.id, "params": breach.params} for breach in reasons],
        "targets": dict(targets[scenario.targets]),
        "targets_of": {store: dict(targets[name]) for store, name in scenario.targets_of.items()},
        "variants": [
            {"name": name, "summary": measure.summary(runs), "runs": list(runs)} for name, runs in measured.items()
        ],
        "hands_free": hands_free(scenario, {name: action.calls for name, action in ACTIONS.items()}),
    }


def restore_alarms(runner: Runner, silenced: Sequence[str]) -> list[Breach]:
    """Let alarms act again; why they could not be made to."""
    runner.number = 0
    try:
        runner.do("finish", "restore_alarms", ALARM_SECONDS, lambda: alarms.restore(runner.context, silenced))
    except Failed as error:
        return [Breach("drill.rollback_failed", {"step": error.step, "error": error.why})]
    return []


def run_identifier(drill: str, number: int) -> str:
    """Names the canaries of a run, in all stores."""
    return f"{re.sub('[^a-z0-9]+', '_', drill.lower())}_{number}"
