# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Putting back what a run disturbed, from wherever it stopped: by its own process, or by another one from the journal.

Every step of the stages ``return`` and ``cleanup`` looks at what is there before it acts, so all of them are performed,
whatever the run had come to; a rollback that is itself interrupted is simply begun again.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Facts
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.kit import Kit
from ansible_collections.iworkz.platform.plugins.module_utils._drill.run import (
    REMOVE,
    REMOVE_SECONDS,
    VERIFY,
    canaries,
    remove,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runner import Failed, Runner
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, Step, Variant
from ansible_collections.iworkz.platform.plugins.module_utils._drill.tape import written_to

ROLLBACK = "rollback"
WRITERS_SECONDS = 150.0
"""How long writers of an interrupted drill may take to end; a pooler holds a query for two minutes by default."""


def roll_back(
    runner: Runner,
    scenario: Scenario,
    variant: Variant,
    number: int,
    identifier: str,
    before: Mapping[str, Facts] | None,
    kit: Kit,
) -> list[Breach]:
    """Put back one run; what could not be done, nothing when all is as it was.

    A step that fails does not stop the others: as much as possible is put back.

    :param before: what the run noted before its fault, None when it had not come to that.
    """
    runner.number = number
    runner.journal.write("rolling_back", run=number)
    runner.context.before = before or {}
    runner.context.watch = lambda: None
    failed: list[Breach] = []
    steps = [*scenario.stages["return"], *scenario.stages["cleanup"]] if before is not None else []
    for step in steps:
        failed += _tried(runner, ROLLBACK, step)
    try:
        # After the steps above: a writer that outlived its drill may hang where they let it go on.
        runner.do(ROLLBACK, "await_writers", WRITERS_SECONDS, lambda: _await_writers(runner, identifier))
        runner.do(
            ROLLBACK,
            REMOVE,
            REMOVE_SECONDS,
            lambda: remove(runner.context, canaries(runner.context, scenario, variant, identifier, kit)),
        )
    except Failed as error:
        failed.append(_breach(error))
    for step in scenario.stages["steady_state"] if before is not None and not failed else ():
        failed += _tried(runner, VERIFY, step)
    if not failed:
        runner.journal.write("restored", run=number)
    return failed


def _await_writers(runner: Runner, identifier: str) -> None:
    tapes = sorted(runner.journal.directory.glob(f"acks.*.{identifier}"))
    runner.context.wait("the end of the writers", lambda: not any(written_to(tape) for tape in tapes))


def _tried(runner: Runner, stage: str, step: Step) -> list[Breach]:
    try:
        runner.perform(stage, step)
    except Failed as error:
        return [_breach(error)]
    return []


def _breach(error: Failed) -> Breach:
    return Breach("drill.rollback_failed", {"step": error.step, "error": error.why})
