# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One evaluation from end to end: pack, records, verdicts, and what becomes of them.

Artefacts go to the bucket first, then one transaction records the evaluation, then metrics and alerts say what the
registry holds: a run that was interrupted is run again, and goes on from there.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import alerts, evaluate, intake, metrics
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.merge import Merged
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.objects import compressed, put
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.recording import (
    Evaluated,
    is_current,
    is_recorded,
    overrides,
    record,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.records import records
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import (
    LOCK,
    Registry,
    connect,
    translated,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import MANIFEST
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets

# Held from the first look at the records to the last alert; the registry's own is held while it is changed.
RUN_LOCK = LOCK + 1


class Busy(ReconcileError):
    """Another evaluation runs."""


class NotYetThere(ReconcileError):
    """What a run needs is yet to be made."""


class NotTold(ReconcileError):
    """All is recorded, but SNS did not take every alert: they stay due."""


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
    clock = clock or _now
    caller = clients.caller()
    settings = given.named(caller["account"])
    place = (clients, settings.instance, settings.secret, settings.ca_bundle)
    _check_there(clients, settings)
    if settings.directory:
        Path(settings.directory).mkdir(parents=True, exist_ok=True)
    with (
        connect(*place, who=caller["arn"], database=settings.database) as registry,
        translated(settings.instance),
        _alone(registry, check),
        tempfile.TemporaryDirectory(prefix="compliance-", dir=settings.directory) as scratch,
    ):
        evaluated = _evaluate(clients, settings, registry, Path(scratch), clock())
        ran = _record(clients, settings, registry, evaluated, clock, check)
        if ran.recorded and ran.current and not check:
            _tell(clients, settings, registry, ran, caller["account"], clock())
    ran.seconds = round(time.monotonic() - began, 1)
    if ran.told.errors:
        raise NotTold("; ".join(f"{topic}: {text}" for topic, text in sorted(ran.told.errors.items())))
    return ran


def _check_there(clients: Any, settings: Settings) -> None:
    found = postgres.instance(clients, settings.instance)
    if found is None or "Endpoint" not in found:
        raise NotYetThere(f"there is no DB instance {settings.instance}, or it is being created: apply the role rds")
    if secrets.read(clients.client("secretsmanager"), settings.secret) is None:
        raise NotYetThere(f"there is no secret {settings.secret}: apply the role compliance")


def _evaluate(clients: Any, settings: Settings, registry: Registry, scratch: Path, now: datetime) -> Evaluated:
    row = registry.active_pack() if registry.exists else None
    if row is None:
        raise NotYetThere("the registry has no active pack: apply the role compliance")
    # Whom to trust is asked of KMS: who can write the registry could name another key there.
    trusted = KmsKey(clients.client("kms"), settings.signing_key).public_key
    pack = packs.load(Shelf(clients.client("s3"), settings.bucket, trusted).fetch(row, scratch / "pack"))
    if pack.hash != row["hash"]:
        raise packs.PackError(f"{row['artefact_key']}: has the hash {pack.hash}, registered is {row['hash']}")
    as_of = settings.as_of or now.astimezone(ZoneInfo(pack.timezone)).date()
    source = records(clients, settings, registry)
    limits: dict[str, Any] = {"memory_mib": settings.memory_mib, "threads": settings.threads}
    snapshot = intake.take(source, pack.schema, scratch / "snapshot", **limits)
    found = evaluate.evaluate(
        pack,
        snapshot,
        as_of=as_of,
        directory=scratch / "evaluation",
        period=settings.period,
        rules=settings.rules or None,
        overrides=overrides(registry, as_of, pack.timezone),
        law_date=settings.law_date,
        **limits,
    )
    return Evaluated(
        pack=pack,
        snapshot=snapshot,
        found=found.document,
        directory=scratch / "evaluation",
        counted=source.rows,
        full=not settings.rules,
        as_of=as_of,
        period=settings.period,
        started_at=now,
    )


def _record(
    clients: Any,
    settings: Settings,
    registry: Registry,
    evaluated: Evaluated,
    clock: Callable[[], datetime],
    check: bool,
) -> Ran:
    today = clock().astimezone(ZoneInfo(evaluated.pack.timezone)).date()
    recorded = settings.law_date is None and evaluated.as_of <= today
    # What would be is compared with what is.
    current = is_current(registry, evaluated.as_of) or not recorded
    if recorded and is_recorded(registry, evaluated.id, current):
        return Ran(evaluated, recorded, current, changed=False, merged=Merged())
    keep = recorded and not check
    if keep:
        _store(clients, settings, evaluated)
    merged = record(registry, evaluated, clock(), current=current, keep=keep)
    return Ran(evaluated, recorded, current, changed=recorded, merged=merged)


def _store(clients: Any, settings: Settings, evaluated: Evaluated) -> None:
    directory = evaluated.directory
    files = (
        compressed(directory / evaluate.FINDINGS, directory),
        directory / evaluate.EVALUATION,
        evaluated.snapshot.path / MANIFEST,
    )
    put(clients.client("s3"), settings.bucket, evaluated.artefacts, files)


def _tell(clients: Any, settings: Settings, registry: Registry, ran: Ran, account: str, now: datetime) -> None:
    pack = ran.evaluated.pack
    metrics.publish(clients.client("cloudwatch"), registry, pack.rules.values(), now)
    wanted = alerts.audiences(
        registry.recipients().values(), f"arn:aws:sns:{clients.region}:{account}:{settings.topic}"
    )
    if not wanted:
        ran.warnings.append("the registry has no recipients: nobody is told of anything")
    found = alerts.due(registry, settings.alerts, now, clients.region, settings.bucket)
    ran.told = alerts.tell(registry, clients.client("sns"), found, wanted, pack, settings.alerts, now)
    ran.changed = ran.changed or ran.told.messages > 0


@contextmanager
def _alone(registry: Registry, check: bool) -> Iterator[None]:
    """Hold the lock of runs, which ends with the session; who changes nothing needs none. Raises Busy."""
    if not check and not registry.rows("SELECT pg_try_advisory_lock(%s) AS mine", (RUN_LOCK,))[0]["mine"]:
        raise Busy("another evaluation runs: wait until it has ended")
    yield


def _now() -> datetime:
    return datetime.now(UTC)
