# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the keys of a copy are those of its source.

A snapshot is of a moment, and a cache has no log. What is told is for how long a key has been idle: one that nobody has
touched at the source since the snapshot must be in the copy with the same value. Any other that differs has moved on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Unit

BATCH = 500
# Redis tells idle time by a clock of full seconds.
MARGIN_SECONDS = 5
UNORDERED = {b"set": "sscan_iter", b"hash": "hscan_iter", b"zset": "zscan_iter"}


@dataclass(frozen=True)
class Pair:
    """
    :param source: and ``copy``: clients that decode nothing.
    :param age: seconds since the snapshot, now.
    """

    source: Any
    copy: Any
    pattern: str
    age: Callable[[], float]

    def compare(self) -> Unit:
        """A few hundred keys at a time. Raises redis.RedisError."""
        unit = Unit(self.pattern, 0, 0)
        for keys in _batches(self.source.scan_iter(match=self.pattern, count=BATCH)):
            self._judge(keys, unit)
        for keys in _batches(self.copy.scan_iter(match=self.pattern, count=BATCH)):
            unit.copy += len(keys)
            there = self._ask(self.source, [("EXISTS", key) for key in keys])
            unit.moved += there.count(0)
        return unit

    def _judge(self, keys: Sequence[bytes], unit: Unit) -> None:
        # The idle time first: reading the value ends it.
        age = self.age()
        idle = self._ask(self.source, [("OBJECT IDLETIME", key) for key in keys])
        ours = self._ask(self.source, [("DUMP", key) for key in keys])
        theirs = self._ask(self.copy, [("DUMP", key) for key in keys])
        for key, seconds, here, there in zip(keys, idle, ours, theirs, strict=True):
            if here is None:
                continue
            unit.source += 1
            if here == there or (there is not None and self._same(key)):
                unit.compared += 1
            elif isinstance(seconds, int) and seconds >= age + MARGIN_SECONDS:
                unit.differences += 1
            else:
                unit.moved += 1

    def _same(self, key: bytes) -> bool:
        """Whether both have the same members, in whatever order their tables keep them."""
        kinds = {client.type(key) for client in (self.source, self.copy)}
        if len(kinds) > 1 or not kinds <= UNORDERED.keys():
            return False
        scan = UNORDERED[kinds.pop()]
        return _sum(getattr(self.source, scan)(key)) == _sum(getattr(self.copy, scan)(key))

    def _ask(self, client: Any, commands: Sequence[tuple[str, bytes]]) -> list[Any]:
        """Answers in one turn; what a command is refused with is its answer."""
        pipeline = client.pipeline(transaction=False)
        for command, key in commands:
            pipeline.execute_command(command, key)
        return list(pipeline.execute(raise_on_error=False))


def _sum(members: Iterator[Any]) -> int:
    return sum(int.from_bytes(hashlib.sha256(repr(member).encode()).digest()[:8], "big") for member in members)


def _batches(keys: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(keys, BATCH)):
        yield batch
