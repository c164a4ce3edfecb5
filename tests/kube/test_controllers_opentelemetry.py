"""What the OpenTelemetry operator's simulation makes of collectors, and adds to pods; the role's own objects in it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.kube.controllers import charts
from sandbox.kube.errors import ApiError
from tests.kube.simulation import IMAGE, Simulation

Object = dict[str, Any]
CONFIG: Object = {
    "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
    "processors": {"batch": {}},
    "exporters": {"awsxray": {"region": "ap-northeast-1"}},
    "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["awsxray"]}}},
}


def collector(name: str, mode: str, **spec: Any) -> Object:
    return {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": name},
        "spec": {"mode": mode, "config": copy.deepcopy(CONFIG), **spec},
    }


def pod(name: str, **notes: str) -> Object:
    container = {"name": "app", "image": IMAGE, "env": [{"name": "OTEL_PROPAGATORS", "value": "mine"}]}
    metadata = {
        "name": name,
        "labels": {"app.kubernetes.io/name": "billing"},
        "annotations": {f"instrumentation.opentelemetry.io/inject-{key}": value for key, value in notes.items()},
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


@pytest.fixture
def cluster() -> Simulation:
    made = Simulation()
    chart = charts.render("opentelemetry-operator", "0.122.0", "opentelemetry-operator", "team", {"replicaCount": 2})
    for each in (*chart.crds, *chart.objects):
        made.create(each)
    made.run(30)
    made.create(
        {
            "apiVersion": "opentelemetry.io/v1alpha1",
            "kind": "Instrumentation",
            "metadata": {"name": "iworkz"},
            "spec": {
                "exporter": {"endpoint": "http://agent-collector:4317"},
                "propagators": ["tracecontext", "b3multi"],
                "env": [{"name": "OTEL_EXPORTER_OTLP_PROTOCOL", "value": "http/protobuf"}],
                "sampler": {"type": "parentbased_always_on"},
            },
        }
    )
    return made


def environment(made: Object) -> dict[str, str]:
    return {each["name"]: each["value"] for each in made["spec"]["containers"][0]["env"]}


def test_an_agent_runs_on_every_node_and_a_gateway_as_often_as_declared(cluster: Simulation) -> None:
    cluster.create(collector("agent", "daemonset", tolerations=[{"operator": "Exists"}]))
    cluster.create(collector("gateway", "deployment", replicas=2))
    cluster.run(60)
    assert cluster.get("daemonsets.apps", "agent-collector")["status"]["numberReady"] == 6
    assert cluster.get("deployments.apps", "gateway-collector")["status"]["readyReplicas"] == 2
    assert cluster.get("services", "agent-collector")["spec"]["internalTrafficPolicy"] == "Local"
    ports = {each["name"]: each["port"] for each in cluster.get("services", "gateway-collector")["spec"]["ports"]}
    assert ports == {"otlp-grpc": 4317, "otlp-http": 4318}
    assert cluster.get("services", "gateway-collector-headless")["spec"]["clusterIP"] == "None"
    told = cluster.get("opentelemetrycollectors.opentelemetry.io", "gateway")["status"]
    assert told["scale"]["statusReplicas"] == "2/2"


def test_a_pipeline_of_components_that_nobody_defines_is_refused(cluster: Simulation) -> None:
    wrong = collector("wrong", "deployment")
    wrong["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    with pytest.raises(ApiError, match='exporter "nowhere" which is not configured'):
        cluster.create(wrong)


@pytest.mark.parametrize("spec", [{"mode": "everywhere"}, {"replica": 2}, {"config": {"receivers": {}}}])
def test_what_the_kind_does_not_know_is_refused(cluster: Simulation, spec: Object) -> None:
    with pytest.raises(ApiError):
        cluster.create(collector("wrong", **{"mode": "deployment", **spec}))


def test_pods_that_ask_are_told_where_traces_go(cluster: Simulation) -> None:
    found = environment(cluster.create(pod("asks", sdk="team/iworkz")))
    assert found["OTEL_SERVICE_NAME"] == "billing"
    assert found["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://agent-collector:4317"
    assert found["OTEL_PROPAGATORS"] == "mine"
    assert found["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert "OTEL_SERVICE_NAME" not in environment(cluster.create(pod("asks-not")))
    assert "OTEL_SERVICE_NAME" not in environment(cluster.create(pod("refuses", sdk="false")))
    assert "OTEL_SERVICE_NAME" not in environment(cluster.create(pod("elsewhere", sdk="team/unknown")))
    assert "OTEL_SERVICE_NAME" in environment(cluster.create(pod("only-one", sdk="true")))


def test_a_language_brings_its_agent(cluster: Simulation) -> None:
    made = cluster.create(pod("java", java="iworkz"))
    assert [each["name"] for each in made["spec"]["initContainers"]] == ["opentelemetry-auto-instrumentation-java"]


def test_without_the_operator_pods_start_as_they_are(cluster: Simulation) -> None:
    deployment = cluster.get("deployments.apps", "opentelemetry-operator")
    cluster.world.replace("deployments.apps", deployment, {"spec": {"replicas": 0}})
    cluster.run(30)
    assert "OTEL_SERVICE_NAME" not in environment(cluster.create(pod("alone", sdk="team/iworkz")))
