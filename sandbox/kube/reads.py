"""GET: one object, or a list in pages, as JSON or as the table that kubectl prints."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.responses import Response

from sandbox.kube.errors import bad_request, expired
from sandbox.kube.resources import Resource
from sandbox.kube.routes import Call, respond
from sandbox.kube.scale import scale_of
from sandbox.kube.selectors import Predicate, field_selector, label_selector
from sandbox.kube.store import Entry, Object, encode
from sandbox.kube.tables import table


def get(call: Call) -> Response:
    resource = call.target
    obj = call.api.get(resource, call.namespace, call.name)
    if call.subresource == "scale":
        return respond(scale_of(resource, obj))
    if "as=Table" in call.accept:
        return respond(table(call, [obj], {"resourceVersion": obj["metadata"]["resourceVersion"]}))
    if "as=PartialObjectMetadata;" in call.accept:
        return respond(partial(obj))
    entry = call.api.store.entry(resource.name, call.namespace, call.name)
    assert entry is not None
    return respond(converted(resource, entry))


def selection(call: Call) -> Predicate | None:
    """Which objects a list or watch is about; None: all."""
    resource = call.target
    predicates = [
        each
        for each in (
            label_selector(call.query.get("labelSelector", "")),
            field_selector(call.query.get("fieldSelector", ""), resource.name),
        )
        if each
    ]
    if not predicates:
        return None
    return lambda obj: all(each(obj) for each in predicates)


def list_objects(call: Call) -> Response:
    resource, store = call.target, call.api.store
    chosen = selection(call)
    found = store.entries(resource.name, call.namespace or None)
    if chosen:
        found = [(key, entry) for key, entry in found if chosen(entry.obj)]
    version = str(store.version)
    metadata: Object = {"resourceVersion": version}
    after = _continued(call)
    if after:
        version, *last = after
        metadata["resourceVersion"] = version
        found = [each for each in found if each[0] > tuple(last)]
    limit = call.number("limit")
    if limit and len(found) > limit:
        token = json.dumps([version, *found[limit - 1][0]]).encode()
        metadata["continue"] = base64.urlsafe_b64encode(token).decode()
        metadata["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    entries = [entry for _, entry in found]
    if "as=Table" in call.accept:
        return respond(table(call, [entry.obj for entry in entries], metadata))
    if "as=PartialObjectMetadataList" in call.accept:
        items = [partial(entry.obj) for entry in entries]
        kind, api_version = "PartialObjectMetadataList", "meta.k8s.io/v1"
        return respond({"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items})
    head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata}
    body = b",".join(converted(resource, entry) for entry in entries)
    return respond(encode(head)[:-1] + b',"items":[' + body + b"]}")


def _continued(call: Call) -> list[str] | None:
    token = call.query.get("continue")
    if not token:
        return None
    try:
        version, namespace, name = json.loads(base64.urlsafe_b64decode(token))
        number = int(version)
    except ValueError as error:
        raise bad_request("continue key is not valid") from error
    if number < call.api.store.oldest:
        raise expired("The provided continue parameter is too old to display a consistent list result.")
    return [version, namespace, name]


def converted(resource: Resource, entry: Entry) -> bytes:
    """In the version asked for: versions of custom resources differ in nothing but their name (strategy None)."""
    if entry.obj["apiVersion"] == resource.api_version:
        return entry.encoded
    return encode({**entry.obj, "apiVersion": resource.api_version})


def partial(obj: Object) -> dict[str, Any]:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
