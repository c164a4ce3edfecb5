"""PodDisruptionBudgets: how many pods may be evicted now."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import (
    Object,
    controller,
    finished,
    labels,
    leaving,
    name,
    namespace,
    ready,
    with_condition,
)
from sandbox.kube.controllers.rollout import resolve
from sandbox.kube.controllers.world import Key
from sandbox.kube.selectors import matches


class DisruptionBudgets(Controller):
    resource = "poddisruptionbudgets.policy"
    watches = ("pods", "replicasets.apps", "statefulsets.apps")

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == self.resource:
            return super().keys(resource, kind, obj)
        marked = labels(obj if resource == "pods" else obj["spec"]["template"])
        return [
            Key(self.resource, namespace(obj), name(budget))
            for budget in self.world.all(self.resource, namespace(obj))
            if matches(budget["spec"].get("selector"), marked)
        ]

    def reconcile(self, key: Key) -> float | None:
        budget = self.world.get(*key)
        if budget is None:
            return None
        spec, before = budget["spec"], budget.get("status") or {}
        selected = [
            pod
            for pod in self.world.all("pods", key.namespace)
            if matches(spec.get("selector"), labels(pod)) and not finished(pod)
        ]
        present = [pod for pod in selected if not leaving(pod)]
        expected = self._expected(present)
        if "maxUnavailable" in spec:
            desired = expected - resolve(spec["maxUnavailable"], expected, up=True)
        else:
            if not isinstance(spec.get("minAvailable"), str):
                expected = len(present)
            desired = resolve(spec.get("minAvailable", 1), expected, up=True)
        healthy = sum(ready(pod) for pod in present)
        allowed = max(0, healthy - max(0, desired)) if expected else 0
        self.world.set_status(
            self.resource,
            budget,
            {
                **before,
                "currentHealthy": healthy,
                "desiredHealthy": max(0, desired),
                "expectedPods": expected,
                "disruptionsAllowed": allowed,
                "observedGeneration": budget["metadata"]["generation"],
                "conditions": with_condition(
                    before.get("conditions"),
                    self.world.now,
                    "DisruptionAllowed",
                    allowed > 0,
                    "SufficientPods" if allowed else "InsufficientPods",
                    observedGeneration=budget["metadata"]["generation"],
                ),
            },
        )
        return None

    def _expected(self, present: list[Object]) -> int:
        """The pods that their controllers are to have; a Deployment counts once, whatever its ReplicaSets."""
        scales: dict[str, int] = {}
        for pod in present:
            owner = controller(pod)
            above = None
            while owner:
                key = self.world.located(owner["uid"])
                found = self.world.get(*key) if key else None
                above = controller(found) if found else None
                if found and not above:
                    scales[owner["uid"]] = found["spec"].get("replicas", 1)
                owner = above
            if not controller(pod):
                scales[pod["metadata"]["uid"]] = 1
        return sum(scales.values())
