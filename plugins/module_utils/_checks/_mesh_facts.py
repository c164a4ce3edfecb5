# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mesh as the cluster's API has it: its policies, routes, control plane, and the services' pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard, Policies
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Workload, principal
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import Party

Facts = dict[str, Any]
Service = Mapping[str, Any]

INGRESS_NAMESPACE = "istio-ingress"
GATEWAY = "istio-ingressgateway"
NAME = "app.kubernetes.io/name"
PROXY = "istio-proxy"
SECURITY = "security.istio.io/v1"
NETWORKING = "networking.istio.io/v1"
# Labels that differ between pods which policies can't tell apart.
INCIDENTAL = ("pod-template-hash", "controller-revision-hash")


def services(world: World) -> list[Service]:
    """The declared services."""
    return list(world.platform.declared["services"])


def policies(world: World) -> Policies:
    kube = world.kubernetes
    return Policies(
        kube.list(SECURITY, "authorizationpolicies"),
        kube.list(SECURITY, "requestauthentications"),
        kube.list(SECURITY, "peerauthentications"),
    )


def pods(world: World) -> dict[str, list[Facts]]:
    """The pods of each service that are neither finished nor on their way out."""
    found = [pod for pod in world.kubernetes.list("v1", "pods") if _lives(pod)]
    return {service["name"]: [pod for pod in found if _is_of(pod, service)] for service in services(world)}


def guards(world: World) -> dict[str, list[Guard]]:
    """The proxies in front of each service, one for each set of labels that its pods have."""
    known = world.once(policies)
    return {
        name: [Guard(known, workload) for workload in _workloads(found)] for name, found in world.once(pods).items()
    }


def parties(world: World) -> list[Party]:
    """Each service as it calls and is called; one without pods is left out."""
    found, proxies = world.once(pods), world.once(guards)
    return [
        Party(
            service["name"],
            tuple(sorted({_identity(pod) for pod in found[service["name"]]})),
            service["port"],
            tuple(proxies[service["name"]]),
        )
        for service in services(world)
        if found[service["name"]]
    ]


def gateway_guards(world: World) -> list[Guard]:
    """The proxies of the gateway."""
    found = [
        pod
        for pod in world.kubernetes.list("v1", "pods")
        if _lives(pod)
        and pod["metadata"]["namespace"] == INGRESS_NAMESPACE
        and pod["spec"].get("serviceAccountName") == GATEWAY
    ]
    return [Guard(world.once(policies), workload) for workload in _workloads(found)]


def releases(world: World) -> list[Facts]:
    """The Helm releases of the role istio."""
    found = world.kubernetes.list("helm.toolkit.fluxcd.io/v2", "helmreleases")
    return [one for one in found if one["metadata"].get("labels", {}).get("platform.iworkz.jp/component") == "istio"]


def available(world: World, namespace: str, name: str) -> int:
    """Replicas of a Deployment that are available; none where there is no such Deployment."""
    for deployment in world.kubernetes.list("apps/v1", "deployments"):
        if (deployment["metadata"]["namespace"], deployment["metadata"]["name"]) == (namespace, name):
            return int(deployment.get("status", {}).get("availableReplicas", 0))
    return 0


def plugin_pods(world: World) -> dict[str, int]:
    """Pods of the CNI plugin that are ready, and how many there should be: one on every node."""
    statuses = [
        each.get("status", {})
        for each in world.kubernetes.list("apps/v1", "daemonsets")
        if each["metadata"]["name"] == "istio-cni-node"
    ]
    return {
        "ready": sum(status.get("numberReady", 0) for status in statuses),
        "wanted": sum(status.get("desiredNumberScheduled", 0) for status in statuses),
    }


def injected(world: World) -> dict[str, bool]:
    """Whether pods of each service's namespace get a proxy."""
    found = world.kubernetes.list("v1", "namespaces")
    labels = {each["metadata"]["name"]: each["metadata"].get("labels", {}) for each in found}
    return {team: _injects(labels.get(team, {})) for team in sorted({service["team"] for service in services(world)})}


def proxy_status(pod: Facts) -> str:
    """``ready``, ``unready``, or ``none`` where the pod has no proxy; as a native sidecar it is an init container."""
    spec, status = pod["spec"], pod.get("status", {})
    native = [each for each in spec.get("initContainers", ()) if each.get("restartPolicy") == "Always"]
    if PROXY not in {each["name"] for each in [*spec["containers"], *native]}:
        return "none"
    statuses = [*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ())]
    return "ready" if any(each["name"] == PROXY and each["ready"] for each in statuses) else "unready"


def ports(service: Service, found: list[Facts]) -> list[int]:
    """The ports on which a service's pods listen, those of the proxy left out."""
    opened = {
        port["containerPort"]
        for pod in found
        for container in pod["spec"]["containers"]
        if container["name"] != PROXY
        for port in container.get("ports", ())
    }
    return sorted({*opened, service["port"]})


def _lives(pod: Facts) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and pod.get("status", {}).get("phase") in ("Pending", "Running")


def _is_of(pod: Facts, service: Service) -> bool:
    metadata = pod["metadata"]
    return metadata["namespace"] == service["team"] and metadata.get("labels", {}).get(NAME) == service["name"]


def _workloads(found: list[Facts]) -> list[Workload]:
    """One for each set of labels that policies can tell apart."""
    sets = {
        (pod["metadata"]["namespace"], frozenset(_lasting(pod["metadata"].get("labels", {})).items())) for pod in found
    }
    return [
        Workload(dict(labels).get(NAME, ""), namespace, dict(labels)) for namespace, labels in sorted(sets, key=str)
    ]


def _lasting(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in INCIDENTAL}


def _identity(pod: Facts) -> str:
    return principal(pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName", "default"))


def _injects(labels: Mapping[str, str]) -> bool:
    return labels.get("istio-injection") == "enabled" or ("istio.io/rev" in labels and "istio-injection" not in labels)
