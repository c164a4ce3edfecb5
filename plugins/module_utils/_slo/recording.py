# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recording rules: how good a service is, in every window, against what it promises.

Measured on the callers' side (``reporter="source"``, the gateway included), so that a service without pods counts as
unavailable. Names are Sloth's, https://sloth.dev.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import (
    AVAILABILITY,
    EVALUATION_SECONDS,
    LATENCY_MEAN,
    LONG,
    PERIOD,
    SHORT,
    Promise,
    budget,
)

Rule = dict[str, Any]

REQUESTS = "istio_requests_total"
DURATION = "istio_request_duration_milliseconds"
FAILED = 'response_code=~"0|5..",response_flags!="DC"'
"""Answers with 5xx, and connections without an answer; but not those that the caller itself gave up."""
ERROR_RATIO, ERRORS_5M = "slo:sli_error:ratio_rate", "slo:errors:rate5m"
REQUESTS_5M, SECONDS_5M = "slo:requests:rate5m", "slo:request_seconds:rate5m"
MEAN, MEAN_OBJECTIVE = "slo:latency_mean:seconds_rate", "slo:latency_mean_objective:seconds"
OBJECTIVE, BUDGET = "slo:objective:ratio", "slo:error_budget:ratio"


def frequent(promise: Promise) -> list[Rule]:
    """Rules of every EVALUATION_SECONDS, each of which may use those before it."""
    return [
        record(REQUESTS_5M, requests(promise, "5m"), promise),
        record(SECONDS_5M, f"{timed(promise, 'sum', '5m')} / 1000", promise),
        *(rule for slo in promise.ratios for rule in _ratios(promise, slo)),
        *(record(f"{MEAN}{window}", mean(promise, window), promise, LATENCY_MEAN) for window in ("5m", "1h")),
        record(MEAN_OBJECTIVE, f"vector({number(promise.latency_mean)})", promise, LATENCY_MEAN),
    ]


def periodic(promise: Promise) -> list[Rule]:
    """Rules over the whole period, which need to be known now and then only."""
    own = f'{{service="{promise.service}"}}'
    over = f"sum_over_time({REQUESTS_5M}{own}[{PERIOD}])"
    return [
        record(f"slo:requests:increase{PERIOD}", f"{over} * {EVALUATION_SECONDS}", promise),
        record(f"{MEAN}{PERIOD}", f"sum_over_time({SECONDS_5M}{own}[{PERIOD}]) / ({over} > 0)", promise, LATENCY_MEAN),
        *(rule for slo in promise.ratios for rule in _period(promise, slo)),
    ]


def record(name: str, expression: str, promise: Promise, slo: str = "") -> Rule:
    """A recording rule with the labels of contract: service, and slo where there is one."""
    return {"record": name, "expr": expression, "labels": {"service": promise.service, **({"slo": slo} if slo else {})}}


def requests(promise: Promise, window: str, more: str = "") -> str:
    """Requests per second."""
    return f"sum(rate({REQUESTS}{{{selected(promise)}{more and ',' + more}}}[{window}]))"


def timed(promise: Promise, what: str, window: str, more: str = "") -> str:
    """Of the histogram of durations: ``what`` is sum (milliseconds per second), count or bucket (per second)."""
    return f"sum(rate({DURATION}_{what}{{{selected(promise)}{more and ',' + more}}}[{window}]))"


def selected(promise: Promise) -> str:
    return (
        f'reporter="source",destination_service_name="{promise.service}",destination_service_namespace="{promise.team}"'
    )


def bad(promise: Promise, slo: str, window: str) -> str:
    """Bad requests per second."""
    if slo == AVAILABILITY:
        return f"({requests(promise, window, FAILED)} or 0 * {requests(promise, window)})"
    # Prometheus 3 writes bounds of buckets as floats.
    within = timed(promise, "bucket", window, f'le=~"{promise.latency_p95_ms}(\\\\.0)?"')
    return f"clamp_min({timed(promise, 'count', window)} - {within}, 0)"


def mean(promise: Promise, window: str) -> str:
    """Seconds that a request takes on average."""
    return f"{timed(promise, 'sum', window)} / ({timed(promise, 'count', window)} > 0) / 1000"


def one(name: str, promise: Promise, slo: str) -> str:
    """The series of a service's SLO."""
    return f'{name}{{service="{promise.service}",slo="{slo}"}}'


def number(value: float) -> str:
    """As people write it."""
    return f"{value:.9g}"


def _ratios(promise: Promise, slo: str) -> list[Rule]:
    objective = promise.ratios[slo]
    whole = {AVAILABILITY: lambda window: requests(promise, window)}.get(
        slo, lambda window: timed(promise, "count", window)
    )
    return [
        record(OBJECTIVE, f"vector({number(objective)})", promise, slo),
        record(BUDGET, f"vector({number(budget(objective))})", promise, slo),
        record(ERRORS_5M, bad(promise, slo, "5m"), promise, slo),
        *(
            record(f"{ERROR_RATIO}{window}", f"{bad(promise, slo, window)} / ({whole(window)} > 0)", promise, slo)
            for window in SHORT
        ),
        *(record(f"{ERROR_RATIO}{window}", _recorded(promise, slo, window), promise, slo) for window in LONG),
        record("slo:current_burn_rate:ratio", _burn(promise, slo, "5m"), promise, slo),
    ]


def _period(promise: Promise, slo: str) -> list[Rule]:
    burnt = one("slo:period_burn_rate:ratio", promise, slo)
    return [
        record(f"{ERROR_RATIO}{PERIOD}", _recorded(promise, slo, PERIOD), promise, slo),
        record("slo:period_burn_rate:ratio", _burn(promise, slo, PERIOD), promise, slo),
        record("slo:period_error_budget_remaining:ratio", f"1 - {burnt}", promise, slo),
    ]


def _recorded(promise: Promise, slo: str, window: str) -> str:
    """Of long windows, whose counters are too many samples: each request weighs the same."""
    errors = f"sum_over_time({one(ERRORS_5M, promise, slo)}[{window}])"
    return f'{errors} / ignoring(slo) (sum_over_time({REQUESTS_5M}{{service="{promise.service}"}}[{window}]) > 0)'


def _burn(promise: Promise, slo: str, window: str) -> str:
    return f"{one(ERROR_RATIO + window, promise, slo)} / {one(BUDGET, promise, slo)}"
