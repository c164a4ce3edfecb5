# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each service promises, and the windows over which it is measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_callers import uncalled

AVAILABILITY, LATENCY_P95, LATENCY_MEAN = "availability", "latency_p95", "latency_mean"
PERIOD = "30d"
"""The time over which a promise is kept: what an error budget is for."""
P95 = 0.95
"""Share of requests that latency_p95_ms is promised for."""
SHORT, LONG = ("5m", "30m", "1h", "2h", "6h"), ("1d", "3d")
"""Windows measured on the counters, and those measured on what is recorded of them every EVALUATION_SECONDS."""
EVALUATION_SECONDS = 30


@dataclass(frozen=True)
class Burn:
    """How fast a budget may go before somebody is told: ``factor`` times as fast as it would last for the period,
    over a long window and, so that the alert ends with the trouble, over a short one.

    https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
    """

    severity: str
    factor: float
    long: str
    short: str


BURNS = (
    Burn("page", 14.4, "1h", "5m"),
    Burn("page", 6, "6h", "30m"),
    Burn("ticket", 3, "1d", "2h"),
    Burn("ticket", 1, "3d", "6h"),
)


@dataclass(frozen=True)
class Promise:
    """What one service promises. ``availability`` is a ratio, ``latency_mean`` in seconds, ``latency_p95_ms`` an upper
    bound of a bucket of Istio's histogram, in milliseconds; ``language`` is the team's."""

    service: str
    team: str
    language: str
    public: bool
    availability: float
    latency_mean: float
    latency_p95_ms: int
    called: bool = True
    """Whether anybody may call it; of others no requests can be expected."""

    @property
    def ratios(self) -> dict[str, float]:
        """The objectives that have an error budget, by SLO: ratios of good requests."""
        return {AVAILABILITY: self.availability, LATENCY_P95: P95}


def promises(
    services: Sequence[Mapping[str, Any]], declared: Mapping[str, Any], teams: Iterable[Mapping[str, Any]]
) -> list[Promise]:
    """What every service promises.

    :param services: ``platform_services``.
    :param declared: ``platform_slos``.
    :param teams: ``platform_teams``.
    :raises ValueError: for an override of a service that is not there, or a team that is not.
    """
    languages = {team["name"]: team["language"] for team in teams}
    alone = uncalled(services)
    found = [_promise(service, declared, languages, alone) for service in services]
    if strangers := sorted(set(declared["services"]) - {one.service for one in found}):
        raise ValueError(f"platform_slos.services names what is no service: {', '.join(strangers)}")
    return found


def budget(objective: float) -> float:
    """The share of requests that may be bad, without what floating point adds to it."""
    return round(1 - objective, 9)


def _promise(
    service: Mapping[str, Any], declared: Mapping[str, Any], languages: Mapping[str, str], alone: Collection[str]
) -> Promise:
    name, team = service["name"], service["team"]
    if team not in languages:
        raise ValueError(f"team {team} of service {name} is not in platform_teams")
    own = {**declared["defaults"], **declared["services"].get(name, {})}
    return Promise(
        name,
        team,
        languages[team],
        service["exposure"] == "public",
        round(float(own["availability_percent"]) / 100, 9),
        float(own["latency_mean_ms"]) / 1000,
        int(own["latency_p95_ms"]),
        name not in alone,
    )
