"""What a server has written to its log since the last time somebody asked.

The supervisor sets a log that is full aside as `<name>.log.1` and begins a new one: the rest of the old one is read
first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sandbox.configuration import log_file
from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import replication
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host

MOST = 2 << 20
"""Bytes of one answer. What is older is passed over: a server that writes more than that between two questions is not
read in full."""

Position = dict[str, Any]
"""{"inode", "offset"} in the log of one server; inode 0 while there is no file."""
START: Position = {"inode": 0, "offset": 0}


def log(host: Host, plane: Plane, positions: dict[str, Position]) -> dict[str, Any]:
    """{"text": whole lines after a position, "positions": to be given the next time, by server}.

    Of the server that is written to. Without a position: since the plane was made.
    """
    label, name = plane.data["primary"], replication.primary(host, plane).name
    # A plane made by an older version does not know where its logs began.
    beginning = plane.data.get("logs", {}).get(label, START)
    text, position = read(log_file(host.settings, name), positions.get(name, beginning))
    return {"text": text, "positions": {**positions, name: position}}


def beginnings(host: Host, plane: Plane) -> dict[str, Position]:
    """Where the logs of a plane's servers end before there are any: by label. A former plane may have had its name."""
    return {label: _end(log_file(host.settings, Server(host, plane, label).name)) for label in ("a", "b")}


def read(path: Path, position: Position) -> tuple[str, Position]:
    """Whole lines after a position, and the position after them."""
    content = b""
    try:
        current = path.stat()
    except FileNotFoundError:
        return "", position
    inode, offset = position["inode"], position["offset"]
    aside = path.with_name(f"{path.name}.1")
    if inode not in (0, current.st_ino) and aside.exists() and aside.stat().st_ino == inode:
        content, _read = _from(aside, offset, MOST)
    if inode != current.st_ino or current.st_size < offset:
        offset = 0
    new, length = _from(path, offset, MOST)
    return (content + new).decode(errors="replace"), {"inode": current.st_ino, "offset": offset + length}


def _end(path: Path) -> Position:
    if not path.exists():
        return START
    found = path.stat()
    return {"inode": found.st_ino, "offset": found.st_size}


def _from(path: Path, offset: int, most: int) -> tuple[bytes, int]:
    """Whole lines after an offset, and how far they reach; only the end of what is more than `most`."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = max(offset, size - most)
        file.seek(start)
        content = file.read(size - start)
    whole = content[: content.rfind(b"\n") + 1]
    reached = start - offset + len(whole)
    return (whole if start == offset else whole[whole.find(b"\n") + 1 :]), reached
