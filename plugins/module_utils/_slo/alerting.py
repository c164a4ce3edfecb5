# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerting rules of services: budgets that burn, means too slow, requests that stop, and measures that are missing."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import (
    AVAILABILITY,
    BURNS,
    LATENCY_MEAN,
    Burn,
    Promise,
    budget,
)
from ansible_collections.iworkz.platform.plugins.module_utils._slo.recording import (
    ERROR_RATIO,
    MEAN,
    REQUESTS_5M,
    Rule,
    number,
    one,
)
from ansible_collections.iworkz.platform.plugins.module_utils._slo.texts import Texts

BURN, MEAN_SLOW = "SLOErrorBudgetBurn", "SLOLatencyMean"
SILENT, UNMEASURED, OUTAGE = "SLONoTraffic", "SLOMetricsAbsent", "PlatformOutage"


def alerts(promise: Promise, texts: Texts) -> list[Rule]:
    """The alerts of one service, each with the labels service, slo, severity, team and window."""
    return [
        *(_burning(promise, slo, burn, texts) for slo in promise.ratios for burn in BURNS),
        _slow(promise, texts),
        *_silent(promise, texts),
    ]


def outage(promises: Sequence[Promise], texts: Texts) -> Rule:
    """Half of the services that may be called fail at once: the cause lies below them, and their own alerts would only
    bury it."""
    firing = f'ALERTS{{alertname="{BURN}",alertstate="firing",slo="{AVAILABILITY}",severity="page"}}'
    least = max(2, (sum(promise.called for promise in promises) + 1) // 2)
    return texts.alert(OUTAGE, f"count(count by (service) ({firing})) >= {least}", {"severity": "page"}, least=least)


def threshold(objective: float, burn: Burn) -> float:
    """The ratio of bad requests above which a budget burns as fast as ``burn`` says."""
    return round(burn.factor * budget(objective), 9)


def _burning(promise: Promise, slo: str, burn: Burn, texts: Texts) -> Rule:
    objective = promise.ratios[slo]
    above = number(threshold(objective, burn))
    series = [one(ERROR_RATIO + window, promise, slo) for window in (burn.long, burn.short)]
    labels = {**_labels(promise, slo, burn.severity), "window": burn.long}
    return texts.alert(
        BURN,
        f"{series[0]} > {above} and {series[1]} > {above}",
        labels,
        variant=slo,
        language=promise.language,
        service=promise.service,
        objective=number(objective * 100),
        factor=number(burn.factor),
        window=burn.long,
        limit=promise.latency_p95_ms,
    )


def _slow(promise: Promise, texts: Texts) -> Rule:
    above = number(promise.latency_mean)
    series = [one(MEAN + window, promise, LATENCY_MEAN) for window in ("1h", "5m")]
    return texts.alert(
        MEAN_SLOW,
        f"{series[0]} > {above} and {series[1]} > {above}",
        {**_labels(promise, LATENCY_MEAN, "ticket"), "window": "1h"},
        wait="5m",
        language=promise.language,
        service=promise.service,
        limit=number(promise.latency_mean * 1000),
    )


def _silent(promise: Promise, texts: Texts) -> list[Rule]:
    """People always ask something of a public service; of the others somebody should look by day. What nobody may call
    is silent for good."""
    if not promise.called:
        return []
    series = f'{REQUESTS_5M}{{service="{promise.service}"}}'
    labels = _labels(promise, AVAILABILITY, "page" if promise.public else "ticket")
    words = {"language": promise.language, "service": promise.service}
    return [
        texts.alert(SILENT, f"{series} == 0", labels, wait="15m", **words),
        texts.alert(UNMEASURED, f"absent({series})", labels, wait="15m", **words),
    ]


def _labels(promise: Promise, slo: str, severity: str) -> dict[str, str]:
    return {"service": promise.service, "slo": slo, "severity": severity, "team": promise.team}
