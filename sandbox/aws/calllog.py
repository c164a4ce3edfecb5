"""The log of every call: one JSON line each in `calls.jsonl`, the newest also in memory for the control API.

A line: {"sequence", "time" (ISO 8601, UTC), "service", "operation", "region", "mutating", "status", "error" (code or
""), "access_key", "stand_in" (whether a program of the sandbox made the call, by its key), "milliseconds"}. Requests no
model of botocore knows have an empty operation, and for the service what the path says.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEPT = 200_000
"""How many entries are held in memory."""

LONGEST_FILE = 64 << 20
"""Bytes; a longer file is set aside as `calls.1.jsonl` when the server starts."""


class CallLog:
    def __init__(self, directory: Path) -> None:
        self._path = directory / "calls.jsonl"
        self._unsupported_path = directory / "unsupported.jsonl"
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(_read(self._path), maxlen=KEPT)
        self._unsupported = _read(self._unsupported_path)
        self._sequence = self._entries[-1]["sequence"] if self._entries else 0
        if self._path.exists() and self._path.stat().st_size > LONGEST_FILE:
            self._path.replace(directory / "calls.1.jsonl")
        self._file = self._path.open("a", buffering=1, encoding="utf-8")

    def add(self, **entry: Any) -> None:
        with self._lock:
            self._sequence += 1
            entry = {"sequence": self._sequence, "time": _now(), **entry}
            self._entries.append(entry)
            self._file.write(json.dumps(entry) + "\n")

    def add_unsupported(self, service: str, operation: str, message: str) -> None:
        entry = {"time": _now(), "service": service, "operation": operation, "message": message}
        with self._lock:
            self._unsupported.append(entry)
            with self._unsupported_path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    def since(self, sequence: int) -> dict[str, Any]:
        """Entries after a sequence number, with their counts."""
        with self._lock:
            entries = [entry for entry in self._entries if entry["sequence"] > sequence]
            newest = self._sequence
        operations = Counter(f"{entry['service']}:{entry['operation']}" for entry in entries)
        mutating = sum(1 for entry in entries if entry["mutating"])
        return {
            "sequence": newest,
            "counts": {
                "total": len(entries),
                "mutating": mutating,
                "reading": len(entries) - mutating,
                "failed": sum(1 for entry in entries if entry["status"] >= 400),
                "operations": dict(sorted(operations.items())),
            },
            "calls": entries,
        }

    def unsupported(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._unsupported)

    def reset(self) -> None:
        """Forget every entry; sequence numbers go on."""
        with self._lock:
            self._entries.clear()
            self._unsupported.clear()
            self._file.truncate(0)
            self._unsupported_path.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _read(path: Path) -> list[dict[str, Any]]:
    """The entries of a file; a last line cut short by a kill is dropped."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    if len(whole) != len(lines):
        path.write_text("".join(whole), encoding="utf-8")
    return [json.loads(line) for line in whole]
