"""Endpoints of Services, load balancers, disruption budgets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kube.simulation import ZONES, Object, Simulation, condition, deployment, template

PORTS = [{"name": "http", "containerPort": 8080}]


@pytest.fixture
def cluster() -> Simulation:
    return Simulation()


def service(**spec: Any) -> Object:
    port = {"name": "web", "port": 80, "targetPort": "http"}
    declared = {"selector": {"app": "app"}, "ports": [port], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "app"}, "spec": declared}


def addresses(cluster: Simulation, kind: str = "addresses") -> set[str]:
    subsets = cluster.get("endpoints", "app")["subsets"] if cluster.store.get("endpoints", "team", "app") else []
    return {each["ip"] for subset in subsets or () for each in subset.get(kind, ())}


def endpoints(cluster: Simulation) -> list[Object]:
    (only,) = cluster.store.list("endpointslices.discovery.k8s.io", "team")
    found: list[Object] = only["endpoints"]
    return found


def test_ready_pods_are_endpoints_with_their_zones(cluster: Simulation) -> None:
    cluster.create(service())
    cluster.create(deployment(made=template(container={"ports": PORTS})))
    cluster.run()
    ips = {pod["status"]["podIP"] for pod in cluster.pods()}
    assert addresses(cluster) == ips
    assert cluster.get("endpoints", "app")["subsets"][0]["ports"] == [{"name": "web", "port": 8080, "protocol": "TCP"}]
    assert {each["addresses"][0] for each in endpoints(cluster)} == ips
    assert {each["zone"] for each in endpoints(cluster)} == set(ZONES)
    assert all(
        each["conditions"] == {"ready": True, "serving": True, "terminating": False} for each in endpoints(cluster)
    )
    (only,) = cluster.store.list("endpointslices.discovery.k8s.io", "team")
    assert only["metadata"]["labels"]["kubernetes.io/service-name"] == "app"
    cluster.delete("services", "app")
    cluster.run()
    assert not cluster.store.list("endpointslices.discovery.k8s.io", "team")
    assert not cluster.store.list("endpoints", "team")


def test_pods_that_are_not_ready_get_no_traffic(cluster: Simulation) -> None:
    cluster.create(service())
    made = template(container={"ports": PORTS}, annotations={"sandbox.iworkz.jp/fault": "unready"})
    cluster.create(deployment(made=made))
    cluster.run()
    assert addresses(cluster) == set()
    assert len(addresses(cluster, "notReadyAddresses")) == 3
    assert not any(each["conditions"]["ready"] for each in endpoints(cluster))
    cluster.patch("services", "app", {"spec": {"publishNotReadyAddresses": True}})
    cluster.run()
    assert len(addresses(cluster)) == 3


def test_a_rollout_never_leaves_a_service_without_endpoints(cluster: Simulation) -> None:
    cluster.create(service())
    cluster.create(deployment(replicas=4, made=template(container={"ports": PORTS})))
    cluster.run()
    counts = []
    cluster.patch("deployments.apps", "app", {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}})
    cluster.run(5, lambda: counts.append(len(addresses(cluster))))
    assert min(counts) >= 3
    assert addresses(cluster) == {pod["status"]["podIP"] for pod in cluster.pods()}


def ingress(**metadata: Any) -> Object:
    backend = {"service": {"name": "app", "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "app", **metadata},
        "spec": {"ingressClassName": "alb", "defaultBackend": backend},
    }


def balancer(cluster: Simulation, resource: str, name: str = "app") -> str | None:
    found = cluster.get(resource, name).get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
    hostname: str | None = found[0].get("hostname")
    return hostname


def test_load_balancers_come_with_their_controller(cluster: Simulation) -> None:
    group = {"annotations": {"alb.ingress.kubernetes.io/group.name": "public"}}
    cluster.create(ingress())
    for name in ("one", "two"):
        cluster.create(ingress(**group) | {"metadata": {"name": name, **group}})
    other = ingress()
    other["metadata"]["name"], other["spec"]["ingressClassName"] = "other", "nginx"
    cluster.create(other)
    cluster.create(service(type="LoadBalancer"))
    cluster.run()
    assert balancer(cluster, "ingresses.networking.k8s.io") is None
    assert balancer(cluster, "services") is None
    cluster.create(deployment("aws-load-balancer-controller", 2), "kube-system")
    cluster.run()
    hostname = balancer(cluster, "ingresses.networking.k8s.io")
    assert hostname
    assert hostname.startswith("k8s-team-app-")
    assert hostname.endswith(".ap-northeast-1.elb.amazonaws.com")
    shared = balancer(cluster, "ingresses.networking.k8s.io", "one")
    assert shared
    assert shared.startswith("k8s-public-")
    assert balancer(cluster, "ingresses.networking.k8s.io", "two") == shared
    assert balancer(cluster, "ingresses.networking.k8s.io", "other") is None
    network = balancer(cluster, "services")
    assert network
    assert network.endswith(".elb.ap-northeast-1.amazonaws.com")


@pytest.mark.parametrize(
    ("spec", "desired", "allowed"),
    [
        ({"minAvailable": 2}, 2, 2),
        ({"maxUnavailable": 1}, 3, 1),
        ({"minAvailable": "50%"}, 2, 2),
        ({"maxUnavailable": "25%"}, 3, 1),
        ({"minAvailable": 9}, 9, 0),
    ],
)
def test_a_budget_tells_how_many_may_go(cluster: Simulation, spec: Object, desired: int, allowed: int) -> None:
    selector = {"matchLabels": {"app": "app"}}
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "app"}}
    cluster.create({**budget, "spec": {"selector": selector, **spec}})
    cluster.create(deployment(replicas=4))
    cluster.run()
    status = cluster.get("poddisruptionbudgets.policy", "app")["status"]
    found = (status["currentHealthy"], status["desiredHealthy"], status["expectedPods"], status["disruptionsAllowed"])
    assert found == (4, desired, 4, allowed)
    found_condition = condition(cluster.get("poddisruptionbudgets.policy", "app"), "DisruptionAllowed")
    assert found_condition["reason"] == ("SufficientPods" if allowed else "InsufficientPods")
    cluster.delete("pods", cluster.pods()[0]["metadata"]["name"])
    cluster.run(0)
    assert cluster.get("poddisruptionbudgets.policy", "app")["status"]["disruptionsAllowed"] == max(0, allowed - 1)
