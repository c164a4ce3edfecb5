"""What arrived: one JSON object a line, in `<state>/alerts/webhook.jsonl` and `mail.jsonl`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KINDS = ("webhook", "mail")
PAUSE = 0.5


def directory(state: Path) -> Path:
    return state / "alerts"


class Journal:
    """Appends to one of the files, from any thread."""

    def __init__(self, state: Path, kind: str) -> None:
        self._path = directory(state) / f"{kind}.jsonl"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def add(self, **entry: Any) -> None:
        received = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"received": received, **entry}, ensure_ascii=False)
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def entries(state: Path) -> list[dict[str, Any]]:
    """All of both kinds, the oldest first, each with its `kind`."""
    found = []
    for kind in KINDS:
        path = directory(state) / f"{kind}.jsonl"
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [{"kind": kind, **json.loads(line)} for line in lines]
    return sorted(found, key=lambda entry: str(entry["received"]))


def follow(state: Path) -> Iterator[dict[str, Any]]:
    """All, and from then on those that arrive; without end."""
    told = 0
    while True:
        found = entries(state)
        # A reset empties the files.
        told = min(told, len(found))
        yield from found[told:]
        told = len(found)
        time.sleep(PAUSE)
