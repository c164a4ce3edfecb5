# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of actions: what a step may do. A scenario names one, with the keyword parameters its function takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, Facts
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature

Run = Callable[..., "Facts | None"]


@dataclass(frozen=True)
class Action:
    """
    :param run: does it; returns facts for the journal, raises StepFailed and what the libraries raise.
    :param signature: of its parameters.
    :param calls: API operations and console commands that change something, for plans; none for an observer.
    :param note: notes, before the fault, what the action will need to know; reads only.
    """

    run: Run
    signature: Signature
    calls: tuple[str, ...] = ()
    note: Run | None = None


ACTIONS: dict[str, Action] = {}


def action(*calls: str, note: Run | None = None) -> Callable[[Run], Run]:
    """Enter a function into the table under its own name."""

    def enter(run: Run) -> Run:
        ACTIONS[run.__name__] = Action(run, Signature.of(run), calls, note)
        return run

    return enter


def perform(context: Context, name: str, params: dict[str, Any]) -> Facts:
    return ACTIONS[name].run(context, **params) or {}
