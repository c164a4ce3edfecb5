"""Faults of services: a file that the command line writes and the model follows."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "faults.json"


@dataclass(frozen=True)
class Fault:
    """`errors`: the ratio of requests that fail; `latency`: seconds more that requests take."""

    service: str
    errors: float = 0.0
    latency: float = 0.0
    until: float | None = None
    """Seconds of the epoch; None: until it is cleared."""


def directory(state: Path) -> Path:
    """Where the model's files are."""
    return state / "traffic"


def read(path: Path) -> list[Fault]:
    """The faults of a directory that are not over."""
    try:
        found = json.loads((path / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [fault for each in found if current(fault := Fault(**each), time.time())]


def current(fault: Fault, now: float) -> bool:
    return fault.until is None or fault.until > now


def write(path: Path, faults: list[Fault]) -> None:
    path.mkdir(parents=True, exist_ok=True)
    temporary = path / f".{FILE}"
    temporary.write_text(json.dumps([asdict(each) for each in faults], indent=1), encoding="utf-8")
    os.replace(temporary, path / FILE)


def inject(path: Path, fault: Fault) -> None:
    """Let a service have a fault, instead of the one it has."""
    write(path, [*(each for each in read(path) if each.service != fault.service), fault])


def clear(path: Path) -> int:
    """No faults from now on; how many there were."""
    found = read(path)
    write(path, [])
    return len(found)
