"""Kibana's part: https://www.elastic.co/docs/api/doc/kibana. Errors are {"statusCode", "error", "message"}."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.planes.elastic.requests import Request, Routes
from sandbox.planes.elastic.store import Document
from sandbox.planes.rest import ApiError

routes = Routes()

SPACE = {"id", "name", "description", "color", "initials", "imageUrl", "disabledFeatures", "solution", "_reserved"}
VIEW = {
    *("id", "title", "name", "timeFieldName", "allowNoIndex", "fieldFormats", "fields", "runtimeFieldMap"),
    *("sourceFilters", "typeMeta", "version", "namespaces"),
}
SAVED = {
    "type",
    "id",
    "attributes",
    "references",
    "coreMigrationVersion",
    "typeMigrationVersion",
    "managed",
    "namespaces",
}


def wrong(message: str, status: int = 400) -> ApiError:
    title = {400: "Bad Request", 404: "Not Found", 409: "Conflict"}[status]
    return ApiError(status, {"statusCode": status, "error": title, "message": message})


def known(body: Any, allowed: set[str], what: str) -> Document:
    if not isinstance(body, dict):
        raise wrong(f"[request body]: expected a plain object for {what}")
    if unknown := sorted(body.keys() - allowed):
        raise wrong(f"[request body.{unknown[0]}]: definition for this key is missing")
    return body


@routes.on("GET", "/api/status")
def status(request: Request) -> Document:
    level = {"overall": {"level": "available", "summary": "emulated by the sandbox"}}
    return {"name": "sandbox", "version": {"number": "9.4.3"}, "status": level}


@routes.on("GET", "/api/spaces/space")
def spaces(request: Request) -> list[Document]:
    return list(request.state.spaces.values())


@routes.on("POST", "/api/spaces/space")
def create_space(request: Request) -> Document:
    body = known(request.body, SPACE, "a space")
    if body["id"] in request.state.spaces:
        raise wrong(f"A space with the identifier {body['id']} already exists.", 409)
    request.state.spaces[body["id"]] = {"disabledFeatures": [], **body}
    return body


@routes.on("PUT", "/api/spaces/space/{id}")
def update_space(request: Request) -> Document:
    body = known(request.body, SPACE, "a space")
    if request.args["id"] not in request.state.spaces:
        raise wrong("Not Found", 404)
    request.state.spaces[request.args["id"]] = body
    return body


@routes.on("GET", "/s/{space}/api/data_views")
def data_views(request: Request) -> Document:
    listed = ("id", "title", "name", "namespaces", "typeMeta")
    found = [{key: view[key] for key in listed if key in view} for view in _views(request).values()]
    return {"data_view": found}


@routes.on("GET", "/s/{space}/api/data_views/data_view/{id}")
def data_view(request: Request) -> Document:
    found = _views(request).get(request.args["id"])
    if found is None:
        raise wrong(f"Saved object [index-pattern/{request.args['id']}] not found", 404)
    return {"data_view": found}


@routes.on("POST", "/s/{space}/api/data_views/data_view")
def create_data_view(request: Request) -> Document:
    body = known(known(request.body, {"data_view", "override"}, "a data view").get("data_view"), VIEW, "a data view")
    if body.get("id") in _views(request):
        raise wrong(f"Duplicate data view: {body['id']}")
    _views(request)[body["id"]] = {"namespaces": [request.args["space"]], **body}
    return {"data_view": body}


@routes.on("POST", "/s/{space}/api/data_views/data_view/{id}")
def update_data_view(request: Request) -> Document:
    allowed = VIEW - {"id", "namespaces", "version"}
    body = known(known(request.body, {"data_view", "refresh_fields"}, "").get("data_view"), allowed, "a data view")
    found = data_view(request)["data_view"]
    found.update(body)
    return {"data_view": found}


@routes.on("POST", "/s/{space}/api/saved_objects/_export")
def export(request: Request) -> str:
    body = known(
        request.body, {"type", "objects", "excludeExportDetails", "includeReferencesDeep", "search"}, "an export"
    )
    found = [one for one in _objects(request).values() if one["type"] in body.get("type", ())]
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in found)


@routes.on("POST", "/s/{space}/api/saved_objects/_import")
def load(request: Request) -> Document:
    """The file of a form; a reference to what is not there is an error, as Kibana has it."""
    match = re.search(rb"\r\n\r\n(.*)\r\n--", request.content, re.DOTALL)
    if match is None:
        raise wrong("[request body.file]: expected value of type [Stream]")
    found, errors = [json.loads(line) for line in match[1].splitlines() if line.strip()], []
    for one in found:
        known(one, SAVED, "a saved object")
        missing = [
            ref
            for ref in one.get("references", [])
            if ref["type"] == "index-pattern" and ref["id"] not in _views(request)
        ]
        if missing:
            cause = {"type": "missing_references", "references": missing}
            errors.append({"id": one["id"], "type": one["type"], "error": cause})
        else:
            _objects(request)[f"{one['type']}/{one['id']}"] = one
    return {"success": not errors, "successCount": len(found) - len(errors), **({"errors": errors} if errors else {})}


def _views(request: Request) -> dict[str, Document]:
    _space(request)
    return request.state.data_views.setdefault(request.args["space"], {})


def _objects(request: Request) -> dict[str, Document]:
    _space(request)
    return request.state.objects.setdefault(request.args["space"], {})


def _space(request: Request) -> None:
    if request.args["space"] not in request.state.spaces:
        raise wrong("Not Found", 404)
