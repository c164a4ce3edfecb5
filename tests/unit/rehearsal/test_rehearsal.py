"""What the rehearsal would write: always the same, in tables that its DDL makes, with one person everywhere."""

from __future__ import annotations

import json
import re

from sandbox.rehearsal import caches, documents, indices, registers, vault
from sandbox.rehearsal.persons import EVERYWHERE, persons
from sandbox.rehearsal.relational import SCHEMAS
from sandbox.rehearsal.rows import Tables, rows


def everything() -> dict[str, Tables]:
    return {**rows(), "document": documents.rows(), "compliance": vault.rows()}


def test_rows_are_the_same_every_time() -> None:
    assert json.dumps(rows(), default=str) == json.dumps(rows(), default=str)


def test_ddl_makes_the_columns_that_are_filled() -> None:
    for service, tables in everything().items():
        ddl = (SCHEMAS / f"{service.replace('-', '_')}.sql").read_text(encoding="utf-8")
        made = dict(re.findall(r"CREATE TABLE ([\w.]+) \((.*?)\n\);", ddl, re.DOTALL))
        for name, filled in tables.items():
            own = name.removeprefix(f"{service.replace('-', '_')}.")
            columns = re.findall(r"^    ([a-z0-9_]+) ", made[own], re.MULTILINE)
            assert list(filled[0]) == columns, name
            assert all(row.keys() == filled[0].keys() for row in filled), name


def test_one_person_is_in_every_store() -> None:
    without = {"content", "job-posting", "admin"}
    for service, tables in everything().items():
        held = [name for name, filled in tables.items() if any(EVERYWHERE in map(str, row.values()) for row in filled)]
        assert held or service in without, service
    assert any(EVERYWHERE in key for key in documents.objects())
    assert EVERYWHERE in indices.documents()
    assert all(any(key.endswith(EVERYWHERE) for key in caches.keys(service)) for service in caches.DAYS)
    assert any(row.get("subject_id") == EVERYWHERE for row in registers.rows()["privacy.my_number_records"])


def test_nobody_can_be_reached() -> None:
    assert {one.email.rpartition("@")[2] for one in persons()} == {"example.jp"}
    assert all(one.phone.startswith("090-0000-") for one in persons())


def test_my_numbers_check_themselves() -> None:
    # The published example of the ministry: 12345678901 has the check digit 8.
    from dataclasses import replace

    assert replace(persons()[0], number=12345678901).my_number == "123456789018"
