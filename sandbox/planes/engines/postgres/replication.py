"""Who follows whom: the standby of an instance, and a replica of another instance. All of it runs through a link."""

from __future__ import annotations

import time
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import TupleRow

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres.configuration import REPLICA_USER, STANDBY_USER, conninfo
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host

FOLLOW_SECONDS = 5.0
STEADY_SECONDS = 1.0
ANSWERS = 12
"""At most so many answers come to a follower before its first WAL."""
ENDPOINT = "endpoint"
SEEN = f"""
SELECT CASE sync_state WHEN 'sync' THEN 'synchronous' ELSE state END,
       coalesce(extract(epoch FROM clock_timestamp() - reply_time), 0)::float,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn), 0)::bigint,
       coalesce(extract(epoch FROM flush_lag) * 1000, 0)::float, 0, pid
  FROM pg_stat_replication WHERE usename = '{STANDBY_USER}'
"""
RECEIVED = """
SELECT CASE WHEN pg_is_wal_replay_paused() THEN 'paused' ELSE status END, 0.0::float,
       coalesce(pg_wal_lsn_diff(latest_end_lsn, pg_last_wal_replay_lsn()), 0)::bigint,
       coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000, 0)::float,
       received_tli, pid
  FROM pg_stat_wal_receiver
"""


@dataclass(frozen=True)
class Stream:
    """Replication as a server sees it."""

    state: str = "absent"
    """PostgreSQL's word for it, of which `streaming` is the good one; `synchronous` when commits wait for it, too."""
    silent: float = 0.0
    """Seconds since the other side was heard."""
    bytes: int = 0
    """WAL that is missing there."""
    milliseconds: float = 0.0
    """How late it is: of a standby until its disk has it, of a replica since the last transaction it shows."""
    timeline: int = 0
    """Of the WAL that a replica gets."""
    process: int = 0
    """Process id of who sends to the standby or, of a replica, gets it."""

    @property
    def good(self) -> bool:
        return self.state in ("streaming", "synchronous")


class Steadiness:
    """Whether a replica gets on. One that has WAL which its source never had asks for the same WAL over and over, so
    that it streams whenever one looks: only the same process streaming the source's timeline all the time gets on."""

    def __init__(self) -> None:
        self._process = 0
        self._since = 0.0

    def holds(self, stream: Stream, timeline: int) -> bool:
        """timeline: of the source's WAL."""
        process = stream.process if stream.good and stream.timeline >= timeline else 0
        if process != self._process:
            self._process, self._since = process, time.monotonic()
        return process != 0 and time.monotonic() - self._since >= STEADY_SECONDS


def primary(host: Host, plane: Plane) -> Server:
    """The server behind the endpoint; of a replica, the one that follows the other instance."""
    return Server(host, plane, plane.data["primary"])


def standby(host: Host, plane: Plane) -> Server:
    return Server(host, plane, "b" if plane.data["primary"] == "a" else "a")


def appoint(host: Host, plane: Plane, server: Server) -> None:
    """Let a server be the primary. Noted on disk before it is promoted: after a crash of the daemon no other one may
    be written to."""
    (host.directory(plane) / "primary").write_text(server.label, encoding="ascii")
    plane.data["primary"] = server.label


def recall(host: Host, plane: Plane) -> None:
    """Which server was appointed last."""
    noted = host.directory(plane) / "primary"
    if noted.exists():
        plane.data["primary"] = noted.read_text(encoding="ascii")


def link(plane: Plane) -> str:
    """Name of the link that WAL takes to the standby or, of a replica, from its source."""
    return f"{plane.name}:replication"


def endpoint_link(plane: Plane) -> str:
    return f"{plane.name}:{ENDPOINT}"


def lead(host: Host, plane: Plane, address: str, port: int) -> None:
    """Let the replication link lead to a server."""
    name = link(plane)
    if name in host.links.describe():
        host.links.target(name, address, port)
    else:
        host.links.open(name, host.address(plane, "replication"), plane.data["port"], (address, port))


def lateness(host: Host, plane: Plane) -> float:
    """Seconds by which a delay of the replication link makes connecting last longer."""
    found = host.links.describe().get(link(plane))
    return ANSWERS * float(found["delay"]) if found else 0.0


def note_timeline(host: Host, plane: Plane) -> None:
    """Every promotion begins another timeline, to which replicas have to get."""
    query = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
    plane.data["timeline"] = primary(host, plane).value(query)


def source_of(host: Host, plane: Plane) -> Plane | None:
    """The instance that a replica follows, None when it is gone or has no endpoint yet."""
    found = (other for other in host.planes("postgres") if other.key == plane.data["source"])
    return next((other for other in found if ENDPOINT in other.endpoints), None)


def upstream(host: Host, plane: Plane, user: str) -> str:
    """Connection string through the replication link."""
    name = STANDBY_USER if user == STANDBY_USER else plane.key.split("/")[-1]
    password = plane.data["passwords"][user]
    return conninfo(host.address(plane, "replication"), plane.data["port"], user, password, name=name)


def configure(host: Host, plane: Plane) -> None:
    """Write the configuration of the servers, each according to its part."""
    follows = upstream(host, plane, REPLICA_USER) if plane.data["source"] else None
    source = source_of(host, plane)
    primary(host, plane).configure(
        upstream=follows,
        synchronous=plane.data["synchronous"],
        least=source.data["parameters"] if source else None,
    )
    other = standby(host, plane)
    if other.data.exists():
        other.configure(upstream=upstream(host, plane, STANDBY_USER))


def restart_standby(host: Host, plane: Plane) -> None:
    """After the primary was restarted: with fewer connections, say, than the primary used to have the standby does not
    start before it has learnt of the change, and with too few of them it stops replaying there."""
    server, source = standby(host, plane), primary(host, plane)
    position = source.value("SELECT pg_current_wal_lsn()")
    with server.connect() as connection:

        def knows() -> bool:
            row = connection.execute(
                "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn OR pg_is_wal_replay_paused()", (position,)
            ).fetchone()
            return bool(row and row[0])

        host.wait(knows, FOLLOW_SECONDS, f"replay on {server.name}")
    server.stop()
    server.start()


def observe(connection: Connection[TupleRow], query: str) -> Stream:
    row = connection.execute(query.encode()).fetchone()
    return Stream(*row) if row else Stream()
