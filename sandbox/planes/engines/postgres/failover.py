"""Making a follower the primary: of an instance whose primary is lost or given up, and of a promoted replica."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import processes, replication
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host

PROMOTION_SECONDS = 30.0


class PromotionFailed(Exception):
    """The follower could not be made a primary."""


def fail_over(host: Host, plane: Plane, cause: str, *, broken: bool) -> None:
    """End the primary, promote the standby and let the endpoint lead to it. The former primary is left dead.

    `plane.data["failover"]` tells how long it took: {"cause", "began" (ISO 8601, UTC), "killed", "promoted",
    "answered" (seconds since it began)}. broken: let the promotion fail.
    """
    watch = _Stopwatch()
    old, new = replication.primary(host, plane), replication.standby(host, plane)
    processes.kill(old.data)
    # What is still under way is lost with the primary, as it is when a zone goes.
    host.links.drop(replication.link(plane))
    killed = watch()
    if broken:
        raise PromotionFailed(f"{new.name} could not be promoted")
    replication.appoint(host, plane, new)
    plane.data["synchronous"] = False
    promote(host, new)
    promoted = watch()
    lead_endpoint(host, plane)
    restart_if_pending(new)
    began = watch.began.isoformat()
    plane.data["failover"] = {
        "cause": cause, "began": began, "killed": killed, "promoted": promoted, "answered": watch(),
    }  # fmt: skip


def promote(host: Host, server: Server) -> None:
    """Returns once it takes writes, at once when it does already. Its configuration names no standby to wait for: that
    would hold every commit."""
    with server.connect() as connection:

        def is_primary() -> bool:
            row = connection.execute("SELECT NOT pg_is_in_recovery()").fetchone()
            return bool(row and row[0])

        if not is_primary():
            connection.execute("SELECT pg_promote(false)")
            _soon(is_primary, f"promotion of {server.name}")


def lead_endpoint(host: Host, plane: Plane) -> None:
    """Let the endpoint lead to the primary, and end what is connected to another server."""
    server, name = replication.primary(host, plane), replication.endpoint_link(plane)
    endpoint = plane.endpoints[replication.ENDPOINT]
    host.links.open(name, endpoint["address"], endpoint["port"], (server.address, server.port))
    host.links.drop(name)


def restart_if_pending(server: Server) -> None:
    """Parameters that wait for a restart are in force after a failover, too."""
    if server.value("SELECT count(*) FROM pg_settings WHERE pending_restart"):
        server.stop()
        server.start()


def _soon(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PROMOTION_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise PromotionFailed(f"{what}: not within {PROMOTION_SECONDS:g} s")
        time.sleep(0.01)


class _Stopwatch:
    def __init__(self) -> None:
        self.began = datetime.now(UTC)
        self._start = time.monotonic()

    def __call__(self) -> float:
        """Seconds since it began."""
        return round(time.monotonic() - self._start, 3)
