"""StatefulSets: pods with numbers, one after the other, and their claims."""

from __future__ import annotations

from sandbox.kube.controllers import pods
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, digest, finished, labels, leaving, name, namespace, ready
from sandbox.kube.controllers.world import Key

REVISION = "controller-revision-hash"


class StatefulSets(Controller):
    resource = "statefulsets.apps"
    watches = ("pods",)

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found):
            return None
        spec, before = found["spec"], found.get("status") or {}
        update = f"{name(found)}-{digest(spec['template'])}"
        current = before.get("currentRevision") or update
        first = (spec.get("ordinals") or {}).get("start", 0)
        mine = {name(pod): pod for pod in self.world.owned(found, "pods")}
        wanted = [f"{name(found)}-{number}" for number in range(first, first + spec["replicas"])]
        self._step(found, mine, wanted, update)

        listed = list(mine.values())
        count = pods.tally(self.world, pods.active(listed), spec.get("minReadySeconds", 0))
        updated = sum(labels(pod).get(REVISION) == update for pod in listed)
        if updated == len(listed) == spec["replicas"] == count.ready:
            current = update
        status = {
            "observedGeneration": found["metadata"]["generation"],
            "replicas": len(listed),
            "readyReplicas": count.ready,
            "availableReplicas": count.available,
            "currentReplicas": sum(labels(pod).get(REVISION) == current for pod in listed),
            "updatedReplicas": updated,
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": 0,
        }
        self.world.set_status(self.resource, found, status)
        return count.again

    def _step(self, found: Object, mine: dict[str, Object], wanted: list[str], update: str) -> None:
        """One move, or all at once for the Parallel policy: fill up, then scale down, then update from the last."""
        spec = found["spec"]
        parallel = spec.get("podManagementPolicy") == "Parallel"
        for called in wanted:
            pod = mine.get(called)
            if pod is None:
                self._make(found, called, update)
            elif finished(pod) and not leaving(pod):
                self.world.delete("pods", pod)
            if not parallel and (pod is None or leaving(pod) or not ready(pod)):
                return
        surplus = sorted((called for called in mine if called not in wanted), key=_number, reverse=True)
        for called in surplus if parallel else surplus[:1]:
            if not leaving(mine[called]):
                self.world.delete("pods", mine[called])
        strategy = spec.get("updateStrategy") or {}
        if surplus or strategy.get("type") == "OnDelete":
            return
        partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
        for called in reversed(wanted):
            pod = mine.get(called)
            if pod is None or _number(called) < partition:
                return
            if labels(pod).get(REVISION) != update:
                if not leaving(pod):
                    self.world.delete("pods", pod)
                return
            if leaving(pod) or not ready(pod):
                return

    def _make(self, found: Object, called: str, update: str) -> None:
        volumes = []
        for template in found["spec"].get("volumeClaimTemplates") or ():
            claim = f"{name(template)}-{called}"
            volumes.append({"name": name(template), "persistentVolumeClaim": {"claimName": claim}})
            if self.world.get("persistentvolumeclaims", namespace(found), claim) is None:
                metadata = {**template["metadata"], "name": claim, "namespace": namespace(found)}
                metadata["labels"] = {**labels(template), **(found["spec"]["selector"].get("matchLabels") or {})}
                wanted = {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "metadata": metadata,
                    "spec": template["spec"],
                }
                self.world.create(wanted)
        marks = {
            REVISION: update,
            "statefulset.kubernetes.io/pod-name": called,
            "apps.kubernetes.io/pod-index": str(_number(called)),
        }
        template = found["spec"]["template"]
        own = [
            each
            for each in template["spec"].get("volumes") or ()
            if each["name"] not in {each["name"] for each in volumes}
        ]
        pod_spec = {
            **template["spec"],
            "hostname": called,
            "subdomain": found["spec"].get("serviceName", ""),
            **({"volumes": [*own, *volumes]} if own or volumes else {}),
        }
        self.world.create(pods.make(found, {**template, "spec": pod_spec}, called, **marks))


def _number(called: str) -> int:
    return int(called.rpartition("-")[2])
