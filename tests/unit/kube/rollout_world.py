"""A cluster in memory: Deployments whose controller moves one step whenever somebody looks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube import rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError

GOOD = "sha256:" + "a" * 64
BAD = "sha256:" + "b" * 64
MANAGER = "iworkz.platform"
FIELDS = {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {"f:minReadySeconds": {}, "f:selector": {}, "f:template": {"f:spec": {"f:containers": {}}}},
}

Object = dict[str, Any]


def template(digest: str, label: str = "") -> Object:
    labels = {"app": "billing", **({rollout.POD_HASH: label} if label else {})}
    return {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "billing", "image": f"r/billing@{digest}"}]},
    }


def deployment(name: str = "billing", digest: str = GOOD, revision: int = 1, **status: Any) -> Object:
    """A Deployment of two pods whose rollout is complete, unless ``status`` says otherwise."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "namespace": "business",
            "name": name,
            "uid": name,
            "generation": revision,
            "resourceVersion": str(revision),
            "labels": {"app": "billing", "other": "manager"},
            "annotations": {rollout.REVISION: str(revision), "note": "kubectl"},
            "managedFields": [{"manager": MANAGER, "operation": "Apply", "fieldsV1": FIELDS}],
        },
        "spec": {"replicas": 2, "minReadySeconds": 5, "selector": {"matchLabels": {}}, "template": template(digest)},
        "status": {
            "observedGeneration": revision,
            "replicas": 2,
            "updatedReplicas": 2,
            "availableReplicas": 2,
            "conditions": [{"type": "Progressing", "status": "True", "reason": rollout.COMPLETED}],
            **status,
        },
    }


def rolling(name: str = "billing", digest: str = BAD, revision: int = 2, **status: Any) -> Object:
    """The second release of a Deployment: one new pod, not available, the old ones still there."""
    going = [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}]
    given = {"replicas": 3, "updatedReplicas": 1, "conditions": going, **status}
    return deployment(name, digest, revision, **given)


def replica_set(of: str = "billing", digest: str = GOOD, revision: int = 1, available: int = 2) -> Object:
    return {
        "metadata": {
            "namespace": "business",
            "name": f"{of}-{revision}",
            "uid": f"{of}-{revision}",
            "annotations": {rollout.REVISION: str(revision)},
            "ownerReferences": [{"uid": of, "controller": True}],
        },
        "spec": {"template": template(digest, f"hash{revision}")},
        "status": {"availableReplicas": available},
    }


def pod(of: str = "billing-2", reason: str = "", message: str = "", ready: bool = False, name: str = "") -> Object:
    """A pod of a ReplicaSet; ``reason`` is why its container waits."""
    state = {"waiting": {"reason": reason, "message": message}} if reason else {"running": {}}
    return {
        "metadata": {
            "namespace": "business",
            "name": name or f"{of}-x",
            "uid": name or f"{of}-x",
            "ownerReferences": [{"uid": of, "controller": True}],
        },
        "status": {
            "containerStatuses": [{"name": "billing", "state": state}],
            "conditions": [{"type": "Ready", "status": str(ready)}],
        },
    }


class Cluster:
    """What ``rollout_api.Api`` offers, over lists of objects.

    ``events`` are what the watch says, one batch per watch: events, or an error to raise. When they are used up, the
    watch is refused, so that lists are read; ``after_apply`` is then what a Deployment becomes.
    """

    def __init__(
        self, *deployments: Object, sets: list[Object] | None = None, pods: list[Object] | None = None
    ) -> None:
        self.deployments = {one["metadata"]["name"]: one for one in deployments}
        self.sets = sets or []
        self.pods = pods or []
        self.events: list[list[Object] | Exception] = []
        self.after_apply: Object = {}
        self.applied: list[tuple[str, Object, str]] = []
        self.asked: list[str] = []

    def list(self, path: str) -> tuple[list[Object], str]:
        self.asked.append(path)
        kind = path.rsplit("/", 1)[-1]
        found = {"deployments": list(self.deployments.values()), "replicasets": self.sets, "pods": self.pods}[kind]
        return copy.deepcopy(found), "1"

    def watch(self, path: str, version: str) -> Iterator[Object]:
        if not self.events:
            raise KubernetesError("not allowed", 403)
        batch = self.events.pop(0)
        if isinstance(batch, Exception):
            raise batch
        yield from batch

    def apply(self, path: str, body: Object, manager: str) -> Object:
        self.applied.append((path, body, manager))
        name = body["metadata"]["name"]
        now = copy.deepcopy(self.deployments[name])
        now["spec"]["template"] = body["spec"]["template"]
        now["metadata"]["generation"] += 1
        later = copy.deepcopy(now)
        number = now["metadata"]["generation"]
        later["metadata"]["annotations"][rollout.REVISION] = str(number)
        later["status"] = {**deployment(revision=number)["status"], **self.after_apply}
        self.deployments[name] = later
        return now
