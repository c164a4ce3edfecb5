# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests, as promtool reads them, of rules that may be anybody's: what a service does, and which alerts must fire.

Each service is put through the same: so many requests a minute, of which some fail, and all of which take so long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._slo.alerting import BURN, MEAN_SLOW
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import AVAILABILITY, LATENCY_MEAN
from ansible_collections.iworkz.platform.plugins.module_utils._slo.recording import DURATION, REQUESTS

STEP_MINUTES = 2
MINUTES = 20
"""As long as alerts may take: what has no history burns in every window at once."""
BUCKETS = ("50", "100", "250", "500", "1000", "+Inf")
"""Of those of Istio, in milliseconds."""
Service = tuple[str, str]
"""Name and namespace."""


@dataclass(frozen=True)
class Load:
    """What a service does for ``minutes``: ``failed`` is the share that fails, ``milliseconds`` what each takes."""

    minutes: int
    failed: float = 0.0
    milliseconds: float = 20.0
    requests: int = 100_000

    def series(self, service: Service) -> list[dict[str, str]]:
        """Counters at every step, of requests, and of the histogram of their durations."""
        bad = round(self.requests * self.failed)
        counters = {
            _series(REQUESTS, service, response_code="200", response_flags="-"): self.requests - bad,
            _series(REQUESTS, service, response_code="503", response_flags="UF"): bad,
            _series(f"{DURATION}_sum", service): round(self.requests * self.milliseconds),
            _series(f"{DURATION}_count", service): self.requests,
            **{
                _series(f"{DURATION}_bucket", service, le=bound): self.requests
                if self.milliseconds <= float(bound)
                else 0
                for bound in BUCKETS
            },
        }
        steps = self.minutes // STEP_MINUTES
        return [{"series": name, "values": f"0+{step}x{steps}"} for name, step in counters.items()]


@dataclass(frozen=True)
class Case:
    """A load on all services at once, and the alerts that must fire at its end, each for every service."""

    name: str
    load: Load
    firing: tuple[str, ...]
    """Selectors of ALERTS, such as ``alertname="SLOLatencyMean"``; with none, no alert of service levels may fire."""


def cases(availability: float, latency_mean: float) -> list[Case]:
    """What rules must do where at least so much is promised (a ratio, and seconds)."""
    fast = f'alertname="{BURN}",severity="page",slo="{AVAILABILITY}",window="1h"'
    return [
        Case("a budget that burns 20 times too fast", Load(MINUTES, failed=20 * (1 - availability)), (fast,)),
        Case(
            "a mean half as long again as promised",
            Load(MINUTES, milliseconds=1500 * latency_mean),
            (f'alertname="{MEAN_SLOW}",slo="{LATENCY_MEAN}"',),
        ),
        Case("a service that keeps its promises", Load(MINUTES, failed=(1 - availability) / 10), ()),
    ]


def tests(services: Iterable[Service], wanted: Iterable[Case], rule_file: str) -> dict[str, Any]:
    """A file for ``promtool test rules``."""
    known = sorted(services)
    return {
        "rule_files": [rule_file],
        "evaluation_interval": f"{STEP_MINUTES}m",
        "tests": [
            {
                "name": case.name,
                "interval": f"{STEP_MINUTES}m",
                "input_series": [one for service in known for one in case.load.series(service)],
                "promql_expr_test": [_expected(case, selector, known) for selector in case.firing]
                or [{"expr": _firing('alertname=~"SLO.+"'), "eval_time": f"{case.load.minutes}m", "exp_samples": []}],
            }
            for case in wanted
        ],
    }


def from_api(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A file of rules of service levels, out of what Prometheus has loaded (``GET /api/v1/rules``)."""
    return {
        "groups": [
            {"name": group["name"], "rules": own}
            for group in answer["data"]["groups"]
            if (own := [_rule(rule) for rule in group["rules"] if rule["name"].startswith(("slo:", "SLO"))])
        ]
    }


def _rule(told: Mapping[str, Any]) -> dict[str, Any]:
    if told["type"] == "recording":
        return {"record": told["name"], "expr": told["query"], "labels": told.get("labels") or {}}
    rule = {"alert": told["name"], "expr": told["query"], "labels": told.get("labels") or {}}
    return {**rule, "for": f"{int(told['duration'])}s"} if told.get("duration") else rule


def _expected(case: Case, selector: str, services: Iterable[Service]) -> dict[str, Any]:
    samples = [{"labels": f'{{service="{name}"}}', "value": 1} for name, _namespace in services]
    return {"expr": _firing(selector), "eval_time": f"{case.load.minutes}m", "exp_samples": samples}


def _firing(selector: str) -> str:
    return f'count by (service) (ALERTS{{alertstate="firing",{selector}}})'


def _series(name: str, service: Service, **labels: str) -> str:
    place = {"destination_service_name": service[0], "destination_service_namespace": service[1]}
    own = ",".join(f'{key}="{value}"' for key, value in {"reporter": "source", **place, **labels}.items())
    return f"{name}{{{own}}}"
