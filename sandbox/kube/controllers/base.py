"""What a controller is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar

from sandbox.kube.controllers.objects import Object, controller, labels, leaving, name, namespace, reference
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.selectors import matches


class Controller:
    """Brings objects of `resource`, or of several `resources`, to what they declare, one key at a time.

    A change of one of them, or of something it owns among `watches`, makes it due; so does the coming or going of an
    operator among `waits_for`, for all of them.
    """

    resource: ClassVar[str] = ""
    resources: ClassVar[Collection[str]] = ()
    watches: ClassVar[tuple[str, ...]] = ()
    waits_for: ClassVar[tuple[str, ...]] = ()

    def __init__(self, world: World) -> None:
        self.world = world
        self._own = self.resources or (self.resource,)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        """What is due after a change (ADDED, MODIFIED, DELETED) of an object."""
        if resource in self._own:
            return (Key(resource, namespace(obj), name(obj)),)
        owner = controller(obj)
        key = self.world.located(owner["uid"]) if owner else None
        return (key,) if key and key.resource in self._own else ()

    def everything(self) -> Iterable[Key]:
        return (Key(each, namespace(obj), name(obj)) for each in self._own for obj in self.world.all(each))

    def adopt(self, owner: Object, resource: str) -> None:
        """Take over what its selector chooses and nobody controls: orphans of a namesake, when `owner` is new."""
        if "observedGeneration" in (owner.get("status") or {}):
            return
        for found in self.world.all(resource, namespace(owner)):
            if not controller(found) and not leaving(found) and matches(owner["spec"]["selector"], labels(found)):
                references = [*(found["metadata"].get("ownerReferences") or ()), reference(owner)]
                self.world.replace(resource, found, {"metadata": {"ownerReferences": references}})

    def reconcile(self, key: Key) -> float | None:
        """Do what is to be done now; the seconds until it is due again by itself, None for only after a change."""
        raise NotImplementedError
