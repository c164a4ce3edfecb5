from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_grants import ACCESS, judge

WRITER = {
    (None, "database", "shop"): {"app": {"CONNECT"}},
    ("shop", "schema", "shop"): {"app": {"USAGE"}},
    ("shop", "table", "orders"): {"app": {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    ("shop", "sequence", "orders_id_seq"): {"app": {"SELECT", "USAGE"}},
    ("shop", "table", "future tables"): {"app": {"SELECT", "INSERT", "UPDATE", "DELETE"}},
    ("shop", "sequence", "future sequences"): {"app": {"SELECT", "USAGE"}},
    ("other", "table", "elsewhere"): {"app": {"TRUNCATE"}},
}


def test_what_is_granted_as_declared_is_neither_lacking_nor_in_excess():
    assert judge(WRITER, "shop", "app", ACCESS["write"]) == ([], [])


def test_a_reader_who_may_write_holds_too_much():
    lacking, excess = judge(WRITER, "shop", "app", ACCESS["read"])
    assert lacking == []
    assert excess == [
        "future sequences: USAGE",
        "orders_id_seq: USAGE",
        "future tables: DELETE",
        "future tables: INSERT",
        "future tables: UPDATE",
        "orders: DELETE",
        "orders: INSERT",
        "orders: UPDATE",
    ]


def test_who_holds_nothing_lacks_everything():
    lacking, excess = judge(WRITER, "shop", "stranger", ACCESS["read"])
    assert excess == []
    assert set(lacking) >= {"shop: CONNECT", "shop: USAGE", "orders: SELECT", "future tables: SELECT"}


@pytest.mark.parametrize(
    ("thing", "privileges", "lacking", "excess"),
    [
        ((None, "database", "shop"), {"CONNECT", "TEMPORARY"}, [], ["shop: TEMPORARY"]),
        ((None, "database", "shop"), set(), ["shop: CONNECT"], []),
        (("shop", "schema", "shop"), {"USAGE", "CREATE"}, [], ["shop: CREATE"]),
        (("shop", "table", "orders"), {"SELECT", "INSERT", "UPDATE"}, ["orders: DELETE"], []),
        (("shop", "table", "new"), set(), [f"new: {p}" for p in ("DELETE", "INSERT", "SELECT", "UPDATE")], []),
    ],
)
def test_each_thing_is_judged(thing: Any, privileges: set[str], lacking: list[str], excess: list[str]):
    held = {**WRITER, thing: {"app": privileges}}
    assert judge(held, "shop", "app", ACCESS["write"]) == (lacking, excess)
