"""The cluster's objects that monitoring is made of, read at one time."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from sandbox.kube.selectors import matches
from sandbox.planes.engines.kubernetes.api import Api, ApiFailure

Object = dict[str, Any]
MONITORING = "monitoring.coreos.com/v1"
KINDS = {
    "Prometheus": MONITORING,
    "Alertmanager": MONITORING,
    "ServiceMonitor": MONITORING,
    "PodMonitor": MONITORING,
    "Probe": MONITORING,
    "PrometheusRule": MONITORING,
    "ConfigMap": "v1",
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "ExternalSecret": "external-secrets.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Job": "batch/v1",
    "Namespace": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Node": "v1",
    "PersistentVolumeClaim": "v1",
    "Pod": "v1",
    "Secret": "v1",
    "Service": "v1",
    "StatefulSet": "apps/v1",
    "VirtualService": "networking.istio.io/v1",
}


class Snapshot:
    """Objects by kind; `get` finds one by namespace and name."""

    def __init__(self, objects: dict[str, list[Object]]) -> None:
        self._objects = {kind: [{"kind": kind, **each} for each in found] for kind, found in objects.items()}
        self._named = {(kind, space(each), name(each)): each for kind, found in self._objects.items() for each in found}

    def all(self, kind: str, namespace: str = "") -> Iterator[Object]:
        return (each for each in self._objects.get(kind, ()) if not namespace or space(each) == namespace)

    def get(self, kind: str, namespace: str, called: str) -> Object | None:
        return self._named.get((kind, namespace, called))

    def referred(self, reference: Object) -> Object | None:
        """What an ObjectReference names."""
        return self.get(reference.get("kind", ""), reference.get("namespace", ""), reference.get("name", ""))

    def chosen(self, by: Object, kind: str, field: str) -> list[Object]:
        """What a Prometheus object selects, as `serviceMonitor` of `serviceMonitorSelector` and `...NamespaceSelector`.

        https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusSpec
        """
        spec = by["spec"]
        spaces = spec.get(f"{field}NamespaceSelector")
        allowed = {space(by)}
        if spaces is not None:
            allowed = {name(each) for each in self.all("Namespace") if matches(spaces, labels(each))}
        selector = spec.get(f"{field}Selector")
        return [each for each in self.all(kind) if space(each) in allowed and matches(selector, labels(each))]


def read(api: Api) -> Snapshot:
    """The objects of now; kinds that the cluster does not know have none."""
    return Snapshot({kind: objects(api, version, kind) for kind, version in KINDS.items()})


def objects(api: Api, version: str, kind: str) -> list[Object]:
    try:
        return list(api.objects(version, kind))
    except ApiFailure as failure:
        if failure.status == HTTPStatus.NOT_FOUND:
            return []
        raise


def name(thing: Object) -> str:
    return str(thing["metadata"]["name"])


def space(thing: Object) -> str:
    return str(thing["metadata"].get("namespace", ""))


def labels(thing: Object) -> dict[str, str]:
    return thing["metadata"].get("labels") or {}


def notes(thing: Object) -> dict[str, str]:
    return thing["metadata"].get("annotations") or {}


def is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def containers(pod: Object) -> Iterator[Object]:
    """Those that keep running: containers, and sidecars among the init containers."""
    yield from pod["spec"]["containers"]
    yield from (each for each in pod["spec"].get("initContainers") or () if each.get("restartPolicy") == "Always")
