"""POST, PUT, PATCH and DELETE as calls of the Api."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.kube.api import JSON_PATCH
from sandbox.kube.errors import bad_request, method_not_allowed
from sandbox.kube.patches import json_patch, merge_patch
from sandbox.kube.reads import selection
from sandbox.kube.routes import Call, respond, written
from sandbox.kube.scale import scale_of, scaled
from sandbox.kube.store import Object

APPLY_PATCH = "application/apply-patch+yaml"


def create(call: Call) -> Response:
    return written(call, _as_asked(call, call.api.create(call.target, _space(call), _stored(call), **call.how)), True)


def update(call: Call) -> Response:
    return written(
        call, _as_asked(call, call.api.update(call.target, _space(call), call.name, _stored(call), **call.how))
    )


def patch(call: Call, part: str = "") -> Response:
    api, resource = call.api, call.target
    if call.content_type == APPLY_PATCH:
        before = api.store.get(resource.name, _space(call), call.name)
        force = call.flag("force")
        obj = api.apply(resource, _space(call), call.name, _stored(call), force, part, **call.how)
        return written(call, _as_asked(call, obj), before is None)
    obj = api.patch(resource, _space(call), call.name, call.body, call.content_type, part, **call.how)
    return written(call, _as_asked(call, obj))


def subresource(call: Call) -> Response:
    api, resource, method = call.api, call.target, call.request.method
    if method not in ("PUT", "PATCH"):
        raise method_not_allowed()
    if call.subresource == "scale":
        return _scale(call)
    if method == "PATCH":
        return patch(call, call.subresource)
    given = _stored(call)
    if call.subresource == "finalize":
        return written(call, api.finalize(call.name, given, **call.how))
    body = {**given, "metadata": {**(given.get("metadata") or {}), "name": call.name}}
    if resource.namespaced:
        body["metadata"]["namespace"] = call.namespace
    if call.subresource == "status":
        return written(call, api.update_status(resource, body, **call.how))
    return written(call, api.update(resource, _space(call), call.name, body, **call.how))


def _scale(call: Call) -> Response:
    api, resource = call.api, call.target
    old = api.get(resource, _space(call), call.name)
    scale = call.body
    if call.request.method == "PATCH":
        before = scale_of(resource, old)
        scale = json_patch(before, scale) if call.content_type == JSON_PATCH else merge_patch(before, scale)
    if not isinstance(scale, dict):
        raise bad_request("the body is no Scale")
    new = scaled(resource, old, scale)
    version = (scale.get("metadata") or {}).get("resourceVersion")
    if version:
        new["metadata"] = {**old["metadata"], "resourceVersion": version}
    obj = api.update(resource, _space(call), call.name, new, **call.how)
    return written(call, scale_of(resource, obj))


def delete(call: Call) -> Response:
    obj, gone = _delete(call, call.name)
    resource = call.target
    if not gone or resource.name == "pods":
        return written(call, obj)
    details = {"name": call.name, "kind": resource.plural, "uid": obj["metadata"]["uid"]}
    if resource.group:
        details["group"] = resource.group
    return written(
        call, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
    )


def delete_collection(call: Call) -> Response:
    resource, chosen = call.target, selection(call)
    found = [obj for obj in call.api.store.list(resource.name, call.namespace or None) if not chosen or chosen(obj)]
    items = []
    for obj in found:
        call.namespace = obj["metadata"].get("namespace", "")
        items.append(_delete(call, obj["metadata"]["name"])[0])
    metadata = {"resourceVersion": str(call.api.store.version)}
    return respond(
        {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata, "items": items}
    )


def _delete(call: Call, name: str) -> tuple[Object, bool]:
    options: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
    propagation = call.query.get("propagationPolicy") or options.get("propagationPolicy")
    orphan = options.get("orphanDependents")
    if orphan is not None and not propagation:
        propagation = "Orphan" if orphan else "Background"
    grace = call.number("gracePeriodSeconds")
    return call.api.delete(
        call.target,
        _space(call),
        name,
        propagation=propagation,
        preconditions=options.get("preconditions"),
        grace=options.get("gracePeriodSeconds") if grace is None else grace,
        dry_run=call.how.get("dry_run", False),
    )


def _space(call: Call) -> str | None:
    return call.namespace or None


def _stored(call: Call) -> Object:
    """The body, in the version that is stored; 400 when it isn't of the version asked for."""
    resource = call.target
    if not isinstance(call.body, dict):
        raise bad_request("the object provided is unrecognized: the body is no object")
    for key, wanted in (("apiVersion", resource.api_version), ("kind", resource.kind)):
        if call.body.get(key, wanted) != wanted:
            raise bad_request(
                f"the API version in the data ({call.body.get('apiVersion')}, {call.body.get('kind')}) does not match "
                f"the expected API version ({resource.api_version}, {resource.kind})"
            )
    return call.body


def _as_asked(call: Call, obj: Object) -> Object:
    return obj if obj["apiVersion"] == call.target.api_version else {**obj, "apiVersion": call.target.api_version}
