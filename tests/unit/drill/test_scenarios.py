"""The shipped scenarios are sound; each way of being wrong is told with its place and the nearest right name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions import ACTIONS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.preconditions import CHECKS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import STAGES, Scenario, ScenarioError
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario_check import errors_of
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios, select
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature
from tests.unit.drill.simulation import NAMES, document, step

TABLE = {"hit": Signature(frozenset(["database"]), frozenset(["region"])), "look": Signature(frozenset(), frozenset())}
ASKED = {"available": Signature(frozenset(["database"]), frozenset())}
SHIPPED = {
    *("database_az", "database_az_switchover", "database_region"),
    *("cache_node", "queue_broker", "availability_zone", "region"),
}


def sound(**changes: Any) -> dict[str, Any]:
    fault = [step("down", "hit", params={"database": "{database}"})]
    given = {"steady_state": [], "fault": fault, "observe": [], "return": [], "cleanup": [], **changes}
    return document(**given)


def test_the_shipped_scenarios_are_sound() -> None:
    assert set(load_scenarios()) == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_scenario_survives_the_journal(name: str) -> None:
    scenario = load_scenarios()[name]
    plain = json.loads(json.dumps(scenario.document()))
    assert Scenario.of(plain) == scenario


def test_every_action_and_check_is_used_and_every_text_can_be_filled_in() -> None:
    scenarios = load_scenarios().values()
    steps = [step for scenario in scenarios for _stage, step in scenario.steps()]
    assert {step.action for step in steps} == set(ACTIONS)
    assert {each.check for scenario in scenarios for each in scenario.preconditions} == set(CHECKS)
    for each in steps:
        for text in (*each.what.values(), *each.manual.values(), *each.params.values()):
            text.format(**NAMES)


def test_a_combination_does_everything_its_parts_do() -> None:
    scenarios = load_scenarios()
    zone = scenarios["availability_zone"]
    for stage in STAGES:
        parts = [f"{name}.{step.id}" for name in zone.combines for step in scenarios[name].stages[stage]]
        assert [step.id for step in zone.stages[stage]] == parts
    assert zone.probes == ("postgres", "redis", "amqp")
    assert zone.targets_of == {"postgres": "zone", "redis": "cache", "amqp": "queue"}


def test_a_sound_document_has_no_errors() -> None:
    variants = [{"name": "synchronous", "synchronous_commit": "on", "judges": ["rto", "rpo"]}]
    preconditions = [{"check": "available", "params": {"database": "{database}"}}]
    assert list(errors_of(sound(variants=variants, preconditions=preconditions), TABLE, ASKED)) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"probs": []}, "unknown key probs (did you mean probes?)"),
        ({"title": {"en": "Loss"}}, "title: ja is missing"),
        ({"purpose": "Loss"}, "purpose: must be a text in each of en, ja"),
        ({"targets": "zon"}, "targets: zon is none of zone, region, cache, queue (did you mean zone?)"),
        ({"probes": ["postgre"]}, "probes[0]: postgre is none of postgres, redis, amqp (did you mean postgres?)"),
        ({"probes": []}, "a scenario needs probes and a fault, or others that it combines"),
        ({"fault": [step("down", "hitt")]}, "fault[0]: unknown action hitt (did you mean hit?)"),
        ({"fault": [step("down", "hit")]}, "fault[0]: hit: parameter database is missing"),
        (
            {"fault": [step("down", "hit", params={"database": "x", "regio": "y"})]},
            "fault[0]: hit: unknown parameter regio (did you mean region?); it takes database, region",
        ),
        (
            {"fault": [step("down", "hit", params={"database": 5})]},
            "fault[0]: hit: parameter database must be text, not int",
        ),
        (
            {"fault": [step("down", "hit", params={"database": "{databse}"})]},
            "fault[0].params.database: unknown name {databse} (did you mean database?)",
        ),
        ({"observe": [step("a", "look", timeout_seconds=0)]}, "observe[0].timeout_seconds: must be a whole number"),
        ({"observe": [step("a", "look", phase="detect")]}, "observe[0].phase: detect is none of detection"),
        ({"observe": [step("down", "look")]}, "more than one step down"),
        ({"observe": [{**step("a", "look"), "manual": {"en": "x", "ja": " "}}]}, "observe[0].manual: ja is missing"),
        (
            {"observe": [step("a", "look", timeout=5)]},
            "observe[0]: unknown key timeout (did you mean timeout_seconds?)",
        ),
        (
            {"preconditions": [{"check": "availabl"}]},
            "preconditions[0]: unknown check availabl (did you mean available?)",
        ),
        ({"variants": [{"name": "x", "synchronous_commit": "maybe"}]}, "variants[0].synchronous_commit: maybe is none"),
        ({"variants": [{"name": "x", "judges": ["rt"]}]}, "variants[0].judges: rt is none of rto, rpo"),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, Any], error: str) -> None:
    assert any(found.startswith(error) for found in errors_of(sound(**changes), TABLE, ASKED))


def test_a_document_that_is_no_dictionary_is_told() -> None:
    assert list(errors_of([], TABLE, ASKED)) == ["not a dictionary"]


def test_all_errors_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "one", {**shipped("cache_node"), "name": "one", "extra": 1})
    write(tmp_path, "two", {**shipped("cache_node"), "name": "other"})
    write(tmp_path, "three", {**shipped("availability_zone"), "name": "three", "combines": ["on"]})
    (tmp_path / "four.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(tmp_path)
    text = str(caught.value)
    assert "one.yml: unknown key extra" in text
    assert "two.yml: name: other is not that of the file" in text
    assert "three.yml: combines on, which does not exist (did you mean one?)" in text
    assert "four.yml" in text


def test_selection() -> None:
    scenarios = load_scenarios()
    assert [s.name for s in select("cache_node, database_az,cache_node", scenarios)] == ["cache_node", "database_az"]
    assert len(select("all", scenarios)) == len(SHIPPED)
    with pytest.raises(ScenarioError, match=r"unknown scenario database_ax \(did you mean database_az\?\)"):
        select("database_ax", scenarios)
    with pytest.raises(ScenarioError, match="no scenario is named"):
        select("", scenarios)


def shipped(name: str) -> dict[str, Any]:
    root = Path(__file__).resolve().parents[3]
    path = root / "roles" / "dr" / "files" / "scenarios" / f"{name}.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def write(directory: Path, name: str, document_: dict[str, Any]) -> None:
    (directory / f"{name}.yml").write_text(yaml.safe_dump(document_, allow_unicode=True), encoding="utf-8")
