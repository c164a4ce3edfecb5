"""Users and parameters: what a group's servers are to have, and what each of them has.

What is wanted lies in a file of the plane, so that it can change while a job runs and outlives a restart.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from redis.exceptions import ConnectionError, TimeoutError

from sandbox.planes.engine import Plane
from sandbox.planes.engines.redis.settings import User
from sandbox.planes.engines.redis.wire import Wire
from sandbox.planes.host import Host


@dataclass(frozen=True)
class Wanted:
    users: tuple[User, ...]
    parameters: dict[str, str]

    @classmethod
    def of(cls, users: Iterable[dict[str, Any]], parameters: dict[str, str]) -> Wanted:
        """From JSON: users as `{"name", "access", "passwords": [SHA-256, ..]}`."""
        made = (User(user["name"], user["access"], tuple(user["passwords"])) for user in users)
        return cls(tuple(made), parameters)


class Access:
    def __init__(self, host: Host, plane: Plane) -> None:
        self._path = host.directory(plane) / "wanted.json"
        self.applied: dict[str, Wanted] = {}
        """By member: what it has. Unknown after a restart of the daemon, so it is applied again then."""
        self._read: tuple[int, Wanted] | None = None

    def want(self, wanted: Wanted) -> None:
        """From now on; watch() applies it. May be called from any thread."""
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(wanted)), encoding="utf-8")
        temporary.chmod(0o600)
        os.replace(temporary, self._path)

    def wanted(self) -> Wanted:
        stamp = self._path.stat().st_mtime_ns
        if self._read is None or self._read[0] != stamp:
            self._read = (stamp, Wanted.of(**json.loads(self._path.read_text(encoding="utf-8"))))
        return self._read[1]

    def in_force(self, members: Iterable[str]) -> bool:
        """Whether all of these have what is wanted."""
        wanted = self.wanted()
        return all(self.applied.get(member) == wanted for member in members)

    def apply(self, wire: Wire, addresses: dict[str, str], port: int) -> None:
        """Give it to the servers that have something else; one that can't be reached gets it when it starts."""
        wanted = self.wanted()
        for member, address in addresses.items():
            if self.applied.get(member) == wanted:
                continue
            try:
                wire.configure(address, port, wanted.users, wanted.parameters)
            except (ConnectionError, TimeoutError):
                continue
            self.applied[member] = wanted
