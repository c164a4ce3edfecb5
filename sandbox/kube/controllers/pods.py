"""What controllers of pods share: making them, counting them, choosing which go first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sandbox.kube.controllers.objects import (
    Object,
    condition,
    finished,
    leaving,
    namespace,
    notes,
    ready,
    reference,
    seconds,
)
from sandbox.kube.controllers.world import World

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"


def make(owner: Object, template: Object, called: str = "", **marks: str) -> Object:
    """A pod of a template; `called` its name, or one generated after the owner's; `marks` are further labels."""
    metadata = template.get("metadata") or {}
    named = {"name": called} if called else {"generateName": f"{owner['metadata']['name']}-"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            **named,
            "namespace": namespace(owner),
            "labels": {**(metadata.get("labels") or {}), **marks},
            **({"annotations": metadata["annotations"]} if metadata.get("annotations") else {}),
            "ownerReferences": [reference(owner)],
        },
        "spec": template["spec"],
    }


def active(pods: Iterable[Object]) -> list[Object]:
    return [pod for pod in pods if not finished(pod) and not leaving(pod)]


def available_in(pod: Object, seconds_ready: float, now: float) -> float | None:
    """Seconds until a pod has been ready for so long (0 or less: it has), None when it isn't ready."""
    if not ready(pod):
        return None
    if not seconds_ready:
        return 0
    return seconds(condition(pod, "Ready")["lastTransitionTime"]) + seconds_ready - now


class Tally(NamedTuple):
    ready: int
    available: int
    again: float | None
    """Seconds until one more is available."""


def tally(world: World, pods: Iterable[Object], min_ready: int) -> Tally:
    """`min_ready`: minReadySeconds, as declared."""
    found = [available_in(pod, min_ready * world.timing.scale, world.now) for pod in pods]
    waits = [wait for wait in found if wait is not None]
    return Tally(len(waits), sum(wait <= 0 for wait in waits), min((wait for wait in waits if wait > 0), default=None))


def dispensable(pods: Iterable[Object]) -> list[Object]:
    """Pods in the order in which a ReplicaSet lets them go."""
    listed = list(pods)
    crowd = Counter(pod["spec"].get("nodeName") for pod in listed)

    def rank(pod: Object) -> tuple[bool, bool, bool, int, int, str]:
        node = pod["spec"].get("nodeName")
        return (
            bool(node),
            (pod.get("status") or {}).get("phase") == "Running",
            ready(pod),
            int(notes(pod).get(DELETION_COST, 0)),
            -crowd[node],
            _latest(pod),
        )

    return sorted(listed, key=rank)


def _latest(pod: Object) -> str:
    """Sorts the newest first."""
    created = pod["metadata"]["creationTimestamp"] + pod["metadata"]["name"]
    return "".join(chr(0x10FFFF - ord(letter)) for letter in created)
