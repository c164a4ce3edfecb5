"""What a request declares, held against what it is sent to: kind, name, namespace, version, unknown fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from sandbox.kube.errors import bad_request, conflict, invalid
from sandbox.kube.resources import Resource
from sandbox.kube.schema import Walk

if TYPE_CHECKING:
    from sandbox.kube.access.users import User

Object = dict[str, Any]


class How(TypedDict, total=False):
    """Of a write: try only; who it is said to be from; who asks; what unknown fields do (Strict refuses, Warn adds to
    `warnings`, Ignore drops)."""

    dry_run: bool
    field_manager: str
    user: User | None
    field_validation: str
    warnings: list[str]


def identified(resource: Resource, namespace: str | None, obj: Any, name: str | None = None) -> Object:
    """A copy of a declared object with its kind, name and namespace; 400 when these contradict the request."""
    if not isinstance(obj, dict) or not isinstance(obj.get("metadata", {}), dict):
        raise bad_request("the object provided is unrecognized: must be an object with metadata")
    metadata = dict(obj.get("metadata") or {})
    for key, wanted in (("apiVersion", resource.api_version), ("kind", resource.kind)):
        if obj.get(key, wanted) != wanted:
            raise bad_request(f"{key} of the object ({obj[key]}) does not match the {key} of the request ({wanted})")
    if name is not None and metadata.setdefault("name", name) != name:
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})")
    if not resource.namespaced:
        metadata.pop("namespace", None)
    elif (metadata.get("namespace") or namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    else:
        metadata["namespace"] = namespace
    return {**obj, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}


def current(resource: Resource, old: Object, obj: Object) -> None:
    """ApiError 409 when `obj` is about another version of `old`, or another object."""
    for key in ("resourceVersion", "uid"):
        wanted = obj["metadata"].get(key)
        if wanted and wanted != old["metadata"][key]:
            if key == "uid":
                raise conflict(
                    resource,
                    old["metadata"]["name"],
                    f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {old['metadata']['uid']}",
                )
            raise conflict(resource, old["metadata"]["name"])


def decoded(resource: Resource, obj: Object, walk: Walk, how: How) -> None:
    """Refuse or warn of what decoding found."""
    if walk.mistyped:
        if resource.custom:
            raise invalid(resource, obj["metadata"].get("name", ""), walk.mistyped)
        faults = "; ".join(f"{cause.field}: {cause.message}" for cause in walk.mistyped)
        raise bad_request(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {faults}'
        )
    if walk.unknown:
        faults = ", ".join(f'unknown field "{path}"' for path in walk.unknown)
        validation = how.get("field_validation", "Strict")
        if validation == "Strict":
            raise bad_request(f"strict decoding error: {faults}")
        if validation == "Warn":
            how.setdefault("warnings", []).extend(f'unknown field "{path}"' for path in walk.unknown)
