"""The real modules of awx.awx against the stand-in: made once, drift mended, others' things left alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.awx.conftest import changed, module, run
from tests.awx.rendering import APPLY, Call, Role
from tests.awx.server import Awx

Make = Callable[..., Role]
PREFIX = "iworkz-production"


def make(awx: Awx, kind: str, **fields: Any) -> dict[str, Any]:
    """Somebody makes something by hand."""
    return awx.store.create(kind, fields)


def held_roles(awx: Awx) -> dict[str, set[tuple[str, str]]]:
    """Roles of each team, with what they are on."""
    teams = awx.store.objects["teams"].items()
    held = {team["name"]: awx.store.held(number) for number, team in teams}
    return {
        name: {(role["name"], role["summary_fields"]["resource_name"]) for role in roles}
        for name, roles in held.items()
    }


def test_made_once(awx: Awx, role: Make) -> None:
    declared = role()
    assert set(changed(run(declared))) == {call.task for call in declared.calls(*APPLY)}
    before = len(awx.changes)
    assert changed(run(declared)) == []
    assert changed(run(declared, check=True)) == []
    assert changed(run(declared, "purge")) == []
    assert len(awx.changes) == before


@pytest.mark.parametrize("api_path", ["/api/controller/"])
def test_behind_the_gateway_of_ansible_automation_platform(awx: Awx, role: Make) -> None:
    organization = make(awx, "organizations", name="iworkz")
    for team in ("operators", "releasers", "administrators", "approvers", "auditors"):
        make(awx, "teams", name=f"iworkz-{team}", organization=organization["id"])
    before = len(awx.store.objects["teams"])
    done = changed(run(role(manage_organization=False), "shared", "environment"))
    assert not {"Organisation", "Teams"} & set(done)
    assert len(awx.store.objects["teams"]) == before
    assert changed(run(role(manage_organization=False), "shared", "environment")) == []


def test_check_mode_of_a_fresh_awx_changes_nothing(awx: Awx, role: Make) -> None:
    declared = role()
    results = run(declared, check=True)
    awaited = declared.value("{{ __awx_missing }}")
    refused = [result for result in results if result.get("failed") and not re.search(awaited, result["msg"])]
    assert refused == []
    assert [result["task"] for result in results if not result.get("failed") and not result["changed"]] == []
    assert awx.changes == []


def test_drift_is_shown_and_mended(awx: Awx, role: Make) -> None:
    declared = role()
    changed(run(declared))
    store = awx.store
    verify, launch = (
        awx.named("job_templates", f"{PREFIX}-verify"),
        awx.named("workflow_job_templates", f"{PREFIX}-launch"),
    )
    store.update("job_templates", verify["id"], {"ask_variables_on_launch": True})
    store.surveys[verify["id"]]["spec"].pop()
    store.associated("job_templates", awx.named("job_templates", f"{PREFIX}-gate")["id"], "credentials").clear()
    store.associated("workflow_job_templates", launch["id"], "notification_templates_approvals").clear()
    store.update("schedules", awx.named("schedules", f"{PREFIX}-drift")["id"], {"enabled": False})
    node = next(
        each for each in store.objects["workflow_job_template_nodes"].values() if each["identifier"] == "before-phase2"
    )
    store.associated("workflow_job_template_nodes", node["id"], "success_nodes").clear()
    store.delete("credential_input_sources", next(iter(store.objects["credential_input_sources"])))
    before = len(awx.changes)
    expected = [
        "Where their secrets are looked up",
        "Job templates",
        "Job templates",
        "Workflow",
        "Nodes of the workflow",
        "Schedules",
    ]
    assert changed(run(declared, check=True)) == expected
    assert len(awx.changes) == before
    assert changed(run(declared)) == expected
    assert changed(run(declared)) == []


def test_what_is_not_declared_goes_only_when_asked(awx: Awx, role: Make) -> None:
    wider = role()
    templates = wider.value("{{ __awx_templates }}")
    old = {**templates, "old": {"playbook": "verify.yml", "description": "No longer"}}
    steps = [*wider.value("{{ __awx_launch }}"), {"template": "old", "approval": "Sure?"}]
    more = [
        *wider.value("{{ awx_settings.schedules }}"),
        {"name": "old", "template": "old", "start": "2026-12-01", "rrule": "FREQ=DAILY;INTERVAL=1"},
    ]
    changed(run(role({"__awx_templates": old, "__awx_launch": steps}, schedules=more)))
    foreign = make(awx, "organizations", name="somebody else")
    project = make(awx, "projects", name="theirs", organization=foreign["id"])
    same = {"project": project["id"], "playbook": "playbooks/verify.yml", "organization": foreign["id"]}
    theirs = make(awx, "job_templates", name=f"{PREFIX}-verify", **same)
    make(
        awx,
        "schedules",
        name=f"{PREFIX}-old",
        rrule="DTSTART:20261201T000000Z RRULE:FREQ=DAILY;INTERVAL=1",
        unified_job_template=theirs["id"],
    )
    ours = awx.named("organizations", "iworkz")
    make(awx, "job_templates", name=f"{PREFIX}-by-hand", **{**same, "organization": ours["id"]})

    declared = role()
    assert sorted(node["identifier"] for node in declared.value("{{ __awx_strays }}")) == ["before-old", "old"]
    before = {kind: set(objects) for kind, objects in awx.store.objects.items()}
    # The node before the stray ones leads to them no more.
    assert changed(run(declared)) == ["Nodes of the workflow"]
    assert {kind: set(objects) for kind, objects in awx.store.objects.items()} == before
    by_hand = {"teams": ["iworkz-operators"], "role": "execute", "job_templates": [f"{PREFIX}-teardown"]}
    assert module(Call("role", by_hand, ""))["changed"]
    granted = {each: set(held) for each, held in held_roles(awx).items()}
    purged = changed(run(declared, "purge"))
    assert purged == [
        *["Roles that are not granted"] * 2,
        "Schedules that are not declared",
        *["Nodes that are not declared"] * 2,
        "Job templates that are not declared",
    ]
    assert changed(run(declared, *APPLY, "purge")) == []
    gone = {(team, *role) for team, held in granted.items() for role in held - held_roles(awx)[team]}
    assert gone == {
        ("iworkz-operators", "Execute", f"{PREFIX}-teardown"),
        ("iworkz-administrators", "Execute", f"{PREFIX}-old"),
    }
    left = [one["name"] for one in awx.store.objects["job_templates"].values()]
    assert left.count(f"{PREFIX}-verify") == 2
    assert f"{PREFIX}-by-hand" in left
    assert f"{PREFIX}-old" not in left
    assert [
        one["unified_job_template"] for one in awx.store.objects["schedules"].values() if one["name"] == f"{PREFIX}-old"
    ] == [theirs["id"]]


def test_the_workflow_goes_from_step_to_step(awx: Awx, role: Make) -> None:
    changed(run(role()))
    nodes = awx.store.objects["workflow_job_template_nodes"]
    follows = {number: awx.store.associated("workflow_job_template_nodes", number, "success_nodes") for number in nodes}
    led_to = {following for each in follows.values() for following in each}
    (at,) = set(nodes) - led_to
    order = [nodes[at]["identifier"]]
    while follows[at]:
        (at,) = follows[at]
        order.append(nodes[at]["identifier"])
    assert [identifier for identifier in order if not identifier.startswith("before-")] == [
        *["fetch-project", "preflight"],
        *sorted(name for name in order if name.startswith("phase")),
        *["verify", "report", "gate"],
    ]
    for identifier in order:
        if identifier.startswith("phase"):
            assert order[order.index(identifier) - 1] == f"before-{identifier}"
    approval = awx.named("workflow_approval_templates", f"{PREFIX}-before-phase2")
    assert approval["timeout"] == 7 * 24 * 3600


def test_a_wrong_object_is_refused(awx: Awx, role: Make) -> None:
    """The stand-in refuses what AWX would: otherwise the tests above would prove little."""
    changed(run(role()))
    by_hand = {"organization": "iworkz", "name": "wrong"}
    template = {**by_hand, "project": "iworkz-platform"}
    schedule = {"name": "wrong", "unified_job_template": f"{PREFIX}-verify", "extra_data": {}}
    survey = {
        "name": "",
        "description": "",
        "spec": [{"question_name": "?", "type": "text", "variable": "x", "required": "yes"}],
    }
    wrong = {
        "Playbook not found": Call("job_template", {**template, "playbook": "playbooks/none.yml"}, ""),
        "'required' missing": Call(
            "job_template", {**template, "playbook": "playbooks/site.yml", "survey_spec": survey}, ""
        ),
        "INTERVAL required": Call("schedule", {**schedule, "rrule": "DTSTART:20261201T000000Z RRULE:FREQ=DAILY"}, ""),
        "not allowed on launch": Call(
            "schedule",
            {
                **schedule,
                "rrule": "DTSTART:20261201T000000Z RRULE:FREQ=DAILY;INTERVAL=1",
                "extra_data": {"nothing": "1"},
            },
            "",
        ),
        "was unexpected": Call(
            "credential", {**by_hand, "credential_type": "Source Control", "inputs": {"colour": "red"}}, ""
        ),
        "incorrect fields": Call(
            "notification_template", {**by_hand, "notification_type": "awssns", "notification_configuration": {}}, ""
        ),
    }
    for message, call in wrong.items():
        result = module(call)
        assert result.get("failed"), call
        assert message in result["msg"]
