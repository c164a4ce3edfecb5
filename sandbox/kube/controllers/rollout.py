"""The arithmetic of a Deployment's rolling update."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Size(NamedTuple):
    """A ReplicaSet: the pods it is to have, and those that are available."""

    replicas: int
    available: int


def resolve(value: int | str, total: int, *, up: bool) -> int:
    """A number or a percentage ("25%") of `total`."""
    if isinstance(value, str):
        share = int(value.rstrip("%")) * total / 100
        return math.ceil(share) if up else math.floor(share)
    return value


def bounds(replicas: int, surge: int | str, unavailable: int | str) -> tuple[int, int]:
    """(the most pods there may be, the fewest that must be available) during a rolling update."""
    extra, missing = resolve(surge, replicas, up=True), resolve(unavailable, replicas, up=False)
    if not extra and not missing:
        missing = 1
    return replicas + extra, max(0, replicas - missing)


def step(replicas: int, most: int, fewest: int, new: Size, olds: Sequence[Size]) -> tuple[int, list[int]]:
    """The next sizes of the new ReplicaSet and of the old ones (oldest first), unchanged when there is to be waited.

    As kube-controller-manager does: the new one grows as far as the surge allows; then old pods go, the broken ones
    first, as long as enough are available without them.
    """
    sizes = [old.replicas for old in olds]
    total = new.replicas + sum(sizes)
    if new.replicas > replicas:
        return replicas, sizes
    if new.replicas < replicas and total < most:
        return new.replicas + min(most - total, replicas - new.replicas), sizes

    spare = total - fewest - (new.replicas - min(new.available, new.replicas))
    for index, old in enumerate(olds):
        broken = min(max(0, spare), max(0, old.replicas - old.available))
        sizes[index] -= broken
        spare -= broken
    available = min(new.available, new.replicas) + sum(min(old.available, old.replicas) for old in olds)
    spare = min(spare, available - fewest)
    for index in range(len(sizes)):
        gone = min(max(0, spare), sizes[index])
        sizes[index] -= gone
        spare -= gone
    return new.replicas, sizes


def share(sizes: Sequence[int], total: int) -> list[int]:
    """`sizes` scaled to the sum `total`, in proportion, the rounding to the largest (the first of equals)."""
    before = sum(sizes)
    if not before:
        return [*sizes]
    scaled = [size * total // before for size in sizes]
    scaled[max(range(len(sizes)), key=lambda index: (sizes[index], -index))] += total - sum(scaled)
    return scaled
