"""What admission plugins do to pods: ServiceAccounts, priorities, tolerations, Pod Security."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.kube import defaults, pod_security
from sandbox.kube.errors import forbidden

if TYPE_CHECKING:
    from sandbox.kube.api import Api
    from sandbox.kube.resources import Resource

Object = dict[str, Any]
PRIORITIES = "priorityclasses.scheduling.k8s.io"
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def complete(api: Api, resource: Resource, obj: Object, old: Object | None) -> None:
    if resource.name == "pods" and old is None and isinstance(obj.get("spec"), dict):
        _service_account(api, resource, obj)
        _priority(api, resource, obj)
        tolerations = obj["spec"].setdefault("tolerations", [])
        known = {each.get("key") for each in tolerations if each.get("effect") in (None, "NoExecute")}
        tolerations.extend(
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in _TOLERATED
            if key not in known
        )


def review(api: Api, resource: Resource, obj: Object, old: Object | None) -> Iterator[str]:
    """Warnings of the namespace's Pod Security levels; ApiError 403 when the one it enforces refuses a pod."""
    if not resource.namespaced:
        return
    namespace = obj["metadata"]["namespace"]
    spec = defaults.pod_spec(resource.name, obj)
    if spec is not None and (old is None or spec != defaults.pod_spec(resource.name, old)):
        yield from _pod_security(api, resource, obj, spec, namespace)


def _pod_security(api: Api, resource: Resource, obj: Object, spec: Object, namespace: str) -> Iterator[str]:
    space = api.store.get("namespaces", None, namespace) or {}
    labels = (space.get("metadata") or {}).get("labels") or {}
    for mode in ("enforce", "warn"):
        level = labels.get(f"{pod_security.LABEL}{mode}")
        if not level or (mode == "enforce" and resource.name != "pods"):
            continue
        found = pod_security.violations(level, spec)
        policy = f'"{level}:{labels.get(f"{pod_security.LABEL}{mode}-version", "latest")}"'
        if found and mode == "enforce":
            why = f"violates PodSecurity {policy}: {', '.join(found)}"
            raise forbidden(resource, obj["metadata"].get("name", ""), why)
        if found:
            yield f"would violate PodSecurity {policy}: {', '.join(found)}"


def _service_account(api: Api, resource: Resource, obj: Object) -> None:
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    name = spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = name
    if name != "default" and not api.store.get("serviceaccounts", namespace, name):
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise forbidden(resource, obj["metadata"].get("name", ""), why)


def _priority(api: Api, resource: Resource, obj: Object) -> None:
    spec = obj["spec"]
    name = spec.get("priorityClassName")
    chosen = api.store.get(PRIORITIES, None, name) if name else None
    if name and not chosen:
        raise forbidden(resource, obj["metadata"].get("name", ""), f"no PriorityClass with name {name} was found")
    if not name:
        chosen = next((each for each in api.store.list(PRIORITIES) if each.get("globalDefault")), None)
        if chosen:
            spec["priorityClassName"] = chosen["metadata"]["name"]
    spec["priority"] = chosen["value"] if chosen else 0
    spec["preemptionPolicy"] = (chosen or {}).get("preemptionPolicy", "PreemptLowerPriority")
