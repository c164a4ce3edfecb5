# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Geometry of the trend chart. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import GOOD

WIDTH, HEIGHT = 640, 120

# Room for the line and the dot at the edges.
PAD = 6

# The upper edge is a multiple of this many items.
STEP = 10


def ready(summary: Mapping[str, int]) -> int:
    """How many items need nothing more for a GO."""
    return sum(summary[verdict] for verdict in GOOD)


def failing(summary: Mapping[str, int]) -> int:
    """How many items stand against a GO by what is known of them."""
    return summary["fail"] + summary["expired"]


def trend_chart(trend: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the chart of two or more runs: {"width", "height", "top", "ready", "failing"}.

    A line is its points; C(top) is the number of items at the upper edge.
    """
    if len(trend) < 2:
        return None
    highest = max(max(ready(point["summary"]), failing(point["summary"])) for point in trend)
    top = max(math.ceil(highest / STEP) * STEP, STEP)
    step = (WIDTH - 2 * PAD) / (len(trend) - 1)

    def line(counts: Sequence[int]) -> list[tuple[float, float]]:
        scale = (HEIGHT - 2 * PAD) / top
        return [(round(PAD + n * step, 1), round(HEIGHT - PAD - count * scale, 1)) for n, count in enumerate(counts)]

    return {
        "width": WIDTH,
        "height": HEIGHT,
        "top": top,
        "ready": line([ready(point["summary"]) for point in trend]),
        "failing": line([failing(point["summary"]) for point in trend]),
    }
