"""The order of molecule's scenarios: each after those it builds on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools import scenarios


def test_every_scenario_comes_once_and_after_those_it_builds_on() -> None:
    names = scenarios.ordered()
    assert names[0] == scenarios.SHARED
    assert sorted(names) == sorted(path.parent.name for path in scenarios.ROOT.glob("*/molecule.yml"))
    read = {name: yaml.safe_load((scenarios.ROOT / name / "vars.yml").read_text("utf-8")) for name in names[1:]}
    inherited = [name for name in names[1:] if not read[name].get("scenario_own_account")]
    for place, name in enumerate(inherited):
        assert set(read[name]["scenario_requires"]) & set(inherited) <= set(inherited[:place]), name


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    for name, text in {
        "apple": "{scenario_requires: [zebra, elsewhere]}",
        "mango": "{scenario_requires: [], scenario_own_account: true}",
        "zebra": "{scenario_requires: []}",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "vars.yml").write_text(text, "utf-8")
    return tmp_path


def test_what_has_an_account_of_its_own_comes_last(declared: Path) -> None:
    assert scenarios.ordered(declared) == ["default", "zebra", "apple", "mango"]
