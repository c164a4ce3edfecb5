"""Shards: which one a document is in, how they are told, and those that could not be restored.

https://docs.opensearch.org/latest/api-reference/cat/cat-shards/
https://docs.opensearch.org/latest/api-reference/index-apis/stats/
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from sandbox.planes.search.errors import NotEmulated, SearchError
from sandbox.planes.search.routes import Request, route
from sandbox.planes.search.state import Document

PREFERENCE = "_shards:"
COLUMNS = ("index", "shard", "prirep", "state", "unassigned.reason", "unassigned.details")


def number(index: Document) -> int:
    """Of primary shards."""
    return int(index["settings"]["index.number_of_shards"])


def shard_of(index: Document, identifier: str) -> int:
    """OpenSearch hashes by murmur3; a document only has to be found in the same shard again."""
    return zlib.crc32(identifier.encode()) % number(index)


def failed(index: Document) -> dict[str, str]:
    """{number of a shard: why it could not be restored}."""
    found: dict[str, str] = index.get("failed_shards", {})
    return found


def preferred(request: Request) -> set[int] | None:
    """The shards that a search is sent to, of `preference=_shards:0,1`; None: to all."""
    preference = request.query.get("preference")
    if preference is None:
        return None
    if not preference.startswith(PREFERENCE):
        raise NotEmulated(f"the preference [{preference}]")
    return {int(one) for one in preference.removeprefix(PREFERENCE).split(",")}


def counts(request: Request, names: list[str]) -> dict[str, int]:
    """How many shards a search was sent to. A copy that is not there fails it only where it is all that was asked."""
    chosen = preferred(request)
    asked = [
        (name, shard)
        for name in names
        for shard in range(number(request.state.indices[name]))
        if chosen is None or shard in chosen
    ]
    bad = sum(str(shard) in failed(request.state.indices[name]) for name, shard in asked)
    if asked and bad == len(asked):
        raise SearchError(503, "search_phase_execution_exception", "all shards failed", phase="query", grouped=True)
    return {"total": len(asked), "successful": len(asked) - bad, "skipped": 0, "failed": bad}


@route("GET", "/_cat/shards", frozenset({"format", "h"}))
@route("GET", "/_cat/shards/{index}", frozenset({"format", "h"}))
def cat_shards(request: Request) -> Any:
    columns = request.query.get("h", ",".join(COLUMNS)).split(",")
    if request.query.get("format") != "json" or not set(columns) <= set(COLUMNS):
        raise NotEmulated(f"_cat/shards in another form than format=json, or other columns than {', '.join(COLUMNS)}")
    return [{column: row[column] for column in columns} for row in _rows(request)]


@route("GET", "/{index}/_stats", frozenset({"level"}))
def stats(request: Request) -> Document:
    """Of shards, and only what tells how far they reach: `commit.user_data` is that of the Lucene commit, which a
    restored shard brings along (org.opensearch.index.engine.CommitStats)."""
    if request.query.get("level") != "shards":
        raise NotEmulated("_stats of another level than shards")
    found = {}
    for name in request.state.resolve(request.args["index"]):
        index = request.state.indices[name]
        reached = index.get("checkpoint", request.state.sequence - 1)
        commit = {"user_data": {"local_checkpoint": str(reached), "max_seq_no": str(reached)}}
        primary = {"routing": {"state": "STARTED", "primary": True}, "commit": commit}
        whole = [str(shard) for shard in range(number(index)) if str(shard) not in failed(index)]
        found[name] = {"uuid": index["settings"]["index.uuid"], "shards": {shard: [primary] for shard in whole}}
    return {"indices": found}


def _rows(request: Request) -> Iterator[dict[str, Any]]:
    for name in sorted(request.state.resolve(request.args.get("index", "_all"))):
        index = request.state.indices[name]
        for shard in range(number(index)):
            reason = failed(index).get(str(shard))
            for copy in range(1 + int(index["settings"]["index.number_of_replicas"])):
                yield {
                    "index": name,
                    "shard": str(shard),
                    "prirep": "r" if copy else "p",
                    "state": "UNASSIGNED" if reason else "STARTED",
                    "unassigned.reason": "ALLOCATION_FAILED" if reason else None,
                    "unassigned.details": reason,
                }
