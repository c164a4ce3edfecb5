"""What the API server checks beyond the schema: names, cross-field rules, and what may not change once made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sandbox.kube import formats
from sandbox.kube.checks import custom, network, pods, settings, workloads
from sandbox.kube.checks.faults import Causes, Object, forbidden, invalid
from sandbox.kube.defaults import pod_spec
from sandbox.kube.errors import Cause

if TYPE_CHECKING:
    from sandbox.kube.resources import Resource

_NAMES: dict[str, formats.Format] = {
    "services": formats.label_1035,
    "namespaces": formats.label,
    "roles.rbac.authorization.k8s.io": formats.path_segment,
    "clusterroles.rbac.authorization.k8s.io": formats.path_segment,
    "rolebindings.rbac.authorization.k8s.io": formats.path_segment,
    "clusterrolebindings.rbac.authorization.k8s.io": formats.path_segment,
}
_TOTAL_ANNOTATIONS = 256 * 1024
_IMMUTABLE: dict[str, tuple[str, ...]] = {
    "deployments.apps": ("spec.selector",),
    "replicasets.apps": ("spec.selector",),
    "daemonsets.apps": ("spec.selector",),
    "jobs.batch": ("spec.selector", "spec.template", "spec.completions", "spec.completionMode"),
    "rolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "clusterrolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "priorityclasses.scheduling.k8s.io": ("value", "preemptionPolicy"),
    "storageclasses.storage.k8s.io": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "ingressclasses.networking.k8s.io": ("spec.controller",),
    "secrets": ("type",),
    "persistentvolumeclaims": ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeMode"),
    "customresourcedefinitions.apiextensions.k8s.io": ("spec.group", "spec.scope", "spec.names.plural"),
}


def check(resource: Resource, obj: Object, old: Object | None) -> Causes:
    """Every fault of an object that its schema accepts."""
    yield from _metadata(resource, obj, old)
    spec = pod_spec(resource.name, obj)
    if spec is not None:
        path = {"pods": "spec", "cronjobs.batch": "spec.jobTemplate.spec.template.spec"}.get(
            resource.name, "spec.template.spec"
        )
        claims = (obj.get("spec") or {}).get("volumeClaimTemplates") or ()
        yield from pods.template(spec, path, {(each.get("metadata") or {}).get("name") for each in claims})
    extra = _KINDS.get(resource.name)
    if extra:
        yield from extra(obj, old)
    if old is not None:
        yield from _unchanged(_IMMUTABLE.get(resource.name, ()), obj, old)


def _unchanged(paths: Iterable[str], obj: Object, old: Object) -> Causes:
    for path in paths:
        if (value := _at(obj, path)) != _at(old, path):
            yield invalid(path, value, "field is immutable")


def _at(obj: Any, path: str) -> Any:
    for part in path.split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


def _metadata(resource: Resource, obj: Object, old: Object | None) -> Causes:
    metadata = obj["metadata"]
    name = metadata.get("name")
    if name is not None and old is None:
        wrong = _NAMES.get(resource.name, formats.subdomain)(name)
        if wrong:
            yield invalid("metadata.name", name, wrong)
    size = sum(len(key) + len(value) for key, value in (metadata.get("annotations") or {}).items() if value)
    if size > _TOTAL_ANNOTATIONS:
        yield Cause("FieldValueTooLong", "metadata.annotations", "Too long: may not be more than 262144 bytes")
    if old is not None and old["metadata"].get("deletionTimestamp"):
        added = set(metadata.get("finalizers") or ()) - set(old["metadata"].get("finalizers") or ())
        if added:
            why = f"no new finalizers can be added if the object is being deleted, found new finalizers {sorted(added)}"
            yield forbidden("metadata.finalizers", why)
    owners = metadata.get("ownerReferences") or ()
    if sum(bool(each.get("controller")) for each in owners) > 1:
        why = "Only one reference can have Controller set to true"
        yield invalid("metadata.ownerReferences", [each["name"] for each in owners], why)


_KINDS: dict[str, Callable[[Object, Object | None], Causes]] = {
    "pods": pods.pod,
    "deployments.apps": workloads.deployment,
    "replicasets.apps": workloads.template,
    "statefulsets.apps": workloads.stateful_set,
    "daemonsets.apps": workloads.template,
    "jobs.batch": workloads.job,
    "cronjobs.batch": workloads.cron_job,
    "services": network.service,
    "secrets": settings.secret,
    "configmaps": settings.config_map,
    "horizontalpodautoscalers.autoscaling": workloads.autoscaler,
    "poddisruptionbudgets.policy": workloads.disruption_budget,
    "networkpolicies.networking.k8s.io": network.network_policy,
    "ingresses.networking.k8s.io": network.ingress,
    "roles.rbac.authorization.k8s.io": settings.role,
    "clusterroles.rbac.authorization.k8s.io": settings.role,
    "rolebindings.rbac.authorization.k8s.io": settings.binding,
    "clusterrolebindings.rbac.authorization.k8s.io": settings.binding,
    "priorityclasses.scheduling.k8s.io": settings.priority_class,
    "customresourcedefinitions.apiextensions.k8s.io": custom.definition,
}
