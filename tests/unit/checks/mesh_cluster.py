"""A cluster with the mesh as it is declared, and one pod of every service in it."""

from __future__ import annotations

import copy
from typing import Any

from tests.unit.checks.kube_facts import Cluster, ClusterWorld, made
from tests.unit.kube import mesh_declared as mesh

NETWORKING, SECURITY = "networking.istio.io/v1", "security.istio.io/v1"
PLURALS = {
    "VirtualService": (NETWORKING, "virtualservices"),
    "DestinationRule": (NETWORKING, "destinationrules"),
    "AuthorizationPolicy": (SECURITY, "authorizationpolicies"),
    "RequestAuthentication": (SECURITY, "requestauthentications"),
    "PeerAuthentication": (SECURITY, "peerauthentications"),
}
RELEASES = {"base": "istio-base", "istiod": "istiod", "cni": "istio-cni", "gateway": "istio-ingressgateway"}


def pod(service: dict[str, Any]) -> dict[str, Any]:
    name = service["name"]
    labels = {"app.kubernetes.io/name": name, "platform.iworkz.jp/track": "stable", "pod-template-hash": "x"}
    return made(
        f"{name}-x",
        service["team"],
        labels,
        spec={
            "serviceAccountName": name,
            "initContainers": [{"name": "istio-proxy", "restartPolicy": "Always"}],
            "containers": [{"name": name, "ports": [{"containerPort": service["port"]}]}],
        },
        status={
            "phase": "Running",
            "containerStatuses": [{"name": name, "ready": True}],
            "initContainerStatuses": [{"name": "istio-proxy", "ready": True}],
        },
    )


def release(chart: str, name: str) -> dict[str, Any]:
    return made(
        name,
        "flux-system",
        {"platform.iworkz.jp/component": "istio"},
        spec={"chart": {"spec": {"chart": chart, "version": "1.30.5"}}},
        status={"conditions": [{"type": "Ready", "status": "True"}]},
    )


def gateway_pod() -> dict[str, Any]:
    return made(
        "istio-ingressgateway-x",
        "istio-ingress",
        {"istio": "ingressgateway"},
        spec={"serviceAccountName": "istio-ingressgateway", "containers": [{"name": "istio-proxy"}]},
        status={"phase": "Running"},
    )


def cluster() -> Cluster:
    services = mesh.services()
    objects: Cluster = {where: [] for where in PLURALS.values()}
    for one in mesh.objects():
        if one["kind"] in PLURALS:
            objects[PLURALS[one["kind"]]].append(copy.deepcopy(one))
    objects["v1", "pods"] = [*map(pod, services), gateway_pod()]
    objects["v1", "namespaces"] = [
        made(team, labels={"istio-injection": "enabled"}) for team in sorted({one["team"] for one in services})
    ]
    objects["helm.toolkit.fluxcd.io/v2", "helmreleases"] = [release(*one) for one in RELEASES.items()]
    objects["apps/v1", "deployments"] = [
        made("istiod", "istio-system", status={"availableReplicas": 2}),
        made("istio-ingressgateway", "istio-ingress", status={"availableReplicas": 3}),
    ]
    objects["apps/v1", "daemonsets"] = [
        made("istio-cni-node", "kube-system", status={"numberReady": 6, "desiredNumberScheduled": 6})
    ]
    return objects


def world(objects: Cluster) -> ClusterWorld:
    declared = {
        "services": mesh.services(),
        "mesh": {"issuer": mesh.ISSUER, "anonymous_paths": mesh.OPTIONS["anonymous_paths"]},
        "gateway": {"port": 8443},
    }
    return ClusterWorld(objects, declared)


def find(objects: Cluster, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
    where = PLURALS.get(kind) or ("v1", f"{kind.lower()}s")
    (one,) = [
        one
        for one in objects[where]
        if one["metadata"]["name"] == name and (not namespace or one["metadata"]["namespace"] == namespace)
    ]
    return one
