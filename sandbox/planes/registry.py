"""What the daemon remembers: planes, addresses, links and names, in one JSON file that is replaced as a whole."""

from __future__ import annotations

import copy
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Plane


@dataclass
class Content:
    planes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """{Plane.name: its document}, as it was after its last job: planes change while the file is written."""
    addresses: dict[str, str] = field(default_factory=dict)
    """{address: "<owner> <label>"}."""
    last: dict[str, int] = field(default_factory=dict)
    """The last byte allotted last, of endpoints ("True") and of nodes ("False")."""
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    """{name: settings of a link}."""


class Registry:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._written = ""
        self.content = Content(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Content()
        self._planes = {name: Plane(**document) for name, document in self.content.planes.items()}

    @contextmanager
    def change(self) -> Iterator[Content]:
        """The content, to be changed by nobody else meanwhile; saved afterwards."""
        with self._lock:
            yield self.content
            self._save()

    def keep(self, plane: Plane) -> None:
        """Save a plane as it is now; from the thread that changes it."""
        with self.change() as content:
            self._planes[plane.name] = plane
            content.planes[plane.name] = copy.deepcopy(plane.document())

    def drop(self, plane: Plane) -> None:
        """Forget a plane, unless another one has taken its name."""
        with self.change() as content:
            if self._planes.get(plane.name) is plane:
                del self._planes[plane.name], content.planes[plane.name]

    def plane(self, kind: str, key: str) -> Plane | None:
        with self._lock:
            return self._planes.get(Plane(kind, key).name)

    def planes(self, kind: str | None = None) -> list[Plane]:
        with self._lock:
            return [plane for plane in self._planes.values() if kind in (None, plane.kind)]

    def _save(self) -> None:
        text = json.dumps(asdict(self.content), indent=1)
        if text == self._written:
            return
        temporary = self._path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, self._path)
        self._written = text
