"""DaemonSets: a pod on every node that allows it."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.kube.controllers import pods
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, digest, finished, labels, leaving, name, ready
from sandbox.kube.controllers.occupancy import Node
from sandbox.kube.controllers.placement import selects, untolerated
from sandbox.kube.controllers.rollout import resolve
from sandbox.kube.controllers.stateful import REVISION
from sandbox.kube.controllers.world import Key

TOLERATIONS = [
    {"key": f"node.kubernetes.io/{condition}", "operator": "Exists", "effect": effect}
    for condition, effect in (
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    )
]


class DaemonSets(Controller):
    resource = "daemonsets.apps"
    watches = ("pods", "nodes")

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        return self.everything() if resource == "nodes" else super().keys(resource, kind, obj)

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found):
            return None
        spec, update = found["spec"], digest(found["spec"]["template"])
        probe = pods.make(found, self._template(found, ""))
        probe["spec"]["affinity"] = spec["template"]["spec"].get("affinity")
        allowed = {
            name(node)
            for node in self.world.all("nodes")
            if _allows(probe, Node(name(node), labels(node), node["spec"].get("taints") or [], False, {}))
        }
        mine: dict[str, list[Object]] = {}
        for pod in self.world.owned(found, "pods"):
            mine.setdefault(_node(pod), []).append(pod)
        for called in sorted(allowed - mine.keys()):
            self.world.create(pods.make(found, self._template(found, called), **{REVISION: update}))
        for called, listed in mine.items():
            for pod in listed:
                if (called not in allowed or finished(pod)) and not leaving(pod):
                    self.world.delete("pods", pod)
        self._update(found, [pod for called in allowed for pod in mine.get(called, ())], len(allowed), update)

        present = {called: pods.active(listed) for called, listed in mine.items()}
        right = [pod for called in allowed for pod in present.get(called, ())[:1]]
        count = pods.tally(self.world, right, spec.get("minReadySeconds", 0))
        status = {
            "observedGeneration": found["metadata"]["generation"],
            "desiredNumberScheduled": len(allowed),
            "currentNumberScheduled": len(right),
            "numberMisscheduled": sum(bool(listed) for called, listed in present.items() if called not in allowed),
            "numberReady": count.ready,
            "numberAvailable": count.available,
            "numberUnavailable": len(allowed) - count.available,
            "updatedNumberScheduled": sum(labels(pod).get(REVISION) == update for pod in right),
        }
        optional = ("numberAvailable", "numberUnavailable", "updatedNumberScheduled")
        status = {key: value for key, value in status.items() if value or key not in optional}
        self.world.set_status(self.resource, found, status)
        return count.again

    def _update(self, found: Object, mine: list[Object], nodes: int, update: str) -> None:
        """Replace old pods: those that aren't ready at once, others as long as few enough are missing."""
        strategy = found["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        most = resolve((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), nodes, up=True)
        missing = nodes - sum(ready(pod) and not leaving(pod) for pod in mine)
        for pod in sorted((pod for pod in mine if labels(pod).get(REVISION) != update and not leaving(pod)), key=ready):
            if ready(pod) and missing >= max(1, most):
                return
            missing += ready(pod)
            self.world.delete("pods", pod)

    @staticmethod
    def _template(found: Object, node: str) -> Object:
        """The pod template, bound to one node and tolerating what the DaemonSet controller lets all of its pods."""
        template = found["spec"]["template"]
        bound = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        affinity = {
            **(template["spec"].get("affinity") or {}),
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [bound]}},
        }
        tolerations = [*(template["spec"].get("tolerations") or ()), *TOLERATIONS]
        return {**template, "spec": {**template["spec"], "affinity": affinity, "tolerations": tolerations}}


def _node(pod: Object) -> str:
    """The node it is on or bound for."""
    if "nodeName" in pod["spec"]:
        return pod["spec"]["nodeName"]
    terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0]


def _allows(probe: Object, node: Node) -> bool:
    return selects(probe, node) and not untolerated(probe["spec"], node, "NoSchedule", "NoExecute")
