# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL as the tenant of checks sees it: sessions with the instances themselves, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg.rows import dict_row

APPLICATION = "iworkz.platform check"
_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
SETTINGS = (
    "log_min_duration_statement",
    "max_connections",
    "password_encryption",
    "shared_preload_libraries",
    "superuser_reserved_connections",
)


def instances(world: World) -> list[postgres.Instance]:
    """The platform's PostgreSQL instances, replicas included (rds:DescribeDBInstances)."""
    return postgres.instances(world, world.platform.owns)


def source(instance: postgres.Instance) -> str | None:
    """Identifier of the instance that a replica follows, None for a primary; an ARN when it is in another region."""
    found = instance.get("ReadReplicaSourceDBInstanceIdentifier")
    return found.rsplit(":", 1)[-1] if found else None


def primaries(world: World) -> list[postgres.Instance]:
    return [instance for instance in world.once(instances) if not source(instance)]


def canary(world: World) -> dict[str, str]:
    """The secret of the tenant's login role, ``username``, ``password`` and ``verifier`` (GetSecretValue)."""
    name = f"{world.platform.prefix}/postgres/{world.platform.canary}"
    found = secrets.read(world.client("secretsmanager"), name)
    if found is None:
        raise ReconcileError(f"there is no secret {name}: apply the rds role")
    return found


@contextmanager
def session(world: World, instance: postgres.Instance) -> Iterator[psycopg.Connection[Any]]:
    """A session of the tenant with an instance, at its own endpoint. What goes wrong in it is an OSError."""
    who = world.once(canary)
    given = (who["username"], who["password"], world.platform.canary, world.platform.reach["ca_bundle"])
    where = postgres.endpoint(instance)
    with (
        unreadable(instance["DBInstanceIdentifier"]),
        postgres.connect(*where, *given, application_name=APPLICATION) as connection,
    ):
        connection.row_factory = dict_row
        yield connection


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Raise errors of the database as those that make an item unknown."""
    postgres.require()
    try:
        yield
    except psycopg.Error as error:
        raise ConnectionError(f"{what}: {str(error).strip()}") from error


def settings(world: World) -> dict[str, dict[str, str]]:
    """``SETTINGS`` in force (pg_settings), in the units of that view, by name and primary."""
    found = {}
    for instance in primaries(world):
        with session(world, instance) as connection:
            rows = connection.execute(_SETTINGS, (list(SETTINGS),)).fetchall()
        found[instance["DBInstanceIdentifier"]] = {row["name"]: row["setting"] for row in rows}
    return found
