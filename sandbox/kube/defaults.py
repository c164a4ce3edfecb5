"""Defaults that depend on more than one field, and what the API server allots: cluster IPs, node ports, selectors."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sandbox.kube.errors import Cause, invalid

if TYPE_CHECKING:
    from sandbox.kube.api import Api
    from sandbox.kube.resources import Resource

Object = dict[str, Any]
NODE_PORTS = range(30000, 32768)
_TEMPLATES = ("deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch")
_ROLLING = {"maxSurge": "25%", "maxUnavailable": "25%"}
_HPA_UP = {
    "selectPolicy": "Max",
    "stabilizationWindowSeconds": 0,
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_HPA_DOWN = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}


def complete(api: Api, resource: Resource, obj: Object, old: Object | None) -> None:
    """Fill in `obj` (its own copy, along its schema already)."""
    spec = pod_spec(resource.name, obj)
    if spec is not None and isinstance(spec.get("containers"), list):
        _pod(spec)
    extra = _KINDS.get(resource.name)
    if extra:
        extra(api, obj, old)


def before_merge(resource: Resource, obj: Object) -> Object:
    """What is sent in one form and kept in another: a Secret's stringData."""
    if resource.name == "secrets" and isinstance(obj.get("stringData"), dict):
        plain = {
            key: base64.b64encode(value.encode()).decode()
            for key, value in obj["stringData"].items()
            if isinstance(value, str)
        }
        rest = {key: value for key, value in obj.items() if key != "stringData"}
        return {**rest, "data": {**(obj.get("data") or {}), **plain}}
    return obj


def pod_spec(name: str, obj: Object) -> Object | None:
    """The PodSpec in an object of a resource, None when it has none."""
    if name == "pods":
        return obj.get("spec")
    spec = obj.get("spec") or {}
    if name == "cronjobs.batch":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    elif name not in _TEMPLATES:
        return None
    found: Object | None = (spec.get("template") or {}).get("spec")
    return found


def containers(spec: Object) -> Iterator[tuple[str, Object]]:
    """(path below the PodSpec, container), those of initialisation included."""
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind) or ()):
            yield f"{kind}[{index}]", container


def _pod(spec: Object) -> None:
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for _, container in containers(spec):
        image = container.get("image", "")
        tag = image.rpartition("/")[2]
        latest = "@" not in tag and (":" not in tag or tag.endswith(":latest"))
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
        if spec.get("hostNetwork"):
            for port in container.get("ports") or ():
                port.setdefault("hostPort", port["containerPort"])
    for volume in spec.get("volumes") or ():
        if len(volume) == 1:
            volume["emptyDir"] = {}


def _pod_kind(api: Api, obj: Object, old: Object | None) -> None:
    """Pods themselves, not the templates of others."""
    spec = obj["spec"]
    spec.setdefault("enableServiceLinks", True)
    for _, container in containers(spec):
        resources = container.get("resources") or {}
        if resources.get("limits"):
            container["resources"] = {**resources, "requests": {**resources["limits"], **resources.get("requests", {})}}


def _rolling(api: Api, obj: Object, old: Object | None) -> None:
    """Deployments, StatefulSets and DaemonSets: the parameters of a rolling update."""
    spec = obj["spec"]
    strategy = spec.get("strategy") or spec.get("updateStrategy") or {}
    if strategy.get("type") == "RollingUpdate":
        wanted: Object = _ROLLING if "strategy" in spec else {"partition": 0}
        if obj["kind"] == "DaemonSet":
            wanted = {"maxSurge": 0, "maxUnavailable": 1}
        strategy["rollingUpdate"] = {**wanted, **(strategy.get("rollingUpdate") or {})}


def _job(api: Api, obj: Object, old: Object | None) -> None:
    spec = obj["spec"]
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    uid = obj["metadata"].get("uid")
    if old is None and uid and not spec.get("manualSelector"):
        labels = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": obj["metadata"]["name"]}
        legacy = {"controller-uid": uid, "job-name": obj["metadata"]["name"]}
        metadata = spec["template"].setdefault("metadata", {})
        metadata["labels"] = {**(metadata.get("labels") or {}), **labels, **legacy}
        spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}


def _service(api: Api, obj: Object, old: Object | None) -> None:
    spec = obj["spec"]
    for port in spec.get("ports") or ():
        port.setdefault("targetPort", port.get("port"))
    if spec.get("type") == "ExternalName":
        return
    if spec.get("sessionAffinity") == "ClientIP":
        spec.setdefault("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10800}})
    spec.setdefault("internalTrafficPolicy", "Cluster")
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    before = (old or {}).get("spec", {})
    if not spec.get("clusterIP") and (spec.get("clusterIPs") or before.get("clusterIP")):
        spec["clusterIP"] = (spec.get("clusterIPs") or [before["clusterIP"]])[0]
    others = [each for each in api.store.list("services") if each["metadata"]["uid"] != obj["metadata"].get("uid")]
    taken = {each["spec"].get("clusterIP") for each in others} - {"None"}
    if not spec.get("clusterIP"):
        network = ipaddress.ip_network(api.settings.service_cidr)
        first = 1 if obj["metadata"] == {"name": "kubernetes"} else 11
        hosts = (str(network[index]) for index in range(first, network.num_addresses - 1))
        spec["clusterIP"] = next(address for address in hosts if address not in taken)
    elif spec["clusterIP"] in taken:
        address = spec["clusterIP"]
        message = f'Invalid value: "{address}": failed to allocate IP {address}: provided IP is already allocated'
        causes = [Cause("FieldValueInvalid", "spec.clusterIPs[0]", message)]
        raise invalid(api.registry.named("services"), obj["metadata"].get("name", ""), causes)
    spec["clusterIPs"] = [spec["clusterIP"]]
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
        if spec["type"] == "LoadBalancer":
            spec.setdefault("allocateLoadBalancerNodePorts", True)
        if spec.get("allocateLoadBalancerNodePorts", True):
            _node_ports(spec, before, others)
    else:
        spec.pop("externalTrafficPolicy", None) if before.get("type") not in (None, spec["type"]) else None


def _node_ports(spec: Object, before: Object, others: Iterable[Object]) -> None:
    kept = {(port["port"], port.get("protocol")): port.get("nodePort") for port in before.get("ports") or ()}
    used = {port.get("nodePort") for each in others for port in each["spec"].get("ports") or ()}
    for port in spec.get("ports") or ():
        chosen = port.get("nodePort") or kept.get((port["port"], port["protocol"]))
        port["nodePort"] = chosen or next(number for number in NODE_PORTS if number not in used)
        used.add(port["nodePort"])


def _autoscaler(api: Api, obj: Object, old: Object | None) -> None:
    spec = obj["spec"]
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is not None:
        behavior["scaleUp"] = {**_HPA_UP, **behavior.get("scaleUp", {})}
        behavior["scaleDown"] = {**_HPA_DOWN, **behavior.get("scaleDown", {})}


def _network_policy(api: Api, obj: Object, old: Object | None) -> None:
    spec = obj["spec"]
    if "policyTypes" not in spec:
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _namespace(api: Api, obj: Object, old: Object | None) -> None:
    metadata = obj["metadata"]
    if "name" in metadata:
        metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    if old is None:
        obj["spec"] = {"finalizers": ["kubernetes"]}


def _binding(api: Api, obj: Object, old: Object | None) -> None:
    obj["roleRef"].setdefault("apiGroup", "rbac.authorization.k8s.io")
    for subject in obj.get("subjects") or ():
        subject.setdefault("apiGroup", "" if subject.get("kind") == "ServiceAccount" else "rbac.authorization.k8s.io")
        if not subject["apiGroup"]:
            del subject["apiGroup"]


def _claim(api: Api, obj: Object, old: Object | None) -> None:
    if old is None and obj["spec"].get("storageClassName") is None:
        chosen = [
            each["metadata"]["name"]
            for each in api.store.list("storageclasses.storage.k8s.io")
            if each["metadata"].get("annotations", {}).get("storageclass.kubernetes.io/is-default-class") == "true"
        ]
        if chosen:
            obj["spec"]["storageClassName"] = chosen[-1]


def _limits(api: Api, obj: Object, old: Object | None) -> None:
    for limit in obj["spec"].get("limits") or ():
        if limit.get("type") == "Container":
            limit["default"] = {**limit.get("max", {}), **limit.get("default", {})}
            limit["defaultRequest"] = {**limit.get("min", {}), **limit["default"], **limit.get("defaultRequest", {})}
            for key in ("default", "defaultRequest"):
                if not limit[key]:
                    del limit[key]


def _definition(api: Api, obj: Object, old: Object | None) -> None:
    names = obj["spec"]["names"]
    names.setdefault("singular", names["kind"].lower())
    names.setdefault("listKind", f"{names['kind']}List")


_KINDS: dict[str, Callable[[Api, Object, Object | None], None]] = {
    "pods": _pod_kind,
    "deployments.apps": _rolling,
    "statefulsets.apps": _rolling,
    "daemonsets.apps": _rolling,
    "jobs.batch": _job,
    "services": _service,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "networkpolicies.networking.k8s.io": _network_policy,
    "namespaces": _namespace,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "persistentvolumeclaims": _claim,
    "limitranges": _limits,
    "customresourcedefinitions.apiextensions.k8s.io": _definition,
}
