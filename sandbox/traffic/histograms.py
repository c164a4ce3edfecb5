"""Histograms as Prometheus reads them, filled from a distribution instead of single requests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

# https://istio.io/latest/docs/reference/config/metrics/ (Envoy's default buckets, in milliseconds)
ISTIO = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000)
# https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ (in seconds)
OPENTELEMETRY = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


class Latency:
    """Seconds that requests take: log-normal around a median, and a constant more."""

    SPREAD = 0.55
    """Of the logarithm: the 95th percentile is two and a half times the median."""

    def __init__(self, median: float, more: float = 0.0) -> None:
        self.median, self.more = median, more
        self.mean = median * math.exp(self.SPREAD**2 / 2) + more

    def below(self, seconds: float) -> float:
        """The ratio of requests that take at most so long."""
        left = seconds - self.more
        return 0.5 * math.erfc(-math.log(left / self.median) / self.SPREAD / math.sqrt(2)) if left > 0 else 0.0


@lru_cache(4096)
def shares(median: float, more: float, bounds: tuple[float, ...], unit: float) -> tuple[float, ...]:
    """Of each bucket, cumulated; `unit`: how many of the bounds' unit a second has."""
    latency = Latency(median, more)
    return tuple(latency.below(bound / unit) for bound in bounds)


class Histogram:
    """Counts are kept as they come and told as whole numbers, so that rare things happen at the right rate."""

    def __init__(self, bounds: tuple[float, ...], unit: float) -> None:
        self.bounds, self.unit = bounds, unit
        self.count, self.sum = 0.0, 0.0
        self.buckets = [0.0] * len(bounds)

    def add(self, number: float, latency: Latency) -> None:
        self.count += number
        self.sum += number * latency.mean * self.unit
        for index, share in enumerate(shares(latency.median, latency.more, self.bounds, self.unit)):
            self.buckets[index] += number * share

    def lines(self, name: str, labels: str) -> Iterator[str]:
        for bound, number in zip(self.bounds, self.buckets, strict=True):
            yield f'{name}_bucket{{{labels},le="{bound:g}"}} {int(number)}'
        yield f'{name}_bucket{{{labels},le="+Inf"}} {int(self.count)}'
        yield f"{name}_sum{{{labels}}} {self.sum:.3f}"
        yield f"{name}_count{{{labels}}} {int(self.count)}"
