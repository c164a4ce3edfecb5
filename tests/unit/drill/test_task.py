"""The module's work around a drill: guards, lock, check mode, what is due, what is refused and recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import preconditions, results
from ansible_collections.iworkz.platform.plugins.module_utils._drill.guards import BadInput
from ansible_collections.iworkz.platform.plugins.module_utils._drill.preconditions import CHECKS, Check
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import ScenarioError
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature
from ansible_collections.iworkz.platform.plugins.module_utils._drill.task import Task
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import locked
from tests.unit.drill.simulation import TARGETS, Alarms, Kit, Platform, actions_of, document

VARIANTS = [{"name": "asynchronous", "synchronous_commit": "local", "judges": ["rto"]}, {"name": "synchronous"}]


class Clients(Alarms):
    """An account with alarms, and nothing else."""

    def __init__(self, platform: Platform, account: str = "123456789012") -> None:
        super().__init__(platform)
        self.calls = Counter()
        self.account = account

    def caller(self) -> dict[str, str]:
        return {"account": self.account, "arn": "arn:aws:sts::123456789012:assumed-role/x"}


class Subject:
    """A task of a simulated platform with one scenario, ``test``, whose precondition asks ``breaches``."""

    def __init__(self, directory: Path, platform: Platform) -> None:
        self.directory, self.platform = directory, platform
        self.breaches: list[Breach] = []
        self.account = "123456789012"
        (directory / "scenarios").mkdir()
        self.scenario("test")

    def scenario(self, name: str, **changes: Any) -> None:
        given = document(name=name, preconditions=[{"check": "sound"}], variants=VARIANTS, **changes)
        text = yaml.safe_dump(given, allow_unicode=True)
        (self.directory / "scenarios" / f"{name}.yml").write_text(text, encoding="utf-8")
        load_scenarios.cache_clear()

    def params(self, **changes: Any) -> dict[str, Any]:
        given = {
            "scenario": "test",
            "variants": [],
            "repeat": 1,
            "rate": 100.0,
            "steady_seconds": 1.0,
            "settle_seconds": 1.0,
            "confirm": "sandbox",
            "resume": False,
            "due": False,
            "intervals": {},
            "platform": {
                "name": "iworkz",
                "environment": "sandbox",
                "account_id": "123456789012",
                "region": "ap-northeast-1",
                "recovery_region": "ap-northeast-3",
                "tags": {"Platform": "iworkz", "Environment": "sandbox"},
            },
            "reach": {"ca_bundle": "", "pooler": {"host": "127.0.0.4", "port": 6432}},
            "canary": "canary",
            "resources": dict.fromkeys(("recovery_database", "cache", "broker", "domain", "canary_record"), "x")
            | {"database": "db"},
            "targets": TARGETS,
            "limits": {
                "lag_seconds": 30.0,
                "backup_age_minutes": 30.0,
                "unacknowledged_seconds": 20.0,
                "duration_seconds": 600.0,
            },
            "freeze": {"timezone": "Asia/Tokyo", "windows": []},
            "drills_dir": str(self.directory / "drills"),
            "scenarios_dir": str(self.directory / "scenarios"),
            "revision": "f00",
            "fail_on": ["fail", "aborted", "refused"],
            "language": "en",
        }
        return {**given, **changes}

    def run(self, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        clients = Clients(self.platform, self.account)
        task = Task(self.params(**changes), clients, clock=self.platform.clock, kit=Kit(self.platform))
        return task.run(check_mode)


@pytest.fixture
def subject(tmp_path: Path) -> Iterator[Subject]:
    platform = Platform()
    found = Subject(tmp_path, platform)

    def sound(_context: Any) -> list[Breach]:
        return found.breaches

    CHECKS["sound"] = Check(sound, Signature.of(sound))
    with actions_of(platform):
        load_scenarios.cache_clear()
        yield found
    del CHECKS["sound"]
    load_scenarios.cache_clear()


def ids(answer: dict[str, Any]) -> list[str]:
    return [reason["id"] for reason in answer["reasons"]]


def test_a_drill_is_run_told_and_recorded(subject: Subject) -> None:
    answer = subject.run(repeat=2)
    assert (answer["changed"], answer["verdicts"], answer["reasons"]) == (True, ["pass"], [])
    assert "failed" not in answer
    header, *rows = answer["table"]
    assert header.split()[0] == "scenario"
    assert [row.split()[:4] for row in rows] == [
        ["test", "asynchronous", "postgres", "2"],
        ["test", "synchronous", "postgres", "2"],
    ]
    (recorded,) = results.load(subject.directory / "drills")
    assert recorded["id"] == answer["drills"][0]["id"]
    assert results.audit(subject.directory / "drills") == []


def test_the_table_speaks_japanese(subject: Subject) -> None:
    assert subject.run(language="ja")["table"][0].startswith("シナリオ")


def test_only_the_wanted_variants_are_drilled(subject: Subject) -> None:
    (drill,) = subject.run(variants=["synchronous"])["drills"]
    assert [variant["name"] for variant in drill["variants"]] == ["synchronous"]
    with pytest.raises(BadInput, match=r"test has no variant synchronos \(did you mean synchronous\?\)"):
        subject.run(variants=["synchronos"])


def test_check_mode_plans_and_touches_nothing(subject: Subject) -> None:
    subject.breaches = [Breach("drill.no_standby", {"database": "db"})]
    answer = subject.run(check_mode=True, confirm=None)
    assert [entry["step"] for entry in answer["plan"]] == [
        *("steady", "take_hold", "take_down", "comes_back", "release", "tidy"),
    ]
    assert answer["plan"][1]["calls"] == ["x:Y"]
    assert len(answer["plan_table"]) == 6
    assert ids(answer) == ["drill.not_confirmed", "drill.no_standby"]
    assert not answer["failed"]
    assert subject.platform.calls == []
    assert not (subject.directory / "drills").exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confirm": None}, "drill.not_confirmed"),
        ({"confirm": "production"}, "drill.not_confirmed"),
        (
            {
                "freeze": {
                    "timezone": "Asia/Tokyo",
                    "windows": [{"start": "2026-11-20", "end": "2026-11-30", "reason": "r"}],
                }
            },
            "drill.frozen",
        ),
    ],
)
def test_guards_refuse(subject: Subject, changes: dict[str, Any], reason: str) -> None:
    answer = subject.run(**changes)
    assert (answer["verdicts"], answer["failed"], ids(answer)) == (["refused"], True, [reason])
    assert subject.platform.calls == []
    assert results.load(subject.directory / "drills") == []


def test_another_account_is_refused(subject: Subject) -> None:
    subject.account = "999999999999"
    assert ids(subject.run()) == ["drill.other_account"]
    assert subject.platform.calls == []


def test_a_precondition_that_does_not_hold_refuses_and_is_recorded(subject: Subject) -> None:
    subject.breaches = [Breach("drill.no_standby", {"database": "db"})]
    answer = subject.run()
    assert (answer["verdicts"], ids(answer)) == (["refused"], ["drill.no_standby"])
    assert "db" in answer["msg"]
    assert subject.platform.calls == []
    assert results.load(subject.directory / "drills")[0]["verdict"] == "refused"
    assert not (subject.directory / "drills" / "journal").exists()


def test_a_precondition_that_cannot_be_read_refuses(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_context: Any) -> list[Breach]:
        raise OSError("no route")

    monkeypatch.setitem(preconditions.CHECKS, "sound", Check(unreadable, Signature.of(unreadable)))
    answer = subject.run()
    assert ids(answer) == ["drill.unreadable"]
    assert "no route" in answer["msg"]


def test_bad_input_is_refused_before_anything_is_read(subject: Subject) -> None:
    with pytest.raises(BadInput, match="rto_seconds must be above 0"):
        subject.run(targets={**TARGETS, "zone": {"rto_seconds": 0.0, "rpo_seconds": 0.0}})
    with pytest.raises(ScenarioError, match=r"did you mean test\?"):
        subject.run(scenario="tets")
    assert not (subject.directory / "drills").exists()


def test_while_another_drill_holds_the_lock_it_is_refused(subject: Subject) -> None:
    (subject.directory / "drills").mkdir()
    with locked(subject.directory / "drills" / "lock", 0):
        answer = subject.run()
    assert ids(answer) == ["drill.locked"]
    assert subject.platform.calls == []


def test_after_an_interrupted_drill_the_next_waits_for_its_resumption(subject: Subject) -> None:
    subject.platform.failing = {"await_return", "let_go"}
    assert subject.run()["verdicts"] == ["aborted"]
    assert ids(subject.run()) == ["drill.unfinished"]
    subject.platform.failing = set()
    frozen = {"timezone": "Asia/Tokyo", "windows": [{"start": "2026-11-20", "end": "2026-11-30", "reason": "r"}]}
    planned = subject.run(check_mode=True, resume=True)
    assert [entry["stage"] for entry in planned["plan"]] == ["resume"]
    resumed = subject.run(resume=True, scenario=None, freeze=frozen)
    assert ids(resumed)[0] == "drill.interrupted"
    assert subject.platform.changed == set()
    assert subject.run(resume=True)["drills"] == []
    assert subject.run()["verdicts"] == ["pass"]


def test_no_other_scenario_begins_after_one_that_was_not_put_back(subject: Subject) -> None:
    subject.scenario("tezt")
    subject.platform.failing = {"let_go"}
    answer = subject.run(scenario="all")
    assert len(answer["drills"]) == 1


def test_verdicts_fail_the_task_only_where_wanted(subject: Subject) -> None:
    subject.platform.loses = 3
    assert subject.run()["failed"]
    answer = subject.run(fail_on=["refused"])
    assert answer["verdicts"] == ["fail"]
    assert "failed" not in answer


def test_only_what_is_due_is_drilled(subject: Subject) -> None:
    intervals = {"test": 24}
    assert subject.run(due=True, intervals={})["drills"] == [], "without an interval it is never due"
    subject.platform.loses = 3
    assert subject.run(due=True, intervals=intervals)["verdicts"] == ["fail"]
    subject.platform.loses = 0
    assert subject.run(due=True, intervals=intervals)["verdicts"] == ["pass"], "one that failed does not count"
    assert subject.run(due=True, intervals=intervals)["drills"] == []
    subject.platform.wall_jump = timedelta(hours=25)
    assert subject.run(due=True, intervals=intervals)["verdicts"] == ["pass"]
