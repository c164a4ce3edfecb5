# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is kept of the test of one recovery point: docs/schemas/restore.schema.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import results
from ansible_collections.iworkz.platform.plugins.module_utils._drill.schema import validate
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point

SCHEMA = "restore"
FIGURES = ("compared", "differences", "moved")
DIRECTORY = "restores"
"""In the directory of drills."""


@dataclass(frozen=True)
class Heading:
    """What is known before anything is restored; of the journal, too."""

    id: str
    test: str
    store: str
    kind: str
    source: str
    copy: str | None
    environment: str
    account: str
    region: str
    revision: str
    caller: str
    started_at: str


@dataclass(frozen=True)
class Outcome:
    """
    :param point: as it was restored; None when there was nothing to restore.
    :param restore_seconds: from the call to the first answer.
    :param left: why something that was made is still there.
    """

    point: Point | None
    verdict: str
    reasons: Sequence[Breach]
    comparison: Comparison
    restore_seconds: float | None = None
    left: Sequence[Breach] = ()


def compose(heading: Heading, outcome: Outcome, now: datetime, shelf_life_hours: float) -> dict[str, Any]:
    point, found = outcome.point, outcome.comparison
    started = datetime.fromisoformat(heading.started_at)
    return {
        "schema": 1,
        **asdict(heading),
        "ended_at": now.isoformat(),
        "expires_at": (now + timedelta(hours=shelf_life_hours)).isoformat(),
        "recovery_point": _point(point) if point else None,
        "restore_seconds": _rounded(outcome.restore_seconds),
        "data_age_seconds": _rounded(max(0.0, (started - point.at).total_seconds())) if point else None,
        "units": [asdict(unit) for unit in found.units],
        "rows": {figure: found.total(figure) for figure in FIGURES},
        "proven": found.proven,
        "unproven": found.unproven,
        "marker": found.marker,
        "destroyed": not outcome.left,
        "verdict": outcome.verdict,
        "reasons": [{"id": each.id, "params": each.params} for each in (*outcome.reasons, *outcome.left)],
    }


def save(record: Mapping[str, Any], directory: Path) -> None:
    """Seal it and chain it to the last one. Raises what results.save() raises."""
    results.save(record, directory, lambda document: validate(document, SCHEMA))


def _point(point: Point) -> dict[str, Any]:
    return {
        "id": point.id,
        "type": point.type,
        "created_at": point.at.isoformat(),
        "asked_for": point.asked_for.isoformat() if point.asked_for else None,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
