"""Endpoints and EndpointSlices of Services: the pods that are ready, with their nodes and zones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import (
    Object,
    digest,
    finished,
    labels,
    leaving,
    name,
    namespace,
    ready,
    reference,
)
from sandbox.kube.controllers.placement import ZONE
from sandbox.kube.controllers.world import Key
from sandbox.kube.selectors import matches

SLICES = "endpointslices.discovery.k8s.io"
MANAGED_BY = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}


class Endpoints(Controller):
    """One slice a Service, however many pods; ports are those of the first pod that has them all."""

    resource = "services"
    watches = ("pods",)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == self.resource:
            return super().keys(resource, kind, obj)
        if kind == "ADDED" and not (obj.get("status") or {}).get("podIP"):
            return ()
        return [
            Key(self.resource, namespace(obj), name(service))
            for service in self.world.all(self.resource, namespace(obj))
            if _selects(service, obj)
        ]

    def reconcile(self, key: Key) -> float | None:
        service = self.world.get(*key)
        if service is None:
            gone = self.world.get("endpoints", key.namespace, key.name)
            if gone is not None:
                self.world.delete("endpoints", gone)
            return None
        if not service["spec"].get("selector") or service["spec"].get("type") == "ExternalName":
            return None
        found = [
            pod
            for pod in self.world.all("pods", key.namespace)
            if _selects(service, pod) and not finished(pod) and (pod.get("status") or {}).get("podIP")
        ]
        ports = next((each for each in (_ports(service, pod) for pod in found) if each is not None), [])
        self._keep("endpoints", self._endpoints(service, found, ports))
        self._keep(SLICES, self._slice(service, found, ports))
        return None

    def _keep(self, resource: str, wanted: Object) -> None:
        found = self.world.get(resource, namespace(wanted), name(wanted))
        if found is None:
            self.world.create(wanted)
            return
        changed: dict[str, Any] = {key: value for key, value in wanted.items() if key != "metadata"}
        changed["metadata"] = {**found["metadata"], "labels": wanted["metadata"]["labels"]}
        self.world.replace(resource, found, changed)

    def _endpoints(self, service: Object, found: list[Object], ports: list[Object]) -> Object:
        serving = [pod for pod in found if _serves(service, pod) and not leaving(pod)]
        rest = [pod for pod in found if pod not in serving and not leaving(pod)]
        shown = [{"name": port["name"] or None, "port": port["port"], "protocol": port["protocol"]} for port in ports]
        subset: Object = {
            "addresses": [_address(pod) for pod in serving],
            "notReadyAddresses": [_address(pod) for pod in rest],
            "ports": [{key: value for key, value in port.items() if value is not None} for port in shown],
        }
        subset = {key: value for key, value in subset.items() if value}
        metadata = {
            "name": name(service),
            "namespace": namespace(service),
            "labels": {**labels(service), "endpoints.kubernetes.io/managed-by": "endpoint-controller"},
        }
        return {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": metadata,
            "subsets": [subset] if serving or rest else [],
        }

    def _slice(self, service: Object, found: list[Object], ports: list[Object]) -> Object:
        endpoints = []
        for pod in found:
            node = self.world.get("nodes", "", pod["spec"]["nodeName"])
            serving = _serves(service, pod)
            endpoints.append(
                {
                    "addresses": [pod["status"]["podIP"]],
                    "conditions": {
                        "ready": serving and not leaving(pod),
                        "serving": serving,
                        "terminating": leaving(pod),
                    },
                    "nodeName": pod["spec"]["nodeName"],
                    "targetRef": _target(pod),
                    **({"zone": labels(node)[ZONE]} if node else {}),
                }
            )
        marks = {**labels(service), "kubernetes.io/service-name": name(service), **MANAGED_BY}
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{name(service)}-{digest(service['metadata']['uid'])[:5]}",
                "namespace": namespace(service),
                "labels": marks,
                "ownerReferences": [reference(service)],
            },
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": ports,
        }


def _selects(service: Object, pod: Object) -> bool:
    selector = service["spec"].get("selector")
    return bool(selector) and matches({"matchLabels": selector}, labels(pod))


def _serves(service: Object, pod: Object) -> bool:
    return ready(pod) or bool(service["spec"].get("publishNotReadyAddresses"))


def _target(pod: Object) -> Object:
    return {"kind": "Pod", "name": name(pod), "namespace": namespace(pod), "uid": pod["metadata"]["uid"]}


def _address(pod: Object) -> Object:
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": _target(pod)}


def _ports(service: Object, pod: Object) -> list[Object] | None:
    """The Service's ports in a pod, None when it lacks one by name."""
    spec = pod["spec"]
    containers = [
        *spec["containers"],
        *(each for each in spec.get("initContainers") or () if each.get("restartPolicy")),
    ]
    named = {
        port["name"]: port["containerPort"] for each in containers for port in each.get("ports") or () if "name" in port
    }
    found = []
    for port in service["spec"].get("ports") or ():
        target = port.get("targetPort", port["port"])
        number = named.get(target) if isinstance(target, str) else target
        if number is None:
            return None
        shown = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
        found.append({**shown, **({"appProtocol": port["appProtocol"]} if "appProtocol" in port else {})})
    return found
