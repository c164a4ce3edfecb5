"""Elasticsearch's part: https://www.elastic.co/docs/api/doc/elasticsearch."""

from __future__ import annotations

import json
from typing import Any

from sandbox.planes.elastic.queries import selector
from sandbox.planes.elastic.requests import Request, Routes
from sandbox.planes.elastic.store import Document, Store, refused

routes = Routes()

# Actions of each phase, of the specification's ilm._types.
ACTIONS = {
    "hot": "rollover set_priority unfollow readonly downsample shrink forcemerge searchable_snapshot",
    "warm": "set_priority unfollow readonly downsample allocate migrate shrink forcemerge",
    "cold": "set_priority unfollow readonly downsample searchable_snapshot allocate migrate",
    "frozen": "unfollow searchable_snapshot",
    "delete": "wait_for_snapshot delete",
}
TEMPLATE = {
    *("index_patterns", "composed_of", "template", "data_stream", "priority", "version", "_meta", "deprecated"),
    *("allow_auto_create", "ignore_missing_component_templates"),
}
SNAPSHOT_POLICY = {"name", "schedule", "repository", "config", "retention"}
REPOSITORIES = {
    "s3": {"bucket", "client", "base_path", "server_side_encryption", "buffer_size", "storage_class", "compress"}
}
SEARCH = {"query", "size", "sort", "_source", "track_total_hits"}


def known(body: Any, allowed: set[str], what: str) -> Document:
    if not isinstance(body, dict):
        raise refused("parse_exception", "request body is required")
    if unknown := sorted(body.keys() - allowed):
        raise refused("x_content_parse_exception", f"[1:2] [{what}] unknown field [{unknown[0]}]")
    return body


@routes.on("GET", "/")
def information(request: Request) -> Document:
    return {
        "name": "sandbox",
        "cluster_name": "emulation",
        "version": {"number": "9.4.3", "build_flavor": "default"},
        "tagline": "This is not Elasticsearch: the sandbox emulates the part of its REST API that the platform uses",
    }


@routes.on("GET", "/_cluster/health")
def health(request: Request) -> Document:
    return {"cluster_name": "emulation", "status": "green", "timed_out": False, "unassigned_shards": 0}


@routes.on("GET", "/_ilm/policy")
def policies(request: Request) -> Document:
    return {name: {"version": 1, "policy": body} for name, body in request.state.policies.items()}


@routes.on("PUT", "/_ilm/policy/{name}")
def put_policy(request: Request) -> Document:
    policy = known(
        known(request.body, {"policy"}, "put_lifecycle_request").get("policy"), {"phases", "_meta"}, "policy"
    )
    for phase, content in policy["phases"].items():
        if phase not in ACTIONS:
            raise refused("illegal_argument_exception", f"Timeseries lifecycle does not support phase [{phase}]")
        known(content, {"min_age", "actions"}, "phase")
        for action in content.get("actions", {}):
            if action not in ACTIONS[phase].split():
                raise refused("illegal_argument_exception", f"invalid action [{action}] defined in phase [{phase}]")
    filled = {name: {"min_age": "0ms", "actions": {}, **content} for name, content in policy["phases"].items()}
    request.state.policies[request.args["name"]] = {**policy, "phases": filled}
    return {"acknowledged": True}


@routes.on("GET", "/_index_template")
def templates(request: Request) -> Document:
    found = [{"name": name, "index_template": body} for name, body in request.state.templates.items()]
    return {"index_templates": found}


@routes.on("PUT", "/_index_template/{name}")
def put_template(request: Request) -> Document:
    body, store = known(request.body, TEMPLATE, "index_template"), request.state
    known(body.get("template", {}), {"settings", "mappings", "aliases", "lifecycle"}, "template")
    policy = body.get("template", {}).get("settings", {}).get("index.lifecycle.name")
    if policy and policy not in store.policies:
        raise refused("illegal_argument_exception", f"policy [{policy}] does not exist")
    if "data_stream" in body:
        body = {**body, "data_stream": {"hidden": False, "allow_custom_routing": False, **body["data_stream"]}}
    store.templates[request.args["name"]] = body
    return {"acknowledged": True}


@routes.on("GET", "/_snapshot")
def repositories(request: Request) -> Document:
    return dict(request.state.repositories)


@routes.on("PUT", "/_snapshot/{name}")
def put_repository(request: Request) -> Document:
    body = known(request.body, {"type", "settings"}, "repository")
    if body.get("type") not in REPOSITORIES:
        raise refused("repository_exception", f"repository type [{body.get('type')}] does not exist")
    known(body.get("settings", {}), REPOSITORIES[body["type"]], "settings")
    request.state.repositories[request.args["name"]] = body
    return {"acknowledged": True}


@routes.on("GET", "/_slm/policy")
def snapshot_policies(request: Request) -> Document:
    return {name: {"version": 1, "policy": body} for name, body in request.state.snapshot_policies.items()}


@routes.on("PUT", "/_slm/policy/{name}")
def put_snapshot_policy(request: Request) -> Document:
    body = known(request.body, SNAPSHOT_POLICY, "snapshot_lifecycle")
    if body["repository"] not in request.state.repositories:
        raise refused("illegal_argument_exception", f"no such repository [{body['repository']}]")
    request.state.snapshot_policies[request.args["name"]] = body
    return {"acknowledged": True}


@routes.on("GET", "/_data_stream/{name}")
def data_streams(request: Request) -> Document:
    store = request.state
    found = [
        {
            "name": name,
            "status": "GREEN",
            "template": store.streams[name]["template"],
            "ilm_policy": store.streams[name]["policy"],
            "next_generation_managed_by": "Index Lifecycle Management"
            if store.streams[name]["policy"]
            else "Unmanaged",
            "indices": [{"index_name": f".ds-{name}-000001", "ilm_policy": store.streams[name]["policy"]}],
        }
        for name in store.names(request.args["name"])
    ]
    return {"data_streams": found}


@routes.on("POST", "/_bulk")
def bulk(request: Request) -> Document:
    """`create` only, which is all that data streams take."""
    lines = [json.loads(line) for line in request.content.splitlines() if line.strip()]
    items = []
    for action, document in zip(lines[::2], lines[1::2], strict=True):
        ((kind, target),) = action.items()
        if kind != "create":
            raise refused("illegal_argument_exception", f"data streams take no [{kind}]: only op_type [create]")
        request.state.add(target["_index"], document)
        items.append({"create": {"_index": target["_index"], "status": 201}})
    return {"took": 0, "errors": False, "items": items}


@routes.on("POST", "/{index}/_search")
def search(request: Request) -> Document:
    body = known(request.body or {}, SEARCH, "search")
    found = _found(request.state, request.args["index"], body.get("query"))
    hits = [{"_index": name, "_source": document} for name, document in found[: body.get("size", 10)]]
    return {"timed_out": False, "hits": {"total": {"value": len(found), "relation": "eq"}, "hits": hits}}


def _found(store: Store, expression: str, query: Any) -> list[tuple[str, Document]]:
    chosen = selector(query)
    found = [(name, document) for name, document in store.matching(expression) if chosen(document)]
    return sorted(found, key=lambda one: str(one[1]["@timestamp"]), reverse=True)
