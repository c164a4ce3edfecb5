"""The objects of the cluster: one counter of versions, the latest events for watches, and a SQLite file beneath.

A write is in the file before it is answered, so that a killed process loses nothing that it acknowledged; events are
kept in memory only, and who asks for events from before a restart is told 410, as etcd tells it after a compaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Object = dict[str, Any]
EVENTS = 5000


class Event(NamedTuple):
    """A change: type ADDED, MODIFIED or DELETED; `previous` is the object before it, None when it was added."""

    version: int
    resource: str
    type: str
    obj: Object
    encoded: bytes
    previous: Object | None


class Entry(NamedTuple):
    obj: Object
    encoded: bytes


Entries = list[tuple[tuple[str, str], Entry]]
Subscriber = Callable[[str, str, Object], None]


class Store:
    """Objects by resource name ("deployments.apps"), namespace ("" for none) and name; they are shared, never mutate.

    `path` None keeps nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._objects: dict[str, dict[str, dict[str, Entry]]] = {}
        self._subscribers: list[Subscriber] = []
        self.events: deque[Event] = deque(maxlen=EVENTS)
        self._file = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS objects (resource TEXT, namespace TEXT, name TEXT, body BLOB, "
            "PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID"
        )
        self._file.execute("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, version INTEGER)")
        self._file.execute("INSERT OR IGNORE INTO counter VALUES (0, 1)")
        (self.version,) = self._file.execute("SELECT version FROM counter").fetchone()
        for resource, namespace, name, body in self._file.execute("SELECT * FROM objects"):
            self._bucket(resource, namespace)[name] = Entry(json.loads(body), body)
        self.oldest = self.version

    def close(self) -> None:
        self._file.close()

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call back (resource name, event type, object) after every change; returns what ends it."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def get(self, resource: str, namespace: str | None, name: str) -> Object | None:
        entry = self.entry(resource, namespace, name)
        return entry.obj if entry else None

    def entry(self, resource: str, namespace: str | None, name: str) -> Entry | None:
        return self._objects.get(resource, {}).get(namespace or "", {}).get(name)

    def list(self, resource: str, namespace: str | None = None) -> list[Object]:
        return [entry.obj for _, entry in self.entries(resource, namespace)]

    def entries(self, resource: str, namespace: str | None = None) -> Entries:
        """((namespace, name), entry) in that order."""
        spaces = self._objects.get(resource, {})
        chosen = {namespace: spaces.get(namespace, {})} if namespace else spaces
        return [((space, name), chosen[space][name]) for space in sorted(chosen) for name in sorted(chosen[space])]

    def put(self, resource: str, obj: Object) -> Object:
        """Keep a new version of the object and return it, a copy with its resourceVersion."""
        namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
        before = self.entry(resource, namespace, name)
        obj = self._next(obj)
        body = encode(obj)
        self._file.execute("BEGIN")
        self._file.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", (resource, namespace, name, body))
        self._commit()
        self._bucket(resource, namespace)[name] = Entry(obj, body)
        self._notify(resource, "MODIFIED" if before else "ADDED", Entry(obj, body), before and before.obj)
        return obj

    def remove(self, resource: str, obj: Object) -> Object:
        """Forget the object; returns it as it was last, with the resourceVersion of its removal."""
        namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
        before = self._bucket(resource, namespace).pop(name)
        obj = self._next(obj)
        self._file.execute("BEGIN")
        self._file.execute(
            "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", (resource, namespace, name)
        )
        self._commit()
        self._notify(resource, "DELETED", Entry(obj, encode(obj)), before.obj)
        return obj

    def _bucket(self, resource: str, namespace: str) -> dict[str, Entry]:
        return self._objects.setdefault(resource, {}).setdefault(namespace, {})

    def _next(self, obj: Object) -> Object:
        self.version += 1
        return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version)}}

    def _commit(self) -> None:
        self._file.execute("UPDATE counter SET version = ?", (self.version,))
        self._file.execute("COMMIT")

    def _notify(self, resource: str, kind: str, entry: Entry, previous: Object | None) -> None:
        if len(self.events) == EVENTS:
            self.oldest = self.events[0].version
        self.events.append(Event(self.version, resource, kind, entry.obj, entry.encoded, previous))
        for subscriber in tuple(self._subscribers):
            subscriber(resource, kind, entry.obj)


def encode(obj: Any) -> bytes:
    return json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
