"""Roles of fine-grained access control, and who has them: kept and told, but nobody is kept out by them here.

https://docs.opensearch.org/latest/security/api/roles/index/
https://docs.opensearch.org/latest/security/api/role-mappings/index/
"""

from __future__ import annotations

from typing import Any

from sandbox.planes.search.routes import Request, route
from sandbox.planes.search.state import Document
from sandbox.planes.search.words import words

ROLES, MAPPINGS = "roles", "rolesmapping"
API = "/_plugins/_security/api"
# Members of each with what the plugin fills in.
MEMBERS: dict[str, Document] = {
    ROLES: {"description": None, "cluster_permissions": [], "index_permissions": [], "tenant_permissions": []},
    MAPPINGS: {"description": None, "backend_roles": [], "hosts": [], "users": [], "and_backend_roles": []},
}
INDEX_PERMISSION: Document = {"dls": None, "fls": [], "masked_fields": [], "index_patterns": [], "allowed_actions": []}
OWN = words("reserved hidden static")


@route("GET", f"{API}/{ROLES}")
@route("GET", f"{API}/{MAPPINGS}")
def get_all(request: Request) -> Any:
    return {name: _shown(one) for name, one in _kept(request).items()}


@route("GET", f"{API}/{ROLES}/{{name}}")
@route("GET", f"{API}/{MAPPINGS}/{{name}}")
def get(request: Request) -> Any:
    name, kept = request.args["name"], _kept(request)
    return {name: _shown(kept[name])} if name in kept else _missing(name)


@route("PUT", f"{API}/{ROLES}/{{name}}")
@route("PUT", f"{API}/{MAPPINGS}/{{name}}")
def put(request: Request) -> Any:
    kind, name, kept, body = _kind(request), request.args["name"], _kept(request), request.body or {}
    unknown = sorted(body.keys() - MEMBERS[kind].keys())
    unknown += sorted(
        {key for one in body.get("index_permissions", []) for key in one.keys() - INDEX_PERMISSION.keys()}
    )
    if unknown:
        invalid = {"status": "error", "reason": "Invalid configuration", "invalid_keys": {"keys": ",".join(unknown)}}
        return 400, invalid
    if kind == MAPPINGS and name not in request.state.security[ROLES]:
        return 404, {"status": "NOT_FOUND", "message": f"role '{name}' not found."}
    before = name in kept
    kept[name] = {**MEMBERS[kind], **body}
    if kind == ROLES:
        kept[name]["index_permissions"] = [{**INDEX_PERMISSION, **one} for one in kept[name]["index_permissions"]]
    if before:
        return {"status": "OK", "message": f"'{name}' updated."}
    return 201, {"status": "CREATED", "message": f"'{name}' created."}


@route("DELETE", f"{API}/{ROLES}/{{name}}")
@route("DELETE", f"{API}/{MAPPINGS}/{{name}}")
def delete(request: Request) -> Any:
    name = request.args["name"]
    if _kept(request).pop(name, None) is None:
        return _missing(name)
    return {"status": "OK", "message": f"'{name}' deleted."}


def _kept(request: Request) -> dict[str, Document]:
    found: dict[str, Document] = request.state.security[_kind(request)]
    return found


def _kind(request: Request) -> str:
    return request.path.removeprefix(f"{API}/").partition("/")[0]


def _shown(one: Document) -> Document:
    return {**dict.fromkeys(OWN, False), **{name: value for name, value in one.items() if value is not None}}


def _missing(name: str) -> tuple[int, Document]:
    return 404, {"status": "NOT_FOUND", "message": f"Resource '{name}' not found."}
