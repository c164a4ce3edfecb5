# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The journal of a check run: what it began with, then a line for each result.

The callback that writes it holds a lock on it, so that a run that lives is told from one that was interrupted. Only the
sealing of a run makes records of it.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import make_directory

NAME = "run.jsonl"
# Some ten thousand results.
MAX_BYTES = 8_000_000

Entry = dict[str, Any]


class JournalHeld(RuntimeError):
    """Another run that lives writes to the journal."""


class JournalBroken(ValueError):
    """There is no journal, or not the whole of it; the text says how."""


def begin(directory: Path, header: Mapping[str, Any]) -> Path:
    """Begin anew, whatever an interrupted run left. Raises JournalHeld and OSError."""
    make_directory(directory)
    path = directory / NAME
    with _held(path) as file:
        file.truncate(0)
        file.write(_line(header))
    return path


class Journal:
    """What the callback writes. Raises JournalHeld and OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _held(path)
        self._size = 0
        self.add({"outcome": "listening"})

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append a line; past the most a journal holds, only that something is missing."""
        if self._size > MAX_BYTES:
            return
        line = _line(entry)
        self._size += len(line)
        self._file.write(line if self._size <= MAX_BYTES else _line({"outcome": "cut"}))
        self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def read(path: Path) -> tuple[Entry, list[Entry]]:
    """Return header and lines. Raises JournalBroken where it isn't whole or the callback wrote nothing; OSError."""
    try:
        header, *entries = [json.loads(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError as error:
        raise JournalBroken(f"{path} is not there") from error
    except ValueError as error:
        raise JournalBroken(f"{path}: {error}") from error
    if not entries or entries[0]["outcome"] != "listening":
        raise JournalBroken(f"{path}: no callback wrote to it")
    if entries[-1]["outcome"] == "cut":
        raise JournalBroken(f"{path}: the run told more than {MAX_BYTES} bytes")
    return header, entries[1:]


def _held(path: Path) -> IO[bytes]:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise JournalHeld(str(path)) from error
    return file


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"
