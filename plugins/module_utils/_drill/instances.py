# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DB instances as drills look at them: DescribeDBInstances, and replication as their own SQL tells it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Site
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

CANARY_SECRET = "{prefix}/postgres/{canary}"
HOPELESS = frozenset(
    [
        "failed",
        "inaccessible-encryption-credentials",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "restore-error",
    ]
)
"""States that an instance does not leave by itself."""

Instance = Mapping[str, Any]

# Copies being made receive WAL as well, but replay nothing.
REPLICATION = """
SELECT application_name,
       state,
       coalesce(sync_state IN ('sync', 'quorum'), false),
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint,
       coalesce(extract(epoch FROM greatest(write_lag, flush_lag, replay_lag)), 0)::float,
       coalesce(extract(epoch FROM clock_timestamp() - reply_time), 0)::float
  FROM pg_stat_replication
 WHERE replay_lsn IS NOT NULL
"""


@dataclass(frozen=True)
class Follower:
    """A server that streams from the primary: ``bytes`` behind, ``seconds`` late, last heard ``silent`` seconds ago."""

    name: str
    state: str
    synchronous: bool
    bytes: int
    seconds: float
    silent: float

    @property
    def streaming(self) -> bool:
        return self.state == "streaming"

    def within(self, seconds: float) -> bool:
        """Whether it lags no more than so long, as far as is known: what is not heard of is no nearer than that.

        One that is ahead has WAL which the primary never had, of a primary before it, and cannot follow.
        """
        return (
            self.streaming
            and self.bytes >= 0
            and self.seconds <= seconds
            and (self.bytes == 0 or self.silent <= seconds)
        )


@dataclass(frozen=True)
class Replication:
    followers: tuple[Follower, ...]
    wants_synchronous: bool
    """Whether the server waits for a standby (synchronous_standby_names), which RDS does below PostgreSQL instead."""

    @property
    def streaming(self) -> int:
        return sum(follower.streaming for follower in self.followers)


def existing(context: Context, identifier: str, region: str) -> dict[str, Any]:
    """The instance (rds:DescribeDBInstances). Raises StepFailed when there is none."""
    found = postgres.instance(context, identifier, region)
    if found is None:
        raise StepFailed(f"there is no DB instance {identifier} in {region}")
    return found


def hopeful(instance: Instance) -> Instance:
    """The instance. Raises StepFailed when it is in a state that it does not leave by itself."""
    if instance["DBInstanceStatus"] in HOPELESS:
        raise StepFailed(f"{instance['DBInstanceIdentifier']} is {instance['DBInstanceStatus']}")
    return instance


def available(instance: Instance) -> bool:
    return bool(hopeful(instance)["DBInstanceStatus"] == "available")


def standby_in_step(instance: Instance, seen: Replication) -> bool:
    """Whether a Multi-AZ instance can fail over: RDS names its standby's zone, and where the server shows its standby
    at all, the server waits for it."""
    return bool(instance.get("SecondaryAvailabilityZone")) and (
        not seen.wants_synchronous or any(each.streaming and each.synchronous for each in seen.followers)
    )


def connect(clients: Any, site: Site, host: str, port: int, application_name: str = "iworkz.drill") -> Any:
    """A connection as the canary tenant. Raises psycopg.OperationalError, ReconcileError."""
    user = postgres.credentials(clients, CANARY_SECRET.format(prefix=site.names["prefix"], canary=site.canary))
    return postgres.connect(
        host,
        port,
        user.username,
        user.password,
        site.canary,
        site.reach["ca_bundle"] or None,
        application_name=application_name,
        connect_timeout=2,
    )


def replication(context: Context, instance: Instance) -> Replication:
    """Who streams from an instance (pg_stat_replication, for which the tenant is in pg_monitor)."""
    host, port = postgres.endpoint(dict(instance))
    with closing(connect(context.clients, context.site, host, port)) as connection:
        followers = tuple(Follower(*row) for row in connection.execute(REPLICATION).fetchall())
        names = connection.execute("SHOW synchronous_standby_names").fetchone()[0]
    return Replication(followers, bool(names.strip()))
