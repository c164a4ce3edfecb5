# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Durations of the last successful run per kind of run, kept in one JSON file of the state directory."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

Durations = dict[str, float]


class History:
    """{kind of run: {"phase/role": seconds}}; a kind is the playbook with its inventory, tags and mode."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _all(self) -> dict[str, Durations]:
        """Raises ValueError when the file holds anything but a history."""
        try:
            runs = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        if not isinstance(runs, dict):
            raise ValueError(f"{self._path}: not a history of durations")
        return runs

    def load(self, kind: str) -> Durations:
        """Return the durations of the last run of this kind; empty when there was none.

        Raises OSError, and ValueError when the file is damaged.
        """
        return self._all().get(kind, {})

    def save(self, kind: str, durations: Durations) -> None:
        """Replace the durations of this kind; a damaged file starts anew. Raises OSError."""
        try:
            runs = self._all()
        except ValueError:
            runs = {}
        runs[kind] = durations
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(runs, file, indent=1, sort_keys=True)
        os.replace(name, self._path)
