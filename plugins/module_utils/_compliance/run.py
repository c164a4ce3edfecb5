# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One evaluation from end to end: pack, records, verdicts, and what becomes of them.

Artefacts go to the bucket first, then one transaction records the evaluation, then metrics and alerts say what the
registry holds: a run that was interrupted is run again, and goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import alerts, evaluate, metrics, opening
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.merge import Merged
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.objects import compressed, put
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import NotTold, Opening
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.recording import (
    Evaluated,
    is_current,
    is_recorded,
    overrides,
    record,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import LOCK
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import MANIFEST

# Held from the first look at the records to the last alert; the registry's own is held while it is changed.
RUN_LOCK = LOCK + 1


@dataclass
class Ran:
    """What became of a run.

    :param recorded: whether the registry has it; a question of what would be is only answered.
    :param current: whether it says what is so now; one of an earlier day than the last only joins the records.
    """

    evaluated: Evaluated
    recorded: bool
    current: bool
    changed: bool
    merged: Merged
    told: alerts.Told = field(default_factory=alerts.Told)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether all rules that were to be judged could be."""
        return not self.evaluated.problems

    def violations(self, least: str) -> int:
        """Violations of binding rules that are this severe, or more."""
        return sum(
            each["cases"]["violation"]
            for each in self.evaluated.found["rules"].values()
            if each["status"] == "binding" and alerts.at_least(each["severity"], least)
        )


def run(clients: Any, given: Settings, *, check: bool = False, clock: Callable[[], datetime] | None = None) -> Ran:
    """Evaluate the records as they are, record what was found, and tell who is to be told.

    :param clients: ``_aws.session.Clients``.
    :param check: write nothing, and say what would be new and what would be gone.

    Raises Busy, NotYetThere, NotTold, ReconcileError for what can't be reached, and what pack, records and artefacts
    raise (all ValueErrors).
    """
    evaluate.require()
    began = time.monotonic()
    clock = clock or opening.now
    with opening.opened(clients, given) as opened, opening.alone(opened.registry, RUN_LOCK, "evaluation", check):
        evaluated = _evaluate(opened, clock())
        ran = _record(opened, evaluated, clock, check)
        if ran.recorded and ran.current and not check:
            _tell(opened, ran, clock())
    ran.seconds = round(time.monotonic() - began, 1)
    if ran.told.errors:
        raise NotTold.by(ran.told.errors)
    return ran


def _evaluate(opened: Opening, now: datetime) -> Evaluated:
    settings = opened.settings
    pack = opened.pack()
    as_of = opened.today(pack, now)
    snapshot, counted = opened.snapshot(pack)
    directory = opened.scratch / "evaluation"
    found = evaluate.evaluate(
        pack,
        snapshot,
        as_of=as_of,
        directory=directory,
        period=settings.period,
        rules=settings.rules or None,
        overrides=overrides(opened.registry, as_of, pack.timezone),
        law_date=settings.law_date,
        **opened.limits,
    )
    return Evaluated(
        pack=pack,
        snapshot=snapshot,
        found=found.document,
        directory=directory,
        counted=counted,
        full=not settings.rules,
        as_of=as_of,
        period=settings.period,
        started_at=now,
    )


def _record(opened: Opening, evaluated: Evaluated, clock: Callable[[], datetime], check: bool) -> Ran:
    registry = opened.registry
    today = clock().astimezone(ZoneInfo(evaluated.pack.timezone)).date()
    recorded = opened.settings.law_date is None and evaluated.as_of <= today
    # What would be is compared with what is.
    current = is_current(registry, evaluated.as_of) or not recorded
    if recorded and is_recorded(registry, evaluated.id, current):
        return Ran(evaluated, recorded, current, changed=False, merged=Merged())
    keep = recorded and not check
    if keep:
        _store(opened, evaluated)
    merged = record(registry, evaluated, clock(), current=current, keep=keep)
    return Ran(evaluated, recorded, current, changed=recorded, merged=merged)


def _store(opened: Opening, evaluated: Evaluated) -> None:
    directory = evaluated.directory
    files = (
        compressed(directory / evaluate.FINDINGS, directory),
        directory / evaluate.EVALUATION,
        evaluated.snapshot.path / MANIFEST,
    )
    put(opened.clients.client("s3"), opened.settings.bucket, evaluated.artefacts, files)


def _tell(opened: Opening, ran: Ran, now: datetime) -> None:
    clients, settings, registry, pack = opened.clients, opened.settings, opened.registry, ran.evaluated.pack
    metrics.publish(clients.client("cloudwatch"), registry, pack.rules.values(), now)
    wanted = alerts.audiences(registry.recipients().values(), opened.topic)
    if not wanted:
        ran.warnings.append("the registry has no recipients: nobody is told of anything")
    found = alerts.due(registry, settings.alerts, now, clients.region, settings.bucket)
    ran.told = alerts.tell(registry, clients.client("sns"), found, wanted, pack, settings.alerts, now)
    ran.changed = ran.changed or ran.told.messages > 0
