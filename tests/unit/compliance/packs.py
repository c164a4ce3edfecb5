"""A pack of one rule, to be spoilt by tests, and a snapshot of its tables."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import given
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack, load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import DDL
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot, writing

NAMED = {"en": "x", "ja": "x"}
FILES: dict[str, Any] = yaml.safe_load(
    """
pack.yml: {id: small, version: 1.0.0, title: {en: Small, ja: 小}, timezone: Asia/Tokyo, as_of: 2026-11-21}
base.yml: {employers: [{employer_id: E1}]}
schema/employers.yml:
  name: employers
  en: Employers
  ja: 事業主
  columns:
    employer_id: {type: text, key: true, example: E1, en: x, ja: x}
    size_class: {type: text, "null": true, example: large, values: [large, sme], en: x, ja: x}
schema/months.yml:
  name: months
  en: Months
  ja: 月
  columns:
    worker_id: {type: text, key: true, example: W1, en: x, ja: x}
    employer_id: {type: text, example: E1, references: employers, en: x, ja: x}
    month: {type: date, key: true, en: x, ja: x}
    overtime_min: {type: integer, "null": true, example: 0, en: x, ja: x}
    sector: {type: text, "null": true, example: general, en: x, ja: x}
    started_at: {type: timestamp, "null": true, en: x, ja: x}
derived/hours.yml:
  name: hours
  en: Hours
  grain: one row per worker and month
  columns: [employer_id, worker_id, month, sector, hours]
  query: SELECT employer_id, worker_id, month, sector, overtime_min / 60.0 AS hours FROM months
rules/CAP.yml:
  id: CAP
  law: {en: Act, ja: 法, number: 昭和22年, url: "https://example.com/law"}
  article: {en: "1", ja: 第1条}
  title: {en: Overtime, ja: 時間外労働}
  severity: high
  status: binding
  verified: two or more secondary sources
  sources: [one, other]
  judge_by: the month worked
  parameters:
    below:
      unit: hours
      stricter: lower
      versions:
        - {from: 2019-04-01, until: 2024-03-31, value: 100, scope: {size_class: large}}
        - {from: 2024-04-01, value: 90, scope: {size_class: large}}
        - {from: 2020-04-01, value: 100, scope: {size_class: sme}}
  unless:
    - {when: "h.sector = 'driver'", from: 2021-04-01, article: {en: "2", ja: 第2条}}
  key: [worker_id, month]
  query: |
    SELECT h.employer_id, h.worker_id, h.month, h.month AS judged_on, h.hours, e.size_class, h.sector,
      h.hours >= param('below', h.month, size_class := e.size_class) AS breached
    FROM hours h JOIN employers e ON e.employer_id = h.employer_id
    WHERE in_force('below', h.month, size_class := e.size_class)
  cap: {measured: hours, allowed: below}
  messages:
    en: "{worker_id}: {hours} h in {month}, below {below}"
    ja: "{month}に{hours}時間（{below}時間未満）。{worker_id}"
  remedy: {en: Less, ja: 減らす}
"""
)


def files() -> dict[str, Any]:
    """The documents of the pack, by path."""
    return copy.deepcopy(FILES)


def write(root: Path, documents: Mapping[str, Any]) -> Path:
    """Write a pack; a text is written as it is."""
    for name, document in documents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        )
    return root


def pack(root: Path) -> Pack:
    """The pack as it is."""
    return load(write(root, FILES))


def snapshot(
    path: Path,
    judged: Pack,
    rows: Mapping[str, list[dict[str, Any]]],
    absent: tuple[str, ...] = (),
    doubts: tuple[dict[str, Any], ...] = (),
) -> Snapshot:
    """A snapshot of rows as a test of a rule gives them.

    :param absent: tables that the source did not deliver.
    :param doubts: findings about the data.
    """
    found = given.rows(judged.schema, judged.base, dict(rows))
    with duckdb.connect() as database, writing(path) as writer:
        for name, table in judged.schema.items():
            columns = ", ".join(f"{each.name} {DDL[each.type]}" for each in table.columns.values())
            database.execute(f"CREATE TABLE {name} ({columns})")
            for row in found.get(name, []):
                places = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {name} VALUES ({places})", list(row.values()))
            writer.add(database, table, name, name not in absent)
        (writer.directory / "quality.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in doubts))
        writer.finish({"source": "test"}, [], len(doubts))
    return Snapshot(path)
