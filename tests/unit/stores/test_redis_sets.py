from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sets import (
    Entry,
    condition,
    entries,
    key_sets,
)

SET = {"name": "postings", "service": "job-posting", "key": "job-posting:posting:{id}", "ttl_seconds": 1000}
ROWS = {"items": [{"id": 1}]}


def one(**others):
    (found,) = key_sets([{**SET, **ROWS, **others}])
    return found


def test_sets_come_by_priority_and_else_as_declared():
    declared = [
        {**SET, **ROWS, "name": name, "priority": priority} for name, priority in [("a", 20), ("b", 10), ("c", 20)]
    ]
    assert [found.name for found in key_sets(declared)] == ["b", "a", "c"]


def test_a_key_is_fresh_for_half_of_its_life_unless_told_otherwise():
    assert one().fresh_seconds == 500
    assert one(fresh_seconds=100).fresh_seconds == 100


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"items": None}, "declare one of items and query"),
        ({"query": "SELECT 1"}, "declare one of items and query"),
        ({"key": "search:{id}"}, "key must begin with job-posting:"),
        ({"key": "job-posting:all"}, "key must have a {column}"),
        ({"key": "job-posting:{id"}, "key: "),
        ({"format": "string"}, "exactly one column"),
        ({"format": "string", "values": ["a", "b"]}, "exactly one column"),
        ({"jitter_percent": 51}, "jitter_percent must be 0 to 50"),
        ({"fresh_seconds": 900}, "below the shortest time to live, 900 seconds"),
        ({"fresh_seconds": 0}, "fresh_seconds must be above 0"),
        ({"ttl_seconds": 0}, "fresh_seconds must be above 0"),
        ({"ttl": 5}, "unknown option ttl"),
        ({"service": None}, "service is missing"),
    ],
)
def test_what_cannot_be_warmed_is_refused(changes, error):
    with pytest.raises(InvalidInput) as caught:
        one(**changes)
    assert error in str(caught.value)
    assert "key_sets[0] (postings)" in str(caught.value)


def test_a_name_is_that_of_one_set():
    with pytest.raises(InvalidInput, match="postings is declared twice"):
        key_sets([{**SET, **ROWS}, {**SET, **ROWS}])


ROW = {"id": 7, "title": "看護師", "wage": Decimal("1200.50"), "open": True, "closes": None, "tags": ["夜勤"]}


@pytest.mark.parametrize(
    ("form", "values", "value"),
    [
        ("json", [], '{"closes":null,"id":7,"open":true,"tags":["夜勤"],"title":"看護師","wage":"1200.50"}'),
        ("json", ["title"], '{"title":"看護師"}'),
        ("hash", [], {"id": "7", "title": "看護師", "wage": "1200.50", "open": "true", "tags": '["夜勤"]'}),
        ("string", ["title"], "看護師"),
        ("string", ["closes"], ""),
    ],
)
def test_a_row_becomes_a_key_and_its_value(form, values, value):
    assert entries(one(format=form, values=values), [ROW]) == [Entry("job-posting:posting:7", value)]


def test_times_are_written_in_iso_8601():
    found = entries(one(format="string", values=["at"]), [{"id": 1, "at": datetime(2026, 4, 1, tzinfo=UTC)}])
    assert found[0].value == "2026-04-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "rows", "error"),
    [
        ({}, [{"id": 1}, {"id": 1}], "two rows make the key job-posting:posting:1"),
        ({}, [{"number": 1}], "has no column 'id'; there are number"),
        ({"values": ["title"]}, [{"id": 1}], "has no column 'title'"),
        ({}, [{"id": 1, "raw": b"secret"}], "a bytes is neither"),
        ({"format": "hash", "values": ["a"]}, [{"id": 1, "a": None}], "a hash without fields"),
    ],
)
def test_rows_that_make_no_key_are_refused_without_their_values(changes, rows, error):
    with pytest.raises(ReconcileError) as caught:
        entries(one(**changes), rows)
    assert error in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("cached", "milliseconds", "found"),
    [
        (None, -2, "missing"),
        ("other", 900_000, "outdated"),
        (None, 900_000, "outdated"),
        ("other", -1, "outdated"),
        ("value", -1, "eternal"),
        ("value", 499_999, "expiring"),
        ("value", 500_000, "fresh"),
    ],
)
def test_how_a_key_stands(cached, milliseconds, found):
    assert condition(Entry("key", "value"), cached, milliseconds, 500) == found


def test_keys_expire_at_different_times_and_each_at_the_same():
    keys = one(jitter_percent=20)
    lives = [keys.ttl_milliseconds(f"key:{number}") for number in range(1000)]
    assert 800_000 <= min(lives) < 810_000 < 990_000 < max(lives) <= 1_000_000
    assert lives[0] == keys.ttl_milliseconds("key:0")
    assert one(jitter_percent=0).ttl_milliseconds("key:0") == 1_000_000
