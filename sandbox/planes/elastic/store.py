"""What the emulated servers hold: configuration, kept in one JSON file; documents, in memory and only the newest."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sandbox.planes.rest import SearchError

Document = dict[str, Any]
KEPT = 2000
"""Documents of one data stream."""


def refused(kind: str, reason: str) -> SearchError:
    return SearchError(400, kind, reason)


class Store:
    CONFIGURATION = (
        "policies",
        "templates",
        "repositories",
        "snapshot_policies",
        "spaces",
        "data_views",
        "objects",
        "streams",
    )

    def __init__(self, path: Path) -> None:
        self._path = path
        self.policies: dict[str, Document] = {}
        self.templates: dict[str, Document] = {}
        self.repositories: dict[str, Document] = {}
        self.snapshot_policies: dict[str, Document] = {}
        self.spaces: dict[str, Document] = {"default": {"id": "default", "name": "Default", "_reserved": True}}
        self.data_views: dict[str, dict[str, Document]] = {}
        """{space: {id: view}}."""
        self.objects: dict[str, dict[str, Document]] = {}
        """{space: {"<type>/<id>": saved object}}."""
        self.streams: dict[str, Document] = {}
        """{data stream: {"template", "policy"}}, as they were when it was made."""
        self.documents: dict[str, deque[Document]] = {}
        if path.exists():
            self.__dict__.update(json.loads(path.read_text(encoding="utf-8")))

    def save(self) -> None:
        temporary = self._path.with_suffix(".tmp")
        kept = {name: getattr(self, name) for name in self.CONFIGURATION}
        temporary.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, self._path)

    def stream(self, name: str) -> Document:
        """A data stream, made by the template that fits it best."""
        found = self.streams.get(name)
        if found is None:
            fitting = [
                (body.get("priority", 0), called)
                for called, body in self.templates.items()
                if "data_stream" in body and any(fnmatchcase(name, pattern) for pattern in body["index_patterns"])
            ]
            if not fitting:
                raise refused("illegal_argument_exception", f"no matching index template for data stream [{name}]")
            template = max(fitting)[1]
            settings = self.templates[template].get("template", {}).get("settings", {})
            found = self.streams[name] = {"template": template, "policy": settings.get("index.lifecycle.name")}
        return found

    def add(self, name: str, document: Document) -> None:
        self.stream(name)
        if "@timestamp" not in document:
            raise refused("document_parsing_exception", "data stream timestamp field [@timestamp] is missing")
        self.documents.setdefault(name, deque(maxlen=KEPT)).append(document)

    def matching(self, expression: str) -> Iterator[tuple[str, Document]]:
        """Documents of the data streams that `a,b*` names, the newest first."""
        for name in self.names(expression):
            for document in reversed(self.documents.get(name, ())):
                yield name, document

    def names(self, expression: str) -> list[str]:
        patterns = expression.split(",")
        return sorted(name for name in self.streams if any(fnmatchcase(name, pattern) for pattern in patterns))
