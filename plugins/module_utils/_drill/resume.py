# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finishing a drill that was interrupted: from its journal alone, everything that it disturbed is put back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._drill.drill import (
    FIND_ALARMS,
    Drill,
    Heading,
    restore_alarms,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock, Event, Journal, read
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.kit import Kit
from ansible_collections.iworkz.platform.plugins.module_utils._drill.rollback import roll_back
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runner import Runner
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Site


def resume(directory: Path, clients: Any, clock: Clock, kit: Kit) -> dict[str, Any]:
    """Put back what an interrupted drill disturbed and close its journal; its result, as far as it came.

    What cannot be put back is among the reasons, and the journal stays open. Raises JournalDamaged, OSError.
    """
    events = read(directory)
    opened = next(event for event in events if event["event"] == "opened")
    scenario = Scenario.of(opened["scenario"])
    journal = Journal(directory, clock)
    context = Context(clients, Site.of(opened["site"]), clock)
    variants = [variant for variant in scenario.variants if variant.name in opened["variants"]]
    drill = Drill(Heading(**opened["heading"]), scenario, variants, opened["repeat"], context, journal, kit)
    drill.verdict = "aborted"
    drill.measured = {
        variant.name: [event["figures"] for event in _of(events, "measured") if event["variant"] == variant.name]
        for variant in variants
    }
    drill.reasons = [Breach("drill.interrupted", {"step": _last_step(events)})]
    runner = Runner(context, journal)
    failed = _put_back(runner, scenario, events, kit) + restore_alarms(runner, _silenced(events))
    drill.reasons += failed
    now, started = clock.now(), datetime.fromisoformat(drill.heading.started_at)
    result = drill.result(max(0.0, (now - started).total_seconds()))
    if not failed:
        journal.write("closed", verdict=drill.verdict)
    journal.close()
    return result


def _put_back(runner: Runner, scenario: Scenario, events: Sequence[Event], kit: Kit) -> list[Breach]:
    variants = {variant.name: variant for variant in scenario.variants}
    restored = {event["run"] for event in _of(events, "restored")}
    before = {event["run"]: event["before"] for event in _of(events, "noted")}
    failed: list[Breach] = []
    for run in _of(events, "run"):
        if run["run"] not in restored:
            failed += roll_back(
                runner,
                scenario,
                variants[run["variant"]],
                run["run"],
                run["identifier"],
                before.get(run["run"]),
                kit,
            )
    return failed


def _silenced(events: Sequence[Event]) -> list[str]:
    found = [event for event in _of(events, "ended") if event["step"] == FIND_ALARMS]
    return list(found[0]["facts"].get("alarms", ())) if found else []


def _last_step(events: Sequence[Event]) -> str:
    steps = [event["step"] for event in _of(events, "began")]
    return str(steps[-1]) if steps else "-"


def _of(events: Sequence[Event], kind: str) -> list[Event]:
    return [event for event in events if event["event"] == kind]
