"""The scale subresource: autoscaling/v1 Scale of built-in workloads and of custom resources that declare it."""

from __future__ import annotations

from typing import Any

from sandbox.kube.errors import bad_request
from sandbox.kube.resources import Resource

Object = dict[str, Any]
_PATHS = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".status.selector",
}


def scale_of(resource: Resource, obj: Object) -> Object:
    metadata = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Object = {"replicas": _at(obj, _path(resource, "statusReplicasPath")) or 0}
    selector = _at(obj, _path(resource, "labelSelectorPath"))
    if not resource.custom:
        selector = as_text((obj.get("spec") or {}).get("selector"))
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": _at(obj, _path(resource, "specReplicasPath")) or 0},
        "status": status,
    }


def scaled(resource: Resource, obj: Object, scale: Object) -> Object:
    """The object with the replicas of a Scale."""
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if type(replicas) is not int or replicas < 0:
        raise bad_request(f"Scale.autoscaling is invalid: spec.replicas: Invalid value: {replicas!r}")
    path = _path(resource, "specReplicasPath")
    result = target = dict(obj)
    for part in path[:-1]:
        target[part] = dict(target.get(part) or {})
        target = target[part]
    target[path[-1]] = replicas
    return result


def as_text(selector: Object | None) -> str:
    """A LabelSelector as query parameters have it."""
    if not selector:
        return ""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for each in selector.get("matchExpressions") or ():
        operator, values = each["operator"], ",".join(each.get("values") or ())
        parts.append(
            {"Exists": each["key"], "DoesNotExist": f"!{each['key']}"}.get(operator)
            or f"{each['key']} {operator.lower()} ({values})"
        )
    return ",".join(parts)


def _path(resource: Resource, kind: str) -> list[str]:
    return (resource.scale_paths.get(kind) or _PATHS[kind]).strip(".").split(".")


def _at(obj: Any, path: list[str]) -> Any:
    for part in path:
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj
