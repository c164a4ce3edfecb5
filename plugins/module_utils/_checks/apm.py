# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of items 3.2.1.1 and 3.2.1.2: who takes traces, who sends them, which are kept, and that one can be read back.

Collectors, pods and the mesh are judged on the API's objects; the test trace goes the whole way that those of pods go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mesh_facts, _trace_trial, _tracing
from ansible_collections.iworkz.platform.plugins.module_utils._checks._tracing import Collector
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import place

# Operators of Envoy that write a request's path with its query.
WITH_QUERY = re.compile(r"%REQ(UEST_HEADER)?\([^)]*PATH\)|%PATH(?!\(NQ)|%QUERY_PARAM", re.IGNORECASE)


@check("3.2.1.1")
def services_are_instrumented(world: World, required: dict[str, Any]) -> Finding:
    found = world.once(_tracing.collectors)
    operators = _tracing.operators(world)
    pods = world.once(_mesh_facts.pods)
    sending = {name: sum(map(_tracing.sends, mine)) for name, mine in pods.items()}
    observed = {
        "operator_pods": operators,
        "collectors": {one.name: {"mode": one.mode, "ready": one.ready, "wanted": one.wanted} for one in found},
        "instrumented": {name: f"{sending[name]}/{len(mine)}" for name, mine in pods.items()},
        "judged_on": "objects",
    }
    breaches = [
        *([] if operators else [Breach("apm.no_operator", {"available": operators, "wanted": 1})]),
        *_collector_breaches(found, required["gateway_replicas"]),
        *_service_breaches(pods, {"/".join(place(one)) for one in _tracing.instrumentations(world)}),
    ]
    return Finding(observed, tuple(breaches))


@check("3.2.1.2")
def requests_are_traced(world: World, required: dict[str, Any]) -> Finding:
    gateways = [
        one for one in world.once(_tracing.collectors) if _decides(one) or one.components("exporters", "awsxray")
    ]
    rules = _rules(world)
    encryption = world.client("xray").get_encryption_config()["EncryptionConfig"]
    meshed, access_log = _mesh_providers(world), _tracing.access_log(world)
    observed: dict[str, Any] = {
        "gateways": {one.name: _policies(one) for one in gateways},
        "sampling_rules": {rule["RuleName"]: rule["FixedRate"] for rule in rules},
        "encryption": encryption["Type"],
        "mesh_providers": meshed,
        "access_log": access_log,
        "configuration_judged_on": "objects",
    }
    breaches: list[Breach] = []
    if not gateways:
        breaches.append(Breach("apm.no_collector", {"mode": "deployment"}))
    for one in gateways:
        breaches += _kept(one, world.platform.region, required["sampled_percent"])
    if not any(rule["RuleName"].startswith(world.platform.prefix) for rule in rules):
        breaches.append(Breach("apm.no_sampling_rule", {}))
    if encryption["Type"] != "KMS":
        params = {"found": encryption["Type"], "wanted": f"alias/{world.platform.prefix}-logs"}
        breaches.append(Breach("apm.unencrypted", params))
    if not meshed:
        breaches.append(Breach("apm.mesh_untraced", {}))
    if "%TRACE_ID%" not in access_log.values():
        breaches.append(Breach("apm.unlinked", {}))
    breaches += [
        Breach("apm.queries_logged", {"field": field})
        for field, operators in access_log.items()
        if WITH_QUERY.search(operators)
    ]
    to = _trace_trial.receiver(_tracing.instrumentations(world))
    if to is None:
        return Finding(observed, (*breaches, Breach("apm.no_receiver", {})))
    observed["test_trace"], lost = _trace_trial.run(world, to, required["trace_seconds"])
    return Finding(observed, (*breaches, *lost))


def _collector_breaches(found: list[Collector], replicas: int) -> Iterator[Breach]:
    agents = [one for one in found if one.mode == "daemonset"]
    gateways = [one for one in found if one.mode != "daemonset"]
    for mode, those in (("daemonset", agents), ("deployment", gateways)):
        if not those:
            yield Breach("apm.no_collector", {"mode": mode})
    for one in found:
        wanted = max(one.wanted, 1 if one in agents else replicas)
        if one.ready < wanted:
            yield Breach("apm.collector_unready", {"collector": one.name, "ready": one.ready, "wanted": wanted})


def _service_breaches(pods: Mapping[str, list[dict[str, Any]]], there: set[str]) -> Iterator[Breach]:
    for service, mine in pods.items():
        if not mine:
            yield Breach("apm.no_pods", {"service": service})
            continue
        named = {name for pod in mine if (name := _tracing.asked(pod)) is not None}
        for missing in sorted(name for name in named if "/" in name and name not in there):
            yield Breach("apm.no_instrumentation", {"service": service, "name": missing})
        silent = sum(not _tracing.sends(pod) for pod in mine)
        if silent:
            yield Breach("apm.not_instrumented", {"service": service, "pods": silent, "total": len(mine)})


def _decides(one: Collector) -> bool:
    return bool(one.components("processors", "tail_sampling"))


def _policies(one: Collector) -> list[str]:
    return [each["type"] for tail in one.components("processors", "tail_sampling") for each in tail.get("policies", ())]


def _kept(one: Collector, region: str, percent: float) -> Iterator[Breach]:
    """A gateway keeps every trace that is wrong or slow, a part of the rest, and exports them to the region's X-Ray."""
    if not any(exporter.get("region") == region for exporter in one.components("exporters", "awsxray")):
        yield Breach("apm.no_exporter", {"collector": one.name, "region": region})
    if not _decides(one):
        return  # without it everything is kept
    policies = [each for tail in one.components("processors", "tail_sampling") for each in tail.get("policies", ())]
    codes = {code for each in policies for code in (each.get("status_code") or {}).get("status_codes", ())}
    if "ERROR" not in codes:
        yield Breach("apm.errors_dropped", {"collector": one.name, "what": "ERROR"})
    if not any(each["type"] == "latency" for each in policies):
        yield Breach("apm.errors_dropped", {"collector": one.name, "what": "latency"})
    rest = max(
        (float(each["probabilistic"]["sampling_percentage"]) for each in policies if each["type"] == "probabilistic"),
        default=100.0 if any(each["type"] == "always_sample" for each in policies) else 0.0,
    )
    if rest < percent:
        yield Breach("apm.few_sampled", {"collector": one.name, "percent": rest, "wanted": percent})


def _rules(world: World) -> list[dict[str, Any]]:
    pages = world.client("xray").get_paginator("get_sampling_rules").paginate()
    return [record["SamplingRule"] for page in pages for record in page["SamplingRuleRecords"]]


def _mesh_providers(world: World) -> list[str]:
    """Providers that the mesh's proxies send traces to, of Telemetry objects that sample anything."""
    return sorted(
        {
            provider["name"]
            for one in world.kubernetes.list("telemetry.istio.io/v1", "telemetries")
            for tracing in one["spec"].get("tracing") or ()
            if float(tracing.get("randomSamplingPercentage", 100)) > 0
            for provider in tracing.get("providers") or ()
        }
    )
