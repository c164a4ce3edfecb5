"""Documents: writing, reading and finding them by exact values. Nothing is analysed or scored.

https://docs.opensearch.org/latest/api-reference/document-apis/index/
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.planes.search import indices, shards
from sandbox.planes.search.errors import SearchError, illegal
from sandbox.planes.search.queries import SEQUENCE, after, ordered, selector
from sandbox.planes.search.routes import Request, route
from sandbox.planes.search.state import Document, State, new_id
from sandbox.planes.search.words import words

WRITE = words("refresh timeout routing op_type if_seq_no if_primary_term require_alias wait_for_active_shards")
READ = words("ignore_unavailable allow_no_indices expand_wildcards")
SHARDS = {"total": 2, "successful": 2, "failed": 0}
SEARCH = words("query size from sort _source track_total_hits search_after seq_no_primary_term")
DEFAULT_SIZE = 10
WINDOW = 10_000
NUMBERS = words("long integer short byte double float half_float scaled_float unsigned_long")


@route("PUT|POST", "/{index}/_doc/{id}", WRITE)
@route("POST", "/{index}/_doc", WRITE)
@route("PUT|POST", "/{index}/_create/{id}", WRITE)
def put_document(request: Request) -> Any:
    only_new = "/_create/" in request.path or request.query.get("op_type") == "create"
    name, identifier = request.args["index"], request.args.get("id") or new_id()
    return _write(request.state, name, identifier, request.body, only_new, request.query)


@route("GET", "/{index}/_doc/{id}", frozenset({"refresh", "realtime", "routing"}))
def get_document(request: Request) -> Any:
    name = request.state.resolve(request.args["index"])[0]
    document = request.state.indices[name]["documents"].get(request.args["id"])
    answer: Document = {"_index": name, "_id": request.args["id"], "found": document is not None}
    return (200, {**answer, **document}) if document else (404, answer)


@route("DELETE", "/{index}/_doc/{id}", WRITE)
def delete_document(request: Request) -> Any:
    return _delete(request.state, request.args["index"], request.args["id"])


# https://docs.opensearch.org/latest/api-reference/document-apis/bulk/
@route("POST|PUT", "/_bulk", WRITE)
@route("POST|PUT", "/{index}/_bulk", WRITE)
def bulk(request: Request) -> Document:
    if not request.content.endswith(b"\n"):
        raise illegal("The bulk request must be terminated by a newline [\\n]")
    lines = iter(line for line in request.content.split(b"\n") if line.strip())
    items = []
    for line in lines:
        ((action, target),) = json.loads(line).items()
        if action not in ("index", "create", "delete"):
            raise illegal(f"Malformed action/metadata line, the emulation knows index, create and delete: [{action}]")
        name = target.get("_index") or request.args.get("index")
        if name is None:
            raise SearchError(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;")
        try:
            if action == "delete":
                status, result = _delete(request.state, name, target["_id"])
            else:
                body = json.loads(next(lines))
                identifier = target.get("_id") or new_id()
                status, result = _write(request.state, name, identifier, body, action == "create", {})
        except SearchError as error:
            status, cause = error.status, {**error.document["error"]}
            cause.pop("root_cause")
            result = {"_index": name, "_id": target.get("_id"), "error": cause}
        items.append({action: {**result, "status": status}})
    return {"took": 0, "errors": any("error" in next(iter(item.values())) for item in items), "items": items}


@route("POST|GET", "/_refresh", READ)
@route("POST|GET", "/{index}/_refresh", READ)
def refresh(request: Request) -> Document:
    request.state.resolve(request.args.get("index", "_all"))
    return {"_shards": SHARDS}


@route("GET|POST", "/_count", READ)
@route("GET|POST", "/{index}/_count", READ)
def count(request: Request) -> Document:
    found, counted = _found(request, (request.body or {}).get("query"))
    return {"count": len(found), "_shards": counted}


# https://docs.opensearch.org/latest/api-reference/search-apis/search/
@route("GET|POST", "/_search", READ | {"size", "from", "track_total_hits", "preference"})
@route("GET|POST", "/{index}/_search", READ | {"size", "from", "track_total_hits", "preference"})
def search(request: Request) -> Document:
    body = request.body or {}
    for name in body:
        if name not in SEARCH:
            raise illegal(f"the emulation searches by {', '.join(sorted(SEARCH))}; not by [{name}]")
    begin = int(request.query.get("from", body.get("from", 0)))
    size = int(request.query.get("size", body.get("size", DEFAULT_SIZE)))
    if begin + size > WINDOW:
        raise illegal(
            "Result window is too large, from + size must be less than or equal to: "
            f"[{WINDOW}] but was [{begin + size}]"
        )
    matching, counted = _found(request, body.get("query"))
    found = ordered(matching, body.get("sort"))
    page = after(found, body.get("sort"), body["search_after"]) if "search_after" in body else found
    told = ["_seq_no", "_primary_term"] if body.get("seq_no_primary_term") else []
    told += [] if body.get("_source") is False else ["_source"]
    hits = [
        {"_index": name, "_id": key, "_score": None, **{member: document[member] for member in told}}
        for name, key, document in page[begin : begin + size]
    ]
    if body.get("sort") == [SEQUENCE]:
        hits = [{**hit, "sort": [one[2]["_seq_no"]]} for hit, one in zip(hits, page[begin:], strict=False)]
    return {
        "took": 0,
        "timed_out": False,
        "_shards": counted,
        "hits": {"total": {"value": len(found), "relation": "eq"}, "max_score": None, "hits": hits},
    }


def _found(request: Request, query: Any) -> tuple[list[tuple[str, str, Document]], dict[str, int]]:
    """(index, id, document) of what matches, and the shards that were asked."""
    found = []
    names = request.state.resolve(request.args.get("index", "_all"))
    chosen = shards.preferred(request)
    for name in names:
        index = request.state.indices[name]
        matches = selector(query, index["mappings"])
        for identifier, document in index["documents"].items():
            asked = chosen is None or shards.shard_of(index, identifier) in chosen
            if asked and matches(identifier, document["_source"]):
                found.append((name, identifier, document))
    return found, shards.counts(request, names)


def _write(
    state: State, name: str, identifier: str, body: Any, only_new: bool, query: dict[str, str]
) -> tuple[int, Document]:
    if not isinstance(body, dict):
        raise SearchError(400, "mapper_parsing_exception", "failed to parse")
    index = indices.ensure(state, name)
    # A restored index has kept the name it was made with.
    (real,) = (known for known, one in state.indices.items() if one is index)
    before = index["documents"].get(identifier)
    expected = (query.get("if_seq_no"), query.get("if_primary_term"))
    actual = (str(before["_seq_no"]), str(before["_primary_term"])) if before else (None, None)
    if (only_new and before) or (expected != (None, None) and expected != actual):
        version = before["_version"] if before else -1
        raise SearchError(
            409,
            "version_conflict_engine_exception",
            f"[{identifier}]: version conflict, document already exists (current version [{version}])",
            index=real,
        )
    index["mappings"] = _mapped(index["mappings"], body, identifier)
    document = {
        "_version": before["_version"] + 1 if before else 1,
        "_seq_no": state.next_sequence(),
        "_primary_term": 1,
        "_source": body,
    }
    index["documents"][identifier] = document
    shown = {key: value for key, value in document.items() if key != "_source"}
    result = "updated" if before else "created"
    return (200 if before else 201), {"_index": real, "_id": identifier, "result": result, "_shards": SHARDS, **shown}


def _delete(state: State, name: str, identifier: str) -> tuple[int, Document]:
    real = state.resolve(name)[0]
    gone = state.indices[real]["documents"].pop(identifier, None)
    answer = {
        "_index": real,
        "_id": identifier,
        "_version": gone["_version"] + 1 if gone else 1,
        "result": "deleted" if gone else "not_found",
        "_shards": SHARDS,
        "_seq_no": state.next_sequence(),
        "_primary_term": 1,
    }
    return (200 if gone else 404), answer


def _mapped(definition: Document, source: Document, identifier: str, path: str = "") -> Document:
    """The mappings after a document: fields that are not mapped are added, refused or left, as `dynamic` says."""
    dynamic = definition.get("dynamic", "true")
    fields = dict(definition.get("properties", {}))
    for name, value in source.items():
        where = f"{path}.{name}" if path else name
        known = fields.get(name)
        if known is None:
            if dynamic in ("strict", "strict_allow_templates"):
                raise SearchError(
                    400,
                    "strict_dynamic_mapping_exception",
                    f"mapping set to strict, dynamic introduction of [{name}] within [{path or '_doc'}] is not allowed",
                )
            made = _guess(value) if dynamic == "true" else None
            if made is None:
                continue
            known = fields[name] = made
        if isinstance(value, dict) and known.get("type", "object") in ("object", "nested"):
            below = {"dynamic": dynamic, **known}
            fields[name] = {**known, "properties": _mapped(below, value, identifier, where).get("properties", {})}
        else:
            for item in value if isinstance(value, list) else [value]:
                _check_value(where, known, item, identifier)
    return {**definition, "properties": fields} if fields else definition


def _guess(value: Any) -> Document | None:
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "long"}
    if isinstance(value, float):
        return {"type": "float"}
    if isinstance(value, dict):
        return {"properties": {}}
    if isinstance(value, str):
        return {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
    return None


def _check_value(where: str, field: Document, value: Any, identifier: str) -> None:
    kind = field.get("type", "object")
    wrong = (
        (kind in NUMBERS and not _is_number(value))
        or (kind == "boolean" and value not in (True, False, "true", "false", ""))
        or (kind in ("object", "nested") and not isinstance(value, dict))
        or (kind in ("keyword", "text") and isinstance(value, dict))
    )
    if value is not None and wrong and not field.get("ignore_malformed"):
        if kind in ("object", "nested"):
            raise SearchError(
                400, "mapper_parsing_exception",
                f"object mapping for [{where}] tried to parse field [{where}] as object, but found a concrete value",
            )  # fmt: skip
        raise SearchError(
            400,
            "mapper_parsing_exception",
            f"failed to parse field [{where}] of type [{kind}] in document with id '{identifier}'. "
            f"Preview of field's value: '{value}'",
        )


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
