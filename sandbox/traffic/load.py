"""How much goes where: requests a second between services, by the time of day, the same for every run."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

from sandbox.traffic.cluster import Cluster, Service

DAY = 86_400
JAPAN = 9 * 3_600
ROUNDS = 8
"""How deep calls go: dependencies are a graph without cycles, nearly."""


def seeded(low: float, high: float, *names: str) -> float:
    """A number between two others that belongs to names."""
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return low + (high - low) * int.from_bytes(digest[:4], "big") / 0xFFFFFFFF


def daily(moment: float) -> float:
    """The part of the day's peak: least at four in the morning in Japan, most at four in the afternoon."""
    hour = (moment + JAPAN) % DAY / 3_600
    return 0.6 - 0.4 * math.cos((hour - 4) / 24 * 2 * math.pi)


def rates(cluster: Cluster, moment: float) -> dict[tuple[str, str], float]:
    """{(caller, called): requests a second}; "" is the gateway. Who has no ready pod calls nobody."""
    found: dict[tuple[str, str], float] = {}
    if cluster.gateway is None or not cluster.gateway.pods:
        return found
    load = daily(moment)
    arriving: dict[str, float] = {}
    for service in cluster.services.values():
        if service.public:
            arriving[service.name] = found["", service.name] = load * seeded(4, 20, service.name, "requests")
    wave: Mapping[str, float] = arriving
    for _ in range(ROUNDS):
        following: dict[str, float] = {}
        for name, number in wave.items():
            caller = cluster.services[name]
            for called in _called(cluster, caller):
                made = number * seeded(0.15, 0.5, name, called)
                found[name, called] = found.get((name, called), 0.0) + made
                following[called] = following.get(called, 0.0) + made
        wave = following
    return found


def _called(cluster: Cluster, caller: Service) -> list[str]:
    return [name for name in caller.calls if name in cluster.services and name != caller.name] if caller.pods else []
