# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the journal of a check run to one record per item. Pure.

A line is ``{"outcome", "items", "role", "task"}``; C(outcome) is
  same       compared, and nothing would change
  changed    compared; ``changes`` says what would change: [[kind, resource, [key]]]
  skipped    a condition kept it from running
  blind      it cannot be compared in check mode
  failed     ``error`` says how
  unreached  the run ended before
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Verdict
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Draft

# The item of what belongs to none of the checklist's, and of the run itself.
NONE = "0"
MAX_CHANGES = 100
COMPARED = {"same", "changed"}
# Messages of what kept an item from being compared; every other is of drift.
OBSTACLES = frozenset(["drift.failed", "drift.blind", "drift.unreached", "drift.nothing_compared"])

Entry = Mapping[str, Any]


def drafts(header: Mapping[str, Any], entries: Sequence[Entry], now: datetime) -> list[Draft]:
    """Return a draft for each item that the run has a line of, and one for what belongs to no item.

    C(header) is what ``task.begin`` writes; C(now), aware UTC, is when the run ended.
    """
    by_item: dict[str, list[Entry]] = {NONE: []}
    for entry in entries:
        for item in entry["items"] or [NONE]:
            by_item.setdefault(item, []).append(entry)
    complete = not any(entry["outcome"] in ("failed", "unreached") for entry in entries)
    return [
        _draft(header, item, found, now, {"began_at": header["began_at"], "complete": complete} if item == NONE else {})
        for item, found in sorted(by_item.items())
    ]


def _draft(
    header: Mapping[str, Any], item: str, entries: Sequence[Entry], now: datetime, run: Mapping[str, Any]
) -> Draft:
    drift, obstacles = _drift(entries), _obstacles(entries)
    compared = any(entry["outcome"] in COMPARED for entry in entries)
    if not (drift or obstacles or compared or item == NONE):
        obstacles = [Breach("drift.nothing_compared", {"roles": ", ".join(_roles(entries))})]
    verdict: Verdict = "fail" if drift else "unknown" if obstacles else "pass"
    return Draft(
        item=item,
        verdict=verdict,
        required={},
        observed={"roles": _roles(entries), "tasks": dict(Counter(entry["outcome"] for entry in entries)), **run},
        breaches=(*drift, *obstacles),
        environment=header["environment"],
        account=header["account"],
        region=header["region"],
        caller=header["caller"],
        revision=header["revision"],
        checked_at=now,
        expires_at=now + timedelta(hours=header["shelf_life_hours"]),
        endpoint=header["endpoint"],
    )


def _drift(entries: Iterable[Entry]) -> list[Breach]:
    found: list[Breach] = []
    for entry in entries:
        for kind, resource, keys in entry.get("changes", ()):
            where = {"role": entry["role"] or "-", "task": entry["task"]}
            if not resource:
                found.append(Breach("drift.untold", where))
            elif keys:
                found.append(Breach(f"drift.{kind}_keys", {"resource": resource, "keys": ", ".join(keys), **where}))
            else:
                found.append(Breach(f"drift.{kind}", {"resource": resource, **where}))
    unique = _unique(found)
    more = len(unique) - MAX_CHANGES
    return [*unique[:MAX_CHANGES], *([Breach("drift.more", {"count": more})] if more > 0 else [])]


def _obstacles(entries: Iterable[Entry]) -> list[Breach]:
    found: list[Breach] = []
    for entry in entries:
        where = {"role": entry["role"] or "-", "task": entry["task"]}
        if entry["outcome"] == "failed":
            found.append(Breach("drift.failed", {**where, "error": entry["error"]}))
        elif entry["outcome"] == "blind":
            found.append(Breach("drift.blind", where))
        elif entry["outcome"] == "unreached":
            found.append(Breach("drift.unreached", {"role": entry["role"] or "-"}))
    return _unique(found)


def _unique(breaches: Iterable[Breach]) -> list[Breach]:
    return list({repr(breach): breach for breach in breaches}.values())


def _roles(entries: Iterable[Entry]) -> list[str]:
    return sorted({entry["role"] for entry in entries if entry["role"]})
