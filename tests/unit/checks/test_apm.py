"""Items 3.2.1.1 and 3.2.1.2: collectors, instrumentation, and a trace that is sent and read back."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._checks import apm
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from tests.unit.checks.kube_facts import Cluster, ClusterWorld, made

DEPLOYMENT, DAEMONSET, POD = ("apps/v1", "deployments"), ("apps/v1", "daemonsets"), ("v1", "pods")
COLLECTOR = ("opentelemetry.io/v1beta1", "opentelemetrycollectors")
INSTRUMENTATION = ("opentelemetry.io/v1alpha1", "instrumentations")
CONFIGMAP = ("v1", "configmaps")
TELEMETRY = ("telemetry.istio.io/v1", "telemetries")
SERVICES = [{"name": "billing", "team": "business", "port": 8012}]
NAME = "app.kubernetes.io/name"
POLICIES = [
    {"name": "errors", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}},
    {"name": "slow", "type": "latency", "latency": {"threshold_ms": 250}},
    {"name": "rest", "type": "probabilistic", "probabilistic": {"sampling_percentage": 5}},
]


def config(**parts: Any) -> dict[str, Any]:
    pipeline = {name: list(components) for name, components in parts.items()}
    return {**parts, "service": {"pipelines": {"traces": pipeline}}}


def mesh(**changes: Any) -> str:
    """istiod's configuration, with other fields of the access log where told."""
    fields = {"path": "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%", "trace_id": "%TRACE_ID%", **changes}
    return yaml.safe_dump(
        {"accessLogFile": "/dev/stdout", "accessLogEncoding": "JSON", "accessLogFormat": json.dumps(fields)}
    )


def pod(name: str, **variables: str) -> dict[str, Any]:
    env = [{"name": key, "value": value} for key, value in variables.items()]
    found = made(name, "business", {NAME: "billing"}, spec={"containers": [{"name": "billing", "env": env}]})
    found["metadata"]["annotations"] = {"instrumentation.opentelemetry.io/inject-sdk": "tracing/iworkz"}
    return {**found, "status": {"phase": "Running"}}


def cluster() -> Cluster:
    gateway = config(
        receivers={"otlp": {}},
        processors={"tail_sampling": {"policies": POLICIES}},
        exporters={"awsxray": {"region": "ap-northeast-1"}},
    )
    agent = config(receivers={"otlp": {}}, exporters={"loadbalancing": {}})
    return copy.deepcopy(
        {
            DEPLOYMENT: [
                made("op", "tracing", {NAME: "opentelemetry-operator"}, status={"availableReplicas": 2}),
                made("gateway-collector", "tracing", spec={"replicas": 2}, status={"readyReplicas": 2}),
            ],
            DAEMONSET: [
                made("agent-collector", "tracing", status={"desiredNumberScheduled": 3, "numberReady": 3}),
            ],
            COLLECTOR: [
                made("gateway", "tracing", spec={"mode": "deployment", "config": gateway}),
                made("agent", "tracing", spec={"mode": "daemonset", "config": agent}),
            ],
            INSTRUMENTATION: [
                made("iworkz", "tracing", spec={"exporter": {"endpoint": "http://agent-collector.tracing.svc:4318"}}),
            ],
            CONFIGMAP: [made("istio", "istio-system", data={"mesh": mesh()})],
            POD: [pod("billing-1", OTEL_EXPORTER_OTLP_ENDPOINT="http://agent:4317")],
            TELEMETRY: [
                made("default", "istio-system", spec={"tracing": [{"providers": [{"name": "tracing"}]}]}),
            ],
        }
    )


class XRay:
    """As its client, with the collectors before it; what they take can be read, unless it is told otherwise."""

    def __init__(self, **changes: Any) -> None:
        self.rules = changes.get("rules", ["Default", "iworkz-sandbox"])
        self.encryption = changes.get("encryption", "KMS")
        self.refuses, self.loses = changes.get("refuses", False), changes.get("loses", False)
        self.drops, self.absent = changes.get("drops", True), changes.get("absent")
        self.kept: dict[str, str] = {}

    def get_encryption_config(self) -> dict[str, Any]:
        return {"EncryptionConfig": {"Type": self.encryption, "Status": "ACTIVE"}}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "get_sampling_rules"
        records = [{"SamplingRule": {"RuleName": name, "FixedRate": 0.05}} for name in self.rules]
        return SimpleNamespace(paginate=lambda: [{"SamplingRuleRecords": records}])

    def collect(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the agent answers to OTLP/HTTP."""
        if self.absent is not None:
            raise KubernetesError("no", self.absent)
        if self.refuses:
            return {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too many"}}
        (span,) = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
        if self.drops:
            span["attributes"] = [one for one in span["attributes"] if one["key"] != "user.email"]
        self.kept[f"1-{span['traceId'][:8]}-{span['traceId'][8:]}"] = json.dumps(span)
        return {"partialSuccess": {}, "sandbox": "stand-in collector"}

    def batch_get_traces(self, TraceIds: list[str]) -> dict[str, Any]:
        known = {} if self.loses else self.kept
        return {"Traces": [{"Id": one, "Segments": [{"Document": known[one]}]} for one in TraceIds if one in known]}


def judge(item: str, objects: Cluster, client: XRay | None = None) -> Finding:
    client = client or XRay()
    answers = {"tracing/http:agent-collector:4318/v1/traces": client.collect}
    world = ClusterWorld(objects, {"services": SERVICES}, answers)
    world.client = lambda service, region=None: client  # type: ignore[method-assign]
    required = {**load_requirements().resolve(item).required, "trace_seconds": 0}
    check = {"3.2.1.1": apm.services_are_instrumented, "3.2.1.2": apm.requests_are_traced}[item]
    finding = check(world, required)
    for breach in finding.breaches:
        for language in ("en", "ja"):
            assert render(breach, language)  # type: ignore[arg-type]
    return finding


def told(finding: Finding) -> list[str]:
    return [breach.id for breach in finding.breaches]


@pytest.mark.parametrize("item", ["3.2.1.1", "3.2.1.2"])
def test_passes(item):
    assert told(judge(item, cluster())) == []


def _policies(objects: Cluster) -> list[dict[str, Any]]:
    return objects[COLLECTOR][0]["spec"]["config"]["processors"]["tail_sampling"]["policies"]


@pytest.mark.parametrize(
    ("item", "spoil", "breaches"),
    [
        ("3.2.1.1", lambda one: one[DEPLOYMENT].pop(0), ["apm.no_operator"]),
        ("3.2.1.1", lambda one: one[COLLECTOR].clear(), ["apm.no_collector", "apm.no_collector"]),
        ("3.2.1.1", lambda one: one[DEPLOYMENT][1].update(status={"readyReplicas": 1}), ["apm.collector_unready"]),
        ("3.2.1.1", lambda one: one[DEPLOYMENT].pop(1), ["apm.collector_unready"]),
        ("3.2.1.1", lambda one: one[DAEMONSET][0]["status"].update(numberReady=2), ["apm.collector_unready"]),
        ("3.2.1.1", lambda one: one[DAEMONSET][0]["status"].update(desiredNumberScheduled=0, numberReady=0),
         ["apm.collector_unready"]),
        ("3.2.1.1", lambda one: one[INSTRUMENTATION].clear(), ["apm.no_instrumentation"]),
        ("3.2.1.1", lambda one: one[POD].append(pod("billing-2")), ["apm.not_instrumented"]),
        ("3.2.1.1", lambda one: one[POD].clear(), ["apm.no_pods"]),
        ("3.2.1.2", lambda one: one[COLLECTOR].clear(), ["apm.no_collector"]),
        ("3.2.1.2", lambda one: one[COLLECTOR][0]["spec"]["config"]["exporters"]["awsxray"].update(region="us-east-1"),
         ["apm.no_exporter"]),
        ("3.2.1.2", lambda one: _policies(one).pop(0), ["apm.errors_dropped"]),
        ("3.2.1.2", lambda one: _policies(one).pop(1), ["apm.errors_dropped"]),
        ("3.2.1.2", lambda one: _policies(one).pop(2), ["apm.few_sampled"]),
        ("3.2.1.2", lambda one: one[TELEMETRY].clear(), ["apm.mesh_untraced"]),
        ("3.2.1.2", lambda one: one[TELEMETRY][0]["spec"]["tracing"][0].update(randomSamplingPercentage=0),
         ["apm.mesh_untraced"]),
        ("3.2.1.2", lambda one: one[CONFIGMAP].clear(), ["apm.unlinked"]),
        ("3.2.1.2", lambda one: one[CONFIGMAP][0]["data"].update(mesh=mesh(trace_id="%REQ(X-B3-TRACEID)%")),
         ["apm.unlinked"]),
        ("3.2.1.2", lambda one: one[CONFIGMAP][0]["data"].update(mesh="accessLogFormat: '[%TRACE_ID%]'"),
         ["apm.unlinked"]),
        ("3.2.1.2", lambda one: one[CONFIGMAP][0]["data"].update(mesh=mesh(path="%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%")),
         ["apm.queries_logged"]),
        ("3.2.1.2", lambda one: one[CONFIGMAP][0]["data"].update(mesh=mesh(path="%PATH%", again="%PATH(NQ:PATH)%")),
         ["apm.queries_logged"]),
        ("3.2.1.2", lambda one: one[CONFIGMAP][0]["data"].update(mesh=mesh(contact="%QUERY_PARAM(contact)%")),
         ["apm.queries_logged"]),
        ("3.2.1.2", lambda one: one[INSTRUMENTATION].clear(), ["apm.no_receiver"]),
        ("3.2.1.2", lambda one: one[INSTRUMENTATION][0]["spec"].update(exporter={"endpoint": "http://gone:4318"}),
         ["apm.trace_refused"]),
    ],
)  # fmt: skip
def test_each_breach(item: str, spoil: Callable[[Cluster], Any], breaches: list[str]) -> None:
    objects = cluster()
    spoil(objects)
    assert told(judge(item, objects)) == breaches


@pytest.mark.parametrize(
    ("client", "breach"),
    [
        (XRay(rules=["Default"]), "apm.no_sampling_rule"),
        (XRay(encryption="NONE"), "apm.unencrypted"),
        (XRay(refuses=True), "apm.trace_refused"),
        (XRay(loses=True), "apm.trace_lost"),
        (XRay(drops=False), "apm.trace_names_people"),
        (XRay(absent=503), "apm.trace_refused"),
    ],
)
def test_what_x_ray_and_the_collectors_say(client, breach):
    assert told(judge("3.2.1.2", cluster(), client)) == [breach]


@pytest.mark.parametrize("code", [0, 401, 403])
def test_who_may_not_ask_the_collectors_knows_nothing(code):
    with pytest.raises(KubernetesError):
        judge("3.2.1.2", cluster(), XRay(absent=code))


def test_evidence_says_what_took_the_trace():
    found = judge("3.2.1.2", cluster()).observed["test_trace"]
    assert (found["sent_to"], found["collectors"], found["read"]) == (
        "tracing/agent-collector:4318",
        "stand-in collector",
        True,
    )


def test_a_gateway_without_tail_sampling_keeps_everything():
    objects = cluster()
    spec = objects[COLLECTOR][0]["spec"]["config"]
    spec["service"]["pipelines"]["traces"]["processors"] = []
    assert told(judge("3.2.1.2", objects)) == []
