"""Links: TCP forwarders that stand for what a network does on AWS.

An endpoint is a link whose target changes in a failover; replication runs through links, so that it can be delayed or
cut. All of them run in one thread and are remembered in the registry, so a restarted daemon opens them again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.planes.pipes import Client
from sandbox.planes.registry import Registry

SECONDS = 10
BACKLOG = 1024


@dataclass
class Setting:
    """What is remembered of a link."""

    address: str
    port: int
    target: tuple[str, int] | None = None
    """Where it leads; without one, connections are closed at once."""
    delay: float = 0.0
    """Seconds that data takes from the target to the client."""
    is_cut: bool = False
    """Whether connections are refused."""


class Link:
    """A listening address; its connections read `setting` as they go."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.clients: set[Client] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Client(self), self.setting.address, self.setting.port, backlog=BACKLOG
            )

    def deafen(self) -> None:
        """Refuse connections from now on."""
        if self._server:
            self._server.close()
            self._server = None

    def drop(self) -> None:
        """Reset what is connected."""
        for client in list(self.clients):
            client.reset()


class Links:
    """All links of a sandbox. Methods may be called from any thread; KeyError for a link that isn't there."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._links: dict[str, Link] = {}
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="links", daemon=True).start()

    def reopen(self) -> None:
        """Open what the registry remembers."""
        for name, remembered in self._registry.content.links.items():
            target = remembered["target"]
            self._call(self._open(name, Setting(**{**remembered, "target": tuple(target) if target else None})))

    def open(self, name: str, address: str, port: int, target: tuple[str, int] | None = None) -> None:
        """Listen on an address and lead to a target. One of this name that is there is retargeted, or moved."""
        link = self._links.get(name)
        if link and (link.setting.address, link.setting.port) == (address, port):
            link.setting.target = target
        else:
            if link:
                self._call(self._close(name))
            self._call(self._open(name, Setting(address, port, target)))
        self._keep()

    def target(self, name: str, address: str, port: int) -> None:
        """Lead new connections to another target; established ones stay."""
        self._links[name].setting.target = (address, port)
        self._keep()

    def delay(self, name: str, milliseconds: float) -> None:
        """Let data take this long from the target to the client (so: from a primary to its standby); 0 ends it.

        What is under way keeps its time, and the order. The other direction is not delayed.
        """
        self._links[name].setting.delay = milliseconds / 1000
        self._keep()

    def cut(self, name: str) -> None:
        """Reset what is connected and refuse connections."""
        self._links[name].setting.is_cut = True
        self._call(self._cut(name))
        self._keep()

    def restore(self, name: str) -> None:
        """Take connections again after a cut."""
        self._links[name].setting.is_cut = False
        self._call(self._links[name].listen())
        self._keep()

    def drop(self, name: str) -> None:
        """Reset what is connected; new connections are taken."""
        self._call(self._drop(name))

    def close(self, name: str) -> None:
        """Remove a link; nothing happens without one."""
        if name in self._links:
            self._call(self._close(name))
            self._keep()

    def close_addresses(self, addresses: Iterable[str]) -> None:
        """Remove the links on addresses."""
        for name in [name for name, link in self._links.items() if link.setting.address in set(addresses)]:
            self.close(name)

    def describe(self) -> dict[str, dict[str, Any]]:
        """{name: {"address", "port", "target", "delay" (seconds), "is_cut", "connections"}}."""
        return {
            name: {**asdict(link.setting), "connections": len(link.clients)} for name, link in list(self._links.items())
        }

    async def _open(self, name: str, setting: Setting) -> None:
        link = Link(setting)
        if not setting.is_cut:
            await link.listen()
        self._links[name] = link

    async def _cut(self, name: str) -> None:
        self._links[name].deafen()
        self._links[name].drop()

    async def _drop(self, name: str) -> None:
        self._links[name].drop()

    async def _close(self, name: str) -> None:
        link = self._links.pop(name)
        link.deafen()
        link.drop()

    def _call(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(SECONDS)

    def _keep(self) -> None:
        with self._registry.change() as content:
            content.links = {name: asdict(link.setting) for name, link in list(self._links.items())}
