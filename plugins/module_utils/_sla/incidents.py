# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The worst stretches of a month. Pure.

A step belongs to an incident when its budget is being spent (more failed or slow than the objective allows) and either
an alert of the objective fires or, for availability, the share of failed requests is that of an outage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._sla.figures import moment, runs
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import MEAN, Readings
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import AVAILABILITY, LATENCY_P95

MAX_INCIDENTS = 20
KINDS = (AVAILABILITY, "latency")

Incident = dict[str, Any]


def incidents(
    services: Mapping[str, Readings], objectives: Mapping[str, float], grid: range, outage: float
) -> list[Incident]:
    """The worst, those with most bad requests first: {"service", "kind", "began_at", "ended_at", "minutes",
    "bad_requests", "worst_percent", "alerts"}; bad are failed or slow ones, an alert is its name and severity."""
    found = [
        _incident(name, kind, readings, run, grid.step)
        for name, readings in services.items()
        for kind in KINDS
        for run in runs(_steps(kind, readings, {**objectives, **readings.objectives}, grid, outage), grid.step)
    ]
    return sorted(found, key=lambda each: (-each["bad_requests"], -each["minutes"], each["began_at"]))[:MAX_INCIDENTS]


def _steps(kind: str, readings: Readings, goals: Mapping[str, float], grid: range, outage: float) -> Iterable[int]:
    for at in grid:
        if not readings.requests.get(at):
            continue
        told = bool(_alerts(kind, readings, at))
        if kind == AVAILABILITY:
            errors = readings.errors.get(at, 0.0)
            spent = errors > 1 - goals[AVAILABILITY] and (told or errors >= outage)
        else:
            slow = readings.slow.get(at, 0.0) > 1 - goals[LATENCY_P95] or readings.mean.get(at, 0.0) > goals[MEAN]
            spent = slow and told
        if spent:
            yield at


def _incident(service: str, kind: str, readings: Readings, run: list[int], step: int) -> Incident:
    shares = readings.errors if kind == AVAILABILITY else readings.slow
    alerts = {f"{name} {severity}".strip() for at in run for name, severity in _alerts(kind, readings, at)}
    return {
        "service": service,
        "kind": kind,
        "began_at": moment(run[0] - step),
        "ended_at": moment(run[-1]),
        "minutes": len(run) * step // 60,
        "bad_requests": round(sum(shares.get(at, 0.0) * readings.requests[at] * step for at in run)),
        "worst_percent": round(max(shares.get(at, 0.0) for at in run) * 100, 3),
        "alerts": sorted(alerts),
    }


def _alerts(kind: str, readings: Readings, at: int) -> list[tuple[str, str]]:
    """Name and severity of those that fire for an objective of this kind."""
    firing = readings.alerts.get(at, ())
    return [(name, severity) for name, slo, severity in firing if (slo == AVAILABILITY) == (kind == AVAILABILITY)]
