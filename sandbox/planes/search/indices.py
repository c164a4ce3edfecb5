"""Indices: creation from templates, settings, mappings, aliases, deletion.

https://docs.opensearch.org/latest/api-reference/index-apis/index/
"""

from __future__ import annotations

import copy
import re
from typing import Any

from sandbox.planes.search import analysis, mappings, policies, settings, templates
from sandbox.planes.search.errors import NotEmulated, SearchError, check_keys, illegal, no_index
from sandbox.planes.search.routes import WAITING, Request, route
from sandbox.planes.search.state import Document, State, new_id, now_ms
from sandbox.planes.search.words import words

CREATE = words("settings mappings aliases")
ALIAS = words("filter index_routing is_hidden is_write_index routing search_routing")
SELECT = words("ignore_unavailable allow_no_indices expand_wildcards local include_defaults flat_settings")
NAME = re.compile(r"[^A-Z\\/*?\"<>| ,#:]+")
LONGEST_NAME = 255


# https://docs.opensearch.org/latest/api-reference/index-apis/create-index/
@route("PUT", "/{index}", WAITING | {"wait_for_active_shards"})
def create_index(request: Request) -> Document:
    name = request.args["index"]
    body = request.body or {}
    for key in body:
        if key not in CREATE:
            raise SearchError(400, "parse_exception", f"unknown key [{key}] for create index")
    create(request.state, name, body)
    return {"acknowledged": True, "shards_acknowledged": True, "index": name}


@route("HEAD", "/{index}", SELECT)
def has_index(request: Request) -> tuple[int, None]:
    return (200 if request.state.resolve(request.args["index"], missing_ok=True) else 404), None


@route("GET", "/{index}", WAITING | SELECT)
def get_index(request: Request) -> Document:
    found = request.state.resolve(request.args["index"])
    return {name: _shown(request.state.indices[name], "aliases", "mappings", "settings") for name in found}


@route("DELETE", "/{index}", WAITING | SELECT)
def delete_index(request: Request) -> Document:
    if "*" in request.args["index"] or request.args["index"] == "_all":
        raise illegal("Wildcard expressions or all indices are not allowed")
    for name in request.args["index"].split(","):
        if name not in request.state.indices:
            raise no_index(name)
    for name in request.args["index"].split(","):
        del request.state.indices[name]
    return {"acknowledged": True}


# https://docs.opensearch.org/latest/api-reference/index-apis/get-settings/
@route("GET", "/_settings", WAITING | SELECT)
@route("GET", "/{index}/_settings", WAITING | SELECT)
@route("GET", "/{index}/_settings/{setting}", WAITING | SELECT)
def get_settings(request: Request) -> Document:
    if request.flag("include_defaults"):
        raise NotEmulated("the defaults of settings")
    wanted = request.args.get("setting")
    found = {}
    for name in request.state.resolve(request.args.get("index", "_all")):
        flat = request.state.indices[name]["settings"]
        flat = {key: value for key, value in flat.items() if wanted in (None, key)}
        found[name] = {"settings": flat if request.flag("flat_settings") else settings.nest(flat)}
    return found


# https://docs.opensearch.org/latest/api-reference/index-apis/update-settings/
@route("PUT", "/_settings", WAITING | SELECT | {"preserve_existing"})
@route("PUT", "/{index}/_settings", WAITING | SELECT | {"preserve_existing"})
def put_settings(request: Request) -> Document:
    body = request.body
    if not isinstance(body, dict) or not body:
        raise SearchError(400, "action_request_validation_exception", "Validation Failed: 1: no settings to update;")
    changes = settings.of_index(body.get("settings", body) if body.keys() == {"settings"} else body)
    names = request.state.resolve(request.args.get("index", "_all"))
    for name in names:
        index = request.state.indices[name]
        settings.check_change(changes, name, index["settings"]["index.uuid"], index["closed"])
    for name in names:
        index = request.state.indices[name]
        keep = request.flag("preserve_existing")
        wanted = {key: value for key, value in changes.items() if not (keep and key in index["settings"])}
        changed = settings.change(index["settings"], wanted)
        analysis.check(changed)
        index["settings"] = changed
    return {"acknowledged": True}


@route("GET", "/_mapping", WAITING | SELECT)
@route("GET", "/{index}/_mapping", WAITING | SELECT)
def get_mapping(request: Request) -> Document:
    names = request.state.resolve(request.args.get("index", "_all"))
    return {name: {"mappings": request.state.indices[name]["mappings"]} for name in names}


# https://docs.opensearch.org/latest/api-reference/index-apis/put-mapping/
@route("PUT|POST", "/{index}/_mapping", WAITING | SELECT | {"write_index_only"})
def put_mapping(request: Request) -> Document:
    if not request.body:
        raise SearchError(400, "action_request_validation_exception", "Validation Failed: 1: mapping source is empty;")
    changed = {}
    for name in request.state.resolve(request.args["index"]):
        index = request.state.indices[name]
        checked = mappings.check(request.body, index["settings"])
        changed[name] = mappings.merge(index["mappings"], checked)
    for name, merged in changed.items():
        request.state.indices[name]["mappings"] = merged
    return {"acknowledged": True}


# https://docs.opensearch.org/latest/api-reference/index-apis/close-index/
@route("POST", "/{index}/_close", WAITING | SELECT | {"wait_for_active_shards"})
def close(request: Request) -> Document:
    return _set_closed(request, True)


@route("POST", "/{index}/_open", WAITING | SELECT | {"wait_for_active_shards"})
def open_index(request: Request) -> Document:
    return _set_closed(request, False)


@route("GET", "/_alias", SELECT)
@route("GET", "/{index}/_alias", SELECT)
@route("GET", "/_alias/{alias}", SELECT)
def get_aliases(request: Request) -> Any:
    wanted = request.args.get("alias")
    found = {}
    for name in request.state.resolve(request.args.get("index", "_all")):
        aliases = request.state.indices[name]["aliases"]
        aliases = {alias: value for alias, value in aliases.items() if wanted in (None, alias)}
        if aliases or wanted is None:
            found[name] = {"aliases": aliases}
    return found if found or wanted is None else (404, {"error": f"alias [{wanted}] missing", "status": 404})


def create(state: State, name: str, body: Document) -> None:
    """Make an index of its body over the winning template, and let the ISM template of its name manage it."""
    check_name(state, name)
    winner = templates.winning(state, name)
    composed = templates.compose(state, state.index_templates[winner]) if winner else {}
    own = settings.of_index(body.get("settings"))
    flat = {
        "index.number_of_shards": "5",
        "index.number_of_replicas": "1",
        **composed.get("settings", {}),
        **own,
    }
    flat = {key: value for key, value in flat.items() if value is not None}
    analysis.check(flat)
    combined = mappings.combine(composed.get("mappings", {}), body.get("mappings") or {})
    aliases = copy.deepcopy({**composed.get("aliases", {}), **body.get("aliases", {})})
    for alias, definition in aliases.items():
        check_keys(definition, ALIAS, "alias")
        if alias in state.indices:
            raise SearchError(
                400, "invalid_alias_name_exception",
                f"Invalid alias name [{alias}]: an index or data stream exists with the same name as the alias",
            )  # fmt: skip
    checked = mappings.check(combined, flat)
    major, minor, patch = (int(part) for part in state.version.split("."))
    state.indices[name] = {
        "settings": flat
        | {
            "index.uuid": new_id(),
            "index.creation_date": str(now_ms()),
            "index.provided_name": name,
            # OpenSearch's internal form of its version.
            "index.version.created": str((major * 1_000_000 + minor * 10_000 + patch * 100 + 99) ^ 0x08000000),
        },
        "mappings": checked,
        "aliases": aliases,
        "documents": {},
        "policy": policies.for_index(state, name),
        "closed": False,
    }


def ensure(state: State, name: str) -> Document:
    """The index of a name or alias that is written to, made when there is none."""
    if not state.resolve(name, missing_ok=True):
        allowed = str({**state.settings["persistent"], **state.settings["transient"]}.get("action.auto_create_index"))
        if allowed == "false":
            raise no_index(name)
        create(state, name, {})
    candidates = state.resolve(name)
    writing = [c for c in candidates if state.indices[c]["aliases"].get(name, {}).get("is_write_index")]
    if name not in state.indices and len(candidates) > 1 and len(writing) != 1:
        raise illegal(
            f"no write index is defined for alias [{name}]. The write index may be explicitly disabled using "
            "is_write_index=false or the alias points to multiple indices without one being designated as a write index"
        )
    index = state.indices[(writing or candidates)[0]]
    if "true" in (index["settings"].get(f"index.blocks.{block}") for block in ("write", "read_only")):
        reason = f"index [{name}] blocked by: [FORBIDDEN/8/index write (api)];"
        raise SearchError(403, "cluster_block_exception", reason)
    return index


def check_name(state: State, name: str) -> None:
    """invalid_index_name_exception or resource_already_exists_exception for a name that an index can't have."""

    def invalid(why: str) -> SearchError:
        return SearchError(400, "invalid_index_name_exception", f"Invalid index name [{name}], {why}", index=name)

    if name != name.lower():
        raise invalid("must be lowercase")
    if name[0] in "_-+" or name in (".", ".."):
        raise invalid("must not start with '_', '-', or '+'")
    if not NAME.fullmatch(name):
        raise invalid('must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]')
    if len(name.encode()) > LONGEST_NAME:
        raise invalid(f"index name is too long, ({len(name.encode())} > {LONGEST_NAME})")
    if name in state.indices:
        uuid = state.indices[name]["settings"]["index.uuid"]
        raise SearchError(400, "resource_already_exists_exception", f"index [{name}/{uuid}] already exists", index=name)
    if any(name in index["aliases"] for index in state.indices.values()):
        raise invalid("already exists as alias")


def _set_closed(request: Request, closed: bool) -> Document:
    for name in request.state.resolve(request.args["index"]):
        request.state.indices[name]["closed"] = closed
    return {"acknowledged": True, "shards_acknowledged": True}


def _shown(index: Document, *parts: str) -> Document:
    return {part: settings.nest(index[part]) if part == "settings" else index[part] for part in parts}
