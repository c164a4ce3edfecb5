"""Trouble on demand, for tests and drills, and what is asked of a running instance.

What is broken here is forgotten when the daemon ends, but for the delay and the cut of a link.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.planes.engine import Plane, Question, Refused
from sandbox.planes.engines.postgres import processes, replication
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.engines.postgres.watch import Sight
from sandbox.planes.host import Host


class Faults:
    """The questions of an instance; each answers a dict."""

    def __init__(self, host: Host, sight_of: Callable[[Plane], Sight]) -> None:
        self._host = host
        self._sight_of = sight_of

    def questions(self) -> dict[str, Question]:
        return {
            "configure": self.configure,
            "pids": self.pids,
            "lag": self.lag,
            "delay": self.delay,
            "cut": self.cut,
            "restore": self.restore,
            "kill": self.kill,
            "stop_standby": self.stop_standby,
            "start_standby": self.start_standby,
            "patience": self.patience,
            "fail_promotion": self.fail_promotion,
            "limit_wal": self.limit_wal,
        }

    def configure(self, plane: Plane, parameters: dict[str, str], at_once: bool) -> dict[str, Any]:
        """Take the parameters of a DB parameter group: those that need no restart at once, or all with the next reboot.

        It is done by the watch, within 0.3 s or after the job that runs.
        """
        self._sight_of(plane).parameters.append((parameters, at_once))
        return {}

    def pids(self, plane: Plane) -> dict[str, Any]:
        """{"primary", "standby"}: process ids of the postmasters, None for what does not run."""
        return {
            "primary": replication.primary(self._host, plane).pid,
            "standby": self._standby(plane).pid if plane.data["multi_az"] else None,
        }

    def lag(self, plane: Plane) -> dict[str, Any]:
        """{"state", "silent" (s), "bytes", "milliseconds"} of the standby or, of a replica, behind its source; now."""
        query = replication.RECEIVED if plane.data["source"] else replication.SEEN
        with replication.primary(self._host, plane).connect() as connection:
            return vars(replication.observe(connection, query))

    def delay(self, plane: Plane, milliseconds: float) -> dict[str, Any]:
        """Let WAL take this long to the standby or, of a replica, from its source; 0 ends it."""
        self._host.links.delay(replication.link(plane), milliseconds)
        return {}

    def cut(self, plane: Plane) -> dict[str, Any]:
        """Cut the same way off. Commits go on alone after the patience is over."""
        self._host.links.cut(replication.link(plane))
        return {}

    def restore(self, plane: Plane) -> dict[str, Any]:
        self._host.links.restore(replication.link(plane))
        return {}

    def kill(self, plane: Plane) -> dict[str, Any]:
        """SIGKILL all of the primary."""
        processes.kill(replication.primary(self._host, plane).data)
        return {}

    def stop_standby(self, plane: Plane) -> dict[str, Any]:
        """SIGKILL the standby and let it stay away until `start_standby`."""
        if not plane.data["multi_az"]:
            raise Refused("it is not Multi-AZ")
        self._sight_of(plane).held_down = True
        processes.kill(self._standby(plane).data)
        return {}

    def start_standby(self, plane: Plane) -> dict[str, Any]:
        """Let the standby join again, which takes some seconds."""
        self._sight_of(plane).held_down = False
        return {}

    def patience(self, plane: Plane, seconds: float) -> dict[str, Any]:
        """Let commits wait this long for a lost standby (2 s unless set)."""
        self._sight_of(plane).patience = seconds
        return {}

    def fail_promotion(self, plane: Plane, wanted: bool = True) -> dict[str, Any]:
        """Let the next promotion fail, be it of the standby or of this replica: the instance is then `failed`."""
        self._sight_of(plane).promotion_fails = wanted
        return {}

    def limit_wal(self, plane: Plane, bytes: int | None) -> dict[str, Any]:
        """A quota on the WAL directory: beyond it the instance stops and is `storage-full`; None lifts it.

        It is kept by measuring, every 0.3 s, as mounting a small file system needs root. {"bytes": what is used}.
        """
        self._sight_of(plane).wal_limit = bytes
        return {"bytes": wal_bytes(replication.primary(self._host, plane))}

    def _standby(self, plane: Plane) -> Server:
        return replication.standby(self._host, plane)


def wal_bytes(server: Server) -> int:
    """What the files in the WAL directory hold."""
    return sum(path.stat().st_size for path in (server.data / "pg_wal").iterdir() if path.is_file())


def is_full(server: Server, sight: Sight) -> bool:
    return sight.wal_limit is not None and wal_bytes(server) > sight.wal_limit
