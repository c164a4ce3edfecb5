"""The two connections of a forwarded one, at the level of transports: no task, no copy besides the sockets' own."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sandbox.planes.links import Link

HIGH_WATER = 4 << 20
"""Bytes that one side may be behind before the other is not read any more."""

DELAYED_HIGH_WATER = 64 << 20
"""The same for data on its way through a delay."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a reset."""


class Side(asyncio.Protocol):
    """One of the two connections; what it receives goes to `other`."""

    transport: asyncio.Transport
    other: Side | None = None
    ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if self.other:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        self.finish()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.other and not self.other.transport.is_closing():
            if error:
                self.other.reset()
            else:
                self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other:
            self.other.transport.resume_reading()

    def finish(self) -> None:
        """Pass the end of the data on; close when both directions have ended."""
        self.ended = True
        if self.other is None:
            self.transport.close()
        elif self.other.ended:
            self.transport.close()
            self.other.transport.close()
        elif self.other.transport.can_write_eof() and not self.other.transport.is_closing():
            self.other.transport.write_eof()

    def reset(self) -> None:
        """Close at once, with a reset for the peer."""
        found: socket.socket | None = self.transport.get_extra_info("socket")
        if found is not None and found.fileno() >= 0:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()


class Client(Side):
    """The connection to the link's address; it connects to the target before it reads."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._connecting: asyncio.Task[None] | None = None
        self.early: list[bytes] = []
        """What came before there was a target: Python 3.11.2 begins to read after connection_made, paused or not."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self.link.clients.add(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        if self.other:
            super().data_received(data)
        else:
            self.early.append(data)

    def eof_received(self) -> bool:
        if self.other:
            return super().eof_received()
        self.ended = True
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.link.clients.discard(self)
        if self._connecting:
            self._connecting.cancel()
        super().connection_lost(error)

    def reset(self) -> None:
        if self.other:
            self.other.transport.abort()
        super().reset()

    async def _connect(self) -> None:
        target = self.link.setting.target
        try:
            if target is None:
                raise ConnectionRefusedError(f"{self.link.setting.address} leads nowhere")
            await asyncio.get_running_loop().create_connection(lambda: Target(self), *target)
        except OSError:
            self.reset()
        else:
            self.transport.resume_reading()


class Target(Side):
    """The connection to the target, whose data may be delayed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._held: deque[tuple[float, bytes | None]] = deque()
        """(when it is due, data or None for the end)."""
        self._held_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.other, self.client.other = self.client, self
        self.transport.writelines(self.client.early)
        if self.client.ended:
            self.transport.write_eof()

    def data_received(self, data: bytes) -> None:
        if self._held or self.client.link.setting.delay:
            self._hold(data)
        else:
            self.client.transport.write(data)

    def eof_received(self) -> bool:
        if self._held:
            self._hold(None)
        else:
            self.finish()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if not self._held:
            super().connection_lost(error)
        elif self._held[-1][1] is not None:
            self._hold(None)

    def _hold(self, data: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self.client.link.setting.delay
        if self._held:
            due = max(due, self._held[-1][0])
        else:
            loop.call_at(due, self._release)
        self._held.append((due, data))
        self._held_bytes += len(data or b"")
        if self._held_bytes > DELAYED_HIGH_WATER:
            self.transport.pause_reading()

    def _release(self) -> None:
        loop = asyncio.get_running_loop()
        while self._held and self._held[0][0] <= loop.time():
            _, data = self._held.popleft()
            if data is None and self.transport.is_closing():
                self.client.transport.close()
            elif data is None:
                self.finish()
            else:
                self._held_bytes -= len(data)
                self.client.transport.write(data)
        if self._held:
            loop.call_at(self._held[0][0], self._release)
        if self._held_bytes <= DELAYED_HIGH_WATER and not self.transport.is_closing():
            self.transport.resume_reading()
