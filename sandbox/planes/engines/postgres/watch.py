"""Looking after a running instance: what is lost is replaced, what has come back is waited for again."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import events, joining, replication
from sandbox.planes.engines.postgres.replication import Steadiness, Stream
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host

PATIENCE_SECONDS = 2.0
"""For so long commits wait for a standby that is lost."""
SYNCHRONOUS_SECONDS = 5.0
REJOIN_SECONDS = 4.0
"""After so long without replication a follower is joined anew."""


@dataclass
class Sight:
    """What is known of an instance besides its plane; ends with the daemon."""

    stream: Stream = field(default_factory=Stream)
    """To the standby or, of a replica, from its source."""
    status: str = ""
    """What the instance does, when that is no job: AWS's word for it."""
    patience: float = PATIENCE_SECONDS
    held_down: bool = False
    """Whether the standby is to stay away."""
    promotion_fails: bool = False
    wal_limit: int | None = None
    """Bytes that its WAL may take."""
    bad_since: float | None = None
    """Monotonic time since which replication has not been good."""
    steadiness: Steadiness = field(default_factory=Steadiness)
    connection: psycopg.Connection[Any] | None = None
    joining: threading.Thread | None = None
    join_error: str = ""
    parameters: list[tuple[dict[str, str], bool]] = field(default_factory=list)
    """Of the DB parameter group, to be taken at the next opportunity; whether at once."""

    @property
    def bad_seconds(self) -> float:
        return 0.0 if self.bad_since is None else time.monotonic() - self.bad_since

    @property
    def is_joining(self) -> bool:
        return bool(self.joining and self.joining.is_alive())

    def look(self, server: Server, query: str, is_good: Callable[[Stream], bool]) -> None:
        """Ask a server about its replication. Nothing is learnt from one that can't answer just now."""
        try:
            if self.connection is None or self.connection.closed:
                self.connection = server.connect()
            self.stream = replication.observe(self.connection, query)
        except psycopg.OperationalError:
            self.forget_connection()
            return
        if is_good(self.stream):
            self.bad_since, self.join_error = None, ""
        elif self.bad_since is None:
            self.bad_since = time.monotonic() - self.stream.silent

    def forget_connection(self) -> None:
        """After the server it was to has changed."""
        if self.connection:
            self.connection.close()
        self.connection = None

    def join(self, work: Callable[[], None], name: str) -> None:
        """Let a follower join in the background, so that a loss of the primary is noticed meanwhile."""

        def run() -> None:
            try:
                work()
                self.join_error = ""
            except Exception as error:
                traceback.print_exc()
                self.join_error = f"{type(error).__name__}: {error}"
                # It is tried again after some time, not at once.
                self.bad_since = time.monotonic()

        self.bad_since = time.monotonic()
        self.joining = threading.Thread(target=run, name=name, daemon=True)
        self.joining.start()

    def await_join(self) -> None:
        """Until no follower is joining, so that something else can be done with it."""
        if self.joining:
            self.joining.join()


def set_synchronous(host: Host, plane: Plane, wanted: bool) -> None:
    """Whether commits of the primary wait for the standby. It is only said of a plane while they really do."""
    server = replication.primary(host, plane)
    plane.data["synchronous"] = False
    server.configure(synchronous=wanted)
    server.reload()
    if wanted:
        with server.connect() as connection:

            def waits() -> bool:
                return replication.observe(connection, replication.SEEN).state == "synchronous"

            host.wait(waits, SYNCHRONOUS_SECONDS, f"synchronous replication of {server.name}")
        plane.data["synchronous"] = True


def watch_standby(host: Host, plane: Plane, sight: Sight) -> None:
    sight.look(
        replication.primary(host, plane),
        replication.SEEN,
        lambda stream: stream.good and stream.silent < sight.patience,
    )
    if sight.bad_since is None:
        if not plane.data["synchronous"] and not sight.is_joining:
            set_synchronous(host, plane, True)
            events.tell(plane, "The standby is in sync: commits wait for it")
        return
    if plane.data["synchronous"] and sight.bad_seconds > sight.patience:
        set_synchronous(host, plane, False)
        events.tell(plane, "The standby is lost: commits no longer wait for it")
    if plane.data["synchronous"] or sight.held_down or replication.standby(host, plane).stopped_by_request:
        return
    if is_off(host, plane, sight):
        join_standby(host, plane, sight, diverged=False)


def join_standby(host: Host, plane: Plane, sight: Sight, *, diverged: bool) -> None:
    sight.join(lambda: joining.join(host, plane, diverged=diverged), f"{plane.name}: standby")


def watch_replica(host: Host, plane: Plane, sight: Sight) -> None:
    source = replication.source_of(host, plane)
    if source is None:
        return
    name, endpoint = replication.link(plane), source.endpoints[replication.ENDPOINT]
    if host.links.describe()[name]["target"] != (endpoint["address"], endpoint["port"]):
        host.links.target(name, endpoint["address"], endpoint["port"])
    timeline = source.data["timeline"]
    sight.look(
        replication.primary(host, plane),
        replication.RECEIVED,
        lambda stream: sight.steadiness.holds(stream, timeline),
    )
    if source.state == "available" and is_off(host, plane, sight):
        # It got WAL that the new primary never had, or came too late for what it lacks.
        join_source(host, plane, sight)


def join_source(host: Host, plane: Plane, sight: Sight) -> None:
    sight.join(lambda: joining.join_source(host, plane), f"{plane.name}: replica")


def start_replica(host: Host, plane: Plane, sight: Sight) -> bool:
    """Start a replica as it is; one that can't be started that way joins its source anew. Whether it runs."""
    server = replication.primary(host, plane)
    if joining.is_whole(server):
        joining.configure_replica(host, plane)
        try:
            server.start()
        except (RuntimeError, TimeoutError) as error:
            print(f"{server.name}: {error}", flush=True)
        else:
            return True
    join_source(host, plane, sight)
    return False


def is_off(host: Host, plane: Plane, sight: Sight) -> bool:
    """Whether a follower has been off for so long that it won't come back by itself: it is neither cut off, nor still
    connecting through a delayed link, nor joining."""
    found = host.links.describe().get(replication.link(plane))
    if sight.is_joining or (found and found["is_cut"]):
        return False
    return sight.bad_seconds > REJOIN_SECONDS + replication.lateness(host, plane)
