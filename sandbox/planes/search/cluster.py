"""The cluster: what it is, its health and settings, lists of indices, and the little that can be analysed honestly."""

from __future__ import annotations

from typing import Any

from sandbox.planes.search import settings, shards
from sandbox.planes.search.errors import NotEmulated, SearchError, illegal
from sandbox.planes.search.routes import WAITING, Request, route
from sandbox.planes.search.state import Document

HEALTH = WAITING | {"wait_for_status", "wait_for_no_relocating_shards", "wait_for_active_shards", "level", "local"}

# name type, as in settings.py.
# https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/cluster-settings/
KNOWN = """
action.auto_create_index w
action.destructive_requires_name b
cluster.blocks.create_index b
cluster.max_shards_per_node p
cluster.routing.allocation.enable all|primaries|new_primaries|none
cluster.routing.allocation.balance.prefer_primary b
cluster.routing.allocation.cluster_concurrent_rebalance i
cluster.routing.allocation.disk.threshold_enabled b
cluster.routing.allocation.disk.watermark.low w
cluster.routing.allocation.disk.watermark.high w
cluster.routing.allocation.disk.watermark.flood_stage w
cluster.routing.allocation.node_concurrent_recoveries n
cluster.routing.rebalance.enable all|primaries|replicas|none
cluster.search.request.slowlog.level TRACE|DEBUG|INFO|WARN|trace|debug|info|warn
indices.breaker.fielddata.limit w
indices.breaker.request.limit w
indices.breaker.total.limit w
indices.recovery.max_bytes_per_sec s
plugins.index_state_management.enabled b
plugins.index_state_management.job_interval p
plugins.index_state_management.jitter f
plugins.index_state_management.history.enabled b
plugins.index_state_management.history.max_age t
plugins.index_state_management.history.rollover_retention_period t
search.allow_expensive_queries b
search.default_search_timeout t
search.max_buckets n
search.max_open_scroll_context n
"""
TYPES = (
    dict(line.split() for line in KNOWN.strip().splitlines())
    | {f"cluster.search.request.slowlog.threshold.{level}": "t" for level in settings.LEVELS}
    | {
        f"search.insights.top_queries.{metric}.{name}": kind
        for metric in ("latency", "cpu", "memory")
        for name, kind in (("enabled", "b"), ("top_n_size", "p"), ("window_size", "t"))
    }
    | {
        "search.insights.top_queries.exporter.type": "local_index|none|debug",
        "search.insights.top_queries.exporter.delete_after_days": "p",
        "search.insights.top_queries.grouping.group_by": "none|similarity",
    }
)
SCOPES = ("persistent", "transient")


# https://docs.opensearch.org/latest/api-reference/
@route("GET", "/")
def information(request: Request) -> Document:
    return {
        "name": "sandbox",
        "cluster_name": f"123456789012:{request.state.domain}",
        "cluster_uuid": "_na_",
        "version": {
            "distribution": "opensearch",
            "number": request.state.version,
            "build_type": "emulation",
            "build_snapshot": False,
            "minimum_wire_compatibility_version": "7.10.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "This is not OpenSearch: the sandbox emulates the part of its REST API that the platform uses",
    }


@route("HEAD", "/")
def alive(request: Request) -> tuple[int, None]:
    return 200, None


# https://docs.opensearch.org/latest/api-reference/cluster-api/cluster-health/
@route("GET", "/_cluster/health", HEALTH)
@route("GET", "/_cluster/health/{index}", HEALTH)
def health(request: Request) -> Document:
    state = request.state
    names = state.resolve(request.args.get("index", "_all"))
    found = [state.indices[name] for name in names]
    whole = [shards.number(index) - len(shards.failed(index)) for index in found]
    copies = [1 + int(index["settings"]["index.number_of_replicas"]) for index in found]
    active = sum(number * each for number, each in zip(whole, copies, strict=True))
    missing = sum(len(shards.failed(index)) * each for index, each in zip(found, copies, strict=True))
    return {
        "cluster_name": f"123456789012:{state.domain}",
        "status": "red" if missing else "green",
        "timed_out": False,
        "number_of_nodes": state.nodes,
        "number_of_data_nodes": state.nodes,
        "discovered_master": True,
        "discovered_cluster_manager": True,
        "active_primary_shards": sum(whole),
        "active_shards": active,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": missing,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0 * active / (active + missing) if missing else 100.0,
    }


# https://docs.opensearch.org/latest/api-reference/cluster-api/cluster-settings/
@route("GET", "/_cluster/settings", WAITING | {"flat_settings", "include_defaults"})
def get_settings(request: Request) -> Document:
    if request.flag("include_defaults"):
        raise NotEmulated("the defaults of cluster settings")
    return _shown(request, request.state.settings)


@route("PUT", "/_cluster/settings", WAITING | {"flat_settings"})
def put_settings(request: Request) -> Document:
    body = request.body or {}
    if not isinstance(body, dict) or not any(body.get(scope) for scope in SCOPES):
        raise SearchError(400, "action_request_validation_exception", "Validation Failed: 1: no settings to update;")
    for scope in body:
        if scope not in SCOPES:
            reason = f"[1:2] [cluster_update_settings_request] unknown field [{scope}]"
            raise SearchError(400, "x_content_parse_exception", reason)
    changes = {scope: settings.flatten(body.get(scope) or {}) for scope in SCOPES}
    for scope, values in changes.items():
        for name, value in values.items():
            if name not in TYPES:
                raise illegal(f"{scope} setting [{name}], not recognized")
            if value is not None:
                settings.check_value(name, TYPES[name], value)
    for scope, values in changes.items():
        request.state.settings[scope] = settings.change(request.state.settings[scope], values)
    kept = {scope: {n: v for n, v in values.items() if v is not None} for scope, values in changes.items()}
    return {"acknowledged": True, **_shown(request, kept)}


# https://docs.opensearch.org/latest/api-reference/cat/cat-indices/
@route("GET", "/_cat/indices", frozenset({"format", "h", "s", "bytes", "expand_wildcards", "v", "health"}))
@route("GET", "/_cat/indices/{index}", frozenset({"format", "h", "s", "bytes", "expand_wildcards", "v", "health"}))
def cat_indices(request: Request) -> Any:
    if request.query.get("format") != "json" or request.query.keys() - {"format", "expand_wildcards"}:
        raise NotEmulated("_cat/indices in another form than format=json")
    rows = []
    for name in sorted(request.state.resolve(request.args.get("index", "_all"))):
        index = request.state.indices[name]
        rows.append(
            {
                "health": "red" if shards.failed(index) else "green",
                "status": "close" if index["closed"] else "open",
                "index": name,
                "uuid": index["settings"]["index.uuid"],
                "pri": index["settings"]["index.number_of_shards"],
                "rep": index["settings"]["index.number_of_replicas"],
                "docs.count": str(len(index["documents"])),
                "docs.deleted": "0",
            }
        )
    return rows


# https://docs.opensearch.org/latest/api-reference/analyze-apis/
@route("GET|POST", "/_analyze")
def analyze(request: Request) -> Document:
    body = request.body or {}
    name = body.get("analyzer") or body.get("tokenizer")
    simple = body.keys() <= {"analyzer", "tokenizer", "text"} and name in ("keyword", "whitespace")
    if not simple or not isinstance(body.get("text"), str):
        raise NotEmulated("analysing text by anything but the analyzers keyword and whitespace")
    text: str = body["text"]
    tokens: list[Document] = []
    position = 0
    for word in [text] if name == "keyword" else text.split():
        start = text.index(word, position)
        position = start + len(word)
        token = {"token": word, "start_offset": start, "end_offset": position, "type": "word", "position": len(tokens)}
        tokens.append(token)
    return {"tokens": tokens}


def _shown(request: Request, values: dict[str, Document]) -> Document:
    flat = request.flag("flat_settings")
    return {scope: values[scope] if flat else settings.nest(values[scope]) for scope in SCOPES}
