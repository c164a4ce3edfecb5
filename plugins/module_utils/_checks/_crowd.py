# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many clients of the pooler at once: all connected, then all asking."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

with suppress(ImportError):  # postgres.require() says so
    import psycopg

# Handshakes under way at a time: more only wait for each other, and for the pooler's one thread.
ARRIVING = 50
# The whole of it: what takes longer counts as unanswered.
SECONDS = 15.0
# Long enough for the questions to meet each other.
HOLD_SECONDS = 0.005

_SUM = "SELECT %s::int * 2 AS answer, pg_backend_pid() AS backend, pg_sleep(%s)"


@dataclass
class Crowd:
    """What became of the clients. ``backends`` are the server processes that answered."""

    connected: int = 0
    right: int = 0
    backends: set[int] = field(default_factory=set)
    errors: dict[str, int] = field(default_factory=dict)
    """Number of clients by error."""

    def note(self, error: BaseException) -> None:
        text = f"{type(error).__name__}: {str(error).strip()}"
        self.errors[text] = self.errors.get(text, 0) + 1


def gather(parameters: Mapping[str, Any], clients: int) -> Crowd:
    """Connect ``clients`` with psycopg's connection ``parameters``, let all of those ask while all stay connected."""
    return asyncio.run(_gather(parameters, clients))


async def _gather(parameters: Mapping[str, Any], clients: int) -> Crowd:
    crowd = Crowd()
    door = asyncio.Semaphore(ARRIVING)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SECONDS
    connections: list[psycopg.AsyncConnection[Any]] = []

    async def arrive() -> None:
        async with door:
            if loop.time() > deadline:
                crowd.note(TimeoutError(f"not let in within {SECONDS:g} s"))
                return
            try:
                connections.append(await psycopg.AsyncConnection.connect(**parameters, autocommit=True))
            except (psycopg.Error, OSError) as error:
                crowd.note(error)

    async def ask(number: int, connection: psycopg.AsyncConnection[Any]) -> None:
        try:
            cursor = psycopg.AsyncClientCursor(connection)
            row = await (await cursor.execute(_SUM, (number, HOLD_SECONDS))).fetchone()
        except (psycopg.Error, OSError) as error:
            late = loop.time() > deadline
            crowd.note(TimeoutError(f"not answered within {SECONDS:g} s") if late else error)
            return
        crowd.right += row is not None and row[0] == number * 2
        crowd.backends |= {row[1]} if row else set()

    await asyncio.gather(*(arrive() for _number in range(clients)))
    crowd.connected = len(connections)
    bell = loop.call_at(deadline, _hang_up, connections)
    await asyncio.gather(*(ask(number, connection) for number, connection in enumerate(connections)))
    bell.cancel()
    await asyncio.gather(*(connection.close() for connection in connections))
    return crowd


def _hang_up(connections: Iterable[psycopg.AsyncConnection[Any]]) -> None:
    """End sessions whatever they wait for; cancelling the tasks would ask the server first, and wait for that, too."""
    for connection in connections:
        if not connection.closed:
            with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
