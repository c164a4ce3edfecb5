# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks of the compliance engine share: what its registry says, and the rules that were published."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import primaries, unreadable
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate, signing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import (
    DATABASE,
    Registry,
    connect,
)

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

JAPAN = ZoneInfo("Asia/Tokyo")
RECORDS = "employment"
WHO = "iworkz.platform check"
_TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Registered:
    """What the registry says.

    :param pack: the row of the pack in force, None when there is none.
    :param evaluation: the last that judged every rule; ``latest`` the last of all.
    """

    pack: Row | None
    overrides: dict[str, Any]
    schedules: dict[str, Row]
    evaluation: Row | None
    latest: Row | None


@dataclass(frozen=True)
class Published:
    """The pack in force as the bucket has it, its signature verified, and what its tests said when it was published.

    :param locked: whether the bucket keeps objects from being changed.
    """

    pack: Pack
    tests: Row
    locked: bool


def rehearsed(world: World) -> bool:
    """Whether the records are the sandbox's, which are the same every day: they are judged as of their own last day."""
    return world.platform.environment == "sandbox"


def in_japan(moment: datetime) -> date:
    """The day it is then at the authorities."""
    return moment.astimezone(JAPAN).date()


def registered(world: World) -> Registered:
    """Read the registry. Raises Unmet when there is none."""
    with session(world) as registry:
        if not registry.exists:
            raise Unmet(Breach("compliance.no_registry", {}))
        return Registered(
            pack=registry.active_pack(),
            overrides=registry.overrides(),
            schedules=registry.schedules(),
            evaluation=registry.last_evaluation(),
            latest=registry.last_evaluation(complete=False),
        )


def records(world: World) -> dict[str, int]:
    """Rows there are now, by table (schema employment)."""
    with session(world) as registry:
        names = [row["name"] for row in registry.rows(_TABLES, (RECORDS,))]
        counts = {}
        for name in names:
            query = sql.SQL("SELECT count(*) AS rows FROM {}").format(sql.Identifier(RECORDS, name))
            (row,) = registry.connection.execute(query).fetchall()
            counts[name] = int(row["rows"])
        return counts


def published(world: World) -> Published:
    """The rules in force (kms:GetPublicKey, s3:GetObject, s3:GetBucketObjectLockConfiguration).

    Raises Unmet when there is no pack, or its artefact isn't what was signed.
    """
    row = world.once(registered).pack
    if row is None:
        raise Unmet(Breach("compliance.no_pack", {}))
    evaluate.require()
    platform = world.platform
    bucket = f"{platform.prefix}-evidence-{platform.account_id}"
    client = world.client("s3")
    # Whom to trust is asked of KMS: who can write the registry could name another key there.
    trusted = signing.KmsKey(world.client("kms"), f"alias/{platform.prefix}-compliance").public_key
    lock = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    shelf = Shelf(client, bucket, trusted)
    try:
        with tempfile.TemporaryDirectory(prefix="check-") as scratch:
            pack = packs.load(shelf.fetch(row, Path(scratch) / "pack"))
        return Published(pack, shelf.tests(row), "Rule" in lock)
    except (ArtefactError, packs.PackError) as error:
        raise Unmet(Breach("compliance.artefact", {"error": str(error)})) from error


@contextmanager
def session(world: World) -> Iterator[Registry]:
    """A session of the engine's role with the registry, that reads only. Raises Unmet without a database."""
    found = [instance["DBInstanceIdentifier"] for instance in world.once(primaries)]
    name = f"{world.platform.prefix}-postgres"
    if name not in found:
        raise Unmet(Breach("compliance.no_registry", {}))
    secret = f"{world.platform.prefix}/postgres/compliance_engine"
    with (
        unreadable(name),
        connect(world, name, secret, world.platform.reach.get("ca_bundle"), who=WHO, database=DATABASE) as registry,
    ):
        registry.connection.execute("SET default_transaction_read_only = on")
        yield registry
