"""Pods of a node that is gone go with it. The nodes themselves come from the EKS engine, by the API."""

from __future__ import annotations

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.world import Key


class Nodes(Controller):
    resource = "nodes"

    def reconcile(self, key: Key) -> float | None:
        if self.world.get(*key) is None:
            for pod in self.world.all("pods"):
                if pod["spec"].get("nodeName") == key.name:
                    self.world.delete("pods", pod, grace=0)
        return None
