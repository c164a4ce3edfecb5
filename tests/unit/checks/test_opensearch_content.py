"""What the domain holds: templates, policies, the query log, settings."""

from __future__ import annotations

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _search_trial as trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks._search_facts import Content, contents
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.opensearch import templates_and_policies, tuned
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal

from .fake_account import NOW, broken, world

NAME = "iworkz-sandbox-search"
SLOW = {
    "index.search.slowlog.threshold.query.warn": "1s",
    "index.search.slowlog.threshold.fetch.warn": "1s",
    "index.indexing.slowlog.threshold.index.warn": "1s",
}
SETTINGS = {**SLOW, "index.number_of_replicas": 2, "index.refresh_interval": "5s"}
MAPPINGS = {"dynamic": "strict", "properties": {"at": {"type": "date"}}}
DECLARED: dict[str, Any] = {
    "role_arn": "arn:aws:iam::123456789012:role/x",
    "query_log": "query-log",
    "component_templates": [{"name": "common", "body": {"template": {"settings": SETTINGS}}}],
    "index_templates": [
        {
            "name": "canary",
            "body": {"index_patterns": ["canary-*"], "composed_of": ["common"], "template": {"mappings": MAPPINGS}},
        }
    ],
    "ism_policies": [
        {
            "name": "canary",
            "body": {
                "default_state": "live",
                "states": [{"name": "live"}],
                "ism_template": [{"index_patterns": ["canary-*"], "priority": 1}],
            },
        }
    ],
    "indices": [{"alias": "query-log", "first_index": "query-log-000001"}],
    "index_settings": [{"index": "query-log", "settings": SETTINGS}],
}


class Domain:
    """A domain on which a new index gets ``settings``, ``mappings`` and, at the third look, ``policy``."""

    emulation = None

    def __init__(self, **changes: Any) -> None:
        self.settings, self.mappings, self.policy = SETTINGS, MAPPINGS, "canary"
        self.__dict__.update(changes)
        self.made: list[str] = []
        self.deleted: list[str] = []
        self.looks = 0

    def put(self, index: str, body: dict[str, Any]) -> None:
        self.made.append(index)

    def get(self, *path: str) -> Any:
        if path[0] != "_plugins":
            return {path[0]: {"settings": self.settings, "mappings": self.mappings}}
        self.looks += 1
        return {path[-1]: {trial.POLICY_ID: self.policy if self.looks > 2 else None}}

    def delete(self, index: str) -> None:
        self.deleted.append(index)


def content(**changes: Any) -> Content:
    made = Content(
        Domain(),  # type: ignore[arg-type]
        {"common": normal.template(DECLARED["component_templates"][0]["body"])},
        {"canary": normal.template(DECLARED["index_templates"][0]["body"])},
        {"canary": normal.policy(DECLARED["ism_policies"][0]["body"])},
        {"query-log": {"query-log-000001": normal.index_settings(SETTINGS)}},
        frozenset({"query-log"}),
    )
    return replace(made, **changes)


class Holding(World):
    def __init__(self, held: dict[str, Content | None]) -> None:
        super().__init__(world({}, {"indices": DECLARED}).platform, None, NOW)  # type: ignore[arg-type]
        self.held = held

    def once(self, fn: Any) -> Any:
        return {contents: self.held}[fn]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "POLL_SECONDS", 0)


def judge(check: Any, item: str, held: Content | None) -> list[str]:
    required = {**load_requirements().resolve(item).required, **({"margin_seconds": 0.05} if item == "1.1.3.2" else {})}
    return [breach.id.removeprefix("opensearch.") for breach in broken(check(Holding({NAME: held}), required))]


def test_as_declared_passes():
    held = content()
    assert judge(templates_and_policies, "1.1.3.2", held) == []
    assert judge(tuned, "1.1.3.4", held) == []
    assert held.api.made == held.api.deleted
    assert held.api.made[0].startswith("canary-")


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        ({"component_templates": {}}, ["missing"]),
        ({"index_templates": {}}, ["missing"]),
        ({"ism_policies": {}}, ["missing"]),
        ({"component_templates": {"common": {"template": {}}}}, ["differs"]),
        ({"index_templates": {"canary": {"index_patterns": ["canary-*"], "template": {}}}}, ["differs"]),
        ({"ism_policies": {"canary": {"default_state": "live", "states": []}}}, ["differs"]),
        ({"api": Domain(settings={**SETTINGS, "index.refresh_interval": "1s"})}, ["not_picked_up"]),
        ({"api": Domain(settings={"index": {"number_of_replicas": "1"}})}, ["not_picked_up"]),
        ({"api": Domain(mappings={})}, ["not_picked_up"]),
        ({"api": Domain(policy=None)}, ["not_managed"]),
        ({"api": Domain(policy="another")}, ["not_managed"]),
    ],
)
def test_each_rule_of_1_1_3_2_breaks_by_itself(change, messages):
    held = content(**change)
    assert judge(templates_and_policies, "1.1.3.2", held) == messages
    assert held.api.made == held.api.deleted


def settings(**changes: Any) -> dict[str, Any]:
    flat = {**normal.index_settings(SETTINGS), **{name.replace("__", "."): value for name, value in changes.items()}}
    return {"settings": {"query-log": {"query-log-000001": {n: v for n, v in flat.items() if v is not None}}}}


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        ({"writable": frozenset()}, ["no_query_log"]),
        ({"settings": {"query-log": {}}}, ["no_index"]),
        (settings(index__search__slowlog__threshold__query__warn="-1"), ["no_slow_log", "settings_differ"]),
        (settings(index__indexing__slowlog__threshold__index__warn=None), ["no_slow_log", "settings_differ"]),
        (settings(index__refresh_interval=None), ["not_tuned", "settings_differ"]),
        (settings(index__refresh_interval="1s"), ["settings_differ"]),
    ],
)
def test_each_rule_of_1_1_3_4_breaks_by_itself(change, messages):
    assert judge(tuned, "1.1.3.4", content(**change)) == messages


@pytest.mark.parametrize(("check", "item"), [(templates_and_policies, "1.1.3.2"), (tuned, "1.1.3.4")])
def test_without_a_domain_or_its_endpoint_nothing_passes(check, item):
    assert judge(check, item, None) == ["not_active"]
    required = load_requirements().resolve(item).required
    assert [breach.id for breach in broken(check(Holding({}), dict(required)))] == ["opensearch.no_domain"]


def test_evidence_says_when_an_emulation_answered():
    held = content(api=Domain(emulation="opensearch"))
    finding = tuned(Holding({NAME: held}), dict(load_requirements().resolve("1.1.3.4").required))
    assert finding.observed[NAME]["emulation"] == "sandbox emulation of opensearch"
    assert (
        "emulation"
        not in tuned(Holding({NAME: content()}), dict(load_requirements().resolve("1.1.3.4").required)).observed[NAME]
    )


def test_a_declaration_without_a_canary_pattern_cannot_be_shown_to_work():
    declared = {**copy.deepcopy(DECLARED), "index_templates": []}
    held = content(index_templates={})
    found = trial.run(held.api, declared, "canary", 0)
    assert [message for message, _ in found.problems] == ["opensearch.no_canary_pattern"]
    assert held.api.made == []


def test_the_scratch_index_is_deleted_even_when_reading_fails():
    held = SimpleNamespace(put=lambda *_, **__: None, get=lambda *_: {}, deleted=[])
    held.delete = held.deleted.append
    with pytest.raises(ValueError, match="not enough values"):
        trial.run(held, DECLARED, "canary", 0)
    assert len(held.deleted) == 1


def test_the_template_of_the_highest_priority_fits_and_its_own_values_lie_over_its_components():
    low, high = (
        {"name": name, "body": {"index_patterns": ["c-*"], "priority": priority, "composed_of": ["a", "b"]}}
        for name, priority in (("low", 1), ("high", 2))
    )
    found = trial.fitting([high, low], "c-1", lambda item: item["body"])
    assert found is high
    assert trial.fitting([high, low], "d-1", lambda item: item["body"]) is None
    high["body"]["template"] = {"settings": {"codec": "z"}, "mappings": {"properties": {"own": {"type": "date"}}}}
    parts = [
        {"name": "a", "body": {"template": {"settings": {"codec": "a", "hidden": True}}}},
        {
            "name": "b",
            "body": {"template": {"settings": {"codec": "b"}, "mappings": {"properties": {"b": {"type": "date"}}}}},
        },
    ]
    made = trial.composed(high, parts)
    assert made["settings"] == {"index.codec": "z", "index.hidden": "true"}
    assert made["mappings"]["properties"].keys() == {"own", "b"}
