"""The nodes, as the scheduler knows them, and who is on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sandbox.kube.controllers.objects import Object, namespace
from sandbox.kube.controllers.requests import Amounts, of_pod


@dataclass
class Node:
    """Changed in place: pods placed on it hold on to it."""

    name: str
    labels: Mapping[str, str]
    taints: list[Object]
    unschedulable: bool
    allocatable: Amounts
    used: Amounts = field(default_factory=dict)


class Placed(NamedTuple):
    pod: Object
    node: Node


class Cluster:
    """The nodes, and the pods on them that aren't finished."""

    def __init__(self, namespaces: Callable[[dict[str, Any]], set[str]]) -> None:
        """`namespaces` finds the names of those whose labels match a selector."""
        self.nodes: dict[str, Node] = {}
        self.namespaces = namespaces
        self._pods: dict[str, dict[str, Placed]] = {}
        self._guarded: dict[str, Placed] = {}

    def pods(self, space: str) -> Iterator[Placed]:
        return iter(self._pods.get(space, {}).values())

    def guarded(self) -> Iterator[Placed]:
        """Those that keep others away."""
        return iter(self._guarded.values())

    def add(self, pod: Object, node: Node) -> None:
        uid = pod["metadata"]["uid"]
        known = self._pods.setdefault(namespace(pod), {})
        if uid not in known:
            _charge(node, pod, 1)
        known[uid] = Placed(pod, node)
        if required(pod, "podAntiAffinity"):
            self._guarded[uid] = known[uid]

    def remove(self, pod: Object) -> bool:
        """Whether the pod held a place."""
        uid = pod["metadata"]["uid"]
        placed = self._pods.get(namespace(pod), {}).pop(uid, None)
        self._guarded.pop(uid, None)
        if placed:
            _charge(placed.node, placed.pod, -1)
        return placed is not None


def _charge(node: Node, pod: Object, sign: int) -> None:
    for resource, value in {**of_pod(pod["spec"]), "pods": Decimal(1)}.items():
        node.used[resource] = node.used.get(resource, Decimal(0)) + sign * value


def required(pod: Object, kind: str) -> list[Object]:
    found = ((pod["spec"].get("affinity") or {}).get(kind) or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    return found or []


def preferred(pod: Object, kind: str) -> list[Object]:
    found = ((pod["spec"].get("affinity") or {}).get(kind) or {}).get("preferredDuringSchedulingIgnoredDuringExecution")
    return found or []
