from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _cache
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sources import NotYetThere, Sources
from tests.unit.checks.facts import NOW, PLATFORM

QUERY = {"name": "postings", "service": "job-posting", "key": "job-posting:{id}", "ttl_seconds": 60, "query": "SELECT"}
REACH = {"pooler": {"host": "pooler", "port": 6432}, "ca_bundle": "", "database": "db", "canary_database": "db"}


def world(**others: Any) -> World:
    cache = {"key_sets": [{**QUERY, **others}]}
    return World(replace(PLATFORM, reach=REACH, declared={"cache": cache}), SimpleNamespace(client=None), NOW)


def answering(monkeypatch, rows):
    def answer(self, keys):
        if isinstance(rows, Exception):
            raise rows
        return rows

    monkeypatch.setattr(Sources, "rows", answer)


def test_a_query_makes_entries(monkeypatch):
    answering(monkeypatch, [{"id": 1}, {"id": 2}])
    ((keys, found, reason),) = _cache.sources(world())
    assert (keys.name, [entry.key for entry in found], reason) == ("postings", ["job-posting:1", "job-posting:2"], "")


def test_an_optional_set_waits_for_its_table(monkeypatch):
    answering(monkeypatch, NotYetThere("no such table"))
    ((_, found, reason),) = _cache.sources(world(optional=True))
    assert (found, reason) == (None, "no such table")


@pytest.mark.parametrize("error", [NotYetThere("no such table"), ReconcileError("the query failed")])
def test_a_source_that_does_not_answer_leaves_the_item_unknown(monkeypatch, error):
    answering(monkeypatch, error)
    with pytest.raises(OSError, match=f"key set postings: {error}"):
        _cache.sources(world())
