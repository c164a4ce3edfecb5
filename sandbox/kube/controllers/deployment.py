"""Deployments: their ReplicaSets, revisions, rolling updates, and what `kubectl rollout` reads of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kube.controllers import deployment_status as status
from sandbox.kube.controllers import rollout
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import (
    HASH,
    REVISION,
    Object,
    controller,
    digest,
    finished,
    leaving,
    name,
    namespace,
    notes,
    reference,
)
from sandbox.kube.controllers.world import Key

DESIRED, MOST = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"
HISTORY = "deployment.kubernetes.io/revision-history"
NOT_COPIED = {REVISION, DESIRED, MOST, HISTORY, "kubectl.kubernetes.io/last-applied-configuration"}
REPLICASETS = "replicasets.apps"


class Deployments(Controller):
    resource = "deployments.apps"
    watches = (REPLICASETS, "pods")

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource != "pods":
            return super().keys(resource, kind, obj)
        # Recreate waits for the last old pod to be gone, of which ReplicaSets tell nothing.
        owner = controller(obj) if kind == "DELETED" else None
        key = self.world.located(owner["uid"]) if owner else None
        found = self.world.get(*key) if key and key.resource == REPLICASETS else None
        return super().keys(REPLICASETS, kind, found) if found else ()

    def reconcile(self, key: Key) -> float | None:
        deployment = self.world.get(*key)
        if deployment is None or leaving(deployment):
            return None
        self.adopt(deployment, REPLICASETS)
        spec = deployment["spec"]
        sets = sorted(self._sets(deployment), key=_age)
        new = next((each for each in sets if name(each) == self._name_of_new(deployment)), None)
        replicas = spec["replicas"]
        strategy = (spec.get("strategy") or {}).get("rollingUpdate") or {}
        recreate = (spec.get("strategy") or {}).get("type") == "Recreate"
        most, fewest = (
            (replicas, replicas)
            if recreate
            else rollout.bounds(replicas, strategy.get("maxSurge", "25%"), strategy.get("maxUnavailable", "25%"))
        )
        news: status.News | None = None
        if not spec.get("paused"):
            new, news = self._with_new(deployment, sets, new, most, recreate)
            sets = sorted(self._sets(deployment), key=_age)
            new = next(each for each in sets if name(each) == name(new))
        olds = [each for each in sets if each is not new]
        if self._rescaled(sets, replicas):
            self._scale_in_proportion(deployment, sets, new, most)
        elif not spec.get("paused") and new is not None:
            sizes = self._recreation(replicas, olds) if recreate else self._rolling(replicas, most, fewest, new, olds)
            for each, size in zip((new, *olds), sizes, strict=True):
                self._resize(deployment, each, size, most)
        return self._report(deployment, fewest, news)

    def _sets(self, deployment: Object) -> list[Object]:
        return [each for each in self.world.owned(deployment, REPLICASETS) if not leaving(each)]

    @staticmethod
    def _name_of_new(deployment: Object) -> str:
        return f"{name(deployment)}-{digest(deployment['spec']['template'])}"

    def _with_new(
        self, deployment: Object, sets: list[Object], new: Object | None, most: int, recreate: bool
    ) -> tuple[Object, status.News | None]:
        """(the ReplicaSet of the present template with the latest revision, what is to be told of it if it is new)."""
        olds = [each for each in sets if each is not new]
        latest = max((_revision(each) for each in olds), default=0)
        copied = {key: value for key, value in notes(deployment).items() if key not in NOT_COPIED}
        news = None
        if new is None:
            running = sum(each["spec"]["replicas"] for each in sets)
            replicas = deployment["spec"]["replicas"]
            new = self._new(deployment, 0 if recreate else max(0, min(replicas, most - running)), most)
            new["metadata"]["annotations"].update({**copied, REVISION: str(latest + 1)})
            new = self.world.create(new)
            news = ("NewReplicaSetCreated", f'Created new replica set "{name(new)}"')
        elif _revision(new) <= latest:
            history = [each for each in (notes(new).get(HISTORY), notes(new).get(REVISION)) if each]
            marks = {**notes(new), **copied, REVISION: str(latest + 1), HISTORY: ",".join(history)}
            new = self.world.replace(REPLICASETS, new, {"metadata": {"annotations": marks}})
            news = ("FoundNewReplicaSet", f'Found new replica set "{name(new)}"')
        elif copied.items() - notes(new).items():
            marks = {**notes(new), **copied}
            new = self.world.replace(REPLICASETS, new, {"metadata": {"annotations": marks}})
        if notes(deployment).get(REVISION) != notes(new)[REVISION]:
            marks = {**notes(deployment), REVISION: notes(new)[REVISION]}
            self.world.replace(self.resource, deployment, {"metadata": {"annotations": marks}})
        return new, news

    def _new(self, deployment: Object, replicas: int, most: int) -> Object:
        spec = deployment["spec"]
        called = self._name_of_new(deployment)
        mark = {HASH: called.rpartition("-")[2]}
        template = spec["template"]
        marked = {**(template["metadata"].get("labels") or {}), **mark}
        return {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": called,
                "namespace": namespace(deployment),
                "labels": marked,
                "annotations": {DESIRED: str(spec["replicas"]), MOST: str(most)},
                "ownerReferences": [reference(deployment)],
            },
            "spec": {
                "replicas": replicas,
                "minReadySeconds": spec.get("minReadySeconds", 0),
                "selector": {
                    **spec["selector"],
                    "matchLabels": {**(spec["selector"].get("matchLabels") or {}), **mark},
                },
                "template": {**template, "metadata": {**template["metadata"], "labels": marked}},
            },
        }

    @staticmethod
    def _rescaled(sets: list[Object], replicas: int) -> bool:
        return any(each["spec"]["replicas"] and notes(each).get(DESIRED) != str(replicas) for each in sets)

    def _scale_in_proportion(self, deployment: Object, sets: list[Object], new: Object | None, most: int) -> None:
        """The number of replicas was changed: during a rollout all ReplicaSets that have any take their part in it."""
        replicas = deployment["spec"]["replicas"]
        active = [each for each in sets if each["spec"]["replicas"]]
        if len(active) == 1:
            self._resize(deployment, active[0], replicas, most)
        elif new and _size(new) == (replicas, replicas):
            for each in active:
                self._resize(deployment, each, replicas if each is new else 0, most)
        else:
            active.sort(key=lambda each: (each is not new, _age(each)))
            sizes = rollout.share([each["spec"]["replicas"] for each in active], most if replicas else 0)
            for each, size in zip(active, sizes, strict=True):
                self._resize(deployment, each, size, most)

    def _rolling(self, replicas: int, most: int, fewest: int, new: Object, olds: list[Object]) -> list[int]:
        size, sizes = rollout.step(replicas, most, fewest, _size(new), [_size(each) for each in olds])
        return [size, *sizes]

    def _recreation(self, replicas: int, olds: list[Object]) -> list[int]:
        """No new pod before the last old one is gone."""
        pods = [pod for each in olds for pod in self.world.owned(each, "pods") if not finished(pod)]
        gone = not pods and not any(each["spec"]["replicas"] for each in olds)
        return [replicas if gone else 0, *(0 for _ in olds)]

    def _resize(self, deployment: Object, each: Object, replicas: int, most: int) -> None:
        marks = {**notes(each), DESIRED: str(deployment["spec"]["replicas"]), MOST: str(most)}
        changed: dict[str, Any] = {}
        if notes(each) != marks and (replicas or each["spec"]["replicas"]):
            changed["metadata"] = {"annotations": marks}
        if each["spec"]["replicas"] != replicas:
            changed["spec"] = {**each["spec"], "replicas": replicas}
        if changed:
            self.world.replace(REPLICASETS, each, changed)

    def _report(self, deployment: Object, fewest: int, news: status.News | None) -> float | None:
        """Write the status, forget old revisions; the seconds until the progress deadline."""
        deployment = self.world.get(self.resource, namespace(deployment), name(deployment)) or deployment
        sets = self._sets(deployment)
        new = next((each for each in sets if name(each) == self._name_of_new(deployment)), None)
        found, again = status.of(deployment, sets, new, fewest, news, self.world.now)
        paused = deployment["spec"].get("paused")
        if status.complete(deployment, found) and not paused:
            limit = deployment["spec"].get("revisionHistoryLimit", 10)
            self._forget(limit, [each for each in sets if each is not new])
        self.world.set_status(self.resource, deployment, found)
        return again

    def _forget(self, limit: int, olds: list[Object]) -> None:
        idle = [
            each for each in olds if not each["spec"]["replicas"] and not (each.get("status") or {}).get("replicas")
        ]
        for each in sorted(idle, key=_revision)[: max(0, len(idle) - limit)]:
            self.world.delete(REPLICASETS, each)


def _age(obj: Object) -> tuple[str, int]:
    return obj["metadata"]["creationTimestamp"], _revision(obj)


def _revision(each: Object) -> int:
    return int(notes(each).get(REVISION, 0))


def _size(each: Object) -> rollout.Size:
    return rollout.Size(each["spec"]["replicas"], (each.get("status") or {}).get("availableReplicas", 0))
