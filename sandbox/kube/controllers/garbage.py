"""Owner garbage collection: dependents go with their owners, in the background or before them, or are let alone."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, leaving, name, namespace
from sandbox.kube.controllers.world import Key

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


class Garbage(Controller):
    watches = ("*",)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        own = Key(resource, namespace(obj), name(obj))
        owners = obj["metadata"].get("ownerReferences") or ()
        if kind == "DELETED":
            yield from (key for key, _ in self.world.dependents(obj))
            yield from filter(None, (self.world.located(each["uid"]) for each in owners))
        elif (kind == "ADDED" and owners) or (leaving(obj) and _pending(obj)):
            yield own

    def reconcile(self, key: Key) -> float | None:
        obj = self.world.get(*key)
        if obj is None:
            return None
        owners = obj["metadata"].get("ownerReferences") or ()
        if owners and not any(self.world.exists(each["uid"]) for each in owners):
            self.world.delete(key.resource, obj)
        elif leaving(obj) and ORPHAN in _pending(obj):
            self._let_go(obj)
            self.world.finalize(key.resource, obj, ORPHAN)
        elif leaving(obj) and FOREGROUND in _pending(obj):
            blocking = [each for each in self.world.dependents(obj) if _blocks(each[1], obj)]
            for dependent, found in self.world.dependents(obj):
                if not leaving(found):
                    self.world.delete(dependent.resource, found, propagation="Foreground")
            if not blocking:
                self.world.finalize(key.resource, obj, FOREGROUND)
        return None

    def _let_go(self, owner: Object) -> None:
        for key, found in self.world.dependents(owner):
            references = found["metadata"]["ownerReferences"]
            kept = [each for each in references if each["uid"] != owner["metadata"]["uid"]]
            self.world.replace(key.resource, found, {"metadata": {"ownerReferences": kept}})


def _pending(obj: Object) -> list[str]:
    return obj["metadata"].get("finalizers") or []


def _blocks(dependent: Object, owner: Object) -> bool:
    uid = owner["metadata"]["uid"]
    return any(
        each["uid"] == uid and each.get("blockOwnerDeletion") for each in dependent["metadata"]["ownerReferences"]
    )
