"""What the traffic model is told of a cluster (sandbox/traffic/cluster.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kube.quantity import parse
from sandbox.planes.engines.observation import state
from sandbox.planes.engines.observation.snapshot import Object, Snapshot, containers, is_ready, labels, name, space

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"


def portrait(snapshot: Snapshot) -> dict[str, Any]:
    deployed = list(snapshot.all("Deployment"))
    found = {name(each): each for each in deployed if labels(each).get(COMPONENT) == "service"}
    public = {target for each in snapshot.all("VirtualService") for target in _published(each)}
    services = [
        {**_service(snapshot, each), "calls": sorted(_calls(snapshot, each) & found.keys()), "public": called in public}
        for called, each in sorted(found.items())
    ]
    gateway = next((_service(snapshot, each) for each in deployed if _is_gateway(each)), None)
    running = [each for each in snapshot.all("Pod") if (each.get("status") or {}).get("phase") == "Running"]
    return {
        "services": services,
        "gateway": gateway,
        "nodes": {
            name(node): [
                one for pod in running if pod["spec"].get("nodeName") == name(node) for one in _containers(pod)
            ]
            for node in snapshot.all("Node")
        },
        "claims": {
            name(node): [
                one for pod in running if pod["spec"].get("nodeName") == name(node) for one in _claims(snapshot, pod)
            ]
            for node in snapshot.all("Node")
        },
        "proxies": sum(any(each["name"] == "istio-proxy" for each in containers(pod)) for pod in running),
        "state": state.page(snapshot),
    }


def _service(snapshot: Snapshot, deployment: Object) -> dict[str, Any]:
    chosen = deployment["spec"]["selector"]["matchLabels"]
    key, value = next(((key, chosen[key]) for key in (NAME, "istio") if key in chosen), ("", ""))
    pods = sorted(
        name(pod)
        for pod in snapshot.all("Pod", space(deployment))
        if labels(pod).get(key) == value and is_ready(pod) and "deletionTimestamp" not in pod["metadata"]
    )
    return {"name": name(deployment), "namespace": space(deployment), "pods": pods, "calls": []}


def _is_gateway(deployment: Object) -> bool:
    template = deployment["spec"]["template"]["metadata"]
    return (template.get("annotations") or {}).get("inject.istio.io/templates") == "gateway"


def _calls(snapshot: Snapshot, deployment: Object) -> set[str]:
    """Whom its network policy lets it call."""
    policy = snapshot.get("NetworkPolicy", space(deployment), name(deployment))
    rules = (policy["spec"].get("egress") or ()) if policy else ()
    chosen = [
        (peer.get("podSelector") or {}).get("matchLabels") or {} for rule in rules for peer in rule.get("to") or ()
    ]
    return {each[NAME] for each in chosen if NAME in each}


def _published(route: Object) -> Iterator[str]:
    """The services that the gateway leads to."""
    if not set(route["spec"].get("gateways") or ()) - {"mesh"}:
        return
    for http in route["spec"].get("http") or ():
        for target in http.get("route") or ():
            yield target["destination"]["host"].split(".")[0]


def _containers(pod: Object) -> Iterator[dict[str, Any]]:
    for each in containers(pod):
        resources = each.get("resources") or {}
        requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
        yield {
            "namespace": space(pod),
            "pod": name(pod),
            "name": each["name"],
            "image": each["image"],
            "cpu": float(parse(str(requests.get("cpu", "0")))),
            "memory": float(parse(str(requests.get("memory", "0")))),
            "limit": float(parse(str(limits.get("memory", "0")))),
        }


def _claims(snapshot: Snapshot, pod: Object) -> Iterator[dict[str, Any]]:
    for volume in pod["spec"].get("volumes") or ():
        called = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        claim = snapshot.get("PersistentVolumeClaim", space(pod), called) if called else None
        if claim:
            size = claim["spec"]["resources"]["requests"]["storage"]
            yield {"namespace": space(pod), "persistentvolumeclaim": called, "bytes": float(parse(str(size)))}
