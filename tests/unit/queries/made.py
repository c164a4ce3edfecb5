"""What the tests of reports on queries share: tables, and indexes with what matters to a test."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Index, Table

ORDERS = Table(
    1, "shop", "orders", "owner", 1e5, 2**24, {"id": 1e5, "customer_id": 5000, "status": 3, "placed_at": 9e4, "note": 0}
)
CUSTOMERS = Table(2, "shop", "customers", "owner", 5e3, 2**23, {"id": 5000, "email": 5000, "country": 9})
TABLES = {(each.schema, each.name): each for each in (ORDERS, CUSTOMERS)}


def index(columns: tuple[str, ...], **changes: object) -> Index:
    given = {
        "oid": 9, "table": 1, "schema": "shop", "name": "i", "method": "btree", "columns": columns, "included": (),
        "keys": tuple((column, 1, 0, 0) for column in columns), "predicate": "", "fixed": False, "valid": True,
        "building": False, "bytes": 1, "scans": 0, **changes,
    }  # fmt: skip
    return Index(**given)  # type: ignore[arg-type]
