"""The arithmetic of a HorizontalPodAutoscaler (autoscaling/v2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

TOLERANCE = 0.1

UP: dict[str, Any] = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Percent", "value": 100, "periodSeconds": 15},
        {"type": "Pods", "value": 4, "periodSeconds": 15},
    ],
}
DOWN: dict[str, Any] = {
    "stabilizationWindowSeconds": 300,
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}

Sample = tuple[float, int]
"""(seconds, a number of replicas recommended, or by which they changed)."""


def proposal(current: int, ratio: float) -> int:
    """Replicas that would bring a metric at `ratio` times its target back to it."""
    return current if abs(ratio - 1) <= TOLERANCE else math.ceil(current * ratio)


def stabilised(current: int, proposed: int, past: Iterable[Sample], now: float, up: int, down: int) -> int:
    """What all recommendations of the windows (`up`, `down` seconds) agree on, nearest to `current`."""
    highest = lowest = proposed
    for when, replicas in past:
        if when > now - up:
            lowest = min(lowest, replicas)
        if when > now - down:
            highest = max(highest, replicas)
    return min(max(current, lowest), highest)


def limited(current: int, wanted: int, rules: dict[str, Any], changes: Sequence[Sample], now: float) -> int:
    """`wanted`, no further from `current` than the policies of its direction (`rules`) let it be.

    `changes` are the earlier steps in that direction, as positive numbers.
    """
    if wanted == current:
        return current
    if rules["selectPolicy"] == "Disabled":
        return current
    growing = wanted > current
    reach = []
    for policy in rules["policies"]:
        recent = sum(step for when, step in changes if when > now - policy["periodSeconds"])
        if growing:
            start, value = current - recent, policy["value"]
            reach.append(start + value if policy["type"] == "Pods" else math.ceil(start * (1 + value / 100)))
        else:
            start, value = current + recent, policy["value"]
            reach.append(start - value if policy["type"] == "Pods" else math.floor(start * (1 - value / 100)))
    furthest = max if growing == (rules["selectPolicy"] == "Max") else min
    bound = furthest(reach)
    return max(current, min(wanted, bound)) if growing else min(current, max(wanted, bound))
