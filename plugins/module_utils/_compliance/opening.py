# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How every run begins: who asks, what things are named, a session with the registry, and the pack in force."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.records import records
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import (
    Registry,
    connect,
    translated,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets


class Busy(ReconcileError):
    """Another run does the same."""


class NotYetThere(ReconcileError):
    """What a run needs is yet to be made."""


class NotTold(ReconcileError):
    """All is recorded, but SNS did not take every message: they stay due."""

    @classmethod
    def by(cls, errors: Mapping[str, str]) -> NotTold:
        """Of what SNS said, by topic."""
        return cls("; ".join(f"{topic}: {text}" for topic, text in sorted(errors.items())))


@dataclass(frozen=True)
class Opening:
    """What a run works with.

    :param settings: with every name filled in.
    :param scratch: a directory that is gone afterwards.
    """

    clients: Any
    settings: Settings
    account: str
    registry: Registry
    scratch: Path

    @property
    def topic(self) -> str:
        """The ARN of the topic of alerts."""
        return f"arn:aws:sns:{self.clients.region}:{self.account}:{self.settings.topic}"

    @property
    def limits(self) -> dict[str, Any]:
        """Of DuckDB."""
        return {"memory_mib": self.settings.memory_mib, "threads": self.settings.threads}

    @property
    def rules(self) -> Path:
        """Where ``pack`` leaves the files of the pack."""
        return self.scratch / "pack"

    def pack(self) -> Pack:
        """The pack in force, from the bucket (s3:GetObject, kms:GetPublicKey), once it is known to be what was signed
        and registered.

        Raises NotYetThere, ArtefactError, PackError.
        """
        row = self.registry.active_pack() if self.registry.exists else None
        if row is None:
            raise NotYetThere("the registry has no active pack: apply the role compliance")
        # Whom to trust is asked of KMS: who can write the registry could name another key there.
        trusted = KmsKey(self.clients.client("kms"), self.settings.signing_key).public_key
        pack = packs.load(Shelf(self.clients.client("s3"), self.settings.bucket, trusted).fetch(row, self.rules))
        if pack.hash != row["hash"]:
            raise PackError(f"{row['artefact_key']}: has the hash {pack.hash}, registered is {row['hash']}")
        return pack

    def today(self, pack: Pack, now: datetime) -> date:
        """The day of the evaluation: as settings say, else the one it is where the pack's law holds."""
        return self.settings.as_of or now.astimezone(ZoneInfo(pack.timezone)).date()

    def snapshot(self, pack: Pack, path: Path | None = None) -> tuple[Snapshot, Mapping[str, int | None]]:
        """The records as they are now, and how many rows the source said it sent, by table.

        :param path: a directory that does not exist yet; one in scratch when left out.

        Raises ReconcileError, SourceError, IntakeError, SnapshotError.
        """
        source = records(self.clients, self.settings, self.registry)
        taken = intake.take(source, pack.schema, path or self.scratch / "snapshot", **self.limits)
        return taken, source.rows


@contextmanager
def opened(clients: Any, given: Settings) -> Iterator[Opening]:
    """Begin a run (sts:GetCallerIdentity, rds:DescribeDBInstances, secretsmanager:GetSecretValue).

    :param clients: ``_aws.session.Clients``.

    Raises NotYetThere, and ReconcileError for what can't be reached, also from within.
    """
    caller = clients.caller()
    settings = given.named(caller["account"])
    _check_there(clients, settings)
    if settings.directory:
        Path(settings.directory).mkdir(parents=True, exist_ok=True)
    place = (clients, settings.instance, settings.secret, settings.ca_bundle)
    with (
        connect(*place, who=caller["arn"], database=settings.database) as registry,
        translated(settings.instance),
        tempfile.TemporaryDirectory(prefix="compliance-", dir=settings.directory) as scratch,
    ):
        yield Opening(clients, settings, caller["account"], registry, Path(scratch))


@contextmanager
def alone(registry: Registry, lock: int, work: str, check: bool) -> Iterator[None]:
    """Hold a lock, which ends with the session; who changes nothing needs none. Raises Busy.

    :param work: what only one does at a time.
    """
    if not check and not registry.rows("SELECT pg_try_advisory_lock(%s) AS mine", (lock,))[0]["mine"]:
        raise Busy(f"another {work} runs: wait until it has ended")
    yield


def now() -> datetime:
    """The time it is, which tests give instead."""
    return datetime.now(UTC)


def _check_there(clients: Any, settings: Settings) -> None:
    found = postgres.instance(clients, settings.instance)
    if found is None or "Endpoint" not in found:
        raise NotYetThere(f"there is no DB instance {settings.instance}, or it is being created: apply the role rds")
    if secrets.read(clients.client("secretsmanager"), settings.secret) is None:
        raise NotYetThere(f"there is no secret {settings.secret}: apply the role compliance")
