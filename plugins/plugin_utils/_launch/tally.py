# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts and durations of a run per phase (play) and role, free of Ansible and of any terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_ITEM_ID = re.compile(r"\d+\.\d+\.\d+\.\d+")
_HEADER = ("phase", "role", "items", "ok", "changed", "failed", "seconds")


def item_ids(tags: Iterable[str]) -> list[str]:
    """Return the checklist items (1.1.1.3, not groups like 1.1.1) among the tags of a task, in checklist order."""
    found = {tag for tag in tags if _ITEM_ID.fullmatch(tag)}
    return sorted(found, key=lambda tag: [int(part) for part in tag.split(".")])


@dataclass
class Row:
    """What happened in one role of one phase; seconds are wall time."""

    items: set[str] = field(default_factory=set)
    ok: int = 0
    changed: int = 0
    failed: int = 0
    seconds: float = 0.0


class Tally:
    """Adds up results; the time between two starts of tasks belongs to the role of the first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._entered = self._began
        self.phase = ""
        self.role = ""
        self.ids: list[str] = []
        self.rows: dict[tuple[str, str], Row] = {}

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    @property
    def totals(self) -> Row:
        """The sum over all rows; items that several roles share count once."""
        rows = list(self.rows.values())  # the live view asks from another thread
        return Row(
            items=set().union(*(row.items for row in rows)),
            ok=sum(row.ok for row in rows),
            changed=sum(row.changed for row in rows),
            failed=sum(row.failed for row in rows),
            seconds=sum(row.seconds for row in rows),
        )

    def settle(self) -> None:
        """Book the time since the last start on the role that ran in it."""
        now = self._clock()
        if row := self.rows.get((self.phase, self.role)):
            row.seconds += now - self._entered
        self._entered = now

    def start(self, phase: str, role: str, tags: Iterable[str]) -> None:
        """A task of this role begins."""
        self.settle()
        self.phase, self.role, self.ids = phase, role, item_ids(tags)
        self.rows.setdefault((phase, role), Row()).items.update(self.ids)

    def count(self, phase: str, role: str, outcome: str) -> None:
        """Add one result; outcome is ok, changed or failed."""
        row = self.rows.setdefault((phase, role), Row())
        setattr(row, outcome, getattr(row, outcome) + 1)

    def durations(self) -> dict[str, float]:
        """Seconds per phase and role, as the history keeps them: {"phase/role": seconds}."""
        return {f"{phase}/{role}": round(row.seconds, 3) for (phase, role), row in list(self.rows.items())}

    def remaining(self, last_run: dict[str, float]) -> float | None:
        """Estimate the seconds left from the durations of the last run; None without one."""
        if not last_run:
            return None
        current = (self.phase, self.role)
        left = {key: seconds for key, seconds in last_run.items() if key not in self.durations()}
        if row := self.rows.get(current):
            spent = row.seconds + self._clock() - self._entered
            left["/".join(current)] = max(0.0, last_run.get("/".join(current), 0.0) - spent)
        return sum(left.values())

    def table(self) -> list[str]:
        """Render the summary: one line per phase and role, then the total; a phase is named once."""
        cells = [_HEADER]
        shown = None
        for (phase, role), row in self.rows.items():
            cells.append(("" if phase == shown else phase, role, *_numbers(row)))
            shown = phase
        cells.append(("total", "", *_numbers(self.totals)))
        widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADER))]
        return ["  ".join(_aligned(line, widths)).rstrip() for line in cells]


def _numbers(row: Row) -> tuple[str, str, str, str, str]:
    return str(len(row.items)), str(row.ok), str(row.changed), str(row.failed), f"{row.seconds:.1f}"


def _aligned(line: tuple[str, ...], widths: list[int]) -> list[str]:
    """Names to the left, numbers to the right."""
    cells = enumerate(zip(line, widths, strict=True))
    return [cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in cells]
