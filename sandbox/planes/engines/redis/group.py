"""The servers of one replication group: what they are called, where they live, how they start."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Endpoint, Plane
from sandbox.planes.engines.redis import settings, snapshots
from sandbox.planes.engines.redis.access import Access
from sandbox.planes.engines.redis.settings import SENTINEL_PORT, SENTINELS, Server, Tls
from sandbox.planes.engines.redis.wire import Role, Wire
from sandbox.planes.host import Host

PRIMARY, READER = "primary", "reader"
SECONDS = 30


class Group:
    """What is done to the servers of a plane. Members are ElastiCache's cache clusters, `{"id", "zone"}`.

    Plane.data: `secret` (the operator's password), `primary` (a member's id), `reader` (the member that the reader
    endpoint leads to), `failover` (whether sentinels watch), `members`.
    """

    def __init__(self, host: Host, plane: Plane) -> None:
        self.host = host
        self.plane = plane
        self.port: int = plane.spec["port"]
        self.data: dict[str, Any] = plane.data
        self.data.setdefault("secret", secrets.token_hex(16))
        self.access = Access(host, plane)
        self.wire = Wire(self.data["secret"], str(host.ca_path) if plane.spec["tls"] else None)

    @property
    def members(self) -> list[str]:
        return [member["id"] for member in self.data["members"]]

    @property
    def sentinels(self) -> list[str]:
        """Their addresses, none while automatic failover is off."""
        if not self.data["failover"]:
            return []
        return [self.host.address(self.plane, f"sentinel-{n}") for n in range(1, SENTINELS + 1)]

    def program(self, member: str) -> str:
        return f"{self.plane.kind}-{self.plane.key.split('/')[0]}-{member}"

    def sentinel_program(self, number: int) -> str:
        return f"{self.plane.name}-sentinel-{number}"

    def address(self, member: str) -> str:
        return self.host.address(self.plane, member)

    def settle(self, members: list[dict[str, str]], primary: str, failover: bool) -> None:
        """Take members over, and show them and their endpoints."""
        self.data |= {"members": members, "primary": primary, "failover": failover}
        self.show()

    def show(self) -> None:
        """Endpoints and nodes as they are now."""
        endpoints = {name: self._endpoint(self._front(name)) for name in (PRIMARY, READER)}
        self.plane.endpoints = endpoints | {member: self._endpoint(self.address(member)) for member in self.members}
        zones = [member["zone"] for member in self.data["members"]]
        self.plane.nodes = [
            {
                "name": self.program(member),
                "role": "primary" if member == self.data["primary"] else "replica",
                "zone": zone,
                "address": self.address(member),
                "port": self.port,
            }
            for member, zone in zip(self.members, zones, strict=True)
        ] + [
            {
                "name": self.sentinel_program(index + 1),
                "role": "sentinel",
                "zone": zones[index % len(zones)],
                "address": address,
                "port": SENTINEL_PORT,
            }
            for index, address in enumerate(self.sentinels)
        ]

    def start_server(self, member: str, snapshot: Path | None = None) -> None:
        """Start a member, as a replica unless it is the primary; a primary may begin with a snapshot."""
        name, address = self.program(member), self.address(member)
        directory = self._directory(member)
        if snapshot:
            snapshots.plant(self.host, snapshot, directory)
        primary = self.data["primary"]
        leader = None if member == primary else (self.address(primary), self.port)
        server = self._server(directory, address)
        wanted = self.access.wanted()
        self._write(directory / "users.acl", settings.acl_file(wanted.users, self.data["secret"]))
        self._write(directory / "redis.conf", settings.server_file(server, wanted.parameters, leader))
        # What the file says is what it starts with.
        self.access.applied[member] = wanted
        command = ("redis-server", directory / "redis.conf")
        self.host.programs.add(name, command, stop_signal="TERM", listens=(address, self.port))
        self.host.programs.start(name)

    def start_sentinels(self) -> None:
        """Start all sentinels anew, knowing the members as they are now; none when automatic failover is off."""
        for number in range(1, SENTINELS + 1):
            self.host.programs.remove(self.sentinel_program(number))
        addresses = self.sentinels
        for index, address in enumerate(addresses):
            directory = self._directory(f"sentinel-{index + 1}")
            text = settings.sentinel_file(
                self._server(directory, address),
                index,
                [other for other in addresses if other != address],
                (self.address(self.data["primary"]), self.port),
                [(self.address(member), self.port) for member in self.members if member != self.data["primary"]],
            )
            self._write(directory / "sentinel.conf", text)
            command = ("redis-sentinel", directory / "sentinel.conf")
            name = self.sentinel_program(index + 1)
            self.host.programs.add(name, command, stop_signal="TERM", listens=(address, SENTINEL_PORT))
            self.host.programs.start(name)
        for address in addresses:
            self.host.wait(partial(self.wire.tune, address), SECONDS, "the sentinels answer")
        self.wait_calm()

    def wait_calm(self) -> None:
        """Until all sentinels, if there are any, see the primary and each other."""
        self.host.wait(lambda: self.wire.calm(self.sentinels), SECONDS, "the sentinels agree")

    def wait_in_sync(self) -> None:
        """Until every member has its role and every replica has its primary's data."""

        def ready() -> bool:
            roles = self.roles()
            self.lead(roles)
            return all(
                role is not None and (role.primary if member == self.data["primary"] else role.in_sync)
                for member, role in roles.items()
            )

        self.host.wait(ready, SECONDS, "primary and replicas are in sync")

    def roles(self) -> dict[str, Role | None]:
        return {member: self.wire.role(self.address(member), self.port) for member in self.members}

    def lead(self, roles: Mapping[str, Role | None]) -> None:
        """Let the endpoints lead to the primary there is, and to a replica.

        The primary is the only member that says so, or, when none or several do, the sentinels' choice.
        """
        before = (self.data["primary"], self.data.get("reader"))
        claim = [member for member, role in roles.items() if role and role.primary]
        if len(claim) == 1:
            self.data["primary"] = claim[0]
        elif chosen := self.wire.chosen(self.sentinels):
            addresses = {self.address(member): member for member in self.members}
            self.data["primary"] = addresses.get(chosen[0], self.data["primary"])
        primary = self.data["primary"]
        reading = [member for member, role in roles.items() if role and role.in_sync and member != primary]
        if self.data.get("reader") not in reading:
            self.data["reader"] = reading[0] if reading else primary
        if before != (primary, self.data["reader"]):
            self.point()
            self.show()

    def point(self) -> None:
        """Open the endpoints and lead them to the primary and the replica that is read."""
        for name in (PRIMARY, READER):
            target = (self.address(self.data.get(name) or self.data["primary"]), self.port)
            self.host.links.open(f"{self.plane.name}-{name}", self._front(name), self.port, target)

    def remove(self) -> None:
        """Stop and forget all programs."""
        self.wire.close()
        for node in self.plane.nodes:
            self.host.programs.remove(node["name"])

    def data_directory(self, member: str) -> Path:
        return self._directory(member)

    def _front(self, name: str) -> str:
        return self.host.address(self.plane, name, endpoint=True)

    def _endpoint(self, address: str) -> Endpoint:
        return {"address": address, "port": self.port}

    def _server(self, directory: Path, address: str) -> Server:
        tls = None
        if self.plane.spec["tls"]:
            everyone = [endpoint["address"] for endpoint in self.plane.endpoints.values()] + self.sentinels
            certificate, key = self.host.certificate(self.plane.name, everyone)
            tls = Tls(str(certificate), str(key), str(self.host.ca_path))
        return Server(str(directory), address, self.port, self.data["secret"], tls)

    def _directory(self, name: str) -> Path:
        return self.host.account.directory(self.host.directory(self.plane) / name)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        self.host.account.give(path)
