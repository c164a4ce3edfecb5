# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.1.1.4: what services promise is watched, and somebody is told when it is not kept.

Judged on the rules that the running Prometheus has loaded, which promtool puts through failures, and on the
configuration that the running Alertmanager routes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _prometheus as prometheus
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._slo import delivery, promtool, trial
from ansible_collections.iworkz.platform.plugins.module_utils._slo.alerting import BURN, MEAN_SLOW
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import (
    AVAILABILITY,
    BURNS,
    LATENCY_MEAN,
    LATENCY_P95,
)
from ansible_collections.iworkz.platform.plugins.module_utils._slo.recording import MEAN_OBJECTIVE, OBJECTIVE

Rule = Mapping[str, Any]

WATCHDOG = "Watchdog"
OBJECTIVES = ((OBJECTIVE, AVAILABILITY), (MEAN_OBJECTIVE, LATENCY_MEAN))
"""Recorded objectives that the checklist has a floor for."""
PAIRS = frozenset((burn.severity, burn.long) for burn in BURNS)
SEVERITIES = ("page", "ticket")
NAMED = 10
LINES = 12
"""Of promtool's output, that is told of a failed trial."""


@check("3.1.1.4")
def watched(world: World, required: dict[str, Any]) -> Finding:
    services = world.platform.declared["services"]
    answer = world.once(prometheus.rules)
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    objectives = {slo: _recorded(rules, name, slo) for name, slo in OBJECTIVES}
    breaches = [
        *(one for service in services for one in _promised(service["name"], objectives, required)),
        *(one for service in services for one in _alerted(service["name"], rules)),
        *_evaluated(world, rules, required["rules_age_seconds"]),
        *_routed(world, services),
        *_heartbeat(world),
    ]
    trials, found = _tried(answer, services, required)
    observed = {
        "availability": objectives[AVAILABILITY],
        "latency_mean_seconds": objectives[LATENCY_MEAN],
        "rules": len(rules),
        "alerts": sum(rule["type"] == "alerting" for rule in rules),
        "trial": trials,
    }
    return Finding(observed, (*breaches, *found))


def _recorded(rules: list[Rule], name: str, slo: str) -> dict[str, float]:
    """What each service promises, as its rules have it."""
    return {
        rule["labels"]["service"]: float(found["value"])
        for rule in rules
        if rule["name"] == name and (rule.get("labels") or {}).get("slo") == slo
        if (found := re.fullmatch(r"vector\((?P<value>[0-9.e-]+)\)", rule["query"]))
    }


def _promised(
    service: str, objectives: Mapping[str, Mapping[str, float]], required: dict[str, Any]
) -> Iterator[Breach]:
    least, most = round(required["availability_percent"] / 100, 9), required["latency_mean_ms"] / 1000
    for slo, found in objectives.items():
        if service not in found:
            yield Breach("monitoring.no_objective", {"service": service, "slo": slo})
    if objectives[AVAILABILITY].get(service, 1) < least:
        params = {"service": service, "percent": objectives[AVAILABILITY][service] * 100}
        yield Breach("monitoring.loose_availability", {**params, "wanted": required["availability_percent"]})
    if objectives[LATENCY_MEAN].get(service, 0) > most:
        params = {"service": service, "milliseconds": objectives[LATENCY_MEAN][service] * 1000}
        yield Breach("monitoring.loose_latency", {**params, "wanted": required["latency_mean_ms"]})


def _alerted(service: str, rules: list[Rule]) -> Iterator[Breach]:
    """Every window of every budget has its alert, and so has the mean."""
    own = [rule for rule in rules if rule["type"] == "alerting" and rule["labels"].get("service") == service]
    for slo in (AVAILABILITY, LATENCY_P95):
        have = {
            (rule["labels"].get("severity"), rule["labels"].get("window"))
            for rule in own
            if rule["name"] == BURN and rule["labels"].get("slo") == slo
        }
        if missing := sorted(f"{severity} {window}" for severity, window in PAIRS - have):
            yield Breach("monitoring.no_burn_alert", {"service": service, "slo": slo, "missing": ", ".join(missing)})
    if not any(rule["name"] == MEAN_SLOW for rule in own):
        yield Breach("monitoring.no_burn_alert", {"service": service, "slo": LATENCY_MEAN, "missing": MEAN_SLOW})


def _evaluated(world: World, rules: list[Rule], oldest: int) -> Iterator[Breach]:
    """No rule fails, and each was evaluated lately; those that were just loaded have yet to be."""
    broken = [rule for rule in rules if rule["health"] == "err"]
    for rule in broken[:NAMED]:
        params = {"rule": rule["name"], "service": (rule.get("labels") or {}).get("service", "-")}
        yield Breach("monitoring.rule_broken", {**params, "error": rule.get("lastError", "")})
    loaded = prometheus.ask(world, prometheus.PROMETHEUS, "/api/v1/status/runtimeinfo")["data"]["lastConfigTime"]
    times = [_time(loaded if rule["health"] == "unknown" else rule["lastEvaluation"]) for rule in rules]
    if stale := sum((world.now - time).total_seconds() > oldest for time in times):
        yield Breach("monitoring.rules_stale", {"count": stale, "wanted": oldest})


def _routed(world: World, services: list[dict[str, Any]]) -> Iterator[Breach]:
    """Whatever happens to a service, somebody is told by something."""
    configuration = world.once(prometheus.routing)
    for service in services:
        for severity in SEVERITIES:
            labels = {"alertname": BURN, "severity": severity, "service": service["name"], "slo": AVAILABILITY,
                      "team": service["team"]}  # fmt: skip
            reached = delivery.receivers(configuration, labels)
            if not any(delivery.told(configuration, receiver) for receiver in reached):
                params = {"service": service["name"], "severity": severity, "receiver": ", ".join(reached)}
                yield Breach("monitoring.nobody_told", params)


def _heartbeat(world: World) -> Iterator[Breach]:
    """The alert that always fires has arrived, and goes on to somewhere."""
    query = {"filter": f'alertname="{WATCHDOG}"', "active": "true"}
    if not prometheus.ask(world, prometheus.ALERTMANAGER, "/api/v2/alerts", query):
        yield Breach("monitoring.no_watchdog", {})
    configuration = world.once(prometheus.routing)
    reached = delivery.receivers(configuration, {"alertname": WATCHDOG, "severity": "none"})
    if not any(delivery.told(configuration, receiver) for receiver in reached):
        yield Breach("monitoring.watchdog_unheard", {"receiver": ", ".join(reached)})


def _tried(
    answer: Mapping[str, Any], services: list[dict[str, Any]], required: dict[str, Any]
) -> tuple[list[str], list[Breach]]:
    """What the loaded rules do when services fail; without promtool the item is unknown."""
    wanted = trial.cases(required["availability_percent"] / 100, required["latency_mean_ms"] / 1000)
    known = [(service["name"], service["team"]) for service in services]
    outcome = promtool.test(trial.from_api(answer), trial.tests(known, wanted, promtool.RULES))
    if outcome.passed:
        return [case.name for case in wanted], []
    text = "\n".join(outcome.output.splitlines()[:LINES])
    return [], [Breach("monitoring.trial_failed", {"output": text})]


def _time(text: str) -> datetime:
    """RFC 3339 with nanoseconds, of which Python reads six digits."""
    return datetime.fromisoformat(re.sub(r"(\.[0-9]{1,6})[0-9]*", r"\1", text))
