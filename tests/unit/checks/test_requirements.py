from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import load_checklist
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import load_checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import (
    Bound,
    RequirementError,
    Requirements,
    load_requirements,
)

FLOORS = Requirements(
    {
        "1.1.1.1": {
            "shelf_life_hours": Bound("max", 24),
            "days": Bound("min", 14),
            "minutes": Bound("max", 30),
            "encrypted": Bound("equals", True),
            "scenarios": Bound("includes", ["zone", "node"]),
        }
    }
)


@pytest.mark.parametrize(
    ("key", "wanted", "looser"),
    [
        ("days", 14, False),
        ("days", 30, False),
        ("days", 13, True),
        ("minutes", 30, False),
        ("minutes", 5, False),
        ("minutes", 30.5, True),
        ("encrypted", True, False),
        ("encrypted", False, True),
        ("scenarios", ["node", "zone"], False),
        ("scenarios", ["zone", "region", "node"], False),
        ("scenarios", ["zone", "region"], True),
        ("scenarios", [], True),
        ("shelf_life_hours", 1, False),
        ("shelf_life_hours", 48, True),
    ],
)
def test_overrides_may_only_tighten(key: str, wanted: object, looser: bool) -> None:
    resolved = FLOORS.tightened({"1.1.1.1": {key: wanted}}).resolve("1.1.1.1")
    assert [breach.params["key"] for breach in resolved.looser] == ([key] if looser else [])
    expected = {"days": 14, "minutes": 30, "encrypted": True, "shelf_life_hours": 24, "scenarios": ["zone", "node"]}
    if not looser:
        expected[key] = wanted
    hours = expected.pop("shelf_life_hours")
    assert (resolved.required, resolved.shelf_life) == (expected, timedelta(hours=hours))


@given(st.integers(-100, 100), st.sampled_from(["days", "minutes"]))
def test_what_is_required_is_never_looser_than_the_floor(wanted: int, key: str) -> None:
    resolved = FLOORS.tightened({"1.1.1.1": {key: wanted}}).resolve("1.1.1.1")
    assert resolved.required["days"] >= 14
    assert resolved.required["minutes"] <= 30
    assert bool(resolved.looser) == (resolved.required[key] != wanted)


def test_an_item_without_requirements_keeps_a_day() -> None:
    resolved = FLOORS.resolve("1.1.1.2")
    assert (resolved.required, resolved.shelf_life, resolved.looser) == ({}, timedelta(hours=24), ())


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        ({"1.1.1.9": {"days": 14}}, r"item 1\.1\.1\.9 can be tightened \(did you mean 1\.1\.1\.1\?\)"),
        ({"1.1.1.1": {"dayz": 14}}, r"unknown key dayz \(did you mean days\?\)"),
        ({"1.1.1.1": {"days": "14"}}, "expected a number"),
        ({"1.1.1.1": {"days": True}}, "expected a number"),
        ({"1.1.1.1": {"shelf_life_hours": 0}}, "above 0"),
        ({"1.1.1.1": {"scenarios": "zone"}}, "expected a list of names"),
        ({"1.1.1.1": {"scenarios": [1]}}, "expected a list of names"),
        ({"1.1.1.1": 5}, "expected a dictionary"),
    ],
)
def test_overrides_that_cannot_be_understood(overrides: dict, error: str) -> None:
    with pytest.raises(RequirementError, match=error):
        FLOORS.tightened(overrides)


@pytest.mark.parametrize(
    "text",
    [
        "- 1",
        "a: [",
        '"1": 5',
        '"1": {days: 14}',
        '"1": {days: {min: "14"}}',
        '"1": {days: {least: 14}}',
        '"1": {days: {min: 1, max: 2}}',
        '"1": {shelf_life_hours: 0}',
        '"1": {shelf_life_hours: true}',
    ],
)
def test_files_that_cannot_be_understood(tmp_path: Path, text: str) -> None:
    (tmp_path / "rds.yml").write_text(text)
    with pytest.raises(RequirementError, match=r"rds\.yml"):
        load_requirements(tmp_path)


def test_an_item_is_required_by_one_file_only(tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text('"1": {days: {min: 1}}')
    with pytest.raises(RequirementError, match="already required"):
        load_requirements(tmp_path)


def test_requirements_and_checks_of_the_repository_are_of_items_of_the_checklist() -> None:
    items = load_checklist().by_id()
    assert load_requirements()._floors.keys() <= items.keys()
    for item, function in load_checks().items():
        module = function.__module__.rsplit(".", 1)[1]
        assert module == items[item].role or module.startswith(f"{items[item].role}_")
