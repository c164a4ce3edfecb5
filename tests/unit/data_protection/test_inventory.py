"""The inventory as the repository declares it, and what an inventory refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import (
    InventoryError,
    Table,
    load,
)

DECLARED = {
    "talks": {
        "tables": {
            "talks.rooms": {
                "purpose": "p", "retention": "r", "subject": "guest", "starts": "closed_at",
                "columns": {"room_id": "internal", "guest": "personal", "closed_at": "personal"},
            },
            "talks.lines": {
                "purpose": "p", "retention": "r", "columns": {"line": "personal", "room_id": "personal"},
                "parent": {"column": "room_id", "table": "talks.rooms", "key": "room_id"},
            },
            "talks.words": {"purpose": "p", "retention": "r", "columns": {"word": "public"}},
        },
        "keys": [{"key": "talks:x:{subject_id}", "purpose": "p", "retention": "r", "class": "personal"}],
    }
}  # fmt: skip


def table(name: str) -> Table:
    return load(DECLARED).tables["talks"][name]


def test_rows_of_a_child_are_found_and_aged_through_their_parent() -> None:
    inventory = load(DECLARED)
    assert inventory.subject_of(table("talks.lines")) == (table("talks.rooms"), "guest")
    assert inventory.start_of(table("talks.lines")) == (table("talks.rooms"), "closed_at")


def test_a_table_without_people_has_no_person() -> None:
    assert load(DECLARED).subject_of(table("talks.words")) is None
    assert not table("talks.words").is_personal


@pytest.mark.parametrize("parent", ["talks.lines", "talks.nothing"])
def test_a_parent_that_is_unknown_or_the_table_itself_is_refused(parent: str) -> None:
    lines = {**DECLARED["talks"]["tables"]["talks.lines"], "parent": {"column": "a", "table": parent, "key": "a"}}  # type: ignore[index, dict-item]
    inventory = load({"talks": {"tables": {"talks.lines": lines}}})
    with pytest.raises(InventoryError, match=parent):
        inventory.chain(inventory.tables["talks"]["talks.lines"])


def test_tables_of_a_rule_pack_are_classified_by_its_schema(tmp_path: Path) -> None:
    schema = tmp_path / "law" / "schema"
    schema.mkdir(parents=True)
    columns = {"worker_id": {"personal": "personal"}, "health": {"personal": "sensitive"}, "kind": {}}
    (schema / "workers.yml").write_text(json.dumps({"name": "workers", "columns": columns}))
    pack = {"name": "law", "schema": "employment", "purpose": "p", "retention": "r"}
    found = load({"compliance": {"pack": pack}}, tmp_path).tables["compliance"]["employment.workers"]
    assert found.columns == {"worker_id": "personal", "health": "sensitive_personal", "kind": "internal"}
    assert found.subject == "worker_id"
    assert found.is_sensitive
