# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Geometry of the pictures of drills. Pure. Horizontal places are percent of the width, so that text keeps its size on
a phone; vertical ones are pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

LANE, BAND, ROW = 34, 10, 19
# How much is shown before the fault and after the last event, as parts of the time between them.
BEFORE, AFTER = 0.22, 0.25
# Events nearer together than this cannot be told apart, and a run without any still needs a scale.
LEAST_SECONDS = 0.1
# Labels right of this grow to the left, so that they stay inside.
TURN = 55.0

CHART_HEIGHT, CHART_PAD = 64, 8


def timeline(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the picture of a run: {"height", "band", "lanes", "marks"}; seconds count from the fault.

    A lane is a store: {"store", "y", "bands": [[x, width]], "gap": {"x", "width", "seconds"}}, where bands are the time
    in which writes were acknowledged; gap is None for a store that never stopped, and its seconds are None when writes
    did not come back. A mark is an event: {"name", "seconds", "x", "y", "end"}, in order of time.
    """
    events = _events(run)
    last = max([seconds for _name, seconds in events] + [LEAST_SECONDS])
    span = last * (1 + BEFORE + AFTER)

    def x(seconds: float) -> float:
        return round(min(max((seconds + last * BEFORE) / span, 0.0), 1.0) * 100, 2)

    lanes = [_lane(store, probe, number * LANE, x) for number, (store, probe) in enumerate(run["probes"].items())]
    below = len(lanes) * LANE
    marks = [
        {"name": name, "seconds": seconds, "x": x(seconds), "y": below + (number + 1) * ROW, "end": x(seconds) > TURN}
        for number, (name, seconds) in enumerate(events)
    ]
    return {"height": below + len(marks) * ROW + 6, "band": BAND, "lanes": lanes, "marks": marks}


def trend(points: Sequence[Mapping[str, Any]], target: float) -> dict[str, Any] | None:
    """Return the chart of two or more drills: {"height", "top", "target", "lines"}.

    C(top) is the seconds at the upper edge, C(target) the height of the target, None when it lies above. A line is a
    variant: {"variant", "number", "last", "dots": [{"x", "y", "verdict"}], "pieces": [[dot, next dot]]}; a drill
    without a figure has its dot at the top.
    """
    if len(points) < 2:
        return None
    names = list(dict.fromkeys(name for point in points for name in point["variants"]))
    times = [
        variant["rto_seconds"]
        for point in points
        for variant in point["variants"].values()
        if variant["rto_seconds"] is not None
    ]
    top = max([*times, LEAST_SECONDS])
    room = CHART_HEIGHT - 2 * CHART_PAD

    def y(seconds: float | None) -> float:
        return round(CHART_PAD + room * (1 - (top if seconds is None else seconds) / top), 1)

    step = 96 / (len(points) - 1)
    lines = []
    for number, name in enumerate(names):
        dots = [
            {"x": round(2 + place * step, 2), "y": y(found["rto_seconds"]), "verdict": point["verdict"]}
            for place, point in enumerate(points)
            if (found := point["variants"].get(name)) is not None
        ]
        last = next(point["variants"][name] for point in reversed(points) if name in point["variants"])
        pieces = list(pairwise(dots))
        lines.append({"variant": name, "number": number, "last": last["rto_seconds"], "dots": dots, "pieces": pieces})
    return {"height": CHART_HEIGHT, "top": top, "target": y(target) if target <= top else None, "lines": lines}


def _events(run: Mapping[str, Any]) -> list[tuple[str, float]]:
    """What happened when, in seconds since the fault: the fault, the end of each phase, and the first good write."""
    fault = min(step["began_seconds"] for step in run["steps"] if step["stage"] == "fault")
    ends: dict[str, float] = {}
    for step in run["steps"]:
        if step["phase"] and step["outcome"] == "done":
            ends[step["phase"]] = max(ends.get(step["phase"], 0.0), step["began_seconds"] + step["seconds"] - fault)
    gaps = [gap for gap in map(_gap, run["probes"].values()) if gap]
    if gaps and None not in [probe["rto_seconds"] for probe in run["probes"].values()]:
        ends["good"] = max(gap["begins_seconds"] + gap["seconds"] for gap in gaps)
    return sorted([("fault", 0.0), *ends.items()], key=lambda event: event[1])


def _gap(probe: Mapping[str, Any]) -> dict[str, float] | None:
    """The gap that counts as recovery time: the longest."""
    gap: dict[str, float] | None = max(probe["gaps"], key=lambda gap: gap["seconds"], default=None)
    return gap


def _lane(store: str, probe: Mapping[str, Any], y: int, x: Callable[[float], float]) -> dict[str, Any]:
    if probe["rto_seconds"] is None:
        fault = x(0.0)
        gap = {"x": fault, "width": round(100 - fault, 2), "seconds": None}
        return {"store": store, "y": y, "bands": [[0.0, fault]], "gap": gap}
    gaps = [(x(gap["begins_seconds"]), x(gap["begins_seconds"] + gap["seconds"])) for gap in probe["gaps"]]
    edges = [0.0, *(edge for gap in sorted(gaps) for edge in gap), 100.0]
    bands = [[begin, round(end - begin, 2)] for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    longest = _gap(probe)
    return {"store": store, "y": y, "bands": bands, "gap": longest and _drawn(longest, x)}


def _drawn(gap: Mapping[str, float], x: Callable[[float], float]) -> dict[str, Any]:
    begin, end = x(gap["begins_seconds"]), x(gap["begins_seconds"] + gap["seconds"])
    return {"x": begin, "width": round(end - begin, 2), "seconds": gap["seconds"]}
