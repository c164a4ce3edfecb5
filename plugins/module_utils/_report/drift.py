# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What check runs found, as the report has it: the newest record of each item, and every difference once. Pure but for
reading the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drift.judge import NONE, OBSTACLES
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, joined
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import instant

SEALED = ("verdict", "checked_at", "expires_at", "revision", "caller", "sequence", "sha256")
TOLD = ("role", "task", "resource", "keys")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Drift:
    """The newest record of each item, how many there are of all, and what the audit of their chain found wrong."""

    latest: Mapping[str, Record] = field(default_factory=dict)
    records: int = 0
    problems: Sequence[Breach] = ()


def read(directory: Path | None) -> Drift:
    """Read the records of a drift directory. Raises OSError."""
    if directory is None:
        return Drift()
    store = Store(directory)
    return Drift(store.latest(), sum(1 for _record in store.all_records()), store.audit())


def section(drift: Drift, environment: str, account: str, now: datetime, say: Say) -> dict[str, Any]:
    """Return the report's C(drift): records of this environment and account only, and what they tell at C(now)."""
    ours = {
        item: record
        for item, record in sorted(drift.latest.items())
        if (record["environment"], record["account"]) == (environment, account)
    }
    return {
        "intact": not drift.problems,
        "records": drift.records,
        "problems": [say(problem.id, **problem.params) for problem in drift.problems],
        "last": _last(ours, now),
        "changes": _told(ours, False, say),
        "uncompared": _told(ours, True, say),
        "items": [_item(item, record, now, say) for item, record in ours.items()],
    }


def compared(drift: Mapping[str, Any]) -> int:
    """How many items of the checklist the report's C(drift) says anything certain of."""
    return sum(each["item"] is not None and each["verdict"] != "unknown" for each in drift["items"])


def _last(ours: Mapping[str, Record], now: datetime) -> dict[str, Any] | None:
    """The last run. The record of what belongs to no item is made of each, and says whether it got to its end."""
    if not ours:
        return None
    newest = max(ours.values(), key=lambda record: instant(record["checked_at"]))
    ended = NONE in ours and ours[NONE]["checked_at"] == newest["checked_at"] and ours[NONE]["observed"]["complete"]
    age = (now - instant(newest["checked_at"])).total_seconds() / 3600
    return {
        "checked_at": newest["checked_at"],
        "age_hours": round(age, 1),
        "stale": _stale(newest, now),
        "complete": ended,
    }


def _stale(record: Record, now: datetime) -> bool:
    return instant(record["expires_at"]) <= now


def _told(ours: Mapping[str, Record], obstacles: bool, say: Say) -> list[dict[str, Any]]:
    """Each difference, or each obstacle, once, with the items it concerns: none where it belongs to no item."""
    found: dict[str, dict[str, Any]] = {}
    for item, record in ours.items():
        for each in record["breaches"]:
            if (each["id"] in OBSTACLES) == obstacles:
                entry = found.setdefault(
                    repr(each),
                    {
                        "id": each["id"],
                        "items": [],
                        **{key: each["params"][key] for key in TOLD if key in each["params"]},
                        **say(each["id"], **each["params"]),
                    },
                )
                entry["items"] += [item] if item != NONE else []
    return list(found.values())


def _item(item: str, record: Record, now: datetime, say: Say) -> dict[str, Any]:
    breaches = record["breaches"]
    return {
        "item": None if item == NONE else item,
        **{key: record[key] for key in SEALED},
        "stale": _stale(record, now),
        "message": joined(say(each["id"], **each["params"]) for each in breaches),
        "remedy": joined(say(each["id"], "remedy", **each["params"]) for each in breaches),
    }
