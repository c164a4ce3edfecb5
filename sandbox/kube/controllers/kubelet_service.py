"""The Service and the EndpointSlice of all kubelets, which the Prometheus operator keeps as nodes come and go.

https://github.com/prometheus-operator/prometheus-operator, pkg/kubelet: its option --kubelet-service names the Service.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.endpoints import SLICES
from sandbox.kube.controllers.objects import Object, condition, labels, name, reference
from sandbox.kube.controllers.placement import ZONE
from sandbox.kube.controllers.world import Key

OPERATOR = "kube-prometheus-stack-prometheus-operator"
OPTION = "--kubelet-service="
MARKS = {
    "app.kubernetes.io/managed-by": "prometheus-operator",
    "app.kubernetes.io/name": "kubelet",
    "k8s-app": "kubelet",
}
PORTS = (("https-metrics", 10250), ("http-metrics", 10255), ("cadvisor", 4194))


class KubeletService(Controller):
    watches = ("nodes",)
    waits_for = (OPERATOR,)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        return self.everything()

    def everything(self) -> Iterable[Key]:
        operator = self.world.operator(OPERATOR)
        if operator is None:
            return ()
        arguments = operator["spec"]["template"]["spec"]["containers"][0].get("args") or ()
        places = [each.removeprefix(OPTION).partition("/") for each in arguments if each.startswith(OPTION)]
        return [Key("services", space, called) for space, _, called in places]

    def reconcile(self, key: Key) -> float | None:
        service = self.world.get(*key)
        if service is None:
            service = self.world.create(_service(key))
        wanted = _slice(service, self.world.all("nodes"))
        found = self.world.get(SLICES, key.namespace, name(wanted))
        if found is None:
            self.world.create(wanted)
        elif found["endpoints"] != wanted["endpoints"]:
            self.world.replace(SLICES, found, {"endpoints": wanted["endpoints"]})
        return None


def _service(key: Key) -> Object:
    ports = [{"name": called, "port": number, "targetPort": number, "protocol": "TCP"} for called, number in PORTS]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": key.name, "namespace": key.namespace, "labels": MARKS},
        "spec": {"type": "ClusterIP", "clusterIP": "None", "ports": ports},
    }


def _slice(service: Object, nodes: Iterable[Object]) -> Object:
    endpoints = [
        {
            "addresses": [each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP"],
            "conditions": {"ready": condition(node, "Ready").get("status", "True") == "True"},
            "nodeName": name(node),
            "targetRef": {"kind": "Node", "name": name(node), "uid": node["metadata"]["uid"]},
            "zone": labels(node).get(ZONE, ""),
        }
        for node in sorted(nodes, key=name)
        if (node.get("status") or {}).get("addresses")
    ]
    called, space = service["metadata"]["name"], service["metadata"]["namespace"]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{called}-nodes",
            "namespace": space,
            "labels": {**MARKS, "kubernetes.io/service-name": called},
            "ownerReferences": [reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [{"name": each, "port": number, "protocol": "TCP"} for each, number in PORTS],
    }
