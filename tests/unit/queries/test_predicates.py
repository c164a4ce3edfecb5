"""What statements look rows up by, and which indexes that suggests."""

from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._queries.predicates import Unreadable, candidates, uses
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proposals import path_of
from tests.unit.queries.made import TABLES, index


def looked_up(text: str) -> dict[str, tuple[list[str], list[str], list[str]]]:
    return {use.table.name: (use.equal, use.ranged, use.sorted) for use in uses(text, ["shop"], TABLES)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM orders WHERE customer_id = $1", {"orders": (["customer_id"], [], [])}),
        ("SELECT * FROM shop.orders o WHERE o.customer_id = ANY($1) AND status IN ($2,$3)",
         {"orders": (["customer_id", "status"], [], [])}),
        ("SELECT * FROM orders WHERE placed_at BETWEEN $1 AND $2 AND (status = $3)",
         {"orders": (["status"], ["placed_at"], [])}),
        ("SELECT * FROM orders WHERE $1 < placed_at ORDER BY placed_at DESC, id DESC LIMIT $2",
         {"orders": ([], ["placed_at"], ["placed_at", "id"])}),
        ("SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = $1",
         {"orders": (["customer_id"], [], []), "customers": (["email", "id"], [], [])}),
        ('SELECT * FROM Orders O WHERE o.CUSTOMER_ID = $1 AND "Note" = $2', {"orders": (["customer_id"], [], [])}),
        ("UPDATE orders SET status = $1 WHERE customer_id = $2", {"orders": (["customer_id"], [], [])}),
        ("DELETE FROM orders USING customers c WHERE c.id = orders.customer_id AND c.country = $1",
         {"orders": (["customer_id"], [], []), "customers": (["id", "country"], [], [])}),
        ("SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id AND note IS NULL)",
         {"orders": (["customer_id", "note"], [], [])}),
        # Nothing that an index could find rows by.
        ("SELECT * FROM orders WHERE lower(note) = $1 OR status = $2", {}),
        ("SELECT * FROM orders WHERE placed_at::date = $1 AND customer_id + $2 = id * $3", {}),
        ("SELECT * FROM orders ORDER BY placed_at, id DESC LIMIT $1", {}),
        ("WITH orders AS (SELECT $1 AS status) SELECT * FROM orders WHERE status = $2", {}),
        ("SELECT * FROM other.orders WHERE status = $1", {}),
    ],
)  # fmt: skip
def test_columns_are_found_by_how_they_are_compared(text, expected):
    assert looked_up(text) == expected


def test_what_the_parser_does_not_know_is_said_without_its_text():
    with pytest.raises(Unreadable) as raised:
        uses("SELECT FROM WHERE 'secret' GROUP", ["shop"], TABLES)
    assert "secret" not in str(raised.value)


def test_candidates_are_narrow_and_begin_with_the_most_selective():
    (use,) = uses("SELECT * FROM orders WHERE status = $1 AND customer_id = $2 AND placed_at > $3", ["shop"], TABLES)
    found = candidates(use, [])
    assert found[0] == ("customer_id", "status")
    assert ("customer_id", "status", "placed_at") in found
    assert max(map(len, found)) == 3


def test_what_an_index_begins_with_is_no_candidate():
    (use,) = uses("SELECT * FROM orders WHERE status = $1", ["shop"], TABLES)
    assert candidates(use, [index(("status", "placed_at"))]) == []
    for useless in ({"valid": False}, {"predicate": "status = 'new'"}, {"method": "hash"}):
        assert candidates(use, [index(("status",), **useless)]) == [("status",)]


@pytest.mark.parametrize(
    ("path", "schemas"),
    [
        ('"shop", public', ["shop", "public"]),
        ("Shop,public", ["shop", "public"]),
        ('"A ""b"", c"', ['A "b", c']),
        ("", []),
    ],
)
def test_a_search_path_is_read_as_postgresql_does(path, schemas):
    assert path_of(path) == schemas
