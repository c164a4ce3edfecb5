"""Every write to the cluster, from controllers and over HTTP alike: defaults, validation, who manages which field,
generations, finalizers, dry run."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack

from sandbox.kube import admission, defaults
from sandbox.kube.checks import check
from sandbox.kube.custom import served
from sandbox.kube.declared import How, current, decoded, identified
from sandbox.kube.definitions import Definitions
from sandbox.kube.errors import ApiError, already_exists, bad_request, conflict, forbidden, invalid, not_found
from sandbox.kube.managers import applied_over, tracked
from sandbox.kube.patches import json_patch, merge_patch, strategic_merge
from sandbox.kube.resources import Registry, Resource
from sandbox.kube.schema import Node, Walk
from sandbox.kube.settings import Settings
from sandbox.kube.store import Store

if TYPE_CHECKING:
    from sandbox.kube.access.users import User

Object = dict[str, Any]
CRDS = "customresourcedefinitions.apiextensions.k8s.io"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
_UNGENERATED = frozenset(
    (
        "configmaps",
        "endpoints",
        "events",
        "limitranges",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "resourcequotas",
        "secrets",
        "serviceaccounts",
        "services",
        "leases.coordination.k8s.io",
        "storageclasses.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "roles.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "horizontalpodautoscalers.autoscaling",
        "rolebindings.rbac.authorization.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
    )
)
_FINALIZERS = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


Admission = Callable[[Resource, Object, "Object | None", "User | None"], None]


class Api:
    """Resources are given as such or by name. Objects that it returns are shared: copy before changing one.

    `clock` tells seconds of the epoch; `validators` complete a new object, or refuse it (by raising
    ApiError) although it's valid in itself.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        clock: Callable[[], float] = time.time,
        settings: Settings | None = None,
    ) -> None:
        self.store, self.registry, self.clock = store, registry, clock
        self.settings = settings or Settings()
        self.definitions = Definitions(self.settings.version)
        self.validators: list[Admission] = []
        for crd in store.list(CRDS):
            registry.define(crd)
        for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
            if not store.get("namespaces", None, name):
                self.create("namespaces", None, {"metadata": {"name": name}})
        for name, value in (("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000)):
            if not store.get("priorityclasses.scheduling.k8s.io", None, name):
                self.create("priorityclasses.scheduling.k8s.io", None, {"metadata": {"name": name}, "value": value})

    def now(self) -> str:
        return datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def resource(self, resource: Resource | str) -> Resource:
        return self.registry.named(resource) if isinstance(resource, str) else resource

    def get(self, resource: Resource | str, namespace: str | None, name: str) -> Object:
        resource = self.resource(resource)
        obj = self.store.get(resource.name, namespace, name)
        if obj is None:
            raise not_found(resource, name)
        return obj

    def create(self, resource: Resource | str, namespace: str | None, obj: Object, **how: Unpack[How]) -> Object:
        """A new object; 409 when its name is taken."""
        resource = self.resource(resource)
        obj = identified(resource, namespace, obj)
        metadata = obj["metadata"]
        if metadata.get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        if not metadata.get("name") and metadata.get("generateName"):
            suffix = "".join(secrets.choice(_SUFFIX) for _ in range(5))
            metadata["name"] = metadata["generateName"][:58] + suffix
        return self._create(resource, obj, None, how)

    def update(
        self, resource: Resource | str, namespace: str | None, name: str, obj: Object, **how: Unpack[How]
    ) -> Object:
        """Replace an object; 409 when it carries a resourceVersion that is not the present one."""
        resource = self.resource(resource)
        old = self.get(resource, namespace, name)
        obj = identified(resource, namespace, obj, name)
        current(resource, old, obj)
        return self._update(resource, old, obj, "", None, how)

    def update_status(self, resource: Resource | str, obj: Object, **how: Unpack[How]) -> Object:
        """Replace the status only."""
        resource = self.resource(resource)
        metadata = obj["metadata"]
        old = self.get(resource, metadata.get("namespace"), metadata["name"])
        current(resource, old, obj)
        return self._update(resource, old, {**old, "status": obj.get("status", {})}, "status", None, how)

    def patch(
        self,
        resource: Resource | str,
        namespace: str | None,
        name: str,
        patch: Any,
        content_type: str = MERGE_PATCH,
        part: str = "",
        **how: Unpack[How],
    ) -> Object:
        """Change an object by a JSON, merge or strategic merge patch; `part` "status" changes that only."""
        resource = self.resource(resource)
        old = self.get(resource, namespace, name)
        new = self.patched(resource, old, patch, content_type)
        new = identified(resource, namespace, new, name)
        current(resource, old, new)
        if part == "status":
            new = {**old, "status": new.get("status", {})}
        return self._update(resource, old, new, part, None, how)

    def patched(self, resource: Resource, old: Object, patch: Any, content_type: str) -> Object:
        if content_type == JSON_PATCH:
            new = json_patch(old, patch)
        elif content_type == MERGE_PATCH:
            new = merge_patch(old, patch)
        elif content_type == STRATEGIC_PATCH and not resource.custom:
            new = strategic_merge(self.definitions.node(resource), old, patch)
        else:
            raise ApiError(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                f"{JSON_PATCH}, {MERGE_PATCH}, application/apply-patch+yaml",
            )
        if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
            raise bad_request("the patch leaves no object")
        return new

    def apply(
        self,
        resource: Resource | str,
        namespace: str | None,
        name: str,
        obj: Object,
        force: bool = False,
        part: str = "",
        **how: Unpack[How],
    ) -> Object:
        """Server-side apply: create, or take over the fields given; 409 when others manage some of them and differ."""
        resource = self.resource(resource)
        if not how.get("field_manager"):
            why = "fieldManager: Required value: is required for apply patch"
            raise bad_request(f"PatchOptions.meta.k8s.io is invalid: {why}")
        obj = identified(resource, namespace, obj, name)
        if obj["metadata"].get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        node = self.definitions.node(resource)
        walk = Walk(defaults=False, required=False, strict_lists=True)
        applied = node.visit(defaults.before_merge(resource, obj), "", walk)
        decoded(resource, obj, walk, {**how, "field_validation": "Strict"})
        if walk.causes:
            raise invalid(resource, name, walk.causes)
        if part:
            applied = {key: applied[key] for key in ("apiVersion", "kind", "metadata", part) if key in applied}
        elif resource.has_status:
            applied.pop("status", None)
        old = self.store.get(resource.name, namespace, name)
        if old is None and part:
            raise not_found(resource, name)
        if old is not None:
            current(resource, old, obj)
        elif obj["metadata"].get("uid") or obj["metadata"].get("resourceVersion"):
            raise conflict(resource, name)
        merged, entries = applied_over(
            node, old, applied, how["field_manager"], resource.api_version, part, force, self.now()
        )
        if old is None:
            return self._create(resource, merged, entries, how)
        return self._update(resource, old, merged, part, entries, how)

    def delete(
        self,
        resource: Resource | str,
        namespace: str | None,
        name: str,
        *,
        propagation: str | None = None,
        preconditions: dict[str, str] | None = None,
        grace: int | None = None,
        dry_run: bool = False,
    ) -> tuple[Object, bool]:
        """(the object as it is now, whether it is gone); with finalizers, or a pod's grace, it is deleted later."""
        resource = self.resource(resource)
        old = self.get(resource, namespace, name)
        for key, wanted in (preconditions or {}).items():
            actual = old["metadata"].get(key)
            if actual != wanted:
                what = "UID" if key == "uid" else "ResourceVersion"
                why = f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {actual}"
                raise conflict(resource, name, why)
        metadata = dict(old["metadata"])
        if propagation not in (None, "Background", *_FINALIZERS):
            raise bad_request(f'invalid propagationPolicy "{propagation}"')
        if propagation and not metadata.get("deletionTimestamp"):
            kept = [each for each in metadata.get("finalizers", ()) if each not in _FINALIZERS.values()]
            metadata["finalizers"] = kept + [each for each in (_FINALIZERS.get(propagation),) if each]
        grace = self._grace(resource, old, grace)
        obj = {**old, "metadata": metadata}
        if not metadata.get("deletionTimestamp"):
            at = datetime.fromtimestamp(self.clock() + grace, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            metadata.update(deletionTimestamp=at, deletionGracePeriodSeconds=grace)
            if "generation" in metadata:
                metadata["generation"] += 1
            if resource.name == "namespaces":
                obj["status"] = {**old.get("status", {}), "phase": "Terminating"}
        elif grace < metadata.get("deletionGracePeriodSeconds", 0):
            metadata["deletionGracePeriodSeconds"] = grace
        if not metadata.get("finalizers"):
            metadata.pop("finalizers", None)
        if dry_run:
            return obj, self._finished(resource, obj)
        if self._finished(resource, obj):
            return self._remove(resource, old), True
        return (old if obj == old else self.store.put(resource.name, obj)), False

    def finalize(self, namespace: str, obj: Object, **how: Unpack[How]) -> Object:
        """Replace a namespace's spec.finalizers; the last one's removal lets it go."""
        old = self.get("namespaces", None, namespace)
        return self._update(
            self.resource("namespaces"), old, {**old, "spec": obj.get("spec") or {}}, "finalize", None, how
        )

    def _grace(self, resource: Resource, old: Object, grace: int | None) -> int:
        """Seconds that a pod is given: none when it is on no node or has ended."""
        if resource.name != "pods" or not old["spec"].get("nodeName"):
            return 0
        if (old.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            return 0
        return old["spec"].get("terminationGracePeriodSeconds", 30) if grace is None else max(0, grace)

    def _finished(self, resource: Resource, obj: Object) -> bool:
        """Whether nothing keeps a deleted object."""
        metadata = obj["metadata"]
        if not metadata.get("deletionTimestamp") or metadata.get("finalizers"):
            return False
        if resource.name == "namespaces":
            return not (obj.get("spec") or {}).get("finalizers")
        return not metadata.get("deletionGracePeriodSeconds")

    def _remove(self, resource: Resource, old: Object) -> Object:
        gone = self.store.remove(resource.name, old)
        if resource.name == CRDS:
            for each in self.store.list(old["metadata"]["name"]):
                self.store.remove(old["metadata"]["name"], each)
            self.registry.undefine(old)
        return gone

    def _create(self, resource: Resource, obj: Object, entries: list[Object] | None, how: How) -> Object:
        metadata = dict(obj["metadata"])
        name, namespace = metadata.get("name", ""), metadata.get("namespace")
        self._space(resource, namespace)
        for key in (*_KEPT, "selfLink", "managedFields"):
            metadata.pop(key, None)
        metadata.update(uid=str(uuid.uuid4()), creationTimestamp=self.now())
        if resource.name not in _UNGENERATED:
            metadata["generation"] = 1
        obj = {**obj, "metadata": metadata}
        if resource.has_status:
            obj.pop("status", None)
        obj, node = self._valid(resource, obj, None, how)
        if not name:
            faults = Walk()
            faults.fault("metadata.name", "Required value: name or generateName is required", "FieldValueRequired")
            raise invalid(resource, name, faults.causes)
        if self.store.get(resource.name, namespace, name):
            raise already_exists(resource, name)
        manager = how.get("field_manager", "")
        if entries is None:
            kept = {key: value for key, value in obj.items() if key != "status" or not resource.has_status}
            entries = tracked(node, [], {}, kept, manager, resource.api_version, "", self.now())
        obj["metadata"]["managedFields"] = entries
        return obj if how.get("dry_run") else self._put(resource, obj)

    def _update(
        self, resource: Resource, old: Object, obj: Object, part: str, entries: list[Object] | None, how: How
    ) -> Object:
        metadata = {key: value for key, value in obj["metadata"].items() if key not in _KEPT}
        metadata.update({key: old["metadata"][key] for key in _KEPT if key in old["metadata"]})
        if "managedFields" in obj["metadata"] and entries is None:
            reset = obj["metadata"]["managedFields"] in ([], [{}])
            metadata["managedFields"] = [] if reset else old["metadata"].get("managedFields", [])
        obj = {**obj, "metadata": metadata}
        if resource.has_status and part != "status":
            obj.pop("status", None)
            if "status" in old:
                obj["status"] = old["status"]
        elif part == "status":
            obj = {**old, "metadata": old["metadata"], "status": obj.get("status") or {}}
        if resource.name == "namespaces" and part != "finalize":
            obj["spec"] = old["spec"]
        if _declared(obj) != _declared(old):
            obj, node = self._valid(resource, obj, old, how, part)
        else:
            node = self.definitions.node(resource)
        metadata = obj["metadata"]
        if "generation" in metadata and _content(resource, obj) != _content(resource, old):
            metadata = {**metadata, "generation": metadata["generation"] + 1}
        before = metadata.pop("managedFields", None) if metadata is not old["metadata"] else None
        if before is None:
            before = old["metadata"].get("managedFields", [])
        if entries is None:
            manager = how.get("field_manager", "")
            entries = tracked(node, before, old, obj, manager, resource.api_version, part, self.now())
        obj = {**obj, "metadata": {**metadata, "managedFields": entries}}
        if _declared(obj) == _declared(old) and _sets(entries) == _sets(old["metadata"].get("managedFields", [])):
            return old
        if how.get("dry_run"):
            return {**obj, "metadata": {**obj["metadata"], "resourceVersion": old["metadata"]["resourceVersion"]}}
        return self._remove(resource, obj) if self._finished(resource, obj) else self._put(resource, obj)

    def _valid(
        self, resource: Resource, obj: Object, old: Object | None, how: How, part: str = ""
    ) -> tuple[Object, Node]:
        """The object with its defaults (a copy) and its schema; 400 or 422 when it is refused."""
        node = self.definitions.node(resource)
        walk = Walk(strict_lists=resource.custom)
        found = node.visit(defaults.before_merge(resource, obj), "", walk)
        decoded(resource, obj, walk, how)
        name = obj["metadata"].get("name", "")
        required = [each for each in walk.causes if each.reason == "FieldValueRequired"]
        if required:
            raise invalid(resource, name, walk.causes)
        if not part:
            defaults.complete(self, resource, found, old)
            admission.complete(self, resource, found, old)
            walk.causes.extend(check(resource, found, old))
        if walk.causes:
            raise invalid(resource, name, walk.causes)
        for validator in self.validators:
            validator(resource, found, old, how.get("user"))
        if not part:
            how.setdefault("warnings", []).extend(admission.review(self, resource, found, old))
        return found, node

    def _space(self, resource: Resource, namespace: str | None) -> None:
        """The namespace of a new object is there, and stays."""
        if not resource.namespaced:
            return
        if not namespace:
            raise bad_request("an empty namespace may not be set during creation")
        space = self.get("namespaces", None, namespace)
        if space["metadata"].get("deletionTimestamp"):
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise forbidden(resource, "", why)

    def _put(self, resource: Resource, obj: Object) -> Object:
        if resource.name != CRDS:
            return self.store.put(resource.name, obj)
        obj = {**obj, "status": served(obj, self.now())}
        self.registry.define(obj)
        return self.store.put(resource.name, obj)


def _declared(obj: Object) -> Object:
    """Without what the server keeps account of."""
    metadata = {k: v for k, v in obj["metadata"].items() if k not in ("managedFields", "resourceVersion")}
    return {**obj, "metadata": metadata}


def _content(resource: Resource, obj: Object) -> Object:
    """What a generation counts the changes of."""
    ignored = ("metadata", "status") if resource.has_status or not resource.custom else ("metadata",)
    return {key: value for key, value in obj.items() if key not in ignored}


def _sets(entries: list[Object]) -> list[Object]:
    return [{key: value for key, value in each.items() if key != "time"} for each in entries]
