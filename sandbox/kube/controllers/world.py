"""What controllers see of the cluster, and how they write to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sandbox.kube.api import Api
from sandbox.kube.controllers.objects import Object, holds, labels, name, namespace
from sandbox.kube.controllers.timing import Timing

MANAGER = "kube-controller-manager"
DEPLOYMENTS = "deployments.apps"


class Key(NamedTuple):
    resource: str
    """ "deployments.apps"."""
    namespace: str
    name: str


class World:
    """The store with indexes by uid, by owner and of operators that run; kept up to date by `notice`."""

    def __init__(self, api: Api, timing: Timing) -> None:
        self.api, self.store, self.registry, self.timing = api, api.store, api.registry, timing
        self.clock: Callable[[], float] = api.clock
        self._keys: dict[str, Key] = {}
        self._dependents: dict[str, dict[Key, None]] = {}
        self._owners: dict[Key, tuple[str, ...]] = {}
        self._operators: dict[str, set[Key]] = {}

    def notice(self, resource: str, kind: str, obj: Object) -> frozenset[str]:
        """Take note of a change; the operators that it brought or took."""
        key = Key(resource, namespace(obj), name(obj))
        owners = (
            tuple(each["uid"] for each in obj["metadata"].get("ownerReferences") or ()) if kind != "DELETED" else ()
        )
        for uid in self._owners.pop(key, ()):
            self._dependents[uid].pop(key, None)
        if owners:
            self._owners[key] = owners
        for uid in owners:
            self._dependents.setdefault(uid, {})[key] = None
        if kind == "DELETED":
            self._keys.pop(obj["metadata"]["uid"], None)
        else:
            self._keys[obj["metadata"]["uid"]] = key
        return self._notice_operator(key, kind, obj) if resource == DEPLOYMENTS else frozenset()

    def _notice_operator(self, key: Key, kind: str, obj: Object) -> frozenset[str]:
        works = kind != "DELETED" and holds(obj, "Available") and obj["spec"].get("replicas", 1) > 0
        changed = set()
        for each in {key.name, labels(obj).get("app.kubernetes.io/name", key.name)}:
            running = self._operators.setdefault(each, set())
            before = bool(running)
            (running.add if works else running.discard)(key)
            if before != bool(running):
                changed.add(each)
        return frozenset(changed)

    def operator(self, called: str) -> Object | None:
        """A Deployment of that name (or app.kubernetes.io/name) that is available."""
        for key in sorted(self._operators.get(called, ())):
            return self.get(*key)
        return None

    @property
    def now(self) -> float:
        return self.clock()

    def get(self, resource: str, space: str, called: str) -> Object | None:
        return self.store.get(resource, space, called)

    def all(self, resource: str, space: str | None = None) -> list[Object]:
        return self.store.list(resource, space)

    def exists(self, uid: str) -> bool:
        return uid in self._keys

    def located(self, uid: str) -> Key | None:
        return self._keys.get(uid)

    def dependents(self, owner: Object) -> Iterator[tuple[Key, Object]]:
        for key in tuple(self._dependents.get(owner["metadata"]["uid"], ())):
            found = self.get(*key)
            if found:
                yield key, found

    def owned(self, owner: Object, resource: str) -> list[Object]:
        return [obj for key, obj in self.dependents(owner) if key.resource == resource]

    def create(self, obj: Object) -> Object:
        """A new object, as the API lets it be; ApiError when it refuses."""
        resource = self.registry.of_kind(obj["apiVersion"], obj["kind"])
        if resource is None:
            raise KeyError(f"{obj['apiVersion']} {obj['kind']}")
        return self.api.create(resource, namespace(obj) or None, obj, field_manager=MANAGER)

    def replace(self, resource: str, obj: Object, changes: dict[str, Any]) -> Object:
        """Put other top-level parts into an object, without validation; nothing happens when they are the same."""
        now = self._same(resource, obj)
        if now is None:
            return obj
        metadata = {**now["metadata"], **changes.get("metadata", {})}
        metadata["resourceVersion"] = now["metadata"]["resourceVersion"]
        new = {**now, **changes, "metadata": metadata}
        if new == now:
            return now
        if "generation" in metadata and resource != "pods" and new.get("spec") != now.get("spec"):
            metadata["generation"] += 1
        return self.store.put(resource, new)

    def set_status(self, resource: str, obj: Object, status: Object) -> None:
        self.replace(resource, obj, {"status": status})

    def delete(self, resource: str, obj: Object, grace: int | None = None, propagation: str | None = None) -> None:
        if self._same(resource, obj) is not None:
            self.api.delete(resource, namespace(obj) or None, name(obj), grace=grace, propagation=propagation)

    def finalize(self, resource: str, obj: Object, finalizer: str) -> None:
        """Take a finalizer away; with the last one a deleted object goes."""
        now = self._same(resource, obj)
        if now is not None:
            rest = [each for each in now["metadata"].get("finalizers", ()) if each != finalizer]
            self.api.patch(resource, namespace(obj) or None, name(obj), {"metadata": {"finalizers": rest}})

    def _same(self, resource: str, obj: Object) -> Object | None:
        """The object as it is now, None when it is gone or another has its name."""
        now = self.get(resource, namespace(obj), name(obj))
        return now if now and now["metadata"]["uid"] == obj["metadata"]["uid"] else None
