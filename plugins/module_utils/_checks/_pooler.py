# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pooler, seen by a client, by its console, and by the server behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _crowd, _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, postgres_scram
from ansible_collections.iworkz.platform.plugins.module_utils._stores.pgbouncer import CONSOLE, Admin

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg.rows import dict_row

SAMPLE_SECONDS = 0.02
# Tells the tenant's server connections that are the pooler's from those that are not.
POOLED = "iworkz.platform pooled check"
# The pooler's words for a client that does not begin with TLS.
REFUSED = "SSL required"
SETTINGS = ("auth_type", "max_client_conn", "pool_mode", "server_login_retry")

_SERVER = """
SELECT pg_is_in_recovery() AS in_recovery, host(inet_server_addr()) || ':' || inet_server_port() AS address,
       pg_postmaster_start_time()::text AS started, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls
"""
_BACKENDS = "SELECT count(*) AS backends FROM pg_stat_activity WHERE datname = %s AND application_name = %s"

Facts = dict[str, Any]


def reached(world: World) -> Facts:
    """The server that a query through the pooler reaches: ``in_recovery``, ``address``, ``started``, ``tls``; and
    ``transaction``: whether all statements of a transaction were answered by one server process."""
    with (
        _postgres.unreadable("the pooler"),
        psycopg.connect(**_parameters(world), autocommit=True, row_factory=dict_row) as connection,
    ):
        found = dict(connection.execute(_SERVER.encode()).fetchone() or {})
        with connection.transaction():
            asked = [connection.execute(b"SELECT pg_backend_pid() AS pid").fetchone() for _number in range(3)]
        return {**found, "transaction": asked[0] == asked[1] == asked[2]}


def servers(world: World) -> dict[str, Facts]:
    """What ``reached`` says, of the primaries at their own endpoints, by name."""
    found = {}
    for primary in _postgres.primaries(world):
        with _postgres.session(world, primary) as connection:
            found[primary["DBInstanceIdentifier"]] = dict(connection.execute(_SERVER.encode()).fetchone() or {})
    return found


def console(world: World) -> Facts:
    """``settings`` by name, and ``pools``: mode and limit of server connections by database (0 is no limit)."""
    reach = world.platform.reach
    who = postgres.credentials(world, f"{world.platform.prefix}/postgres/pgbouncer-stats")
    where = (reach["pooler"]["host"], reach["pooler"]["port"])
    with (
        _postgres.unreadable("the pooler's console"),
        Admin(*where, who.username, who.password, reach["ca_bundle"]) as on,
    ):
        config, databases = on.config(), on.show("databases")
    pools = {
        row["name"]: {"mode": row["pool_mode"] or config["pool_mode"], "limit": int(row["max_connections"])}
        for row in databases
        if row["name"] != CONSOLE
    }
    return {"settings": {name: config[name] for name in SETTINGS}, "pools": pools}


def plaintext(world: World) -> str | None:
    """How far a client without TLS gets: None when it is refused for that, otherwise what it was answered."""
    given = {**_parameters(world), "sslmode": "disable"}
    del given["sslrootcert"]
    try:
        psycopg.connect(**given).close()
    except psycopg.OperationalError as error:
        return None if REFUSED in str(error) else str(error).strip()
    return "a session"


def crowd(world: World, clients: int) -> Facts:
    """``clients`` at once, and the most server connections that the primary counted meanwhile."""
    with _counted(world) as sampled:
        seen = _crowd.gather(_parameters(world), clients)
    return {
        "connected": seen.connected,
        "right": seen.right,
        "backends": len(seen.backends),
        "peak": max(sampled.result()),
        "errors": dict(sorted(seen.errors.items(), key=lambda entry: -entry[1])[:3]),
    }


@contextmanager
def _counted(world: World) -> Iterator[Future[list[int]]]:
    """Numbers of the tenant's server connections, sampled while the block runs; known after it."""
    done = threading.Event()
    (primary,) = _postgres.primaries(world)[:1]
    with _postgres.session(world, primary) as connection, ThreadPoolExecutor(max_workers=1) as thread:

        def sample() -> list[int]:
            counts = [0]
            while not done.wait(SAMPLE_SECONDS):
                row = connection.execute(_BACKENDS, (world.platform.canary, POOLED)).fetchone()
                counts.append((row or {})["backends"])
            return counts

        sampled = thread.submit(sample)
        try:
            yield sampled
        finally:
            done.set()


def _parameters(world: World) -> dict[str, Any]:
    """Connection parameters of the tenant at the pooler. Its SCRAM keys stand for its password: deriving them from that
    would cost each client more time than all the rest."""
    platform, who = world.platform, world.once(_postgres.canary)
    where = (platform.reach["pooler"]["host"], platform.reach["pooler"]["port"])
    given = postgres.parameters(
        *where, who["username"], "", platform.canary, platform.reach["ca_bundle"], application_name=POOLED
    )
    del given["password"]
    return {**given, **postgres_scram.keys(who["password"], who["verifier"])}
