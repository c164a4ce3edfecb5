# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Prometheus has of each service in a month: the role's recording rules and alerts, and Istio's buckets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ansible_collections.iworkz.platform.plugins.module_utils._sla.source import Points, Prometheus
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import LATENCY_MEAN as MEAN

RULES = {
    "requests": "slo:requests:rate5m",
    "errors": 'slo:sli_error:ratio_rate5m{slo="availability"}',
    "slow": 'slo:sli_error:ratio_rate5m{slo="latency_p95"}',
    "mean": "slo:latency_mean:seconds_rate5m",
}
OBJECTIVES = ("slo:objective:ratio", "slo:latency_mean_objective:seconds")
ALERTS = 'ALERTS{alertstate="firing",alertname=~"SLO.+"}'
# By the hour: by the step they would be most of what is read, and a month's percentile gains nothing.
BUCKETS = (
    "sum by (destination_service_name, le) "
    '(increase(istio_request_duration_milliseconds_bucket{reporter="source"}[1h]))'
)
HOUR = 3600

Alert = tuple[str, str, str]
"""Name, slo and severity."""


@dataclass(frozen=True)
class Readings:
    """One service. By Unix second at which a step ends: requests per second, shares of failed and of slow ones, mean
    seconds; alerts that fired. ``buckets``: requests of the month by upper bound in ms, each with those below it.
    ``objectives`` by slo: shares of good requests, and ``latency_mean`` in seconds; as last recorded in the month."""

    requests: Points = field(default_factory=dict)
    errors: Points = field(default_factory=dict)
    slow: Points = field(default_factory=dict)
    mean: Points = field(default_factory=dict)
    buckets: dict[float, float] = field(default_factory=dict)
    alerts: dict[int, set[Alert]] = field(default_factory=dict)
    objectives: dict[str, float] = field(default_factory=dict)

    def measured(self, at: int) -> bool:
        """Whether the step is known: nothing was asked for, or all is known of what was."""
        asked = self.requests.get(at)
        return asked == 0 or (asked is not None and all(at in each for each in (self.errors, self.slow, self.mean)))

    def missing(self, grid: range) -> list[int]:
        return [at for at in grid if not self.measured(at)]


def read(prometheus: Prometheus, services: Collection[str], grid: range) -> dict[str, Readings]:
    """The readings of each service, empty ones of services that Prometheus knows nothing of. Raises PrometheusError."""
    found = {service: Readings() for service in services}
    if not grid:
        return found
    for name, rule in RULES.items():
        for service, _labels, points in _of(prometheus, rule, grid, "service", found):
            getattr(found[service], name).update(points)
    for service, labels, points in _of(prometheus, ALERTS, grid, "service", found):
        alert = (labels["alertname"], labels.get("slo", ""), labels.get("severity", ""))
        for at in points:
            found[service].alerts.setdefault(at, set()).add(alert)
    hours = range(grid[0] - grid.step + HOUR, grid[-1] + 1, HOUR)
    for service, labels, points in _of(prometheus, BUCKETS, hours, "destination_service_name", found):
        buckets, bound = found[service].buckets, float(labels["le"])
        buckets[bound] = buckets.get(bound, 0.0) + sum(points.values())
    last = range(grid[-1], grid[-1] + 1, grid.step)
    for rule in OBJECTIVES:
        ever = f"last_over_time({rule}[{grid[-1] - grid[0] + grid.step}s])"
        for service, labels, points in _of(prometheus, ever, last, "service", found):
            found[service].objectives[labels.get("slo", MEAN)] = points[grid[-1]]
    return found


def _of(
    prometheus: Prometheus, expression: str, grid: range, label: str, known: Mapping[str, Readings]
) -> Iterator[tuple[str, dict[str, str], Points]]:
    for labels, points in prometheus.ranges(expression, grid):
        if (service := labels.get(label, "")) in known:
            yield service, labels, points
