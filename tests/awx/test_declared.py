"""What is declared in AWX is right by itself: arguments, references, surveys that playbooks take, schedules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from dateutil.rrule import rrulestr

from ansible_collections.iworkz.platform.plugins.module_utils._drill.options import SPEC
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import validated
from ansible_collections.iworkz.platform.plugins.module_utils._platform.schema import check_schema
from tests.awx.conftest import MODULES, settings
from tests.awx.rendering import APPLY, ROOT, Call, Role

PLAYBOOKS = ROOT / "playbooks"
# The one declares AWX itself, from outside of it; the other does nothing outside of the sandbox.
WITHOUT_TEMPLATE = {"awx.yml", "rehearsal.yml"}
# Kinds that an argument names, and what AWX brings of them.
REFERENCES = {
    "organization": "organization",
    "lookup_organization": "organization",
    "organizations": "organization",
    "teams": "team",
    "credential": "credential",
    "credentials": "credential",
    "target_credential": "credential",
    "source_credential": "credential",
    "credential_type": "credential_type",
    "project": "project",
    "source_project": "project",
    "inventory": "inventory",
    "execution_environment": "execution_environment",
    "instance_groups": "instance_group",
    "labels": "label",
    "notification_templates_error": "notification_template",
    "notification_templates_approvals": "notification_template",
    "job_templates": "job_template",
    "workflows": "workflow_job_template",
    "workflow_job_template": "workflow_job_template",
    "unified_job_template": "job_template|project",
}
MANAGED = {("credential_type", "Source Control"), ("credential_type", "HashiCorp Vault Secret Lookup")}


@pytest.fixture(scope="module")
def role(declared: Role) -> Role:
    """The role in production, with an image."""
    return declared.with_(awx_settings=settings(declared))


@pytest.fixture(scope="module")
def calls(role: Role) -> list[Call]:
    """Everything that it declares."""
    return list(role.calls(*APPLY))


@cache
def specification(module: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The argument specification of a module of awx.awx, and its rules."""
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []

    class Asked(Exception):
        pass

    def instead(argument_spec: dict[str, Any], **rules: Any) -> None:
        found.append((argument_spec, rules))
        raise Asked

    loaded = import_module(f"{MODULES}.{module}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loaded, "ControllerAPIModule", instead)
        with pytest.raises(Asked):
            loaded.main()
    return found[0]


def test_arguments_are_those_of_the_modules(calls: list[Call]) -> None:
    faults = []
    for call in calls:
        spec, rules = specification(call.module)
        result = ArgumentSpecValidator(spec, **rules).validate(call.arguments)
        faults += [f"{call.task}: {message}" for message in result.error_messages]
    assert faults == []


def test_references_resolve(calls: list[Call]) -> None:
    there = {(call.module, call.arguments["name"]) for call in calls if "name" in call.arguments} | MANAGED
    dangling = [
        f"{call.task}: {argument} {name}"
        for call in calls
        for argument, kinds in REFERENCES.items()
        for name in _names(call.arguments.get(argument))
        if not any((kind, name) in there for kind in kinds.split("|"))
    ]
    assert dangling == []


def _names(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def test_every_playbook_has_a_template_and_every_phase_its_step(role: Role) -> None:
    templates = role.value("{{ __awx_templates }}")
    files = {path.name for path in PLAYBOOKS.glob("*.yml")}
    assert {template["playbook"] for template in templates.values()} == files - WITHOUT_TEMPLATE
    steps = [step["template"] for step in role.value("{{ __awx_launch }}")]
    phases = sorted(name for name in files if name.startswith("phase"))
    assert [templates[step]["playbook"] for step in steps if step.startswith("phase")] == phases
    assert (steps[0], steps[-3:]) == ("preflight", ["verify", "report", "gate"])


def _texts(playbook: Path) -> Iterator[str]:
    """A playbook, those that it imports, and the roles that they use."""
    text = playbook.read_text(encoding="utf-8")
    yield text
    for play in yaml.safe_load(text):
        if imported := play.get("ansible.builtin.import_playbook"):
            yield from _texts(PLAYBOOKS / imported)
    for name in set(re.findall(r"name: iworkz\.platform\.(\w+)", text)):
        for part in ("defaults", "tasks", "vars"):
            for file in (ROOT / "roles" / name / part).rglob("*.yml"):
                yield file.read_text(encoding="utf-8")


def test_surveys_ask_for_what_playbooks_take(role: Role) -> None:
    unknown = []
    for name, template in role.value("{{ __awx_templates }}").items():
        text = "\n".join(_texts(PLAYBOOKS / template["playbook"]))
        inside = "\n".join(re.findall(r"{{.*?}}|(?:that|when):.*", text, re.DOTALL))
        for question in template.get("survey", []):
            if not re.search(rf"(?<![\w.'\"]){question['variable']}(?![\w'\"])", inside):
                unknown.append(f"{name}: {question['variable']}")
    assert unknown == []


def test_a_question_is_told_in_both_languages(role: Role) -> None:
    templates = role.value("{{ __awx_templates }}").values()
    texts = [question["question"] for template in templates for question in template.get("survey", [])]
    texts += [template["description"] for template in templates]
    texts += [step["approval"] for step in role.value("{{ __awx_launch }}") if "approval" in step]
    assert [text for text in texts if not re.search(r"[a-z].* / .*[ぁ-んァ-ヶ一-龠]", text)] == []


def test_answers_that_are_text_become_what_they_stand_for(role: Role) -> None:
    canary = yaml.safe_load((PLAYBOOKS / "canary.yml").read_text(encoding="utf-8"))[0]["tasks"][1]["vars"][
        "services_canary"
    ]
    answered = role.with_(service="billing", digest="", weights="5,25", pause="60", withdraw="false")
    cast = {name: answered.value(value) for name, value in canary.items()}
    assert cast == {"service": "billing", "digest": "", "weights": [5, 25], "pause": 60, "withdraw": False}

    defaults = yaml.safe_load((ROOT / "roles" / "dr" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    answers = {"due": "false", "resume": "true", "repeat": "3", "rate": "200", "variants": "", "scenario": "all"}
    drill = {name: role.with_(**answers).value(defaults[f"dr_{name}"]) for name in answers}
    spec = {name: SPEC[name] for name in answers}
    parameters, _secrets = validated(drill, spec)
    assert parameters == {"due": False, "resume": True, "repeat": 3, "rate": 200.0, "variants": [], "scenario": "all"}


def test_scenarios_that_are_asked_for_exist(role: Role) -> None:
    (question,) = [
        each for each in role.value("{{ __awx_templates }}")["dr-drill"]["survey"] if each["variable"] == "scenario"
    ]
    there = {path.stem for path in (ROOT / "roles" / "dr" / "files" / "scenarios").glob("*.yml")}
    assert set(question["choices"]) - {"all"} <= there
    assert set(role.value("{{ platform_drills.intervals }}")) <= set(question["choices"])


def test_schedules_run_when_they_should(role: Role) -> None:
    windows = [
        {"start": "2026-12-28", "end": "2027-01-10", "reason": "year end"},
        {"start": "2027-05-09T02:00", "end": "2027-05-09T02:01", "reason": "sale"},
    ]
    frozen = role.with_(awx_freeze={"timezone": "Asia/Tokyo", "windows": windows})
    rules = {
        call.arguments["name"].removeprefix("iworkz-production-"): call.arguments["rrule"]
        for call in frozen.calls("templates")
        if call.module == "schedule"
    }
    runs = {name: _runs(rule, 7) for name, rule in rules.items()}
    assert runs["verify-critical"][:3] == ["2026-12-01T00:05+0900", "2026-12-01T01:05+0900", "2026-12-01T02:05+0900"]
    assert runs["drift"][:2] == ["2026-12-01T01:00+0900", "2026-12-02T01:00+0900"]
    assert runs["compliance"][:2] == ["2026-12-01T02:30+0900", "2026-12-02T02:30+0900"]
    assert runs["attestations"][:2] == ["2026-12-07T06:00+0900", "2026-12-14T06:00+0900"]
    # January's second Sunday, the 10th, and May's, the 9th, are in windows; nothing else is left out.
    assert runs["drill"] == [
        f"{day}T02:00+0900"
        for day in ("2026-12-13", "2027-02-14", "2027-03-14", "2027-04-11", "2027-06-13", "2027-07-11", "2027-08-08")
    ]


def _runs(rule: str, count: int) -> list[str]:
    """The next runs as AWX computes them (``Schedule.rrulestr``)."""
    found = rrulestr(rule, tzinfos={"Asia/Tokyo": ZoneInfo("Asia/Tokyo")}, forceset=True)
    return [
        run.strftime("%Y-%m-%dT%H:%M%z")
        for run, _number in zip(
            found.xafter(datetime(2026, 11, 22, tzinfo=ZoneInfo("UTC"))), range(count), strict=False
        )
    ]


@pytest.mark.parametrize(
    ("rule", "start", "message"),
    [
        ("FREQ=SOMETIMES;INTERVAL=1", "2026-12-01T02:00", "cannot be understood"),
        ("FREQ=DAILY;INTERVAL=1", "soon", "cannot be understood"),
        ("FREQ=DAILY;INTERVAL=1", "2026-12-01T02:00", "must be no run itself"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(role: Role, rule: str, start: str, message: str) -> None:
    windows = [{"start": "2026-12-28", "end": "2027-01-10"}]
    with pytest.raises(Exception, match=message):
        role.with_(windows=windows).value(
            f"{{{{ '{rule}' | iworkz.platform.awx_rrule('{start}', 'Asia/Tokyo', windows) }}}}"
        )


@pytest.mark.parametrize("where", ["secret_sources", "credentials"])
def test_no_key_can_be_declared(role: Role, where: str) -> None:
    declared = role.value("{{ platform_awx }}")
    declared[where][0]["inputs"]["ssh_key_data"] = "-----BEGIN"
    problems = [problem for problem in check_schema({"platform_awx": declared}) if problem.variable == "platform_awx"]
    assert [problem.path for problem in problems] == [f"platform_awx.{where}[0].inputs"]


def test_grants_name_teams_and_templates_there_are(role: Role) -> None:
    teams = {team["name"] for team in role.value("{{ platform_awx.teams }}")}
    templates = {"all", *role.value("{{ __awx_templates }}")}
    for grant in role.value("{{ platform_awx.grants }}"):
        assert grant["team"] in teams
        assert set(grant.get("templates", [])) <= templates
        assert set(grant.get("workflows", [])) <= {"launch"}


def test_only_administrators_run_what_cannot_be_taken_back(role: Role) -> None:
    grants = role.value("{{ platform_awx.grants }}")
    risky = {"all", "teardown", "data-subject", "dr-drill", "eks-upgrade", "launch-unattended", "restore-test"}
    assert {grant["team"] for grant in grants if risky & set(grant.get("templates", []))} == {"administrators"}
