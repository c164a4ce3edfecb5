"""The kubelets: what becomes of pods once they have a node, until they have gone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.containers import live
from sandbox.kube.controllers.objects import Object, finished, leaving, namespace, seconds, stamp
from sandbox.kube.controllers.requests import of_container
from sandbox.kube.controllers.world import Key, World


class Kubelet(Controller):
    resource = "pods"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._network = ipaddress.ip_network(world.api.settings.pod_cidr)
        self._taken: set[str] = set()
        self._last = 0
        self._since: dict[str, float] = {}
        self._stopping: dict[str, float] = {}
        """When pods (by uid) were bound, and when they were told to stop: more exact than their timestamps."""

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        address = (obj.get("status") or {}).get("podIP")
        if kind == "DELETED":
            self._taken.discard(address or "")
            self._since.pop(obj["metadata"]["uid"], None)
            self._stopping.pop(obj["metadata"]["uid"], None)
        elif address:
            self._taken.add(address)
        return super().keys(resource, kind, obj)

    def reconcile(self, key: Key) -> float | None:
        pod = self.world.get(*key)
        if pod is None:
            return None
        uid, now = pod["metadata"]["uid"], self.world.now
        if leaving(pod):
            return self._stop(pod)
        if not pod["spec"].get("nodeName") or finished(pod):
            return None
        status = pod.get("status") or {}
        if uid not in self._since:
            self._since[uid] = seconds(status["startTime"]) if "startTime" in status else now

        def find(resource: str, called: str) -> Object | None:
            return self.world.get(resource, namespace(pod), called)

        life = live(pod, now - self._since[uid], now, self.world.timing, find)
        node = self.world.get("nodes", "", pod["spec"]["nodeName"])
        addresses = {each["type"]: each["address"] for each in ((node or {}).get("status") or {}).get("addresses", ())}
        host = addresses.get("InternalIP", "")
        own = host if pod["spec"].get("hostNetwork") else self._address(pod)
        located = {"hostIP": host, "hostIPs": [{"ip": host}], "podIP": own, "podIPs": [{"ip": own}]} if host else {}
        started = {"startTime": status.get("startTime", stamp(now)), "qosClass": quality(pod["spec"])}
        self.world.set_status("pods", pod, {**life.status, **located, **started})
        return life.again

    def _stop(self, pod: Object) -> float | None:
        began = self._stopping.setdefault(pod["metadata"]["uid"], self.world.now)
        grace = min(pod["metadata"].get("deletionGracePeriodSeconds", 30), self.world.timing.stop)
        left = began + grace - self.world.now
        if left > 0 and pod["spec"].get("nodeName") and not finished(pod):
            return left
        self.world.delete("pods", pod, grace=0)
        return None

    def _address(self, pod: Object) -> str:
        """The pod's own address, the next free one when it has none yet."""
        known = (pod.get("status") or {}).get("podIP")
        while not known:
            self._last = (self._last + 1) % (self._network.num_addresses - 1)
            address = str(self._network[self._last])
            known = address if address not in self._taken else None
        return known


def quality(spec: Object) -> str:
    """The class of service: Guaranteed, Burstable or BestEffort."""
    containers = [*spec["containers"], *(spec.get("initContainers") or ())]
    if not any(of_container(each) for each in containers):
        return "BestEffort"
    limits = [of_container(each, "limits") for each in containers]
    even = all(of_container(each) == limit for each, limit in zip(containers, limits, strict=True))
    return "Guaranteed" if even and all({"cpu", "memory"} <= limit.keys() for limit in limits) else "Burstable"
