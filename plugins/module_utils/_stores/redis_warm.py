# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Warming a cache: which of the declared keys are not fresh, and writing those, in pipelines and at a limited rate."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import told
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sets import (
    Entry,
    KeySet,
    Value,
    condition,
)

with suppress(ImportError):  # redis.connect() says so
    from redis.exceptions import ResponseError

if TYPE_CHECKING:
    from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import Client

NOT_FRESH = ("missing", "outdated", "expiring", "eternal")


@dataclass
class Pace:
    """Lets at most so many keys pass in a second; ``per_second`` of 0 lets all pass."""

    per_second: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _free_at: float = field(default=0.0, init=False)

    def take(self, keys: int) -> None:
        if not self.per_second:
            return
        now = self.clock()
        if self._free_at > now:
            self.sleep(self._free_at - now)
        self._free_at = max(self._free_at, now) + keys / self.per_second


@dataclass(frozen=True)
class Manner:
    """How to warm: keys in one pipeline, the pace, and the use of memory in percent from which nothing is written."""

    batch: int
    pace: Pace
    memory_percent: int


@dataclass
class Tally:
    """What was found and done in one set. ``conditions`` counts the keys as they were found."""

    declared: int = 0
    conditions: Counter[str] = field(default_factory=Counter)
    written: int = 0
    skipped: int = 0
    present: int = 0
    """Keys that exist afterwards."""
    least_ttl_seconds: float | None = None
    """The shortest time to live that was found."""

    @property
    def due(self) -> int:
        return sum(self.conditions[name] for name in NOT_FRESH)

    @property
    def hit_rate_before(self) -> float:
        return percent(self.declared - self.conditions["missing"], self.declared)

    @property
    def hit_rate_after(self) -> float:
        return percent(self.present, self.declared)


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 100.0


def survey(client: Client, keys: KeySet, entries: Sequence[Entry], manner: Manner) -> Tally:
    """How the cache stands to what is declared; writes nothing."""
    tally = Tally(declared=len(entries))
    for batch in _batches(entries, manner.batch):
        manner.pace.take(len(batch))
        _due(client, keys, batch, tally)
    tally.present = tally.declared - tally.conditions["missing"]
    return tally


def warm(client: Client, keys: KeySet, entries: Sequence[Entry], manner: Manner) -> Tally:
    """Write the keys that are not fresh, until memory is as full as it may be.

    :raises ReconcileError: when Redis refuses a write.
    """
    tally = Tally(declared=len(entries))
    full = False
    for batch in _batches(entries, manner.batch):
        manner.pace.take(len(batch))
        due = _due(client, keys, batch, tally)
        full = full or (bool(due) and memory_used(client) >= manner.memory_percent)
        if full:
            tally.skipped += len(due)
        elif due:
            manner.pace.take(len(due))
            _write(client, keys, due)
            tally.written += len(due)
    tally.present = _present(client, entries, manner) if tally.written else tally.declared - tally.conditions["missing"]
    return tally


def memory_used(client: Client) -> float:
    """Memory used for data in percent of what may be used, of the fullest shard; 0 where there is no limit."""
    with told():
        answer: dict[str, Any] = client.info("memory")
    shards = [answer] if "used_memory" in answer else list(answer.values())
    return max(100 * one["used_memory"] / one["maxmemory"] if one["maxmemory"] else 0.0 for one in shards)


def _batches(entries: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _due(client: Client, keys: KeySet, batch: Sequence[Entry], tally: Tally) -> list[tuple[Entry, Value | None]]:
    """Those that are not fresh, each with what its key holds now."""
    pipeline = client.pipeline(transaction=False)
    for entry in batch:
        pipeline.pttl(entry.key)
        pipeline.hgetall(entry.key) if keys.format == "hash" else pipeline.get(entry.key)
    answers = _executed(pipeline)
    due = []
    for entry, left, cached in zip(batch, answers[::2], answers[1::2], strict=True):
        if isinstance(left, Exception):
            raise ReconcileError(f"{entry.key} cannot be read: {left}")
        if isinstance(cached, ResponseError) and str(cached).startswith("WRONGTYPE"):
            cached = None
        elif isinstance(cached, Exception):
            raise ReconcileError(f"{entry.key} cannot be read: {cached}")
        found = condition(entry, cached, left, keys.fresh_seconds)
        tally.conditions[found] += 1
        if left >= 0:
            seconds = left / 1000
            tally.least_ttl_seconds = min(seconds, tally.least_ttl_seconds or seconds)
        if found != "fresh":
            due.append((entry, cached))
    return due


def _write(client: Client, keys: KeySet, due: Sequence[tuple[Entry, Value | None]]) -> None:
    """A hash gets its new fields before it loses old ones, so that nobody finds it missing."""
    pipeline = client.pipeline(transaction=False)
    asked: list[str] = []
    for entry, cached in due:
        commands = 0
        milliseconds = keys.ttl_milliseconds(entry.key)
        if isinstance(entry.value, str):
            pipeline.set(entry.key, entry.value, px=milliseconds)
            commands += 1
        else:
            if cached is None:  # it holds something else
                pipeline.delete(entry.key)
                commands += 1
            pipeline.hset(entry.key, mapping=dict[Any, Any](entry.value))
            gone = sorted(set(cached or {}) - entry.value.keys())
            if gone:
                pipeline.hdel(entry.key, *gone)
                commands += 1
            pipeline.pexpire(entry.key, milliseconds)
            commands += 2
        asked += [entry.key] * commands
    for key, answer in zip(asked, _executed(pipeline), strict=True):
        if isinstance(answer, Exception):
            raise ReconcileError(f"{key} cannot be written: {answer}")


def _present(client: Client, entries: Sequence[Entry], manner: Manner) -> int:
    count = 0
    for batch in _batches(entries, manner.batch):
        manner.pace.take(len(batch))
        pipeline = client.pipeline(transaction=False)
        for entry in batch:
            pipeline.exists(entry.key)
        count += sum(answer for answer in _executed(pipeline) if isinstance(answer, int))
    return count


def _executed(pipeline: Any) -> list[Any]:
    with told():
        return list(pipeline.execute(raise_on_error=False))
