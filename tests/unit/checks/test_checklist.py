from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import (
    DEFAULT_CHECKLIST,
    ChecklistError,
    load_checklist,
)


def test_the_checklist_is_the_customers() -> None:
    checklist = load_checklist()
    assert (len(checklist.phases), len(checklist.items), len(checklist.kpis)) == (9, 123, 10)
    assert {item.phase for item in checklist.items} == {phase.id for phase in checklist.phases}
    assert {kpi.source for kpi in checklist.kpis} <= checklist.by_id().keys()
    assert Counter(item.kind for item in checklist.items)["attested"] == 7
    assert all(item.title["en"] and item.title["ja"] for item in checklist.items)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["1.1.1.2"], ["1.1.1.2"]),
        (["1.2.2"], ["1.2.2.1", "1.2.2.2", "1.2.2.3", "1.2.2.4"]),
        (["2.1.3.2", "1.1.1.1", "1.1.1.1"], ["1.1.1.1", "2.1.3.2"]),
    ],
)
def test_select(patterns: list[str], expected: list[str]) -> None:
    assert load_checklist().select(patterns) == expected


def test_selecting_nothing_selects_all() -> None:
    assert len(load_checklist().select([])) == 123


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("1.1.1.9", r"1\.1\.1\.9 is not in the checklist \(did you mean 1\.1\.1\.5\?\)"),
        ("1.1.1.", r"did you mean 1\.1\.1"),
        ("10", "10 is not in the checklist"),
        ("rds", "rds is not in the checklist"),
        ("", "is not in the checklist"),
    ],
)
def test_an_unknown_item_is_an_error(pattern: str, error: str) -> None:
    with pytest.raises(ChecklistError, match=error):
        load_checklist().select(["1.1.1.1", pattern])


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("kind: attested", "kind: assumed", "assumed"),
        ('"1.1.1.2"', '"1.1.1.1"', r"more than one item 1\.1\.1\.1"),
        ("phases:", "stages:", "phases"),
        ("items:", "items: [", "not a checklist"),
    ],
)
def test_a_checklist_that_cannot_be_understood(tmp_path: Path, old: str, new: str, error: str) -> None:
    path = tmp_path / "items.yml"
    path.write_text(DEFAULT_CHECKLIST.read_text().replace(old, new, 1))
    with pytest.raises(ChecklistError, match=error):
        load_checklist(path)


def test_a_checklist_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ChecklistError, match="No such file"):
        load_checklist(tmp_path / "items.yml")
