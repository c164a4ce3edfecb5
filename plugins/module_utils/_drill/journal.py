# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a drill did, on disk before and after it did it: one JSON object per line, each durable before the next step.

Events: ``opened`` (scenario, site, settings: all that a rollback needs), ``run``, ``noted`` (what was there before the
fault), ``began`` and ``ended`` of each step, ``measured``, ``rolling_back``, ``restored`` (what a run has changed is
back), ``closed``. A journal that is not closed belongs to a drill that runs, or that was interrupted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import make_directory

FILE = "journal.jsonl"

Event = dict[str, Any]


class JournalDamaged(ValueError):
    """A line that is not the last one cannot be read."""


@dataclass(frozen=True)
class Clock:
    """Durations come from ``monotonic``, which no clock change moves; ``now`` (aware UTC) only labels."""

    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


class Journal:
    """One drill's journal, appended to by one process."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self._clock = clock
        make_directory(directory)
        self._file = (directory / FILE).open("ab")
        _drop_torn_line(directory / FILE)

    def write(self, event: str, **details: Any) -> Event:
        """Append one event and return it once it is durable."""
        entry: Event = {
            "event": event,
            "at": self._clock.now().isoformat(),
            "monotonic": round(self._clock.monotonic(), 6),
            **details,
        }
        self._file.write(json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return entry

    def close(self) -> None:
        self._file.close()


def read(directory: Path) -> list[Event]:
    """The events of a journal. A last line that was cut short was never acted upon and is left out.

    Raises JournalDamaged for a line that is no JSON object, OSError.
    """
    events: list[Event] = []
    lines = (directory / FILE).read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            events.append(dict(json.loads(line)))
        except (ValueError, TypeError) as error:
            raise JournalDamaged(f"{directory / FILE}, line {number}: {error}") from error
    return events


def unfinished(journals: Path) -> list[Path]:
    """Directories of the drills that were interrupted, oldest first; to be called by who holds the lock."""
    found = []
    for path in sorted(journals.iterdir()) if journals.is_dir() else ():
        kinds = {event["event"] for event in read(path)} if (path / FILE).exists() else set()
        if "opened" in kinds and "closed" not in kinds:
            found.append(path)
    return found


def _drop_torn_line(path: Path) -> None:
    whole = path.read_bytes().rfind(b"\n") + 1
    os.truncate(path, whole)
