# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a probe saw, in its file: one line per acknowledgement and per failed attempt, in monotonic seconds.

The monotonic clock is the machine's, so its readings compare between processes. Lines:
``A <seq> <due> <acknowledged>`` and ``E <seq> <attempted> <class>``.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ack:
    """``due`` is when the canary was to be written, ``at`` when its write was acknowledged."""

    seq: int
    due: float
    at: float


@dataclass(frozen=True)
class Failure:
    seq: int
    at: float
    error: str


@dataclass(frozen=True)
class Tape:
    """In the order in which it happened."""

    acks: tuple[Ack, ...]
    failures: tuple[Failure, ...]


class Recorder:
    """Appends to a tape: one write per line, so that what was acknowledged is known even of a killed probe."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # Held by the writer as long as it lives: see written_to().
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def ack(self, seq: int, due: float, at: float) -> None:
        os.write(self._descriptor, f"A {seq} {due:.6f} {at:.6f}\n".encode())

    def failure(self, seq: int, at: float, error: str) -> None:
        os.write(self._descriptor, f"E {seq} {at:.6f} {error}\n".encode())

    def close(self) -> None:
        os.close(self._descriptor)


class Follower:
    """A tape that is being written, reading only what was added since it was last asked.

    :param pause: seconds without an acknowledgement that count as a disturbance. How far the writer is behind its
        schedule does not: after an outage it has much to catch up with.
    """

    def __init__(self, path: Path, pause: float) -> None:
        self._path = path
        self._pause = pause
        self._offset = 0
        self._rest = b""
        self.last: float | None = None
        self.last_failure: str = ""
        self._undisturbed_since: float | None = None

    def undisturbed(self, now: float) -> float:
        """For how many seconds canaries have been acknowledged without failure or pause, until now."""
        self.update()
        if self.last is None or self._undisturbed_since is None or now - self.last > self._pause:
            return 0.0
        return now - self._undisturbed_since

    def update(self) -> None:
        """Read on."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            added = file.read()
        self._offset += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        for line in lines:
            kind, _seq, _when, rest = line.decode().split(" ", 3)
            if kind == "E":
                self.last_failure, self._undisturbed_since = rest, None
                continue
            at = float(rest)
            if self._undisturbed_since is None or (self.last is not None and at - self.last > self._pause):
                self._undisturbed_since = at
            self.last = at


def written_to(path: Path) -> bool:
    """Whether a writer still holds the tape: it outlives a drill that is killed by as long as its last write takes."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def read_tape(path: Path) -> Tape:
    """A whole tape; one that was never begun is empty, a line cut short by a kill is left out."""
    acks: list[Ack] = []
    failures: list[Failure] = []
    for line in path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else ():
        kind, seq, when, rest = line.split(" ", 3)
        if kind == "A":
            acks.append(Ack(int(seq), float(when), float(rest)))
        else:
            failures.append(Failure(int(seq), float(when), rest))
    return Tape(tuple(acks), tuple(failures))
