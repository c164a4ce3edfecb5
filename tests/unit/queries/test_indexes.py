"""Which indexes may go, and which may not."""

from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._queries import indexes
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import (
    Facts,
    ForeignKey,
    Index,
    Limits,
    Table,
)
from tests.unit.queries.made import index

LIMITS = Limits(index_mb=0)
KEY = ForeignKey("orders_customer_fkey", 1, ("customer_id",), "shop.customers", 3)


def facts(*every: Index, keys: tuple[ForeignKey, ...] = (), rows: float = 1e6) -> Facts:
    table = Table(1, "shop", "orders", "owner", rows, 2**24, {})
    return Facts("shop", {}, (), 0, {1: table}, every, keys, (), 9.0)


def numbered(oid: int, *columns: str, **changes: object) -> Index:
    return index(columns, oid=oid, name=f"i{oid}", **changes)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [(2, 1)]),
        ({"fixed": True}, [(1, 2)]),
        ({"predicate": "a > 1"}, []),
        ({"method": "hash"}, []),
        ({"included": ("z",)}, []),
        ({"valid": False}, []),
        ({"table": 7}, []),
        ({"keys": (("a", 99, 0, 0),)}, []),
    ],
)
def test_duplicates_are_the_same_in_all_that_matters(change, found):
    pairs = indexes.duplicates([numbered(1, "a"), numbered(2, "a", **change)])
    assert [(one.oid, other.oid) for one, other in pairs] == found


def test_two_that_are_fixed_are_no_duplicates():
    assert indexes.duplicates([numbered(1, "a", fixed=True), numbered(2, "a", fixed=True)]) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [(1, 2)]),
        ({"fixed": True}, []),
        ({"included": ("z",)}, []),
        ({"predicate": "a > 1"}, []),
        ({"keys": (("a", 99, 0, 0),)}, []),
        ({"keys": (("b", 1, 0, 0),)}, []),
    ],
)
def test_redundant_is_what_another_begins_with(change, found):
    pairs = indexes.redundant([numbered(1, "a", **change), numbered(2, "a", "b")])
    assert [(one.oid, other.oid) for one, other in pairs] == found


def test_unused_is_what_no_server_has_used():
    every = facts(numbered(1, "a"), numbered(2, "b", scans=1), numbered(3, "c"), numbered(4, "d", fixed=True))
    assert [each.oid for each in indexes.unused(every, {"replica": {3: 5}}, LIMITS)] == [1]
    assert indexes.unused(every, {}, Limits(index_mb=1)) == []


def test_an_index_that_supports_a_foreign_key_is_never_called_unused():
    assert indexes.unused(facts(numbered(1, "customer_id"), keys=(KEY,)), {}, LIMITS) == []


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        ((), True),
        ((numbered(1, "customer_id", "placed_at"),), False),
        ((numbered(1, "placed_at", "customer_id"),), True),
        ((numbered(1, "customer_id", predicate="paid"),), True),
        ((numbered(1, "customer_id", valid=False),), True),
    ],
)
def test_a_foreign_key_needs_an_index_that_begins_with_it(present, missing):
    assert bool(indexes.uncovered(facts(*present, keys=(KEY,)), 10000)) is missing
    assert indexes.uncovered(facts(*present, keys=(KEY,), rows=10), 10000) == []


def test_columns_of_a_foreign_key_may_come_in_any_order():
    key = ForeignKey("k", 1, ("a", "b"), "p", 0)
    assert indexes.uncovered(facts(numbered(1, "b", "a"), keys=(key,)), 1) == []


def test_what_is_being_built_is_no_leftover():
    every = [numbered(1, "a", valid=False), numbered(2, "a", valid=False, building=True), numbered(3, "a")]
    assert [each.oid for each in indexes.leftovers(every)] == [1]
