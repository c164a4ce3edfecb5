"""The objects of the EKS add-ons, as far as they can be judged where no container runs: workloads and what they name.

Left out: RBAC, CRDs, ConfigMaps, storage classes and API services of the add-ons.
"""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.planes.engines.kubernetes.api import Object

NAMESPACE = "kube-system"
ACCOUNT = "602401143452"
"""That of the EKS images in most regions: https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html"""
PLACING = ("affinity", "nodeSelector", "tolerations", "topologySpreadConstraints")
EVERYWHERE = [{"operator": "Exists"}]
CONTROL_PLANE = [
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
]


def build(name: str, addon: dict[str, Any], spec: dict[str, Any]) -> list[Object]:
    """The objects of an add-on {"version", "values": its configuration, "role": ARN or None} of a cluster."""
    things = list(BUILDERS[name](_Parts(name, addon, spec)))
    return copy.deepcopy(things)


class _Parts:
    """Makes the parts of one add-on."""

    def __init__(self, name: str, addon: dict[str, Any], spec: dict[str, Any]) -> None:
        self.values: dict[str, Any] = addon["values"]
        self.service_cidr: str = spec["service_cidr"]
        self._addon, self._role = name, addon["role"]
        self._version: str = addon["version"]
        self._registry = f"{ACCOUNT}.dkr.ecr.{spec['region']}.amazonaws.com"

    def container(self, name: str, image: str, cpu: str, memory: str = "", **more: Any) -> Object:
        requests = {"cpu": cpu, **({"memory": memory} if memory else {})}
        image = f"{self._registry}/{image}:{self._version}"
        return {"name": name, "image": image, "resources": {"requests": requests}, **more}

    def account(self, name: str) -> Object:
        role = {"annotations": {"eks.amazonaws.com/role-arn": self._role}} if self._role else {}
        return self._thing("v1", "ServiceAccount", name, metadata=role)

    def service(self, name: str, selector: dict[str, str], ports: list[Object], **spec: Any) -> Object:
        return self._thing("v1", "Service", name, spec={"selector": selector, "ports": ports, **spec})

    def budget(self, name: str, selector: dict[str, str]) -> Object:
        given = {key: value for key, value in self.values.get("podDisruptionBudget", {}).items() if key != "enabled"}
        wanted = given or {"maxUnavailable": 1}
        spec = {**wanted, "selector": {"matchLabels": selector}}
        return self._thing("policy/v1", "PodDisruptionBudget", name, spec=spec)

    def daemon_set(self, name: str, selector: dict[str, str], pod: Object, values: dict[str, Any]) -> Object:
        pod = {"tolerations": EVERYWHERE, "priorityClassName": "system-node-critical", **pod}
        return self._workload("DaemonSet", name, selector, pod, values)

    def deployment(
        self, name: str, selector: dict[str, str], pod: Object, values: dict[str, Any], replicas: int
    ) -> Object:
        pod = {"priorityClassName": "system-cluster-critical", "tolerations": CONTROL_PLANE, **pod}
        return self._workload("Deployment", name, selector, pod, values, replicas=replicas)

    def _workload(
        self, kind: str, name: str, selector: dict[str, str], pod: Object, values: dict[str, Any], **spec: Any
    ) -> Object:
        """A workload whose pods are placed, sized and marked as the configuration values say."""
        pod = {**pod, **{key: values[key] for key in PLACING if key in values}}
        if "resources" in values:
            first, *others = pod["containers"]
            pod["containers"] = [{**first, "resources": values["resources"]}, *others]
        metadata = {"labels": {**values.get("podLabels", {}), **selector}}
        if values.get("podAnnotations"):
            metadata["annotations"] = values["podAnnotations"]
        template = {"metadata": metadata, "spec": pod}
        return self._thing(
            "apps/v1", kind, name, spec={**spec, "selector": {"matchLabels": selector}, "template": template}
        )

    def _thing(self, api_version: str, kind: str, name: str, *, metadata: Object | None = None, **rest: Any) -> Object:
        labels = {
            "app.kubernetes.io/name": self._addon,
            "app.kubernetes.io/managed-by": "EKS",
            "eks.amazonaws.com/component": name,
        }
        head = {"name": name, "namespace": NAMESPACE, "labels": labels, **(metadata or {})}
        return {"apiVersion": api_version, "kind": kind, "metadata": head, **rest}


def _vpc_cni(parts: _Parts) -> Iterator[Object]:
    environment = [{"name": name, "value": str(value)} for name, value in parts.values.get("env", {}).items()]
    more: dict[str, Any] = {"env": environment} if environment else {}
    containers = [
        parts.container("aws-node", "amazon-k8s-cni", "25m", **more),
        parts.container("aws-eks-nodeagent", "amazon/aws-network-policy-agent", "25m"),
    ]
    pod = {"serviceAccountName": "aws-node", "hostNetwork": True, "containers": containers}
    yield parts.account("aws-node")
    yield parts.daemon_set("aws-node", {"k8s-app": "aws-node"}, pod, parts.values)


def _kube_proxy(parts: _Parts) -> Iterator[Object]:
    containers = [parts.container("kube-proxy", "eks/kube-proxy", "100m")]
    pod = {"serviceAccountName": "kube-proxy", "hostNetwork": True, "containers": containers}
    yield parts.account("kube-proxy")
    yield parts.daemon_set("kube-proxy", {"k8s-app": "kube-proxy"}, pod, parts.values)


def _coredns(parts: _Parts) -> Iterator[Object]:
    selector = {"eks.amazonaws.com/component": "coredns", "k8s-app": "kube-dns"}
    ports = [{"name": "dns", "containerPort": 53, "protocol": "UDP"}]
    container = parts.container("coredns", "eks/coredns", "100m", "70Mi", ports=ports)
    container["resources"]["limits"] = {"memory": "170Mi"}
    spread = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
    pod = {
        "serviceAccountName": "coredns",
        "containers": [container],
        "topologySpreadConstraints": [{**spread, "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
    }
    yield parts.account("coredns")
    yield parts.deployment("coredns", selector, pod, parts.values, parts.values.get("replicaCount", 2))
    yield parts.budget("coredns", selector)
    address = str(ipaddress.IPv4Network(parts.service_cidr)[10])
    dns = [{"name": f"dns{suffix}", "port": 53, "protocol": kind} for suffix, kind in (("", "UDP"), ("-tcp", "TCP"))]
    yield parts.service("kube-dns", {"k8s-app": "kube-dns"}, dns, clusterIP=address)


def _ebs_csi(parts: _Parts) -> Iterator[Object]:
    controller, node = parts.values.get("controller", {}), parts.values.get("node", {})
    selector = {"app": "ebs-csi-controller", "app.kubernetes.io/name": "aws-ebs-csi-driver"}
    plugin = parts.container("ebs-plugin", "eks/aws-ebs-csi-driver", "10m", "40Mi")
    pod = {"serviceAccountName": "ebs-csi-controller-sa", "containers": [plugin]}
    yield parts.account("ebs-csi-controller-sa")
    yield parts.deployment("ebs-csi-controller", selector, pod, controller, controller.get("replicaCount", 2))
    yield parts.budget("ebs-csi-controller", selector)
    selector = {"app": "ebs-csi-node", "app.kubernetes.io/name": "aws-ebs-csi-driver"}
    yield parts.account("ebs-csi-node-sa")
    pod = {"serviceAccountName": "ebs-csi-node-sa", "containers": [plugin]}
    yield parts.daemon_set("ebs-csi-node", selector, pod, node)


def _pod_identity(parts: _Parts) -> Iterator[Object]:
    containers = [parts.container("eks-pod-identity-agent", "eks/eks-pod-identity-agent", "10m")]
    selector = {"app.kubernetes.io/name": "eks-pod-identity-agent"}
    pod = {"hostNetwork": True, "containers": containers}
    yield parts.daemon_set("eks-pod-identity-agent", selector, pod, parts.values)


def _metrics_server(parts: _Parts) -> Iterator[Object]:
    selector = {"app.kubernetes.io/name": "metrics-server"}
    ports = [{"name": "https", "containerPort": 10251, "protocol": "TCP"}]
    container = parts.container("metrics-server", "eks/metrics-server", "100m", "200Mi", ports=ports)
    pod = {"serviceAccountName": "metrics-server", "containers": [container]}
    yield parts.account("metrics-server")
    yield parts.deployment("metrics-server", selector, pod, parts.values, parts.values.get("replicas", 2))
    yield parts.budget("metrics-server", selector)
    yield parts.service("metrics-server", selector, [{"name": "https", "port": 443, "targetPort": "https"}])


BUILDERS = {
    "vpc-cni": _vpc_cni,
    "coredns": _coredns,
    "kube-proxy": _kube_proxy,
    "aws-ebs-csi-driver": _ebs_csi,
    "eks-pod-identity-agent": _pod_identity,
    "metrics-server": _metrics_server,
}
