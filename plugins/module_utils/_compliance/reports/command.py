# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports from end to end: what is owed, filled in, checked, uploaded, registered, and told of."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import alerts, evaluate, opening
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import NotTold, Opening
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.recording import overrides
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import LOCK
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import (
    archive,
    model,
    notices,
    register,
    render,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built, build
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.duties import Duty, owed
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.filings import filed
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry, Filing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.validate import problems
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain

# Held while reports are made, beside evaluations.
REPORT_LOCK = LOCK + 2


@dataclass(frozen=True)
class Wanted:
    """What a run is asked for besides the settings of every run of the engine.

    :param reports: ids of reports; all when empty.
    :param employers: whose; all when empty.
    :param ahead: how far ahead reports are made that will be due.
    :param behind: how far back those are looked for that were due.
    """

    reports: tuple[str, ...] = ()
    employers: tuple[str, ...] = ()
    ahead: timedelta = timedelta(days=31)
    behind: timedelta = timedelta(days=90)
    filings: tuple[Filing, ...] = ()


@dataclass
class Made:
    """What became of a run: the register before and after, by id."""

    as_of: date
    snapshot: str
    before: dict[str, Entry]
    after: dict[str, Entry]
    duties: list[Duty] = field(default_factory=list)
    notices: list[notices.Notice] = field(default_factory=list)
    messages: int = 0
    uploaded: list[str] = field(default_factory=list)

    @property
    def changed(self) -> list[str]:
        """The ids of entries that are not as they were."""
        return sorted(name for name, entry in self.after.items() if entry != self.before.get(name))


def make(
    registered: dict[str, Entry],
    pack: Pack,
    reports: dict[str, Report],
    snapshot: Snapshot,
    as_of: date,
    wanted: Wanted,
    scratch: Path,
    stricter: dict[str, Any],
) -> tuple[Made, dict[str, Built]]:
    """What the register is to say, and the reports that may be filed, by id. Nothing is uploaded or written.

    Raises PackError, and InvalidInput for a filing of a report that is not in the register.
    """
    unknown = sorted(set(wanted.reports) - set(reports))
    if unknown:
        raise PackError(f"no such report: {', '.join(unknown)}; there are {', '.join(sorted(reports))}")
    chosen = {name: each for name, each in reports.items() if not wanted.reports or name in wanted.reports}
    window = (as_of - wanted.behind, as_of + wanted.ahead)
    with Reader(pack, snapshot, as_of, scratch, stricter) as reader:
        duties = owed(reader, chosen, *window, wanted.employers)
        theirs = {name: each for name, each in registered.items() if each.kind in chosen}
        found = register.brought_up_to_date(theirs, duties, window, wanted.employers)
        found = registered | register.with_filings(found, filed(reader, chosen, duties), as_of)
        found = register.with_filings(found, wanted.filings, as_of)
        ready = [each for each in duties if chosen[each.report].sections and _is_over(each, chosen[each.report], as_of)]
        filled = build(reader, chosen, [each for each in ready if found[each.id].state != "filed"])
    good = {}
    for built in filled:
        wrong = [{"id": each.id, "params": plain(each.params)} for each in problems(built)]
        found[built.duty.id] = archive.examined(found[built.duty.id], built, snapshot.id, as_of, wrong)
        if not wrong:
            good[built.duty.id] = built
    kept = {name for name, each in reports.items() if not each.addressed}
    after = {
        name: each if each.state == "void" else each.judged(as_of, each.kind in kept) for name, each in found.items()
    }
    return Made(as_of, snapshot.id, registered, after, duties), good


def run(
    clients: Any, given: Settings, wanted: Wanted, *, check: bool = False, clock: Callable[[], datetime] | None = None
) -> Made:
    """Make what is due, and bring the register up to date.

    :param clients: ``_aws.session.Clients``.
    :param check: upload, write and tell nothing; the result says what would be.

    Raises Busy, NotYetThere, NotTold, ReconcileError for what can't be reached, and what pack, records and artefacts
    raise (all ValueErrors).
    """
    evaluate.require()
    render.require()
    now = (clock or opening.now)()
    with opening.opened(clients, given) as opened, opening.alone(opened.registry, REPORT_LOCK, "run of reports", check):
        registry = opened.registry
        pack = opened.pack()
        as_of = opened.today(pack, now)
        snapshot, _counted = opened.snapshot(pack)
        reports = model.load(opened.rules, pack)
        stricter = overrides(registry, as_of, pack.timezone)
        before = register.entries(registry)
        made, good = make(before, pack, reports, snapshot, as_of, wanted, opened.scratch / "spill", stricter)
        made.uploaded = [name for name, built in good.items() if not archive.is_stored(made.after[name], built)]
        if not check:
            _store(opened, made, good, now)
            # Not while files are made, which takes minutes: an evaluation waits for seconds.
            with registry.transaction():
                register.write(registry, [made.after[name] for name in made.changed])
        made.notices = notices.due(made.after.values(), reports, as_of)
        if not check:
            _tell(opened, made)
    return made


def _store(opened: Opening, made: Made, good: dict[str, Built], now: datetime) -> None:
    client = opened.clients.client("s3")
    # What is in memory stays there until all are made: to look for garbage in it took a fifth of the time.
    gc.freeze()
    try:
        for name in made.uploaded:
            made.after[name] = archive.store(client, opened.settings.bucket, made.after[name], good[name], now)
    finally:
        gc.unfreeze()


def _tell(opened: Opening, made: Made) -> None:
    wanted = alerts.audiences(opened.registry.recipients().values(), opened.topic)
    marked, made.messages, errors = notices.tell(opened.clients.client("sns"), made.notices, wanted)
    register.write(opened.registry, marked)
    made.after |= {each.id: each for each in marked}
    if errors:
        raise NotTold.by(errors)


def _is_over(duty: Duty, report: Report, today: date) -> bool:
    """Whether all it reports on has been: the day of an event, or the last day of a period."""
    return duty.period[1] < today + timedelta(days=report.trigger == "event")
