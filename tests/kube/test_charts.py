"""The charts that the sandbox knows: what they make is valid, is installed by Flux's simulation, and comes up."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from sandbox.kube.controllers import charts
from tests.kube.simulation import Simulation

ROOT = Path(__file__).parents[2]
FLUX = ROOT / "sandbox" / "kube" / "flux" / "install.yml"
INVENTORY = ROOT / "inventories" / "sandbox" / "group_vars" / "sandbox" / "addons.yml"
CHARTS: dict[str, dict[str, Any]] = {
    "aws-load-balancer-controller": {"clusterName": "iworkz-sandbox"},
    "cert-manager": {},
    "cluster-autoscaler": {"autoDiscovery": {"clusterName": "iworkz-sandbox"}},
    "external-dns": {"policy": "sync", "txtOwnerId": "iworkz-sandbox"},
    "external-secrets": {},
    "kube-prometheus-stack": {
        "prometheus": {"prometheusSpec": {"replicas": 2, "ruleSelectorNilUsesHelmValues": False}},
        "grafana": {"persistence": {"enabled": True}},
    },
    "opentelemetry-operator": {"replicaCount": 2},
    "prometheus-blackbox-exporter": {"serviceMonitor": {"selfMonitor": {"enabled": True}}},
    "prometheus-postgres-exporter": {"config": {"datasource": {"password": "x"}}},
    "prometheus-rabbitmq-exporter": {"rabbitmq": {"existingUserSecret": "x", "existingPasswordSecret": "x"}},
    "prometheus-redis-exporter": {"serviceMonitor": {"enabled": False}},
}
SOURCE = "source.toolkit.fluxcd.io/v1"

Object = dict[str, Any]


def render(chart: str, **values: Any) -> charts.Chart:
    return charts.render(chart, "1.2.3", chart, "tools", {**CHARTS[chart], **values})


def flux() -> list[Object]:
    return list(yaml.safe_load_all(FLUX.read_text()))


def release(chart: str, **spec: Any) -> list[Object]:
    """Repository and release of a chart."""
    space = {"name": chart, "namespace": "flux-system"}
    source = {"kind": "HelmRepository", "name": chart}
    return [
        {
            "apiVersion": SOURCE,
            "kind": "HelmRepository",
            "metadata": space,
            "spec": {"url": "https://charts.example.com"},
        },
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": space,
            "spec": {
                "interval": "10m",
                "releaseName": chart,
                "targetNamespace": "team",
                "chart": {"spec": {"chart": chart, "version": "1.2.3", "sourceRef": source}},
                "values": CHARTS.get(chart, {}),
                **spec,
            },
        },
    ]


@pytest.fixture
def cluster() -> Simulation:
    """Six nodes and a Flux that runs."""
    made = Simulation()
    for each in flux():
        made.create(each, "flux-system")
    made.run(10)
    return made


def ready(cluster: Simulation, name: str) -> Object:
    found = cluster.get("helmreleases.helm.toolkit.fluxcd.io", name, "flux-system")
    conditions: list[Object] = found.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == "Ready"), {})


@pytest.mark.parametrize("chart", CHARTS)
def test_what_a_chart_makes_is_valid_kubernetes(chart: str) -> None:
    made = render(chart)
    # Those of the Prometheus operator come with the stack.
    kinds = {"ServiceMonitor", *(each["spec"]["names"]["kind"] for each in made.crds)}
    for each in made.objects:
        if each["kind"] not in kinds:
            kubernetes_validate.validate(each, "1.34", strict=True)
    assert all(each["metadata"]["annotations"]["sandbox.iworkz.jp/own"] for each in made.crds)


@pytest.mark.parametrize("chart", CHARTS)
def test_a_release_of_it_comes_up(cluster: Simulation, chart: str) -> None:
    monitoring = render("kube-prometheus-stack").crds if "exporter" in chart else ()
    needed = [*monitoring, *(_secret(name) for name in ("x", "postgres-exporter"))]
    for each in (*needed, *release(chart)):
        cluster.create(each, each["metadata"].get("namespace", "team"))
    cluster.run(60)
    assert (ready(cluster, chart).get("status"), ready(cluster, chart).get("reason")) == ("True", "InstallSucceeded")


def _secret(name: str) -> Object:
    data = dict.fromkeys(("username", "password"), "")
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def test_a_chart_without_its_repository_and_an_unknown_chart_say_so(cluster: Simulation) -> None:
    (_, lonely) = release("external-dns")
    cluster.create(lonely, "flux-system")
    for each in release("airflow"):
        cluster.create(each, "flux-system")
    cluster.run(30)
    assert "not found" in ready(cluster, "external-dns")["message"]
    assert "knows no chart 'airflow'" in ready(cluster, "airflow")["message"]
    assert {ready(cluster, name)["status"] for name in ("external-dns", "airflow")} == {"False"}


def test_nothing_is_installed_while_flux_does_not_run() -> None:
    made = Simulation()
    for each in flux():
        if each["kind"] != "Deployment":
            made.create(each, "flux-system")
    for each in release("external-dns"):
        made.create(each, "flux-system")
    made.run(30)
    assert ready(made, "external-dns") == {}


def test_service_accounts_that_the_platform_makes_are_left_to_it() -> None:
    made_elsewhere: dict[str, dict[str, Any]] = {
        "external-dns": {"serviceAccount": {"create": False, "name": "external-dns"}},
        "cluster-autoscaler": {"rbac": {"serviceAccount": {"create": False, "name": "cluster-autoscaler"}}},
    }
    for chart, values in made_elsewhere.items():
        kinds = [each["kind"] for each in render(chart, **values).objects]
        assert "ServiceAccount" not in kinds


def test_the_prometheus_operator_keeps_the_kubelets_service_as_nodes_come_and_go(cluster: Simulation) -> None:
    for each in release("kube-prometheus-stack"):
        cluster.create(each, "flux-system")
    cluster.run(60)
    service = cluster.get("services", "kube-prometheus-stack-kubelet", "kube-system")
    assert service["metadata"]["labels"]["app.kubernetes.io/name"] == "kubelet"

    def nodes() -> list[str]:
        found = cluster.get("endpointslices.discovery.k8s.io", "kube-prometheus-stack-kubelet-nodes", "kube-system")
        return [each["nodeName"] for each in found["endpoints"] if each["conditions"]["ready"]]

    assert nodes() == [f"node-{number}" for number in range(6)]
    cluster.nodes({"zone": "ap-northeast-1a"}, {"zone": "ap-northeast-1c"})
    cluster.run(10)
    assert nodes() == ["node-0", "node-1"]


def test_the_sandboxs_inventory_names_the_hash_of_its_manifest() -> None:
    declared = yaml.safe_load(INVENTORY.read_text())
    assert declared["addons_flux_sha256"] == hashlib.sha256(FLUX.read_bytes()).hexdigest()
    assert declared["addons_flux_manifest"].endswith(str(FLUX.relative_to(ROOT)))
