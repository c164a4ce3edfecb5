"""What objects of each kind lack until they are ready, and the pauses of waiting for it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.readiness import await_ready, lack

Object = dict[str, Any]
UNSEEN = "the controller has not seen the change yet"


def workload(kind: str, spec: Object, status: Object) -> Object:
    metadata = {"name": "w", "namespace": "team", "generation": 2}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec, "status": status}


def stateful(updated: int, available: int, seen: int = 2, **strategy: Any) -> Object:
    status = {"observedGeneration": seen, "updatedReplicas": updated, "availableReplicas": available}
    return workload("StatefulSet", {"replicas": 3, "updateStrategy": strategy}, status)


def daemon(updated: int, available: int, seen: int = 2, **strategy: Any) -> Object:
    counts = {"desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available}
    return workload("DaemonSet", {"updateStrategy": strategy}, {"observedGeneration": seen, **counts})


def deployment(status: Object) -> Object:
    return workload("Deployment", {"replicas": 2}, status)


def definition(conditions: list[Object] | None) -> Object:
    kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return {**kind, "metadata": {"name": "things.example.com"}, "status": {"conditions": conditions}}


NOW = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2}
OVERDUE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}


@pytest.mark.parametrize(
    ("thing", "lacks"),
    [
        (deployment({}), UNSEEN),
        (deployment({**NOW, "availableReplicas": 1}), "1 of 2 pods are available"),
        (deployment({**NOW, "availableReplicas": 2}), ""),
        (deployment({**NOW, "conditions": [OVERDUE]}), "ProgressDeadlineExceeded"),
        (stateful(3, 3, seen=1), UNSEEN),
        (stateful(2, 3), "2 of 3 pods are new"),
        (stateful(3, 2), "2 of 3 pods are available"),
        (stateful(1, 3, rollingUpdate={"partition": 2}), ""),
        (stateful(0, 3, type="OnDelete"), ""),
        (stateful(3, 3), ""),
        (daemon(3, 3, seen=1), UNSEEN),
        (daemon(0, 3), "0 of 3 pods are new"),
        (daemon(3, 1), "1 of 3 pods are available"),
        (daemon(0, 3, type="OnDelete"), ""),
        (daemon(3, 3), ""),
        (definition(None), "not established"),
        (definition([{"type": "Established", "status": "False", "message": "names clash"}]),
         "not established: names clash"),
        (definition([{"type": "Established", "status": "True"}]), ""),
        ({**deployment({}), "apiVersion": "example.com/v1"}, ""),
        (None, "it is not there any more"),
    ],
)  # fmt: skip
def test_what_an_object_lacks(thing: Object | None, lacks: str) -> None:
    assert lack(thing) == lacks


class Passing:
    """Time that passes by sleeping only, and objects that are never ready, or gone."""

    def __init__(self, *gone: str) -> None:
        self.now, self.pauses, self.reads, self.gone = 0.0, list[float](), list[str](), gone

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(round(seconds, 3))

    def get(self, path: str) -> Object | None:
        self.reads.append(path)
        return None if path in self.gone else deployment({})


def test_pauses_grow_until_the_last_read_at_the_end() -> None:
    world = Passing("/gone")
    answers = {"/there": deployment({}), "/gone": definition(None), "/ready": daemon(3, 3)}
    lacking = await_ready(world, answers, 15, lambda: world.now, world.sleep)
    gone = "CustomResourceDefinition things.example.com"
    assert lacking == {"Deployment team/w": UNSEEN, gone: "it is not there any more"}
    assert world.pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 3.8]
    assert world.reads == ["/there", "/gone"] * 7
