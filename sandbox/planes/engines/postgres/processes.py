"""Processes of a server, found by their working directory: whose postmaster was killed has no parent any more."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

END_SECONDS = 10.0


def works_in(pid: int, directory: Path) -> bool:
    """Whether a process lives and works in a directory; a zombie works nowhere."""
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(directory)
    except OSError:
        return False


def kill(directory: Path) -> None:
    """SIGKILL whatever works in a directory; returns when it is gone."""
    deadline = time.monotonic() + END_SECONDS
    while running := [pid for pid in _pids() if works_in(pid, directory)]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {running} of {directory} survive SIGKILL")
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
