"""Ending processes for good, whatever process groups and sessions they are in."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

KILL_SECONDS = 10


def kill_tree(pid: int | None) -> None:
    """SIGKILL a process and its descendants, whatever process groups they are in, and wait until they have ended."""
    if pid is None:
        return
    doomed = [pid, *_descendants(pid)]
    for one in doomed:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue
    ended(doomed)


def ended(processes: list[int]) -> None:
    """Wait until processes have ended; TimeoutError names those that don't."""
    deadline = time.monotonic() + KILL_SECONDS
    while alive := [one for one in processes if _is_alive(one)]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {alive} do not end")
        time.sleep(0.01)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _is_alive(pid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] not in "ZX"


def _stat(pid: int) -> list[str]:
    """[state, parent, ..] of a process, [] without one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def stray(directory: Path) -> list[int]:
    """Processes that work in a directory or below, and belong to no terminal: servers, not somebody's shell."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            works_in = (entry / "cwd").readlink()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        stat = _stat(int(entry.name))
        if works_in.is_relative_to(directory) and stat and stat[4] == "0":
            found.append(int(entry.name))
    return found
