# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A month's figures and verdicts of a service, or of several together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._report.model import timestamp
from ansible_collections.iworkz.platform.plugins.module_utils._sla.histogram import quantile, share_above
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import MEAN, Readings
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import AVAILABILITY, LATENCY_P95, P95

NO_CALLER = "no_caller"
"""Verdict of a service that nobody may call, where nothing was measured."""
VERDICTS = ("missed", "no_data", "incomplete", "running", "no_traffic", "met", NO_CALLER)
"""Worst first. ``incomplete`` and ``running``: it holds in what is known of a month with gaps, or not yet over."""
MAX_GAPS = 10
ROUNDING = 1 + 1e-9
"""Sums of floats that should be equal to a budget are not above it."""

Promise = dict[str, Any]


def together(many: Sequence[Readings], objectives: Mapping[str, float], grid: range, p95_ms: float) -> Readings:
    """Several services as one, by number of requests; of a step, what is known of any. C(p95_ms) is what counts as slow
    for all of them, whatever each one's own objective."""
    sums: dict[str, dict[int, float]] = {name: {} for name in ("requests", "errors", "slow", "mean")}
    for at in grid:
        known = [each for each in many if each.measured(at)]
        asked = sum(each.requests[at] for each in known)
        if known:
            sums["requests"][at] = asked
        if asked:
            for name in ("errors", "slow", "mean"):
                parts = (getattr(each, name).get(at, 0.0) * each.requests[at] for each in known)
                sums[name][at] = sum(parts) / asked
    buckets: dict[float, float] = {}
    for each in many:
        for bound, count in each.buckets.items():
            buckets[bound] = buckets.get(bound, 0.0) + count
    above = share_above(p95_ms, buckets)
    slow = {} if above is None else dict.fromkeys(sums["slow"], above)
    return Readings(sums["requests"], sums["errors"], slow, sums["mean"], buckets, {}, dict(objectives))


def figures(
    readings: Readings,
    objectives: Mapping[str, float],
    missing: Sequence[int],
    grid: range,
    over: bool,
    outage: float,
    called: bool = True,
) -> dict[str, Any]:
    """The figures of the report's C(platform) and of each of its C(services), see docs/sla_report.md.

    :param objectives: of what the month has no recorded ones: availability, latency_p95 and latency_mean.
    :param missing: the steps that count as not known.
    :param over: whether the month has ended.
    :param outage: the share of failed requests from which a step counts as outage.
    :param called: whether anybody may call it; where not, having no data is no fault.
    """
    goals = {**objectives, **readings.objectives}
    known = [at for at in grid if readings.measured(at)]
    weights = {at: readings.requests[at] * grid.step for at in known}
    asked = sum(weights.values())
    failed, slow, spent = (_weighted(each, weights) for each in (readings.errors, readings.slow, readings.mean))
    state = _state(bool(known), bool(asked), bool(missing), over) if known or called else NO_CALLER
    p95 = quantile(P95, readings.buckets)
    promises = {
        "availability": {
            "percent": _percent(1 - failed / asked) if asked else None,
            **_budget(failed, asked, goals[AVAILABILITY], state),
        },
        "latency_mean": {
            "ms": round(spent / asked * 1000, 3) if asked else None,
            "objective_ms": round(goals[MEAN] * 1000, 3),
            "verdict": _verdict(not asked or spent / asked <= goals[MEAN], state),
        },
        "latency_p95": {
            "ms": None if p95 is None else round(p95, 1),
            "fast_percent": _percent(1 - slow / asked) if asked else None,
            **_budget(slow, asked, goals[LATENCY_P95], state),
        },
    }
    verdicts = {promise["verdict"] for promise in promises.values()}
    return {
        "verdict": next(verdict for verdict in VERDICTS if verdict in verdicts),
        "requests": round(asked),
        "failed_requests": round(failed),
        **promises,
        "outage_minutes": sum(readings.errors.get(at, 0.0) >= outage for at in known) * grid.step // 60,
        "missing_minutes": len(missing) * grid.step // 60,
        "missing_percent": _percent(len(missing) / len(grid)) if grid else 100.0,
        "gaps": gaps(missing, grid.step),
    }


def gaps(missing: Iterable[int], step: int) -> list[dict[str, Any]]:
    """The longest stretches of steps that are not known, in order of time: {"began_at", "ended_at", "minutes"}."""
    found: list[dict[str, Any]] = [
        {"began_at": moment(run[0] - step), "ended_at": moment(run[-1]), "minutes": len(run) * step // 60}
        for run in runs(missing, step)
    ]
    longest = sorted(found, key=lambda gap: -gap["minutes"])[:MAX_GAPS]
    return sorted(longest, key=lambda gap: str(gap["began_at"]))


def runs(moments: Iterable[int], step: int) -> list[list[int]]:
    """Moments a step apart, stretch by stretch."""
    found: list[list[int]] = []
    for at in sorted(moments):
        if found and at - found[-1][-1] == step:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def moment(at: int) -> str:
    """A Unix second as the report has it."""
    return timestamp(datetime.fromtimestamp(at, UTC))


def _weighted(points: Mapping[int, float], weights: Mapping[int, float]) -> float:
    return sum(points.get(at, 0.0) * weight for at, weight in weights.items())


def _state(known: bool, asked: bool, gaps_left: bool, over: bool) -> str:
    """What a promise that holds may be called."""
    if not known:
        return "no_data"
    if gaps_left:
        return "incomplete"
    if not over:
        return "running"
    return "met" if asked else "no_traffic"


def _verdict(holds: bool, state: str) -> str:
    return state if holds else "missed"


def _budget(bad: float, asked: float, objective: float, state: str) -> Promise:
    allowed = asked * (1 - objective)
    return {
        "objective_percent": _percent(objective),
        "budget_left_percent": _percent(1 - bad / allowed) if allowed else None,
        "verdict": _verdict(bad <= allowed * ROUNDING, state),
    }


def _percent(share: float) -> float:
    return round(share * 100, 6)
