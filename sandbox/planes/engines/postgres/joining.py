"""How a follower begins, and how one that has fallen off follows again: a standby, or a replica of another instance."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import replication, seeds
from sandbox.planes.engines.postgres.binaries import program
from sandbox.planes.engines.postgres.configuration import ADMIN_USER, REPLICA_USER, STANDBY_USER, conninfo
from sandbox.planes.engines.postgres.replication import FOLLOW_SECONDS, RECEIVED, SEEN, Steadiness, observe
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host

TIMELINES = re.compile(r"^(?:Latest checkpoint's TimeLineID|Min recovery ending loc's timeline): +(\d+)$", re.MULTILINE)


def join(host: Host, plane: Plane, *, diverged: bool) -> None:
    """Let the standby follow the primary, by the cheapest way that works: as it is (not when its WAL has diverged from
    the primary's), rewound, or as a new copy."""
    server, source = replication.standby(host, plane), replication.primary(host, plane)
    replication.lead(host, plane, source.address, source.port)

    def follows() -> bool:
        server.follow(replication.upstream(host, plane, STANDBY_USER))
        return _is_followed_by(host, plane, server)

    if is_whole(server) and not diverged and follows():
        return
    if _is_rewound(host, server, source) and follows():
        return
    _copy_through_link(host, plane, server)
    if not follows():
        raise RuntimeError(f"{server.name} does not follow {source.name}")


def join_source(host: Host, plane: Plane) -> None:
    """Let a replica follow its source again: rewound or, when it still does not get on, as a new copy."""
    server, source = replication.primary(host, plane), replication.source_of(host, plane)
    if source is None:
        raise RuntimeError(f"there is no postgres {plane.data['source']} to replicate")
    if _is_rewound(host, server, replication.primary(host, source)):
        configure_replica(host, plane)
        if _gets_on(host, plane, server, source):
            return
    copy_from_source(host, plane)


def copy_from_source(host: Host, plane: Plane) -> None:
    """Let a replica begin, or begin again, as a copy of its source, and start it."""
    server = replication.primary(host, plane)
    _copy_through_link(host, plane, server)
    configure_replica(host, plane)
    server.start()


def configure_replica(host: Host, plane: Plane) -> None:
    """Let a replica follow its source from its next start on."""
    replication.configure(host, plane)
    replication.primary(host, plane).write("standby.signal", "")


def is_whole(server: Server) -> bool:
    """Whether it has data, none of which a rewind that was interrupted or failed has left half changed."""
    return (server.data / "PG_VERSION").exists() and not _rewinding(server).exists()


def _copy_through_link(host: Host, plane: Plane, server: Server) -> None:
    """Let a server begin as a copy of the one at the other end of the replication link. Until the copy is there it goes
    on as it was, and so it does when none can be had."""
    copy = server.data.with_name(f"{server.label}.copy")
    shutil.rmtree(copy, ignore_errors=True)
    password = plane.data["passwords"][REPLICA_USER]
    seeds.copy(host, copy, host.address(plane, "replication"), plane.data["port"], password)
    server.empty()
    copy.rename(server.data)
    _rewinding(server).unlink(missing_ok=True)


def _is_followed_by(host: Host, plane: Plane, server: Server) -> bool:
    """Start the standby; whether the primary sees it."""

    def follows() -> None:
        with replication.primary(host, plane).connect() as connection:
            _await(host, plane, lambda: observe(connection, SEEN).good, f"replication to {server.name}")

    return _starts(server, follows)


def _gets_on(host: Host, plane: Plane, server: Server, source: Plane) -> bool:
    """Start a replica; whether it gets its source's WAL, steadily."""
    steadiness = Steadiness()

    def gets_on() -> None:
        with server.connect() as connection:
            timeline = source.data["timeline"]
            seen = partial(observe, connection, RECEIVED)
            _await(host, plane, lambda: steadiness.holds(seen(), timeline), f"replication to {server.name}")

    return _starts(server, gets_on)


def _starts(server: Server, then: Callable[[], None]) -> bool:
    try:
        server.start()
        then()
    except (RuntimeError, TimeoutError) as error:
        print(f"{server.name} does not follow: {error}", flush=True)
        return False
    return True


def _await(host: Host, plane: Plane, condition: Callable[[], bool], what: str) -> None:
    host.wait(condition, FOLLOW_SECONDS + replication.lateness(host, plane), what)


def _is_rewound(host: Host, server: Server, source: Server) -> bool:
    """Undo what the other server does not have, if that is possible. On the same timeline there is nothing to undo, and
    the recovery before a rewind would write WAL of the server's own there."""
    if not is_whole(server) or (server.data / "backup_label").exists():
        return False
    if _timeline(host, server) >= source.plane.data["timeline"]:
        return False
    # Until the checkpoint after its promotion the source's control file has its former timeline.
    with source.connect() as connection:
        connection.execute("CHECKPOINT")
    server.kill()
    _rewinding(server).touch()
    # It first recovers a server that was killed, in single-user mode, which refuses to be a standby.
    server.standby_signal.unlink(missing_ok=True)
    try:
        host.run(
            program("pg_rewind"),
            f"--target-pgdata={server.data}",
            f"--source-server={conninfo(source.address, source.port, ADMIN_USER)} dbname=postgres",
            env={"PGPASSWORD": server.plane.data["passwords"][ADMIN_USER]},
            timeout=seeds.COPY_SECONDS,
        )
    except RuntimeError as error:
        print(f"{server.name}: a new copy instead: {error}", flush=True)
        return False
    _rewinding(server).unlink()
    return True


def _timeline(host: Host, server: Server) -> int:
    """Of the WAL that the server's data has reached."""
    told = host.run(program("pg_controldata"), server.data)
    return max(int(found) for found in TIMELINES.findall(told))


def _rewinding(server: Server) -> Path:
    """The file that is there while a server is rewound."""
    return server.data.with_name(f"{server.label}.rewinding")
