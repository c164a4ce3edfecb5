# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results and plans as lines of text, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.table import aligned
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, render
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Point

VERDICTS = {
    "pass": "restore.verdict_pass",
    "fail": "restore.verdict_fail",
    "aborted": "restore.verdict_aborted",
}
WORDS = 4
"""So many columns hold words."""


def results_table(records: Sequence[Mapping[str, Any]], language: Language) -> list[str]:
    """One line per recovery point."""
    rows = [
        [
            record["store"],
            record["source"],
            (record["recovery_point"] or {"id": "-"})["id"],
            render(Breach(VERDICTS[record["verdict"]], {}), language),
            _figure(record["data_age_seconds"]),
            _figure(record["restore_seconds"]),
            str(len(record["units"])),
            *(str(record["rows"][name]) for name in ("compared", "differences", "moved")),
        ]
        for record in records
    ]
    return aligned([_headings("restore.columns", language), *rows], WORDS) if rows else []


def plan_table(points: Sequence[Point], language: Language) -> list[str]:
    """One line per recovery point that would be restored."""
    rows = [
        [point.store, point.source, point.kind, point.id, point.at.isoformat(timespec="seconds")] for point in points
    ]
    return aligned([_headings("restore.plan_columns", language), *rows], words=5) if rows else []


def _headings(message: str, language: Language) -> list[str]:
    return render(Breach(message, {}), language).split(" | ")


def _figure(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f}"
