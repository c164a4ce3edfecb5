"""RDS for PostgreSQL: one plane per DB instance, with a streaming standby when it is Multi-AZ.

What differs from RDS: the server is the machine's PostgreSQL (15), whatever version the instance has; the master user
is a superuser, as only one may create pg_stat_statements and pgaudit; the standby is PostgreSQL's own synchronous
replication (application name rdsmultiaz), not a mirrored disk, and a replica has none until it is promoted; WAL is
archived as long as the instance lives, and a base backup is taken only when backups begin. A failover whose promotion
fails leaves the instance `failed`, as one that RDS can't recover; the action `recover` starts the former primary.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Engine, Plane, Refused
from sandbox.planes.engines.postgres import (
    backups,
    events,
    failover,
    logs,
    origins,
    replication,
    seeds,
    topology,
    watch,
)
from sandbox.planes.engines.postgres.failover import PromotionFailed
from sandbox.planes.engines.postgres.faults import Faults, is_full
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.engines.postgres.watch import Sight
from sandbox.planes.host import Host


class Postgres(Engine):
    kind = "postgres"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._sights: dict[str, Sight] = {}
        self.actions = {
            "reboot": self.reboot,
            "promote": self.promote,
            "modify": self.modify,
            "recover": self.recover,
        }
        self.questions = {**Faults(host, self._sight).questions(), "log": self.log}

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        """A new instance, or one from another instance or backup.

        spec: {"port", "zone", "secondary_zone" (None: not Multi-AZ), "parameters": {name: value}, "iam", "backups"
        (whether they are kept), "master": {"username", "password"}, "database"} and one of "source" (key of the
        instance to replicate), "snapshot" (key of a snapshot), "base" (key of the instance whose last base backup it
        begins with), "past" ({"source": key, "time": ISO 8601}). "master" is optional with one of these, and then sets
        the password.
        """
        plane.data = {
            "port": spec["port"],
            "zones": {"a": spec["zone"], "b": spec.get("secondary_zone")},
            "multi_az": bool(spec.get("secondary_zone")),
            "primary": "a",
            "synchronous": False,
            "timeline": 1,
            "source": spec.get("source"),
            "parameters": spec["parameters"],
            "waiting": spec["parameters"],
            "iam": bool(spec.get("iam")),
            "archive": None,
            "passwords": backups.passwords_of(self.host, spec) or seeds.passwords(),
            "events": [],
            "failover": None,
            "logs": logs.beginnings(self.host, plane),
        }
        address = self.host.address(plane, replication.ENDPOINT, endpoint=True)
        plane.endpoints = {replication.ENDPOINT: {"address": address, "port": spec["port"]}}
        server = replication.primary(self.host, plane)
        replication.appoint(self.host, plane, server)
        topology.list_nodes(self.host, plane)
        origins.begin(self.host, plane, spec)
        failover.lead_endpoint(self.host, plane)
        if not plane.data["source"]:
            replication.note_timeline(self.host, plane)
        if spec.get("backups") and not plane.data["source"]:
            backups.begin(self.host, plane)
        if plane.data["multi_az"] and not plane.data["source"]:
            topology.add_standby(self.host, plane)

    def delete(self, plane: Plane) -> None:
        sight = self._sight(plane)
        sight.await_join()
        sight.forget_connection()
        del self._sights[plane.name]
        for label in ("a", "b"):
            server = Server(self.host, plane, label)
            server.kill()
            self.host.programs.remove(server.name)
        shutil.rmtree(self.host.directory(plane))

    def resume(self, plane: Plane) -> None:
        replication.recall(self.host, plane)
        server, other = replication.primary(self.host, plane), replication.standby(self.host, plane)
        if (other.data / "PG_VERSION").exists() and other.standby_signal.exists():
            other.launch()
        if plane.data["source"] and not self._promotion(plane).exists():
            watch.start_replica(self.host, plane, self._sight(plane))
        else:
            server.start()
        # The daemon may have ended between a decision and what it decided, or before it was noted.
        if server.standby_signal.exists() and not plane.data["source"]:
            failover.promote(self.host, server)
        plane.data["synchronous"] = not plane.data["source"] and bool(server.value("SHOW synchronous_standby_names"))
        failover.lead_endpoint(self.host, plane)
        if self._promotion(plane).exists():
            self.promote(plane, backups=self._promotion(plane).read_text(encoding="ascii") == "backups")
        if not plane.data["source"]:
            replication.note_timeline(self.host, plane)
        topology.list_nodes(self.host, plane)

    def watch(self, plane: Plane) -> None:
        sight = self._sight(plane)
        server = replication.primary(self.host, plane)
        if sight.is_joining and plane.data["source"]:
            return
        while sight.parameters:
            self._take_parameters(plane, *sight.parameters.pop(0))
        if is_full(server, sight):
            self._fill(plane, sight)
            return
        if server.pid is None:
            if not server.stopped_by_request or sight.status or sight.join_error:
                self._replace(plane, sight)
            return
        if plane.data["source"]:
            watch.watch_replica(self.host, plane, sight)
        elif plane.data["multi_az"]:
            watch.watch_standby(self.host, plane, sight)
        topology.list_nodes(self.host, plane)

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"status": AWS's word when it is no job's (`rebooting`, `storage-full`), "multi_az", "in_sync": whether a
        failover loses nothing, "source", "zone", "secondary_zone" (None while the standby is not in sync),
        "replication": {"state", "silent", "bytes", "milliseconds", "error"}, "failover", "events"}."""
        if not plane.data:
            return {}
        sight, data = self._sight(plane), plane.data
        zones, here = data["zones"], data["primary"]
        return {
            "status": sight.status,
            "multi_az": data["multi_az"],
            "in_sync": data["synchronous"],
            "source": data["source"],
            "zone": zones[here],
            "secondary_zone": zones["b" if here == "a" else "a"] if data["synchronous"] else None,
            "replication": {**vars(sight.stream), "error": sight.join_error},
            "failover": data["failover"],
            "events": data["events"],
        }

    def reboot(self, plane: Plane, failover: bool = False) -> None:
        """Restart it in place, or give the primary up for the standby. Parameters that wait are in force afterwards.

        Refused when a failover is wanted and the standby is not in sync.
        """
        if failover and not plane.data["synchronous"]:
            raise Refused("the standby is not in sync")
        self._sight(plane).await_join()
        plane.data["parameters"] = plane.data["waiting"]
        replication.configure(self.host, plane)
        if failover:
            self._fail_over(plane, "requested")
            return
        replication.primary(self.host, plane).stop()
        replication.primary(self.host, plane).start()
        events.tell(plane, "DB instance restarted")
        if replication.standby(self.host, plane).pid:
            replication.restart_standby(self.host, plane)

    def promote(self, plane: Plane, backups: bool = True) -> None:
        """Let a replica be an instance of its own. backups: whether they are kept from then on."""
        server = replication.primary(self.host, plane)
        sight = self._sight(plane)
        if sight.promotion_fails:
            sight.promotion_fails = False
            raise PromotionFailed(f"{server.name} could not be promoted")
        sight.await_join()
        # Noted on disk: a promoted replica that is taken for one would be made a copy of its source again.
        self._promotion(plane).write_text("backups" if backups else "", encoding="ascii")
        self.host.links.close(replication.link(plane))
        failover.promote(self.host, server)
        plane.data["source"] = None
        replication.note_timeline(self.host, plane)
        events.tell(plane, "Promoted read replica to a standalone database instance")
        topology.keep_backups(self.host, plane, backups)
        if plane.data["multi_az"]:
            topology.add_standby(self.host, plane)
        self._promotion(plane).unlink()

    def modify(self, plane: Plane, **changes: Any) -> None:
        """Change an instance: {"port", "iam", "backups", "secondary_zone" (None ends Multi-AZ), "master": {"username",
        "password"}}; what is absent stays."""
        data = plane.data
        self._sight(plane).await_join()
        events.tell(plane, "Applying modification to the DB instance")
        if "master" in changes:
            with replication.primary(self.host, plane).connect() as connection:
                seeds.set_password(connection, changes["master"]["username"], changes["master"]["password"])
        if "iam" in changes:
            data["iam"] = changes["iam"]
            topology.reconfigure(self.host, plane)
        if "port" in changes:
            plane.endpoints[replication.ENDPOINT]["port"] = changes["port"]
            failover.lead_endpoint(self.host, plane)
        if "backups" in changes:
            topology.keep_backups(self.host, plane, changes["backups"])
        if "secondary_zone" in changes:
            topology.change_standby(self.host, plane, changes["secondary_zone"])

    def recover(self, plane: Plane) -> None:
        """Start a failed instance again, as it was before the failover that failed."""
        replication.recall(self.host, plane)
        replication.primary(self.host, plane).start()
        failover.lead_endpoint(self.host, plane)

    def log(self, plane: Plane, positions: dict[str, logs.Position]) -> dict[str, Any]:
        return logs.log(self.host, plane, positions)

    def _promotion(self, plane: Plane) -> Path:
        """The file that is there while a replica is promoted."""
        return self.host.directory(plane) / "promotion"

    def _sight(self, plane: Plane) -> Sight:
        return self._sights.setdefault(plane.name, Sight())

    def _take_parameters(self, plane: Plane, parameters: dict[str, str], at_once: bool) -> None:
        plane.data["waiting"] = parameters
        if at_once:
            plane.data["parameters"] = parameters
            topology.reconfigure(self.host, plane)

    def _fail_over(self, plane: Plane, cause: str) -> None:
        sight = self._sight(plane)
        events.tell(plane, "Multi-AZ instance failover started")
        sight.forget_connection()
        broken, sight.promotion_fails = sight.promotion_fails, False
        failover.fail_over(self.host, plane, cause, broken=broken)
        replication.configure(self.host, plane)
        replication.note_timeline(self.host, plane)
        events.tell(plane, "Multi-AZ instance failover completed")
        topology.list_nodes(self.host, plane)
        watch.join_standby(self.host, plane, sight, diverged=True)

    def _replace(self, plane: Plane, sight: Sight) -> None:
        """Go on after the primary's end: with the standby if it has everything, else by starting the primary again."""
        if plane.data["source"] and sight.join_error and sight.bad_seconds < watch.REJOIN_SECONDS:
            return
        with self._status(sight, "rebooting"):
            if not sight.join_error:
                events.tell(plane, "DB instance shutdown")
            if plane.data["synchronous"] and replication.standby(self.host, plane).pid:
                try:
                    self._fail_over(plane, "primary lost")
                except PromotionFailed as error:
                    plane.state, plane.error = "failed", str(error)
                return
            if plane.data["source"]:
                if not watch.start_replica(self.host, plane, sight):
                    return
            else:
                replication.configure(self.host, plane)
                replication.primary(self.host, plane).start()
            events.tell(plane, "DB instance restarted")

    def _fill(self, plane: Plane, sight: Sight) -> None:
        """RDS stops an instance whose storage is full; it goes on once there is more."""
        if sight.status != "storage-full":
            sight.status = "storage-full"
            sight.forget_connection()
            replication.primary(self.host, plane).kill()
            events.tell(plane, "DB instance has run out of storage")

    @contextmanager
    def _status(self, sight: Sight, status: str) -> Iterator[None]:
        sight.status = status
        try:
            yield
        finally:
            sight.status = ""
