# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records as they are now: read from a replica that has everything the primary had when the run began."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import Delivery, SourceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import APPLICATION, Registry
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.source_postgres import Postgres
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

with suppress(ImportError):  # postgres.require() says so
    import psycopg

REPLAY_SECONDS = 60.0
POLL_SECONDS = 0.05
_POSITION = "SELECT pg_current_wal_lsn()::text AS position"
_REPLAYED = "SELECT coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, true)"


@dataclass
class Counted:
    """A source that keeps how many rows it said it sent, by table; None where it didn't say."""

    source: Postgres
    rows: dict[str, int | None] = field(default_factory=dict)

    def deliver(self, tables: Mapping[str, Table], directory: Path) -> Delivery:
        """As the source itself."""
        delivery = self.source.deliver(tables, directory)
        self.rows = {name: each.rows for name, each in delivery.tables.items()}
        return delivery


def records(clients: Any, settings: Settings, registry: Registry) -> Counted:
    """Where records are read (rds:DescribeDBInstances). Raises ReconcileError when there is no replica to read."""
    primary = postgres.instance(clients, settings.instance)
    if primary is None:
        raise ReconcileError(f"there is no DB instance {settings.instance}")
    instance = primary if settings.read_primary else _replica(clients, primary)
    position = str(registry.rows(_POSITION)[0]["position"])
    user = postgres.credentials(clients, settings.secret)

    def connect() -> psycopg.Connection[Any]:
        where = postgres.endpoint(instance)
        given = (*where, user.username, user.password, settings.database, settings.ca_bundle)
        connection = postgres.connect(*given, application_name=APPLICATION)
        try:
            await_replay(connection, position)
        except BaseException:
            connection.close()
            raise
        return connection

    return Counted(Postgres(connect, settings.schema, primary=settings.read_primary))


def _replica(clients: Any, primary: postgres.Instance) -> postgres.Instance:
    names = sorted(primary.get("ReadReplicaDBInstanceIdentifiers", []))
    # Those of other regions are named by their ARN.
    found = [postgres.instance(clients, name) for name in names if not name.startswith("arn:")]
    serving = [one for one in found if one is not None and one["DBInstanceStatus"] == "available"]
    if not serving:
        raise ReconcileError(
            f"{primary['DBInstanceIdentifier']} has no replica that is available: await one, or read the primary "
            "(read_primary)"
        )
    return serving[0]


def await_replay(connection: psycopg.Connection[Any], position: str, seconds: float = REPLAY_SECONDS) -> None:
    """Wait until a replica has replayed up to a position in the WAL. Raises SourceError when it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        row = connection.execute(_REPLAYED, (position,)).fetchone()
        if row is not None and row[0]:
            return
        if time.monotonic() > deadline:
            raise SourceError(f"PostgreSQL: {connection.info.host} is more than {seconds:g} s behind the primary")
        time.sleep(POLL_SECONDS)
