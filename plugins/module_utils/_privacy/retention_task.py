# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module ``data_retention`` does: the schedule of the inventory, executed and proven."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import holds
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.evidence import RUNS, Archive
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import ERASED
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.schedule import Schedule, overdue_total
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores, translated
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.subject_task import PLACE, declared_places
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

SPEC: dict[str, Any] = {
    **PLACE,
    "as_of": {"type": "str"},
    "batch": {"type": "int", "default": 1000},
    "evidence_bucket": {"type": "str", "required": True},
    "fresh_hours": {"type": "int", "default": 0},
}
_RUN = """
INSERT INTO privacy.retention_runs (started_at, finished_at, as_of, schedule, counts, overdue_after, changed_by)
VALUES (%s, now(), %s, %s::jsonb, %s::jsonb, %s, %s)
"""
_LAST = "SELECT max(finished_at) AS at FROM privacy.retention_runs"
Counts = dict[str, dict[str, int]]


def run(params: Mapping[str, Any], check_mode: bool, clock: Any = time.monotonic) -> dict[str, Any]:
    """The task's result. Raises ReconcileError, also when rows are overdue after the run."""
    began = clock()
    today = _day(params["as_of"])
    clients = Clients(params)
    declared = declared_places(params)
    opened = Stores(clients, params["prefix"], declared, params["ca_bundle"], params["search_role"], clients.region)
    with translated(), opened as stores:
        if check_mode and not stores.reachable:
            return {"changed": False, "counts": {}}
        answer = _run(stores, params, today, check_mode)
    return {**answer, "elapsed": round(clock() - began, 1), "api_calls": dict(sorted(clients.calls.items()))}


def counted(stores: Stores, today: date) -> tuple[list[Schedule], Counts]:
    """The schedules of all databases, and what each place has to be ended, is held and waits."""
    held = holds.held(stores.registers())
    schedules = [Schedule(stores.relational(service), today, held) for service in stores.places.services]
    return schedules, {table.place: one.count(table) for one in schedules for table in one.tables}


def _run(stores: Stores, params: Mapping[str, Any], today: date, check_mode: bool) -> dict[str, Any]:
    started = datetime.now(UTC)
    if _fresh(stores, started, params["fresh_hours"]):
        return {"changed": False, "counts": {}, "skipped_as_fresh": True}
    schedules, counts = counted(stores, today)
    if check_mode:
        return {"changed": overdue_total(counts) > 0, "counts": _some(counts)}
    pseudonym = f"{ERASED}{os.urandom(16).hex()}"
    for one in schedules:
        for table in one.tables:
            if counts[table.place]["overdue"] or counts[table.place]["waiting"]:
                counts[table.place]["ended"] = one.end(table, params["batch"], pseudonym)
    _schedules, after = counted(stores, today)
    left = overdue_total(after)
    periods = {place: period for one in schedules for place, period in one.periods.items()}
    caller = stores.clients.caller()
    given = (started, today, json.dumps(periods), json.dumps(_some(counts)), left, caller["arn"])
    stores.registers().execute(_RUN, given)
    evidence = _record(
        stores, params, started, caller, {"as_of": today, "counts": _some(counts), "overdue_after": left}
    )
    if left:
        places = ", ".join(f"{place} ({of['overdue']})" for place, of in after.items() if of["overdue"])
        raise ReconcileError(f"rows are overdue after the run: {places}")
    return {"changed": any(of.get("ended") for of in counts.values()), "counts": _some(counts), "evidence": evidence}


def _record(
    stores: Stores, params: Mapping[str, Any], started: datetime, caller: Mapping[str, str], content: dict[str, Any]
) -> str:
    key = params["signing_key"]
    signer = KmsKey(stores.client("kms"), key) if key else None
    stem = f"{RUNS}{started:%Y/%m/%Y%m%dT%H%M%S}"
    told = {"kind": "data_retention", "at": started, "caller": caller["arn"], "account": caller["account"]}
    Archive(stores.client("s3"), params["evidence_bucket"], signer).put(stem, {**told, **content})
    return f"{stem}.json"


def _fresh(stores: Stores, now: datetime, hours: int) -> bool:
    last = stores.registers().execute(_LAST).fetchone()["at"]
    return bool(hours and last is not None and (now - last).total_seconds() < hours * 3600)


def _some(counts: Counts) -> Counts:
    """Of those places where there is anything to tell."""
    return {place: of for place, of in sorted(counts.items()) if any(of.values())}


def _day(given: str | None) -> date:
    try:
        return date.fromisoformat(given) if given else datetime.now(UTC).date()
    except ValueError as error:
        raise ReconcileError(f"as_of: {error}") from error
