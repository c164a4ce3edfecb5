# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Canaries in Redis: one hash per drill and run, written through the group's primary endpoint."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

DAY = 24 * 60 * 60
"""Seconds after which canaries go by themselves, whatever becomes of the drill."""

TAG = "drill"
"""The part of the key that a cluster places it by, so that it is known beforehand which node group has it."""
SLOT = 6480

Connect = Callable[[], Any]
"""A new redis client as the canary tenant, without retries of its own."""


class RedisCanary:
    def __init__(self, connect: Connect, tenant: str, identifier: str) -> None:
        self.key = f"{tenant}:{{{TAG}}}:{identifier}"
        self._connect = connect
        self._client: Any = None

    def create(self) -> None:
        """Nothing to make: the first canary makes the hash."""

    def open(self) -> None:
        self._client = self._connect()

    def write(self, seq: int) -> None:
        # Both in one transaction: there is no moment at which the key would stay for ever.
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(self.key, str(seq), "1").expire(self.key, DAY).execute()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def kept(self) -> set[int]:
        with closing(self._connect()) as client:
            return {int(field) for field, _value in client.hscan_iter(self.key, count=1000)}

    def remove(self) -> None:
        with closing(self._connect()) as client:
            client.unlink(self.key)
