# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``cache_warm``: every declared set, by the user of the service that owns its keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import (
    connect,
    iam_token,
    replication_group,
    told,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sets import (
    OPTIONS,
    KeySet,
    entries,
    key_sets,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sources import NotYetThere, Sources
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_warm import (
    NOT_FRESH,
    Manner,
    Pace,
    Tally,
    percent,
    survey,
    warm,
)

if TYPE_CHECKING:
    from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import Client

SPEC: dict[str, dict[str, Any]] = {
    "replication_group": {"type": "str", "required": True},
    "prefix": {"type": "str", "required": True},
    "pooler": {
        "type": "dict",
        "required": True,
        "options": {"host": {"type": "str", "required": True}, "port": {"type": "int", "required": True}},
    },
    "ca_bundle": {"type": "path"},
    "key_sets": {"type": "list", "elements": "dict", "required": True, "no_log": False, "options": OPTIONS},
    "pipeline": {"type": "int", "default": 200},
    "rate_limit_per_second": {"type": "int", "default": 5000},
    "memory_limit_percent": {"type": "int", "default": 70},
}


@dataclass
class Outcome:
    """Of one set: ``state`` is warm, waiting (what it is made from does not exist yet), full or failed."""

    state: str
    tally: Tally | None = None
    reason: str = ""
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        tally = self.tally or Tally()
        counts = {"declared": tally.declared, "fresh": tally.conditions["fresh"], "written": tally.written}
        rates = {"hit_rate_before": tally.hit_rate_before, "hit_rate_after": tally.hit_rate_after}
        return {
            "state": self.state,
            **({"reason": self.reason} if self.reason else {}),
            **(counts | {"skipped": tally.skipped} | rates if self.tally else {}),
            "seconds": self.seconds,
        }


class Cache:
    """One replication group, with a connection for each service that keys are written for."""

    def __init__(self, clients: Any, group: Mapping[str, Any], prefix: str, ca_bundle: str | None) -> None:
        self._clients, self._group, self._prefix, self._ca_bundle = clients, group, prefix, ca_bundle
        self._connections: dict[str, Client] = {}

    def client(self, service: str) -> Client:
        if service not in self._connections:
            user = f"{self._prefix}-{service}"
            with told():
                self._connections[service] = connect(
                    self._group,
                    user,
                    lambda: iam_token(self._clients, self._group, user),
                    ca_bundle=self._ca_bundle,
                )
        return self._connections[service]

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result. Sets are independent: one that fails doesn't stop the others.

    :raises InvalidInput: before anything is read.
    :raises ReconcileError: when there is no such replication group.
    """
    declared = key_sets(params["key_sets"])
    clients = Clients(params)
    group = replication_group(clients, params["replication_group"])
    if group is None and not check_mode:
        raise ReconcileError(f"there is no replication group {params['replication_group']}: apply it first")
    sources = Sources(
        clients, params["prefix"], params["pooler"]["host"], params["pooler"]["port"], params.get("ca_bundle")
    )
    manner = Manner(params["pipeline"], Pace(params["rate_limit_per_second"]), params["memory_limit_percent"])
    cache = None if group is None else Cache(clients, group, params["prefix"], params.get("ca_bundle"))
    outcomes: dict[str, Outcome] = {}
    started = time.monotonic()
    try:
        for keys in declared:
            began = time.monotonic()
            outcomes[keys.name] = _one(keys, sources, cache, manner, check_mode)
            outcomes[keys.name].seconds = round(time.monotonic() - began, 3)
    finally:
        if cache is not None:
            cache.close()
    return _result(outcomes, check_mode, round(time.monotonic() - started, 3))


def _one(keys: KeySet, sources: Sources, cache: Cache | None, manner: Manner, check_mode: bool) -> Outcome:
    work: Callable[..., Tally] = survey if check_mode else warm
    try:
        if cache is None:
            # Nothing is there yet: what a query will find cannot be known.
            if keys.items is None:
                return Outcome("waiting", reason="there is no replication group yet")
            found = len(entries(keys, keys.items))
            tally = Tally(declared=found)
            tally.conditions["missing"] = found
            return Outcome("warm", tally)
        tally = work(cache.client(keys.service), keys, entries(keys, sources.rows(keys)), manner)
    except NotYetThere as error:
        if keys.optional or check_mode:
            return Outcome("waiting", reason=str(error))
        return Outcome("failed", reason=str(error))
    except ReconcileError as error:
        return Outcome("failed", reason=str(error))
    return Outcome("full" if tally.skipped else "warm", tally)


def _result(outcomes: Mapping[str, Outcome], check_mode: bool, seconds: float) -> dict[str, Any]:
    tallies = {name: one.tally for name, one in outcomes.items() if one.tally is not None}
    declared = sum(tally.declared for tally in tallies.values())
    missing = sum(tally.conditions["missing"] for tally in tallies.values())
    present = sum(tally.present for tally in tallies.values())
    due = {name: tally.due for name, tally in tallies.items() if tally.due}
    if check_mode:
        for tally in tallies.values():
            tally.written, tally.present = tally.due, tally.declared
        present = declared
    answer: dict[str, Any] = {
        "changed": any(tally.written for tally in tallies.values()),
        "sets": {name: one.told() for name, one in outcomes.items()},
        "declared": declared,
        "written": sum(tally.written for tally in tallies.values()),
        "hit_rate_before": percent(declared - missing, declared),
        "hit_rate_after": percent(present, declared),
        "seconds": seconds,
        "diff": [_diff(name, tallies[name]) for name in due],
    }
    full = [name for name, one in outcomes.items() if one.state == "full"]
    if full:
        answer["warnings"] = [f"memory is as full as it may be: keys of {', '.join(full)} were not written"]
    failed = {name: one.reason for name, one in outcomes.items() if one.state == "failed"}
    if failed:
        answer |= {"failed": True, "msg": "; ".join(f"{name}: {reason}" for name, reason in failed.items())}
    return answer


def _diff(name: str, tally: Tally) -> dict[str, Any]:
    """Counts, never values."""
    before = {condition: tally.conditions[condition] for condition in ("fresh", *NOT_FRESH)}
    after = {"fresh": tally.conditions["fresh"] + tally.written}
    return {
        "before_header": f"key set {name}",
        "after_header": f"key set {name}",
        "before": {condition: count for condition, count in before.items() if count},
        "after": after | ({"skipped": tally.skipped} if tally.skipped else {}),
    }
