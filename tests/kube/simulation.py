"""What tests of controllers share: a whole cluster without HTTP, whose time stands still unless it is let go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kube.api import Api
from sandbox.kube.controllers import Timing, manage
from sandbox.kube.resources import Registry
from sandbox.kube.settings import Settings
from sandbox.kube.store import Store

Object = dict[str, Any]
ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
DIGEST = "sha256:" + "1" * 64
BAD_DIGEST = "sha256:" + "1" * 56 + "deadbeef"
IMAGE = f"example.com/app@{DIGEST}"


class Simulation:
    def __init__(self, nodes: int = 6, cpu: str = "7910m", store: Store | None = None) -> None:
        self.time = 1_800_000_000.0
        self.store = store or Store()
        self.api = Api(self.store, Registry(), lambda: self.time, Settings(extra={"ca": "CA"}))
        self.manager = manage(self.api, Timing())
        self.world = self.manager.world
        self.nodes(*({"zone": ZONES[index % 3], "cpu": cpu} for index in range(nodes)))
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
        self.run(0)

    def nodes(self, *wanted: Object) -> None:
        """Have nodes of {zone, cpu, taints}, named by their number; those that are there already stay as they are."""
        for index, each in enumerate(wanted):
            if not self.store.get("nodes", None, f"node-{index}"):
                made = node(f"node-{index}", **each)
                self.world.set_status("nodes", self.create(made), made["status"])
        for each in self.store.list("nodes")[len(wanted) :]:
            self.delete("nodes", each["metadata"]["name"], None)

    def run(self, seconds: float = 5.0, each: Callable[[], None] | None = None) -> None:
        """Let time go by, from one thing that is due to the next; `each` looks at every state in between."""
        end = self.time + seconds
        while True:
            while self.manager.step():
                if each:
                    each()
            wait = self.manager.wait()
            if wait is None or self.time + wait > end:
                break
            self.time += wait
        self.time = end

    def create(self, obj: Object, space: str = "team") -> Object:
        resource = self.api.registry.of_kind(obj["apiVersion"], obj["kind"])
        assert resource, obj["kind"]
        return self.api.create(resource, space if resource.namespaced else None, obj)

    def get(self, resource: str, name: str, space: str | None = "team") -> Object:
        return self.api.get(resource, space, name)

    def patch(self, resource: str, name: str, patch: Object, space: str | None = "team") -> Object:
        return self.api.patch(resource, space, name, patch)

    def delete(self, resource: str, name: str, space: str | None = "team", propagation: str | None = None) -> None:
        self.api.delete(resource, space, name, propagation=propagation)

    def pods(self, space: str = "team", **labels: str) -> list[Object]:
        return [
            pod
            for pod in self.store.list("pods", space)
            if labels.items() <= (pod["metadata"].get("labels") or {}).items()
        ]

    def zones(self, **labels: str) -> dict[str, int]:
        """How many placed pods are in each zone."""
        zone = {
            node["metadata"]["name"]: node["metadata"]["labels"]["topology.kubernetes.io/zone"]
            for node in self.store.list("nodes")
        }
        found = dict.fromkeys(zone.values(), 0)
        for pod in self.pods(**labels):
            if "nodeName" in pod["spec"]:
                found[zone[pod["spec"]["nodeName"]]] += 1
        return found


def node(name: str, zone: str, cpu: str = "7910m", taints: list[Object] | None = None) -> Object:
    """As an m7g.2xlarge, unless it is told how much CPU it has."""
    number = int(name.partition("-")[2])
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name}},
        "spec": {"taints": taints} if taints else {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": f"10.0.0.{number + 1}"}],
            "allocatable": {"cpu": cpu, "memory": "31482Mi", "pods": "58"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}],
        },
    }


def template(
    name: str = "app", image: str = IMAGE, annotations: Object | None = None, cpu: str = "100m", **spec: Any
) -> Object:
    container = {
        "name": "app",
        "image": image,
        "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}},
        **spec.pop("container", {}),
    }
    metadata: Object = {"labels": {"app": name}}
    if annotations:
        metadata["annotations"] = annotations
    return {"metadata": metadata, "spec": {"containers": [container], **spec}}


def deployment(name: str = "app", replicas: int = 3, made: Object | None = None, **spec: Any) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": made or template(name),
            **spec,
        },
    }


def condition(obj: Object, kind: str) -> Object:
    found: Object = next((each for each in obj["status"].get("conditions", ()) if each["type"] == kind), {})
    return found


def ready(pod: Object) -> bool:
    return bool(condition(pod, "Ready").get("status") == "True") if "status" in pod else False
