"""What sidecars, gateway and services have counted so far.

Callers count every call as their proxies do, also of services without a ready pod: 503, no healthy upstream. How the
caller itself answers then is its own affair: failures are not handed on. Counters begin with the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.traffic.cluster import Cluster, Service
from sandbox.traffic.faults import Fault
from sandbox.traffic.histograms import ISTIO, OPENTELEMETRY, Histogram, Latency
from sandbox.traffic.load import rates, seeded

MILLISECONDS = 1_000.0
NO_UPSTREAM = Latency(0.0005)
LONGEST = 3_600.0
"""Seconds that are made up for at once, after nobody asked for long."""

Seen = tuple[str, str, str, str, str]
"""(reporter, the other side's name, its namespace, response code, response flags)."""


@dataclass
class Pod:
    """`mesh`: what its sidecar has counted; `own`: what the service itself has, by response code."""

    service: Service
    mesh: dict[Seen, Histogram] = field(default_factory=dict)
    own: dict[str, Histogram] = field(default_factory=dict)
    cpu: float = 0.0
    """Seconds of processor time."""
    active: float = 0.0
    """Requests under way."""


class Model:
    def __init__(self, moment: float) -> None:
        self.pods: dict[tuple[str, str], Pod] = {}
        self._moment = moment
        self._cluster = Cluster()

    def place(self, cluster: Cluster) -> None:
        """Take up a cluster as it is now: pods that are gone are forgotten, with what they counted."""
        self._cluster = cluster
        services = [*cluster.services.values(), *([cluster.gateway] if cluster.gateway else [])]
        kept = self.pods
        self.pods = {}
        for service in services:
            for name in service.pods:
                pod = kept.get((service.namespace, name), Pod(service))
                pod.service = service
                self.pods[service.namespace, name] = pod

    def advance(self, moment: float, faults: Mapping[str, Fault]) -> None:
        """Let the time pass until a moment (seconds of the epoch)."""
        seconds = min(moment - self._moment, LONGEST)
        if seconds <= 0:
            return
        self._moment = moment
        for pod in self.pods.values():
            pod.cpu += 0.02 * seconds
            pod.active = 0.0
        for (caller, called), rate in rates(self._cluster, moment).items():
            origin = self._cluster.services[caller] if caller else self._cluster.gateway
            if origin is not None:
                self._call(origin, self._cluster.services[called], rate * seconds, seconds, faults.get(called))

    def _call(self, caller: Service, called: Service, number: float, seconds: float, fault: Fault | None) -> None:
        if not called.pods:
            self._count("source", caller, called, {"503": number}, NO_UPSTREAM, "UH")
            return
        latency = Latency(seeded(0.012, 0.045, called.name, "latency"), fault.latency if fault else 0.0)
        wrong = seeded(0.00002, 0.0002, called.name, "errors") + (fault.errors if fault else 0.0)
        failed = number * min(1.0, wrong)
        refused = (number - failed) * seeded(0.004, 0.02, called.name, "refused")
        codes = {"200": number - failed - refused, "404": refused, "500": failed}
        self._count("source", caller, called, codes, latency)
        self._count("destination", called, caller, codes, latency)
        for name in called.pods:
            pod = self.pods[called.namespace, name]
            share = number / len(called.pods)
            pod.cpu += share * 0.008
            pod.active += share / seconds * latency.mean
            for code, count in codes.items():
                own = pod.own.setdefault(code, Histogram(OPENTELEMETRY, 1.0))
                own.add(count / len(called.pods), latency)

    def _count(
        self,
        reporter: str,
        mine: Service,
        other: Service,
        codes: Mapping[str, float],
        latency: Latency,
        flags: str = "-",
    ) -> None:
        for name in mine.pods:
            mesh = self.pods[mine.namespace, name].mesh
            for code, count in codes.items():
                key = (reporter, other.name, other.namespace, code, flags)
                mesh.setdefault(key, Histogram(ISTIO, MILLISECONDS)).add(count / len(mine.pods), latency)
