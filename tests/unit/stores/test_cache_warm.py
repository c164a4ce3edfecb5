from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import cache_warm
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sources import NotYetThere, Sources
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_warm import Tally

ITEMS = {
    "name": "items",
    "service": "content",
    "key": "content:{id}",
    "ttl_seconds": 60,
    "items": [{"id": 1}, {"id": 2}],
}
QUERY = {
    "name": "rows",
    "service": "search",
    "key": "search:{id}",
    "ttl_seconds": 60,
    "query": "SELECT",
    "priority": 200,
}
PARAMS = {
    "replication_group": "redis",
    "prefix": "iworkz-sandbox",
    "pooler": {"host": "pooler", "port": 6432},
    "key_sets": [ITEMS, QUERY],
    "pipeline": 10,
    "rate_limit_per_second": 0,
    "memory_limit_percent": 70,
    "region": "ap-northeast-1",
}


class Redis:
    """Has ``held`` keys, fresh; ``full`` memory takes no more."""

    def __init__(self, held=(), full=False):
        self.held, self.full, self.services = set(held), full, []

    def tally(self, entries, write):
        keys = {entry.key for entry in entries}
        tally = Tally(declared=len(keys))
        missing = keys - self.held
        tally.conditions.update({"fresh": len(keys) - len(missing), "missing": len(missing)})
        if write and not self.full:
            self.held |= keys
            tally.written = len(missing)
        elif write:
            tally.skipped = len(missing)
        tally.present = len(keys & self.held)
        return tally


@pytest.fixture
def run(monkeypatch):
    """Runs the module against a Redis and rows (or an error) of the query."""

    def made(redis, rows=(), check_mode=False, **others):
        def answer(self, keys):
            if keys.items is None and isinstance(rows, Exception):
                raise rows
            return keys.items if keys.items is not None else rows

        monkeypatch.setattr(Sources, "rows", answer)
        monkeypatch.setattr(
            cache_warm, "replication_group", lambda clients, name: None if redis is None else {"x": name}
        )
        monkeypatch.setattr(cache_warm.Cache, "client", lambda self, service: redis.services.append(service) or redis)
        monkeypatch.setattr(cache_warm, "survey", lambda client, keys, entries, manner: client.tally(entries, False))
        monkeypatch.setattr(cache_warm, "warm", lambda client, keys, entries, manner: client.tally(entries, True))
        return cache_warm.run({**PARAMS, **others}, check_mode)

    return made


def test_warms_each_set_as_the_service_that_owns_it(run):
    redis = Redis(held={"content:1"})
    result = run(redis, [{"id": 9}])
    assert redis.services == ["content", "search"]
    assert (result["changed"], result["declared"], result["written"]) == (True, 3, 2)
    assert (result["hit_rate_before"], result["hit_rate_after"]) == (33.33, 100.0)
    items = result["sets"]["items"]
    assert (items["fresh"], items["written"], items["hit_rate_before"], items["state"]) == (1, 1, 50.0, "warm")
    again = run(redis, [{"id": 9}])
    assert (again["changed"], again["written"], again["diff"]) == (False, 0, [])


def test_check_mode_tells_what_would_be_written_and_the_diff_has_no_values(run):
    redis = Redis()
    result = run(redis, [{"id": 9}], check_mode=True)
    assert redis.held == set()
    assert (result["changed"], result["written"], result["hit_rate_after"]) == (True, 3, 100.0)
    assert [(one["before"], one["after"]) for one in result["diff"]] == [
        ({"missing": 2}, {"fresh": 2}),
        ({"missing": 1}, {"fresh": 1}),
    ]


def test_what_failed_does_not_stop_the_others(run):
    redis = Redis()
    result = run(redis, ReconcileError("the query failed: x"))
    assert (result["failed"], result["msg"]) == (True, "rows: the query failed: x")
    assert (result["sets"]["items"]["state"], result["sets"]["rows"]["state"]) == ("warm", "failed")
    assert redis.held == {"content:1", "content:2"}


@pytest.mark.parametrize(
    ("optional", "check_mode", "state"), [(False, False, "failed"), (True, False, "waiting"), (False, True, "waiting")]
)
def test_a_set_whose_table_is_missing_waits_if_it_may(run, optional, check_mode, state):
    result = run(Redis(), NotYetThere("no table"), check_mode, key_sets=[{**QUERY, "optional": optional}])
    assert (result["sets"]["rows"]["state"], result["sets"]["rows"]["reason"]) == (state, "no table")
    assert result.get("failed", False) is (state == "failed")


def test_full_memory_is_warned_of(run):
    result = run(Redis(full=True), [])
    assert result["sets"]["items"]["state"] == "full"
    assert result["warnings"] == ["memory is as full as it may be: keys of items were not written"]
    assert (result["changed"], result["hit_rate_after"]) == (False, 0.0)


def test_before_there_is_a_group_only_check_mode_can_say_something(run):
    result = run(None, check_mode=True)
    assert (result["written"], result["sets"]["rows"]["state"]) == (2, "waiting")
    with pytest.raises(ReconcileError, match="there is no replication group redis"):
        run(None)
