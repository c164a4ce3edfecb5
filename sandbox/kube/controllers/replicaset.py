"""ReplicaSets: as many pods as declared, and how many of them are ready and available."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.kube.controllers import pods
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, labels, leaving, with_condition
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.errors import ApiError
from sandbox.kube.selectors import matches

LONGEST_PAUSE = 8
"""Between two tries to make a pod that the API refuses, as a multiple of the first pause."""


class Refusal(NamedTuple):
    """The first refusal (later ones differ by the pod's name only), how many followed, and the time of the next try."""

    message: str
    times: int
    next: float


class ReplicaSets(Controller):
    resource = "replicasets.apps"
    watches = ("pods",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._refused: dict[str, Refusal] = {}
        """By uid."""

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found):
            return None
        self.adopt(found, "pods")
        mine = pods.active(self.world.owned(found, "pods"))
        missing = found["spec"]["replicas"] - len(mine)
        for pod in pods.dispensable(mine)[: max(0, -missing)]:
            self.world.delete("pods", pod)
        self._fill(found, missing)
        return self._report(found)

    def _fill(self, found: Object, missing: int) -> None:
        """Make what is missing, unless that was refused a moment ago."""
        uid, now = found["metadata"]["uid"], self.world.now
        refused = self._refused.get(uid)
        if refused and missing > 0 and now < refused.next:
            return
        self._refused.pop(uid, None)
        for _ in range(missing):
            try:
                self.world.create(pods.make(found, found["spec"]["template"]))
            except ApiError as error:
                times = refused.times + 1 if refused else 0
                pause = self.world.timing.retry * min(2**times, LONGEST_PAUSE)
                self._refused[uid] = Refusal(refused.message if refused else error.message, times, now + pause)
                return

    def _report(self, found: Object) -> float | None:
        mine = pods.active(self.world.owned(found, "pods"))
        spec = found["spec"]
        count = pods.tally(self.world, mine, spec.get("minReadySeconds", 0))
        wanted = (spec["template"].get("metadata") or {}).get("labels") or {}
        status: Object = {
            "replicas": len(mine),
            "fullyLabeledReplicas": sum(matches({"matchLabels": wanted}, labels(pod)) for pod in mine),
            "readyReplicas": count.ready,
            "availableReplicas": count.available,
            "observedGeneration": found["metadata"]["generation"],
        }
        status = {key: value for key, value in status.items() if value or key in ("replicas", "observedGeneration")}
        again, refused = count.again, self._refused.get(found["metadata"]["uid"])
        if refused:
            before = (found.get("status") or {}).get("conditions")
            why = ("FailedCreate", refused.message)
            status["conditions"] = with_condition(before, self.world.now, "ReplicaFailure", True, *why)
            again = refused.next - self.world.now
        self.world.set_status(self.resource, found, status)
        return again
