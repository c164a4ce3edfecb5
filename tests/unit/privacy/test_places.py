"""The inventory as places: what leads to a person, and what contradicts itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import InventoryError
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import rows
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import places, steps

SCHEDULE = {
    "years": {"years": 1, "action": "delete", "basis": "policy"},
    "keep": {"action": "keep", "basis": "policy"},
    "restricted": {"days": 0, "action": "delete", "basis": "policy"},
}
INVENTORY: dict[str, Any] = {
    "shop": {
        "tables": {
            "shop.orders": {
                "purpose": "p", "retention": "years", "starts": "closed", "subject": "subject_id",
                "columns": {"subject_id": "personal", "closed": "personal", "clerk_subject_id": "personal"},
            },
            "shop.lines": {
                "purpose": "p", "retention": "years", "columns": {"order_id": "internal", "what": "personal"},
                "parent": {"column": "order_id", "table": "shop.orders", "key": "order_id"},
            },
            "shop.bills": {
                "purpose": "p", "retention": "years", "subject": "payer_subject_id",
                "columns": {"payer_subject_id": "personal", "yen": "confidential"},
            },
            "shop.prices": {"purpose": "p", "retention": "keep", "columns": {"yen": "public"}},
        },
        "keys": [{"key": "shop:basket:{subject_id}", "purpose": "p"}],
        "indices": [{"alias": "people", "subject": "id"}, {"alias": "goods"}],
        "objects": [{"bucket": "b", "key": "subjects/{subject_id}/"}],
    }
}  # fmt: skip


def test_places_are_those_that_lead_to_a_person():
    assert places(INVENTORY, SCHEDULE).names == (
        "shop: shop.orders",
        "shop: shop.lines",
        "shop: shop.bills",
        "shop: restricted.records",
        "redis: shop:basket:{subject_id}",
        "search: people",
        "s3: b/subjects/{subject_id}/",
    )


def test_who_is_mentioned_and_who_is_only_named():
    tables = places(INVENTORY, SCHEDULE).of("shop")
    assert tables["shop.orders"].mentions == ("clerk_subject_id",)
    assert [name for name, table in tables.items() if table.only_named] == ["shop.bills"]
    assert not tables["restricted.records"].erasable
    assert not tables["shop.prices"].erasable


def test_rows_are_found_and_dated_by_their_parents():
    tables = places(INVENTORY, SCHEDULE).of("shop")
    found = steps(tables, tables["shop.lines"], "starts")
    assert found is not None
    assert ([one.table for one in found[0]], found[1]) == (["shop.orders"], "closed")
    text = rows.overdue(tables, tables["shop.lines"]).as_string(None)
    assert '(SELECT "p1"."closed" FROM "shop"."orders" "p1" WHERE "p1"."order_id" = "t"."order_id")' in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"retention": "never"}, r"no such retention: shop\.shop\.lines: never"),
        ({"parent": {"column": "a", "table": "shop.gone", "key": "b"}}, r"its parent shop\.gone is no table"),
        ({"parent": {"column": "a", "table": "shop.lines", "key": "b"}}, "or its own child"),
    ],
)
def test_an_inventory_that_contradicts_itself_is_refused(change, message):
    inventory = copy.deepcopy(INVENTORY)
    inventory["shop"]["tables"]["shop.lines"] |= change
    with pytest.raises(InventoryError, match=message):
        places(inventory, SCHEDULE)
