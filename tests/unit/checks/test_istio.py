"""Item 1.3.1.2: a mesh in which the check passes, then one thing wrong at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.istio import services_are_meshed
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary
from tests.unit.checks.kube_facts import Cluster
from tests.unit.checks.mesh_cluster import NETWORKING, RELEASES, SECURITY, cluster, find, world

Change = Callable[[Cluster], Any]


def judge(objects: Cluster) -> Any:
    return services_are_meshed(world(objects), dict(load_requirements().resolve("1.3.1.2").required))


def first(objects: Cluster, api: str, plural: str) -> dict[str, Any]:
    return objects[api, plural][0]


def route(objects: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = find(objects, "VirtualService", "search")["spec"]
    return found


def rule(objects: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = find(objects, "DestinationRule", "search")["spec"]
    return found


def peer(namespace: str, spec: dict[str, Any]) -> Change:
    policy = {"metadata": {"name": "other", "namespace": namespace, "creationTimestamp": "2026-01-01"}, "spec": spec}
    return lambda objects: objects[SECURITY, "peerauthentications"].append(policy)


def other_rule(host: str, **spec: Any) -> Change:
    one = {"metadata": {"name": "other", "namespace": "trust"}, "spec": {"host": host, **spec}}
    return lambda objects: objects[NETWORKING, "destinationrules"].append(one)


def release(objects: Cluster) -> dict[str, Any]:
    return first(objects, "helm.toolkit.fluxcd.io/v2", "helmreleases")


def search_pod(objects: Cluster) -> dict[str, Any]:
    return find(objects, "Pod", "search-x")


def lead_to_canary(objects: Cluster) -> None:
    found = route(objects)
    found.update(canary.weighted(found, "search.discovery.svc.cluster.local", 10))


def canary_pod(objects: Cluster) -> None:
    pod = copy.deepcopy(search_pod(objects))
    pod["metadata"]["labels"][canary.TRACK] = canary.CANARY
    objects["v1", "pods"].append(pod)


def test_the_declared_mesh_passes() -> None:
    finding = judge(cluster())
    assert finding.breaches == ()
    assert finding.observed["control_plane"] == 2
    assert finding.observed["proxies"]["search"] == {"ready": 1}
    assert finding.observed["mutual_tls"]["search"] == {"8005": "STRICT"}
    assert finding.observed["releases"] == dict.fromkeys(RELEASES.values(), "1.30.5")


def test_an_empty_cluster_fails() -> None:
    found = {breach.id for breach in judge({}).breaches}
    assert found >= {"istio.no_release", "istio.too_few", "istio.cni_unready", "istio.no_injection", "istio.no_pods"}
    assert found >= {"istio.no_route", "istio.no_destination_rule"}


CHANGES: list[tuple[Change, list[str]]] = [
    (lambda objects: objects["helm.toolkit.fluxcd.io/v2", "helmreleases"].pop(), ["istio.no_release"]),
    (lambda objects: release(objects)["status"]["conditions"][0].update(status="False"), ["istio.release_unready"]),
    (lambda objects: release(objects)["status"].update(conditions=[]), ["istio.release_unready"]),
    (lambda objects: release(objects)["metadata"].update(generation=2), ["istio.release_unready"]),
    (lambda objects: first(objects, "apps/v1", "deployments")["status"].update(availableReplicas=1), ["istio.too_few"]),
    (lambda objects: objects["apps/v1", "deployments"].pop(), ["istio.too_few"]),
    (lambda objects: first(objects, "apps/v1", "daemonsets")["status"].update(numberReady=5), ["istio.cni_unready"]),
    (lambda objects: objects["apps/v1", "daemonsets"].pop(), ["istio.cni_unready"]),
    (lambda objects: find(objects, "Namespace", "trust")["metadata"].update(labels={}), ["istio.no_injection"]),
    (
        lambda objects: find(objects, "Namespace", "trust")["metadata"].update(
            labels={"istio-injection": "disabled", "istio.io/rev": "default"}
        ),
        ["istio.no_injection"],
    ),
    (lambda objects: search_pod(objects)["metadata"].update(deletionTimestamp="now"), ["istio.no_pods"]),
    (lambda objects: search_pod(objects)["status"].update(phase="Succeeded"), ["istio.no_pods"]),
    (lambda objects: search_pod(objects)["spec"].update(initContainers=[]), ["istio.no_proxy"]),
    (lambda objects: search_pod(objects)["spec"]["initContainers"][0].pop("restartPolicy"), ["istio.no_proxy"]),
    (
        lambda objects: search_pod(objects)["status"]["initContainerStatuses"][0].update(ready=False),
        ["istio.proxy_unready"],
    ),
    (peer("discovery", {"mtls": {"mode": "PERMISSIVE"}}), ["istio.plaintext"] * 3),
    (
        peer(
            "discovery",
            {
                "selector": {"matchLabels": {"app.kubernetes.io/name": "search"}},
                "portLevelMtls": {"8005": {"mode": "DISABLE"}},
            },
        ),
        ["istio.plaintext"],
    ),
    (lambda objects: objects[SECURITY, "peerauthentications"].clear(), ["istio.plaintext"] * 19),
    (lambda objects: route(objects).update(hosts=["elsewhere.example"]), ["istio.no_route"]),
    (lambda objects: route(objects).update(gateways=["istio-ingress/public"]), ["istio.no_route"]),
    (lambda objects: rule(objects).update(host="elsewhere"), ["istio.no_destination_rule"]),
    (lambda objects: rule(objects)["trafficPolicy"].pop("outlierDetection"), ["istio.no_outlier_detection"]),
    (lambda objects: rule(objects)["trafficPolicy"]["tls"].update(mode="DISABLE"), ["istio.tls_weakened"]),
    (lambda objects: rule(objects)["trafficPolicy"].update(tls={"sni": "x"}), ["istio.tls_weakened"]),
    (
        lambda objects: rule(objects)["subsets"][0].update(trafficPolicy={"tls": {"mode": "SIMPLE"}}),
        ["istio.tls_weakened"],
    ),
    (
        lambda objects: rule(objects)["trafficPolicy"].update(portLevelSettings=[{"tls": {"mode": "DISABLE"}}]),
        ["istio.tls_weakened"],
    ),
    (
        other_rule("*.discovery.svc.cluster.local", trafficPolicy={"tls": {"mode": "DISABLE"}}),
        ["istio.tls_weakened"] * 3,
    ),
    (other_rule("*.example.com", trafficPolicy={"tls": {"mode": "SIMPLE"}}), []),
    (lambda objects: route(objects)["http"][0].pop("timeout"), ["istio.no_timeout"]),
    (
        lambda objects: route(objects)["http"][1]["route"][0]["destination"].update(host="other"),
        ["istio.routed_elsewhere"],
    ),
    (
        lambda objects: route(objects)["http"][0]["route"][0]["destination"].update(subset="v9"),
        ["istio.unknown_subset"],
    ),
    (lambda objects: route(objects)["http"][0].update(route=route(objects)["http"][0]["route"] * 2), ["istio.weights"]),
    (lambda objects: lead_to_canary(objects), ["istio.empty_subset"]),
    (lambda objects: (lead_to_canary(objects), canary_pod(objects)), []),
]


@pytest.mark.parametrize(("change", "breaches"), CHANGES)
def test_each_rule(change: Change, breaches: list[str]) -> None:
    objects = cluster()
    change(objects)
    assert [breach.id for breach in judge(objects).breaches] == breaches


def test_a_short_name_is_of_its_own_namespace() -> None:
    objects = cluster()
    route(objects)["hosts"] = ["search"]
    rule(objects)["host"] = "search"
    for http in route(objects)["http"]:
        http["route"][0]["destination"]["host"] = "search"
    assert judge(objects).breaches == ()


def test_a_proxy_as_an_ordinary_container_counts() -> None:
    objects = cluster()
    pod = search_pod(objects)
    pod["spec"]["containers"].append(pod["spec"].pop("initContainers")[0])
    pod["status"]["containerStatuses"].append(pod["status"].pop("initContainerStatuses")[0])
    assert judge(objects).breaches == ()
