"""Connections of the engine to the servers and sentinels of a plane, as their operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from sandbox.planes.engines.redis.settings import GROUP, OPERATOR, SENTINEL_PORT, STATIC, TUNING, User, parameters

SECONDS = 1.0
DEFAULT = "default"


@dataclass(frozen=True)
class Role:
    """What a server says of itself."""

    primary: bool
    in_sync: bool
    """Whether it is a replica whose link to its primary is up."""


class Wire:
    """Keeps one connection to each server; a server that does not answer within a second is taken for unreachable."""

    def __init__(self, secret: str, authority: str | None) -> None:
        self._secret = secret
        self._tls: dict[str, Any] = {"ssl": True, "ssl_ca_certs": authority} if authority else {}
        self._clients: dict[tuple[str, int], redis.Redis] = {}

    def server(self, address: str, port: int) -> redis.Redis:
        return self._client(address, port, OPERATOR)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def role(self, address: str, port: int) -> Role | None:
        """None while it can't be reached, or loads its data."""
        try:
            info: Any = self.server(address, port).info("replication")
        except (RedisError, OSError):
            return None
        return Role(info["role"] == "master", info.get("master_link_status") == "up")

    def chosen(self, sentinels: Iterable[str]) -> tuple[str, int] | None:
        """The primary in the sentinels' view: the first one's that answers."""
        for address in sentinels:
            try:
                found: Any = self._sentinel(address).execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", GROUP)
            except (RedisError, OSError):
                continue
            return found[0], int(found[1])
        return None

    def reaches(self, sentinel: str) -> bool:
        try:
            return bool(self._sentinel(sentinel).ping())
        except (RedisError, OSError):
            return False

    def tune(self, sentinel: str) -> bool:
        """Set what can only be set while it runs; False while it can't be reached."""
        try:
            self._sentinel(sentinel).execute_command(
                "SENTINEL", "DEBUG", *(str(word) for pair in TUNING.items() for word in pair)
            )
        except (RedisError, OSError):
            return False
        return True

    def calm(self, sentinels: Iterable[str]) -> bool:
        """Whether all sentinels reach the same primary, and enough others to fail over from it."""
        seen = set()
        for address in sentinels:
            sentinel = self._sentinel(address)
            try:
                sentinel.execute_command("SENTINEL", "CKQUORUM", GROUP)
                master: Any = sentinel.sentinel_master(GROUP)
            except (RedisError, OSError):
                return False
            seen.add((master["ip"], master["port"], master["flags"]))
        return len(seen) <= 1 and all(flags == "master" for _, _, flags in seen)

    def urge(self, sentinels: Iterable[str]) -> None:
        """Make a sentinel fail over without asking the others; one that can't, or already does, refuses."""
        for address in sentinels:
            try:
                self._sentinel(address).execute_command("SENTINEL", "FAILOVER", GROUP)
            except ResponseError:
                return
            except (RedisError, OSError):
                continue
            return

    def configure(self, address: str, port: int, users: Iterable[User], values: dict[str, str]) -> None:
        """Make a running server have exactly these users, and these parameters. RedisError when it refuses one."""
        server = self.server(address, port)
        wanted = {user.name: user for user in users}
        known: Any = server.acl_users()
        gone = set(known) - set(wanted) - {OPERATOR, DEFAULT}
        if gone:
            server.acl_deluser(*gone)
        for name, user in wanted.items():
            server.execute_command("ACL", "SETUSER", name, *user.rules())
        pairs = [(name, value) for name, value in parameters(values).items() if name not in STATIC]
        if pairs:
            server.execute_command("CONFIG", "SET", *(word for pair in pairs for word in pair))

    def _sentinel(self, address: str) -> redis.Redis:
        return self._client(address, SENTINEL_PORT, DEFAULT)

    def _client(self, address: str, port: int, user: str) -> redis.Redis:
        if (address, port) not in self._clients:
            self._clients[address, port] = redis.Redis(
                host=address,
                port=port,
                username=user,
                password=self._secret,
                socket_timeout=SECONDS,
                socket_connect_timeout=SECONDS,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
                **self._tls,
            )
        return self._clients[address, port]
