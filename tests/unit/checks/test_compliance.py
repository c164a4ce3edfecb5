"""Items 2.2.2.1 and 2.2.2.2: an engine with which all is well, then one thing wrong at a time."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarms, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks._compliance_facts import (
    Published,
    Registered,
    published,
    records,
    registered,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.compliance import rules_in_force, watched
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import _kubernetes
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import RuleTest
from tests.unit.checks.facts import NOW, PLATFORM
from tests.unit.checks.fake_account import TOPIC, alarm, broken
from tests.unit.checks.kube_facts import FakeReader, made
from tests.unit.compliance import packs

CRON = "30 2 * * *"
PROGRAM = "ansible_collections.iworkz.platform.plugins.module_utils._compliance.command"
COUNTS = {"ok": 90, "warning": 2, "violation": 3, "unknown": 5, "problem": None}


class Engine(World):
    """A world whose facts are given."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(PLATFORM, None, NOW)  # type: ignore[arg-type]
        self.facts = facts

    def once(self, fn: Any) -> Any:
        return self.facts[fn.__name__]


def jobs(*commands: str, program: str = PROGRAM) -> dict[str, Any]:
    """A CronJob's template with a container for each command, as the role compliance makes it."""
    containers = [
        {"name": one, "command": ["python", "-m", program], "args": [*one.split(), "--config", "/etc/config.json"]}
        for one in commands
    ]
    return {"spec": {"template": {"spec": {"containers": containers}}}}


@pytest.fixture
def facts(tmp_path: Path) -> dict[str, Any]:
    pack = replace(packs.pack(tmp_path), as_of=NOW.date())
    examples = [RuleTest("t", date(2026, 11, 1), (None, None), {}, (), word) for word in ("violation", "ok")]
    rule = replace(pack.rules["CAP"], tests=tuple(examples))
    pack = replace(pack, rules={"CAP": rule})
    row = {
        "id": "small",
        "version": "1.0.0",
        "hash": pack.hash,
        "signature_key_id": "f" * 64,
        "registered_at": NOW,
        "registered_by": "arn",
    }
    evaluation = {
        "id": "e1",
        "pack_hash": pack.hash,
        "as_of": NOW.date(),
        "snapshot_id": "s1",
        "complete": True,
        "finished_at": NOW - timedelta(hours=7),
        "counts": {"CAP": dict(COUNTS)},
        "coverage": {
            name: {"delivered": True, "source": 100, "rows": 99, "judged": 99} for name in ("employers", "months")
        },
    }
    schedules = {"compliance-audit": {"cron": CRON, "timezone": "Asia/Tokyo", "command": "run"}}
    spec = {"schedule": CRON, "timeZone": "Asia/Tokyo", "suspend": False, "jobTemplate": jobs("run", "report")}
    job = made("compliance-audit", "trust", {"platform.iworkz.jp/component": "compliance"}, spec=spec)
    names = ("EvaluationAgeSeconds", "UnknownShare", "Violations")
    return {
        registered.__name__: Registered(row, {"CAP.below": 80}, schedules, evaluation, evaluation),
        published.__name__: Published(pack, {"rules": 1, "passed": 2, "failed": 0, "uncovered": 0}, True),
        records.__name__: {"employers": 100, "months": 104, "not_of_the_pack": 7},
        _kubernetes.__name__: FakeReader({("batch/v1", "cronjobs"): [job]}),
        alarms.__name__: [alarm(name, "iWORKZ/Compliance", name) for name in names],
        topics.__name__: {TOPIC},
    }


def required(item: str) -> dict[str, Any]:
    values = load_requirements().resolve(item).required
    return {**values, "rules": 1} if "rules" in values else values


def ids(finding: Any) -> list[str]:
    return [breach.id for breach in broken(finding)]


def test_the_rules_published_are_those_in_force(facts):
    finding = rules_in_force(Engine(**facts), required("2.2.2.1"))
    assert ids(finding) == []
    assert finding.observed["rules"] == {"binding": 1, "advisory": 0}
    assert finding.observed["overrides"] == {"CAP.below": 80}


def changed_rule(law: Published, **changes: Any) -> Published:
    return replace(law, pack=replace(law.pack, rules={"CAP": replace(law.pack.rules["CAP"], **changes)}))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda law: replace(law, pack=replace(law.pack, hash="0" * 64)), "compliance.other_rules"),
        (lambda law: replace(law, locked=False), "compliance.not_locked"),
        (lambda law: replace(law, tests={**law.tests, "failed": 1}), "compliance.tests"),
        (lambda law: replace(law, tests={**law.tests, "rules": 0}), "compliance.tests"),
        (
            lambda law: replace(law, pack=replace(law.pack, as_of=NOW.date() - timedelta(days=185))),
            "compliance.old_facts",
        ),
        (lambda law: changed_rule(law, sources=("one",)), "compliance.rule_lacks"),
        (lambda law: changed_rule(law, tests=law.pack.rules["CAP"].tests[1:]), "compliance.rule_lacks"),
        (lambda law: changed_rule(law, tests=law.pack.rules["CAP"].tests[:1]), "compliance.rule_lacks"),
    ],
)
def test_what_is_wrong_with_the_rules_is_said(facts, change, expected):
    facts["published"] = change(facts["published"])
    assert ids(rules_in_force(Engine(**facts), required("2.2.2.1"))) == [expected]


def test_a_rule_without_figures_has_no_effective_range(facts):
    facts["published"] = changed_rule(facts["published"], parameters={})
    finding = rules_in_force(Engine(**facts), required("2.2.2.1"))
    assert "effective range" in finding.breaches[0].params["lacks"]


def test_an_advisory_rule_may_lack_sources(facts):
    facts["published"] = changed_rule(facts["published"], status="advisory", sources=())
    assert ids(rules_in_force(Engine(**facts), required("2.2.2.1"))) == []


def test_a_pack_of_few_rules_is_not_the_law(facts):
    values = {**required("2.2.2.1"), "rules": 2}
    assert ids(rules_in_force(Engine(**facts), values)) == ["compliance.few_rules"]


@pytest.mark.parametrize("override", [{"CAP.below": 200}, {"CAP.gone": 1}])
def test_an_override_that_the_pack_refuses_is_named(facts, override):
    facts["registered"] = replace(facts["registered"], overrides=override)
    finding = rules_in_force(Engine(**facts), required("2.2.2.1"))
    assert ids(finding) == ["compliance.override"]
    assert next(iter(override)) in finding.breaches[0].params["error"]


def test_a_scheduled_engine_with_a_fresh_evaluation_of_every_record(facts):
    finding = watched(Engine(**facts), required("2.2.2.2"))
    assert ids(finding) == []
    assert finding.observed["cases"]["unknown_percent"] == 5.0
    assert finding.observed["records"] == {
        "employers": {"now": 100, "evaluated": 100, "usable": 99},
        "months": {"now": 104, "evaluated": 100, "usable": 99},
    }


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"suspend": True}, "compliance.suspended"),
        ({"schedule": "0 3 * * *"}, "compliance.other_schedule"),
        ({"timeZone": "Etc/UTC"}, "compliance.other_schedule"),
    ],
)
def test_a_schedule_that_is_not_the_declared_one(facts, spec, expected):
    (job,) = facts["_kubernetes"].objects["batch/v1", "cronjobs"]
    job["spec"].update(spec)
    assert ids(watched(Engine(**facts), required("2.2.2.2"))) == [expected]


@pytest.mark.parametrize(
    ("template", "lacking"),
    [
        (jobs("run"), "report"),
        (jobs("run", "snapshot"), "report"),
        (jobs("run --check", "report"), "run"),
        (jobs("run", "report", program="echo"), "run, report"),
        (jobs(), "run, report"),
    ],
)
def test_a_schedule_that_does_not_start_every_command(facts, template, lacking):
    (job,) = facts["_kubernetes"].objects["batch/v1", "cronjobs"]
    job["spec"]["jobTemplate"] = template
    finding = watched(Engine(**facts), required("2.2.2.2"))
    assert [(one.id, one.params["commands"]) for one in broken(finding)] == [("compliance.not_started", lacking)]


def test_a_command_may_be_all_in_one_list(facts):
    (job,) = facts["_kubernetes"].objects["batch/v1", "cronjobs"]
    containers = [{"command": ["python", "-m", PROGRAM, command]} for command in ("run", "report")]
    job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"] = containers
    finding = watched(Engine(**facts), required("2.2.2.2"))
    assert ids(finding) == []
    assert finding.observed["schedules"]["compliance-audit"]["commands"] == ["report", "run"]


def test_a_schedule_that_is_gone(facts):
    facts["_kubernetes"] = FakeReader({})
    assert ids(watched(Engine(**facts), required("2.2.2.2"))) == ["compliance.not_scheduled"]
    facts["registered"] = replace(facts["registered"], schedules={})
    assert ids(watched(Engine(**facts), required("2.2.2.2"))) == ["compliance.no_schedule"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"finished_at": NOW - timedelta(hours=27)}, "compliance.old_evaluation"),
        ({"pack_hash": "0" * 64}, "compliance.other_law"),
        ({"counts": {}}, "compliance.not_judged"),
        ({"counts": {"CAP": {**COUNTS, "problem": "no table months"}}}, "compliance.not_judged"),
        ({"coverage": {"months": {"source": 104, "rows": 104}}}, "compliance.not_covered"),
        (
            {"coverage": {"employers": {"source": 100, "rows": 9}, "months": {"source": 90, "rows": 90}}},
            "compliance.not_covered",
        ),
    ],
)
def test_an_evaluation_that_is_not_of_today_or_not_of_everything(facts, change, expected):
    evaluation = {**copy.deepcopy(facts["registered"].evaluation), **change}
    facts["registered"] = replace(facts["registered"], evaluation=evaluation, latest=evaluation)
    assert ids(watched(Engine(**facts), required("2.2.2.2"))) == [expected]


def test_a_later_evaluation_that_could_not_judge_a_rule_is_told(facts):
    latest = {**facts["registered"].evaluation, "counts": {"CAP": {**COUNTS, "problem": "corrupt"}}}
    facts["registered"] = replace(facts["registered"], latest=latest)
    assert ids(watched(Engine(**facts), required("2.2.2.2"))) == ["compliance.not_judged"]


def test_without_an_evaluation_and_alarms(facts):
    facts["registered"] = replace(facts["registered"], evaluation=None, latest=None)
    facts["alarms"] = []
    found = ids(watched(Engine(**facts), required("2.2.2.2")))
    assert found == ["compliance.no_evaluation", *["alarms.missing"] * 3]


@pytest.mark.parametrize("now", [{}, {"employers": 0, "months": 0}, {"not_of_the_pack": 7}])
def test_an_evaluation_of_nothing_is_none(facts, now):
    facts["records"] = now
    assert ids(watched(Engine(**facts), required("2.2.2.2"))) == ["compliance.no_records"]


@pytest.mark.parametrize(("environment", "expected"), [("production", ["compliance.other_day"]), ("sandbox", [])])
def test_only_the_rehearsal_is_judged_as_of_another_day(facts, environment, expected):
    evaluation = {**facts["registered"].evaluation, "as_of": NOW.date() - timedelta(days=2)}
    facts["registered"] = replace(facts["registered"], evaluation=evaluation, latest=evaluation)
    world = Engine(**facts)
    world.platform = replace(PLATFORM, environment=environment)
    assert ids(watched(world, required("2.2.2.2"))) == expected
