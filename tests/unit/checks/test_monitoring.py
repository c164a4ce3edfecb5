"""Item 1.2.1.5: what Prometheus is told to watch is there, and its rules are loaded."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.monitoring import watched
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.kube_facts import Cluster, ClusterWorld, endpoint_slice, made, prometheus_operator

MONITORING = "monitoring.coreos.com/v1"
PROMETHEUS, MONITOR, RULE = (
    (MONITORING, "prometheuses"),
    (MONITORING, "servicemonitors"),
    (MONITORING, "prometheusrules"),
)
DEPLOYMENT, SERVICE, POD, NODE = ("apps/v1", "deployments"), ("v1", "services"), ("v1", "pods"), ("v1", "nodes")
SLICE, NAMESPACE = ("discovery.k8s.io/v1", "endpointslices"), ("v1", "namespaces")
NAME = "app.kubernetes.io/name"
REQUIRED = load_requirements().resolve("1.2.1.5").required
NODES = {"node-a": "10.0.0.1", "node-b": "10.0.0.2"}


def node(name: str, address: str, ready: str = "True") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready}]
    return made(name, status={"addresses": [{"type": "InternalIP", "address": address}], "conditions": conditions})


def monitor(name: str, port: str, app: str, **spec: Any) -> dict[str, Any]:
    selector = {"matchLabels": {NAME: app}}
    return made(
        name, "monitoring", {"release": "stack"}, spec={"selector": selector, "endpoints": [{"port": port}], **spec}
    )


def cluster() -> Cluster:
    """A cluster of two nodes in which everything is watched."""
    groups = [{"name": "all", "rules": [{"alert": alert, "expr": "up"} for alert in REQUIRED["alerts"]]}]
    exporters = {f"exporter-{name}": address for name, address in NODES.items()}
    return copy.deepcopy(
        {
            NAMESPACE: [
                made(name, labels={"kubernetes.io/metadata.name": name}) for name in ("kube-system", "monitoring")
            ],
            NODE: [node(name, address) for name, address in NODES.items()],
            POD: [made(f"exporter-{name}", "monitoring", spec={"nodeName": name}) for name in NODES],
            DEPLOYMENT: [prometheus_operator()],
            PROMETHEUS: [
                made(
                    "stack",
                    "monitoring",
                    spec={
                        "replicas": 2,
                        "serviceMonitorSelector": {},
                        "serviceMonitorNamespaceSelector": {},
                        "ruleSelector": {},
                        "ruleNamespaceSelector": {},
                    },
                )
            ],
            SERVICE: [
                made("kubelet", "kube-system", {NAME: "kubelet"}, spec={}),
                made("exporter", "monitoring", {NAME: "prometheus-node-exporter"}, spec={}),
                made("state", "monitoring", {NAME: "kube-state-metrics"}, spec={}),
            ],
            MONITOR: [
                monitor("kubelet", "https-metrics", "kubelet", namespaceSelector={"matchNames": ["kube-system"]}),
                monitor("exporter", "http-metrics", "prometheus-node-exporter"),
                monitor("state", "http", "kube-state-metrics"),
            ],
            SLICE: [
                endpoint_slice("kube-system", "kubelet", {"https-metrics": 10250}, NODES),
                endpoint_slice("monitoring", "exporter", {"http-metrics": 9100}, exporters),
                endpoint_slice("monitoring", "state", {"http": 8080}, {"state-x": "10.0.9.9"}),
            ],
            RULE: [made("rules", "monitoring", {"release": "stack"}, spec={"groups": groups})],
        }
    )


def judge(objects: Cluster) -> Finding:
    return watched(ClusterWorld(objects, {}), dict(REQUIRED))


def test_a_cluster_that_is_watched_passes() -> None:
    finding = judge(cluster())
    assert finding.breaches == ()
    assert finding.observed["targets"]["kubelet"] == {
        "monitors": ["monitoring/kubelet"],
        "addresses": 2,
        "missing_nodes": [],
    }
    assert finding.observed["targets"]["kube_state"]["addresses"] == 1
    assert finding.observed["rules"] == {"objects": 1, "loaded": 1, "alerts": len(REQUIRED["alerts"])}


def prometheus(objects: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = objects[PROMETHEUS][0]["spec"]
    return found


BROKEN: dict[str, tuple[Callable[[Cluster], Any], set[str]]] = {
    "operator down": (
        lambda objects: objects[DEPLOYMENT][0]["status"].update(availableReplicas=0),
        {"monitoring.no_operator"},
    ),
    "no operator": (lambda objects: objects[DEPLOYMENT].clear(), {"monitoring.no_operator"}),
    "one server": (lambda objects: prometheus(objects).update(replicas=1), {"monitoring.few_servers"}),
    "no Prometheus": (
        lambda objects: objects[PROMETHEUS].clear(),
        {
            "monitoring.no_prometheus",
            "monitoring.not_selected",
            "monitoring.rules_not_loaded",
            "monitoring.alerts_missing",
        },
    ),
    "paused": (
        lambda objects: prometheus(objects).update(paused=True),
        {
            "monitoring.no_prometheus",
            "monitoring.not_selected",
            "monitoring.rules_not_loaded",
            "monitoring.alerts_missing",
        },
    ),
    "other monitors are selected": (
        lambda objects: prometheus(objects).update(serviceMonitorSelector={"matchLabels": {"release": "other"}}),
        {"monitoring.not_selected"},
    ),
    "no monitors are selected": (
        lambda objects: prometheus(objects).pop("serviceMonitorSelector"),
        {"monitoring.not_selected"},
    ),
    "other rules are selected": (
        lambda objects: prometheus(objects).update(ruleSelector={"matchLabels": {"release": "other"}}),
        {"monitoring.rules_not_loaded", "monitoring.alerts_missing"},
    ),
    "rules of another namespace": (
        lambda objects: [
            prometheus(objects).pop("ruleNamespaceSelector"),
            objects[RULE][0]["metadata"].update(namespace="kube-system"),
        ],
        {"monitoring.rules_not_loaded", "monitoring.alerts_missing"},
    ),
    "an alert is missing": (
        lambda objects: objects[RULE][0]["spec"]["groups"][0]["rules"].pop(),
        {"monitoring.alerts_missing"},
    ),
    "no Service of kubelets": (lambda objects: objects[SERVICE].pop(0), {"monitoring.no_service"}),
    "no monitor of kubelets": (lambda objects: objects[MONITOR].pop(0), {"monitoring.not_selected"}),
    "monitor looks elsewhere": (
        lambda objects: objects[MONITOR][0]["spec"].pop("namespaceSelector"),
        {"monitoring.not_selected"},
    ),
    "monitor names no port of the Service": (
        lambda objects: objects[MONITOR][2]["spec"]["endpoints"][0].update(port="metrics"),
        {"monitoring.no_addresses"},
    ),
    "no state pod is ready": (
        lambda objects: objects[SLICE][2]["endpoints"][0]["conditions"].update(ready=False),
        {"monitoring.no_addresses"},
    ),
    "a node without its exporter": (
        lambda objects: objects[SLICE][1]["endpoints"].pop(),
        {"monitoring.nodes_unwatched"},
    ),
    "a node without its kubelet": (
        lambda objects: objects[SLICE][0]["endpoints"].pop(),
        {"monitoring.nodes_unwatched"},
    ),
    "a new node": (
        lambda objects: objects[NODE].append(node("node-c", "10.0.0.3")),
        {"monitoring.nodes_unwatched"},
    ),
}


@pytest.mark.parametrize(("breaking", "breaches"), BROKEN.values(), ids=BROKEN)
def test_each_gap_is_named(breaking: Callable[[Cluster], Any], breaches: set[str]) -> None:
    objects = cluster()
    breaking(objects)
    assert {breach.id for breach in judge(objects).breaches} == breaches


def test_a_node_that_is_not_ready_need_not_be_watched() -> None:
    objects = cluster()
    objects[NODE].append(node("node-c", "10.0.0.3", "Unknown"))
    assert judge(objects).breaches == ()


def test_the_node_that_nobody_looks_at_is_named() -> None:
    objects = cluster()
    objects[NODE].append(node("node-c", "10.0.0.3"))
    assert {breach.params["nodes"] for breach in judge(objects).breaches} == {"node-c"}


def test_monitors_and_rules_of_the_servers_own_namespace_count_without_a_namespace_selector() -> None:
    objects = cluster()
    for name in ("serviceMonitorNamespaceSelector", "ruleNamespaceSelector"):
        prometheus(objects).pop(name)
    assert judge(objects).breaches == ()
