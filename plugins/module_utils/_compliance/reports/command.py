# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports from end to end: what is owed, filled in, checked, uploaded, registered, and told of."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import alerts, evaluate, intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.recording import overrides
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.records import records
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import (
    Registry,
    connect,
    translated,
)
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
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.run import NotTold, NotYetThere
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain


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
        found[built.duty.id] = archive.examined(found[built.duty.id], built, snapshot.id, wrong)
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

    Raises NotYetThere, NotTold, ReconcileError for what can't be reached, and what pack, records and artefacts raise
    (all ValueErrors).
    """
    evaluate.require()
    render.require()
    now = (clock or _now)()
    caller = clients.caller()
    settings = given.named(caller["account"])
    if settings.directory:
        Path(settings.directory).mkdir(parents=True, exist_ok=True)
    place = (clients, settings.instance, settings.secret, settings.ca_bundle)
    with (
        connect(*place, who=caller["arn"], database=settings.database) as registry,
        translated(settings.instance),
        tempfile.TemporaryDirectory(prefix="reports-", dir=settings.directory) as scratch,
    ):
        path = _unpacked(clients, settings, registry, Path(scratch))
        pack = packs.load(path)
        as_of = settings.as_of or now.astimezone(ZoneInfo(pack.timezone)).date()
        source = records(clients, settings, registry)
        limits: dict[str, Any] = {"memory_mib": settings.memory_mib, "threads": settings.threads}
        snapshot = intake.take(source, pack.schema, Path(scratch) / "snapshot", **limits)
        reports = model.load(path, pack)
        with registry.transaction():
            stricter = overrides(registry, as_of, pack.timezone)
            before = register.entries(registry)
            made, good = make(before, pack, reports, snapshot, as_of, wanted, Path(scratch) / "spill", stricter)
            for name, built in good.items():
                if not archive.is_stored(made.after[name], built):
                    made.uploaded.append(name)
                    if not check:
                        client = clients.client("s3")
                        made.after[name] = archive.store(client, settings.bucket, made.after[name], built, now)
            if not check:
                register.write(registry, [made.after[name] for name in made.changed])
        made.notices = notices.due(made.after.values(), reports, as_of)
        if not check:
            _tell(clients, settings, registry, made, caller["account"])
    return made


def _unpacked(clients: Any, settings: Settings, registry: Registry, scratch: Path) -> Path:
    row = registry.active_pack() if registry.exists else None
    if row is None:
        raise NotYetThere("the registry has no active pack: apply the role compliance")
    trusted = KmsKey(clients.client("kms"), settings.signing_key).public_key
    return Shelf(clients.client("s3"), settings.bucket, trusted).fetch(row, scratch / "pack")


def _tell(clients: Any, settings: Settings, registry: Registry, made: Made, account: str) -> None:
    topic = f"arn:aws:sns:{clients.region}:{account}:{settings.topic}"
    wanted = alerts.audiences(registry.recipients().values(), topic)
    marked, made.messages, errors = notices.tell(clients.client("sns"), made.notices, wanted)
    register.write(registry, marked)
    made.after |= {each.id: each for each in marked}
    if errors:
        raise NotTold("; ".join(f"{topic}: {text}" for topic, text in sorted(errors.items())))


def _is_over(duty: Duty, report: Report, today: date) -> bool:
    """Whether all it reports on has been: the day of an event, or the last day of a period."""
    return duty.period[1] < today + timedelta(days=report.trigger == "event")


def _now() -> datetime:
    return datetime.now(UTC)
