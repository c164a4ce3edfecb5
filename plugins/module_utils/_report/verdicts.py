# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts as a report counts them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import GOOD

# In the order every report lists them.
VERDICTS = ("pass", "attested", "fail", "expired", "unknown", "not_applicable")


def instant(text: str) -> datetime:
    """An aware datetime of an RFC 3339 timestamp as evidence records carry it."""
    return datetime.fromisoformat(text)


def effective(record: Mapping[str, Any], now: datetime) -> str:
    """The verdict of a record at a moment: what had passed or was excused is expired past its shelf life."""
    lapsed = record["expires_at"] is not None and instant(record["expires_at"]) <= now
    if lapsed and record["verdict"] in GOOD:
        return "expired"
    return str(record["verdict"])


def tally(verdicts: Iterable[str]) -> dict[str, int]:
    """How often each verdict occurs, zeros included."""
    counts = Counter(verdicts)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def unchecked(item: Mapping[str, Any]) -> bool:
    """Whether nothing at all is known of a report's item, as opposed to a check that could not judge."""
    return item["verdict"] == "unknown" and item["evidence"]["sha256"] is None
