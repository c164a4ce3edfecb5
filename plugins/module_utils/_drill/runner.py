# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Performs steps, each on the journal before and after it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS, perform
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, Facts, explain
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Journal
from ansible_collections.iworkz.platform.plugins.module_utils._drill.names import filled
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, Step


class Aborted(Exception):
    """An abort condition is met."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.id)
        self.breach = breach


class Failed(Exception):
    """A step failed: which, in which stage, and why."""

    def __init__(self, stage: str, step: str, error: Exception) -> None:
        super().__init__(f"{stage}/{step}: {explain(error)}")
        self.stage = stage
        self.step = step
        self.why = explain(error)


@dataclass
class Runner:
    """
    :param number: of the run that the steps belong to, 0 for the drill itself.

    ``done`` has the steps so far: {id, stage, began, ended (monotonic), outcome}.
    """

    context: Context
    journal: Journal
    number: int = 0
    done: list[dict[str, Any]] = field(default_factory=list)

    def perform(self, stage: str, step: Step) -> Facts:
        """Raises Failed, Aborted."""
        self.context.step = step.id
        params = self.params(step)
        return self.do(stage, step.id, step.timeout_seconds, lambda: perform(self.context, step.action, params))

    def do(self, stage: str, identifier: str, timeout: float, work: Callable[[], Facts | None]) -> Facts:
        """Do anything as a step. Raises Failed, Aborted."""
        self.context.timeout = timeout
        entry = {"run": self.number, "stage": stage, "step": identifier}
        began = self.journal.write("began", **entry)["monotonic"]
        outcome, facts = "interrupted", {}
        try:
            facts = work() or {}
            outcome = "done"
        except Aborted:
            outcome = "aborted"
            raise
        except Exception as error:
            outcome, facts = "failed", {"error": explain(error)}
            raise Failed(stage, identifier, error) from error
        finally:
            ended = self.journal.write("ended", **entry, outcome=outcome, facts=facts)["monotonic"]
            self.done.append({"id": identifier, "stage": stage, "began": began, "ended": ended, "outcome": outcome})
        return facts

    def note(self, scenario: Scenario) -> None:
        """Note, on the journal too, what the steps' actions will need to know of the state before the fault.

        Raises Failed.
        """
        before: dict[str, Facts] = {}
        for stage, step in scenario.steps():
            note = ACTIONS[step.action].note
            if note is not None:
                try:
                    before[step.id] = note(self.context, **self.params(step)) or {}
                except Exception as error:
                    raise Failed(stage, step.id, error) from error
        self.journal.write("noted", run=self.number, before=before)
        self.context.before = before

    def params(self, step: Step) -> dict[str, str]:
        return {key: filled(value, self.context.site.names) for key, value in step.params.items()}
