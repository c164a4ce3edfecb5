"""Watches: what is there, then every change, from the store's events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import takewhile

from starlette.responses import Response, StreamingResponse

from sandbox.kube.errors import bad_request, expired
from sandbox.kube.reads import converted, selection
from sandbox.kube.routes import Call
from sandbox.kube.selectors import Predicate
from sandbox.kube.store import Entry, Event, Object, encode
from sandbox.kube.tables import table

BOOKMARKS = 30.0
"""Seconds between bookmarks."""
TIMEOUT = 1800


def watch(call: Call) -> Response:
    """Events as lines of JSON, until `timeoutSeconds` are over or the client is gone."""
    version = call.query.get("resourceVersion", "")
    if not version.isdigit() and version:
        raise bad_request(f"invalid resource version: {version!r}")
    return StreamingResponse(_lines(call, selection(call), int(version or 0)), media_type="application/json")


async def _lines(call: Call, chosen: Predicate | None, since: int) -> AsyncIterator[bytes]:
    store, resource = call.api.store, call.target
    form = _Form(call)
    bookmarks = call.flag("allowWatchBookmarks")
    changed = asyncio.Event()
    unsubscribe = store.subscribe(lambda *_: changed.set())
    loop = asyncio.get_running_loop()
    end = loop.time() + (call.number("timeoutSeconds") or TIMEOUT)
    try:
        if not since or call.flag("sendInitialEvents"):
            since = store.version
            found = store.entries(resource.name, call.namespace or None)
            for _, entry in found:
                if not chosen or chosen(entry.obj):
                    yield form.line("ADDED", entry)
            if call.flag("sendInitialEvents") and bookmarks:
                yield form.bookmark(since, {"k8s.io/initial-events-end": "true"})
        beat = loop.time() + BOOKMARKS
        while True:
            changed.clear()
            if since < store.oldest:
                yield form.error(since)
                return
            news = list(takewhile(lambda event: event.version > since, reversed(store.events)))  # noqa: B023
            for event in reversed(news):
                line = _seen(call, event, chosen, form)
                if line:
                    yield line
                since = event.version
            left = min(beat, end) - loop.time()
            if left > 0:
                try:
                    await asyncio.wait_for(changed.wait(), left)
                except TimeoutError:
                    continue
            elif loop.time() >= end:
                return
            else:
                beat = loop.time() + BOOKMARKS
                if bookmarks:
                    yield form.bookmark(since, {})
    finally:
        unsubscribe()


def _seen(call: Call, event: Event, chosen: Predicate | None, form: _Form) -> bytes | None:
    """What a change is to this watch: coming into a selection is ADDED, leaving it DELETED."""
    if event.resource != call.target.name:
        return None
    if call.namespace and event.obj["metadata"].get("namespace") != call.namespace:
        return None
    kind, entry = event.type, Entry(event.obj, event.encoded)
    if chosen:
        before = event.previous is not None and chosen(event.previous)
        after = kind != "DELETED" and chosen(event.obj)
        if not before and not after:
            return None
        if kind != "DELETED":
            kind = "MODIFIED" if before and after else "ADDED" if after else "DELETED"
    return form.line(kind, entry)


class _Form:
    """Lines of a watch, with objects or (as=Table) tables."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._table = "as=Table" in call.accept
        self._first = True

    def line(self, kind: str, entry: Entry) -> bytes:
        if self._table:
            metadata = {"resourceVersion": entry.obj["metadata"]["resourceVersion"]}
            body = encode(table(self._call, [entry.obj], metadata, self._first))
            self._first = False
        else:
            body = converted(self._call.target, entry)
        return b'{"type":"' + kind.encode() + b'","object":' + body + b"}\n"

    def bookmark(self, version: int, annotations: dict[str, str]) -> bytes:
        resource = self._call.target
        metadata: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        obj = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        return encode({"type": "BOOKMARK", "object": obj}) + b"\n"

    def error(self, version: int) -> bytes:
        error = expired(f"too old resource version: {version} ({self._call.api.store.oldest})")
        return encode({"type": "ERROR", "object": error.status()}) + b"\n"
