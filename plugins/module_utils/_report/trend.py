# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the verdicts developed over the verification runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import effective, instant, tally

# Enough for a chart two fingers wide; older runs stay in the evidence store.
MAX_POINTS = 60


def points(records: Iterable[Mapping[str, Any]], item_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return one point per run, oldest first: {"at": timestamp, "summary": {verdict: count}}.

    All records of a run share its C(checked_at). A point counts what was known of every item at
    that moment, so a run that verified one item only still has a count for all of them.
    """
    known: dict[str, Mapping[str, Any]] = {}
    result = []
    ordered = sorted(records, key=lambda record: (instant(record["checked_at"]), record["sequence"]))
    for at, run in groupby(ordered, key=lambda record: record["checked_at"]):
        known.update({record["item"]: record for record in run})
        now = instant(at)
        verdicts = (effective(known[item], now) if item in known else "unknown" for item in item_ids)
        result.append({"at": at, "summary": tally(verdicts)})
    return result[-MAX_POINTS:]
