"""Gives pods their nodes, those of the highest priority first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import (
    Object,
    finished,
    labels,
    leaving,
    name,
    namespace,
    with_condition,
)
from sandbox.kube.controllers.occupancy import Cluster, Node
from sandbox.kube.controllers.placement import place
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.quantity import parse
from sandbox.kube.selectors import matches

ROUND = Key("pods", "", "")
"""The one key: the queue of pods that have no node."""

BATCH = 20
"""Pods that are placed before others get their turn on the event loop."""


class Scheduler(Controller):
    """Keeps the cluster's state from the changes it sees, so that a round costs what waits only."""

    resource = "pods"
    watches = ("nodes",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.cluster = Cluster(self._namespaces)
        self._waiting: dict[str, Key] = {}
        self._tried: dict[str, int] = {}
        self._round = 0
        """Counts what may let a pod fit that didn't."""

    def everything(self) -> Iterable[Key]:
        return (ROUND,)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == "nodes":
            self._notice_node(kind, obj)
            return (ROUND,)
        uid, node = obj["metadata"]["uid"], obj["spec"].get("nodeName")
        self._waiting.pop(uid, None)
        if kind == "DELETED" or finished(obj):
            self._tried.pop(uid, None)
            self._round += self.cluster.remove(obj)
        elif node in self.cluster.nodes:
            self.cluster.add(obj, self.cluster.nodes[node])
        elif not node and not leaving(obj) and not obj["spec"].get("schedulingGates"):
            self._waiting[uid] = Key(resource, namespace(obj), name(obj))
        return (ROUND,) if self._waiting else ()

    def reconcile(self, key: Key) -> float | None:
        untried = [each for uid, each in self._waiting.items() if self._tried.get(uid) != self._round]
        found = [pod for pod in (self.world.get(*each) for each in untried) if pod]
        found.sort(key=lambda pod: (-pod["spec"].get("priority", 0), pod["metadata"]["creationTimestamp"]))
        for pod in found[:BATCH]:
            self._schedule(pod)
        return 0 if len(found) > BATCH else None

    def _schedule(self, pod: Object) -> None:
        node, why = place(pod, self.cluster)
        status = {"phase": "Pending", **(pod.get("status") or {})}
        conditions = status.get("conditions")
        if node is None:
            self._tried[pod["metadata"]["uid"]] = self._round
            conditions = with_condition(conditions, self.world.now, "PodScheduled", False, "Unschedulable", why)
            self.world.set_status("pods", pod, {**status, "conditions": conditions})
            return
        self._round += 1
        refused = [each for each in conditions or () if each["type"] != "PodScheduled"]
        status["conditions"] = with_condition(refused, self.world.now, "PodScheduled", True)
        self.world.replace("pods", pod, {"spec": {**pod["spec"], "nodeName": node}, "status": status})

    def _notice_node(self, kind: str, obj: Object) -> None:
        self._round += 1
        if kind == "DELETED":
            self.cluster.nodes.pop(name(obj), None)
            return
        seen: dict[str, Any] = {
            "labels": labels(obj),
            "taints": obj["spec"].get("taints") or [],
            "unschedulable": bool(obj["spec"].get("unschedulable")),
            "allocatable": {
                key: parse(str(value)) for key, value in (obj.get("status") or {}).get("allocatable", {}).items()
            },
        }
        known = self.cluster.nodes.get(name(obj))
        if known:
            vars(known).update(seen)
            return
        node = self.cluster.nodes[name(obj)] = Node(name(obj), **seen)
        for pod in self.world.all("pods"):
            if pod["spec"].get("nodeName") == node.name and not finished(pod):
                self.cluster.add(pod, node)

    def _namespaces(self, selector: dict[str, Any]) -> set[str]:
        return {name(each) for each in self.world.all("namespaces") if matches(selector, labels(each))}
