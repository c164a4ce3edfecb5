"""The engine of Redis planes: replication groups, and the snapshots taken of them."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

from sandbox.planes.engine import Engine, Plane, Refused
from sandbox.planes.engines.redis import snapshots
from sandbox.planes.engines.redis.access import Wanted
from sandbox.planes.engines.redis.group import Group
from sandbox.planes.host import Host

FAILOVER_SECONDS = 30
SNAPSHOT_SECONDS = 60
SENTINEL_SECONDS = 10
URGE_SECONDS = 4
"""After which sentinels that could not agree on a leader are told to fail over; they would try again later."""
STRANDED_SECONDS = 15
"""After which a primary that ended is started again, when no replica has taken over."""


class Redis(Engine):
    """spec of a group: `{"port", "tls", "failover", "members": [{"id", "zone"}], "users", "parameters", "snapshot"}`;
    the first member is the primary, `snapshot` (a key or None) what it begins with. spec of a snapshot: `{"of": key}`.
    """

    kind = "redis"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.actions = {"failover": self.failover, "resize": self.resize, "protect": self.protect}
        self.questions = {"configure": self.configure}
        self._groups: dict[str, Group] = {}
        self._making = threading.Lock()
        self._down: dict[str, float] = {}
        """Programs that ended, and when that was seen (monotonic)."""

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        if "of" in spec:
            self._take_snapshot(plane, spec["of"])
            return
        group = self._group(plane)
        group.access.want(Wanted.of(spec["users"], spec["parameters"]))
        primary = spec["members"][0]["id"]
        group.settle(spec["members"], primary, spec["failover"])
        group.point()
        snapshot = self._plane(spec["snapshot"]) if spec.get("snapshot") else None
        for member in group.members:
            begins_with = self.host.directory(snapshot) if snapshot and member == primary else None
            group.start_server(member, begins_with)
        group.wait_in_sync()
        group.start_sentinels()
        group.lead(group.roles())

    def delete(self, plane: Plane) -> None:
        self.host.wait(lambda: not self._being_saved(plane), SNAPSHOT_SECONDS, "its snapshots are taken")
        if plane.nodes:
            self._group(plane).remove()
        self._groups.pop(plane.name, None)

    def resume(self, plane: Plane) -> None:
        if "of" in plane.spec:
            return
        group = self._group(plane)
        # While the daemon was away, the primary may have become another one.
        group.lead(group.roles())
        for member in (group.data["primary"], *group.members):
            if not self._runs(group, member):
                group.start_server(member)
        group.wait_in_sync()
        if not all(map(group.wire.reaches, group.sentinels)):
            group.start_sentinels()
        group.lead(group.roles())

    def watch(self, plane: Plane) -> None:
        if "of" in plane.spec:
            return
        group = self._group(plane)
        roles = group.roles()
        group.lead(roles)
        for member, role in roles.items():
            if role is None:
                self._revive(group, member)
            else:
                self._down.pop(group.program(member), None)
        for number, address in enumerate(group.sentinels, 1):
            name = group.sentinel_program(number)
            if not group.wire.reaches(address) and self.host.programs.pid(name) is None:
                self.host.programs.start(name)
                self.host.wait(partial(group.wire.tune, address), SENTINEL_SECONDS, f"{name} answers")
        self._apply(group)

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"primary": member, "reader": member, "in_force": whether users and parameters are what was asked for}."""
        group = self._groups.get(plane.name)
        if group is None or "members" not in plane.data:
            return {}
        return {
            "primary": plane.data["primary"],
            "reader": plane.data.get("reader"),
            "in_force": group.access.in_force(group.members),
        }

    def failover(self, plane: Plane) -> None:
        """Kill the primary; done when a replica has taken over and the former primary follows it."""
        group = self._group(plane)
        former = group.data["primary"]
        self.host.programs.kill(group.program(former))
        since = time.monotonic()

        def replaced() -> bool:
            nonlocal since
            group.lead(group.roles())
            if time.monotonic() - since > URGE_SECONDS:
                group.wire.urge(group.sentinels)
                since = time.monotonic()
            return bool(group.data["primary"] != former)

        self.host.wait(replaced, FAILOVER_SECONDS, f"the sentinels replace {former}")
        group.wait_calm()
        group.lead(group.roles())
        group.start_server(former)
        group.wait_in_sync()
        group.lead(group.roles())
        self._apply(group)

    def resize(self, plane: Plane, members: list[dict[str, str]]) -> None:
        """Have these members: start the new ones as replicas, remove the others."""
        group = self._group(plane)
        wanted = {member["id"] for member in members}
        primary = group.data["primary"]
        if primary not in wanted:
            raise Refused(f"{primary} is the primary")
        gone = [member for member in group.members if member not in wanted]
        new = [member for member in wanted if member not in group.members]
        group.settle(members, primary, group.data["failover"])
        for member in sorted(new):
            group.start_server(member)
        group.wait_in_sync()
        # Before servers go, so that nobody waits for them.
        group.start_sentinels()
        for member in gone:
            self.host.programs.remove(group.program(member))
        group.lead(group.roles())
        self._apply(group)

    def protect(self, plane: Plane, failover: bool) -> None:
        """Turn automatic failover on or off."""
        group = self._group(plane)
        group.settle(group.data["members"], group.data["primary"], failover)
        group.start_sentinels()

    def configure(self, plane: Plane, users: list[dict[str, Any]], parameters: dict[str, str]) -> dict[str, Any]:
        """Have these users and parameters soon; facts tell when they are `in_force`."""
        self._group(plane).access.want(Wanted.of(users, parameters))
        return {}

    def _group(self, plane: Plane) -> Group:
        with self._making:
            if plane.name not in self._groups:
                self._groups[plane.name] = Group(self.host, plane)
            return self._groups[plane.name]

    def _plane(self, key: str) -> Plane:
        for plane in self.host.planes(self.kind):
            if plane.key == key:
                return plane
        raise RuntimeError(f"there is no {self.kind} {key}")

    def _take_snapshot(self, plane: Plane, source: str) -> None:
        group = self._group(self._plane(source))
        member = group.data.get("reader") or group.data["primary"]
        server = group.wire.server(group.address(member), group.port)
        snapshots.take(self.host, server, group.data_directory(member), self.host.directory(plane))

    def _being_saved(self, plane: Plane) -> bool:
        return any(p.spec.get("of") == plane.key and p.state == "creating" for p in self.host.planes(self.kind))

    def _runs(self, group: Group, member: str) -> bool:
        return self.host.programs.pid(group.program(member)) is not None

    def _revive(self, group: Group, member: str) -> None:
        """Start a server that has ended: a replica at once, a primary when it has been replaced or can't be."""
        name = group.program(member)
        if self._runs(group, member):
            return
        since = self._down.setdefault(name, time.monotonic())
        replaceable = group.sentinels and len(group.members) > 1
        if member != group.data["primary"] or not replaceable or time.monotonic() - since > STRANDED_SECONDS:
            group.start_server(member)
            del self._down[name]
        elif time.monotonic() - since > URGE_SECONDS:
            group.wire.urge(group.sentinels)

    def _apply(self, group: Group) -> None:
        group.access.apply(group.wire, {member: group.address(member) for member in group.members}, group.port)
