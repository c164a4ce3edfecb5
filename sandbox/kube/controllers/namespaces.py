"""Namespaces: what each has from the start, and their end, which is that of everything in them."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, leaving, name, namespace, with_condition
from sandbox.kube.controllers.world import Key

ROOT_CA = "kube-root-ca.crt"
INITIAL = ("serviceaccounts", "configmaps")


class Namespaces(Controller):
    resource = "namespaces"
    watches = ("*",)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == self.resource:
            return super().keys(resource, kind, obj)
        space = self.world.get(self.resource, "", namespace(obj)) if kind == "DELETED" and namespace(obj) else None
        return (Key(self.resource, "", namespace(obj)),) if space and (leaving(space) or resource in INITIAL) else ()

    def reconcile(self, key: Key) -> float | None:
        space = self.world.get(*key)
        if space is None:
            return None
        if leaving(space):
            self._empty(space, key.name)
            return None
        bundle = {"ca.crt": self.world.api.settings.extra.get("ca", "")}
        account: Object = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": key.name},
        }
        config: Object = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": ROOT_CA, "namespace": key.name},
            "data": bundle,
        }
        for resource, obj in zip(INITIAL, (account, config), strict=True):
            if self.world.get(resource, key.name, name(obj)) is None:
                self.world.create(obj)
        return None

    def _empty(self, space: Object, called: str) -> None:
        remaining = {}
        for resource in sorted({each.name for each in self.world.registry if each.namespaced}):
            for obj in self.world.all(resource, called):
                if not leaving(obj):
                    self.world.delete(resource, obj)
            if self.world.all(resource, called):
                remaining[resource] = len(self.world.all(resource, called))
        if not remaining:
            self.world.api.finalize(called, {"spec": {"finalizers": []}})
            return
        listed = ", ".join(f"{resource} has {count} resource instances" for resource, count in remaining.items())
        conditions = with_condition(
            space["status"].get("conditions"),
            self.world.now,
            "NamespaceContentRemaining",
            True,
            "SomeResourcesRemain",
            f"Some resources are remaining: {listed}",
        )
        self.world.set_status(self.resource, space, {"phase": "Terminating", "conditions": conditions})
