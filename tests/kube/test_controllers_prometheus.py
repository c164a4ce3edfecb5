"""What the Prometheus operator's simulation makes of Prometheus and Alertmanager objects."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kube.controllers import charts
from tests.kube.simulation import Simulation

Object = dict[str, Any]
VALUES: Object = {
    "fullnameOverride": "stack",
    "alertmanager": {"alertmanagerSpec": {"replicas": 2, "secrets": ["tokens"], "podAntiAffinity": "hard"}},
    "prometheus": {
        "podDisruptionBudget": {"enabled": True},
        "prometheusSpec": {
            "replicas": 2,
            "podAntiAffinity": "hard",
            "podAntiAffinityTopologyKey": "topology.kubernetes.io/zone",
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}},
            "storageSpec": {
                "volumeClaimTemplate": {
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "50Gi"}}}
                }
            },
        },
    },
}


@pytest.fixture
def cluster() -> Simulation:
    made = Simulation()
    chart = charts.render("kube-prometheus-stack", "88.5.3", "stack", "team", VALUES)
    tokens = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tokens"}}
    for each in (tokens, *chart.crds, *chart.objects):
        made.create(each)
    made.run(30)
    return made


def test_a_prometheus_becomes_pods_with_volumes_in_different_zones(cluster: Simulation) -> None:
    pods = cluster.pods(**{"app.kubernetes.io/name": "prometheus"})
    assert [pod["metadata"]["name"] for pod in pods] == ["prometheus-stack-0", "prometheus-stack-1"]
    assert sorted(cluster.zones(**{"app.kubernetes.io/name": "prometheus"}).values()) == [0, 1, 1]
    names = {volume["persistentVolumeClaim"]["claimName"] for pod in pods for volume in pod["spec"]["volumes"]}
    assert names == {"prometheus-stack-db-prometheus-stack-0", "prometheus-stack-db-prometheus-stack-1"}
    assert cluster.get("persistentvolumeclaims", min(names))["status"]["phase"] == "Bound"
    server, reloader = pods[0]["spec"]["containers"]
    assert (server["image"], server["resources"]["requests"]["cpu"]) == (
        "quay.io/prometheus/prometheus:v3.13.0",
        "500m",
    )
    assert reloader["name"] == "config-reloader"
    budget = cluster.get("poddisruptionbudgets.policy", "stack-prometheus")
    assert budget["status"]["currentHealthy"] == 2


def test_services_lead_to_them(cluster: Simulation) -> None:
    for service, port in (("stack-prometheus", 9090), ("stack-alertmanager", 9093)):
        (subset,) = cluster.get("endpoints", service)["subsets"]
        assert len(subset["addresses"]) == 2
        assert {"name": "http-web", "port": port, "protocol": "TCP"} in subset["ports"]
    assert cluster.get("services", "prometheus-operated")["spec"]["clusterIP"] == "None"


def test_an_alertmanager_has_its_secrets_mounted(cluster: Simulation) -> None:
    (pod, _) = cluster.pods(alertmanager="stack")
    mounts = {each["mountPath"] for each in pod["spec"]["containers"][0]["volumeMounts"]}
    assert "/etc/alertmanager/secrets/tokens" in mounts
    assert {"name": "alertmanager-stack-db", "emptyDir": {}} in pod["spec"]["volumes"]


def test_the_object_tells_how_many_there_are_and_follows_its_spec(cluster: Simulation) -> None:
    resource = "prometheuses.monitoring.coreos.com"
    status = cluster.get(resource, "stack")["status"]
    assert (status["replicas"], status["availableReplicas"], status["unavailableReplicas"]) == (2, 2, 0)
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "Available": "True",
        "Reconciled": "True",
    }
    cluster.patch(resource, "stack", {"spec": {"replicas": 3}})
    cluster.run(30)
    assert len(cluster.pods(prometheus="stack")) == 3
    cluster.patch(resource, "stack", {"spec": {"paused": True, "replicas": 1}})
    cluster.run(30)
    assert len(cluster.pods(prometheus="stack")) == 3


def test_what_it_made_goes_with_the_object(cluster: Simulation) -> None:
    cluster.delete("prometheuses.monitoring.coreos.com", "stack")
    cluster.run(30)
    assert cluster.pods(prometheus="stack") == []
    assert len(cluster.pods(alertmanager="stack")) == 2


def test_without_an_operator_nothing_is_made() -> None:
    made = Simulation()
    chart = charts.render("kube-prometheus-stack", "88.5.3", "stack", "team", VALUES)
    for each in chart.crds:
        made.create(each)
    for each in chart.objects:
        if each["kind"] == "Prometheus":
            made.create(each)
    made.run(30)
    assert made.pods() == []
