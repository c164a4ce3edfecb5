"""The filters by themselves: what they make of little."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.filter.awx_nodes import awx_nodes
from ansible_collections.iworkz.platform.plugins.filter.awx_rrule import awx_rrule
from ansible_collections.iworkz.platform.plugins.filter.awx_survey import awx_survey


def test_a_choice_is_made_where_it_may_be_left_open() -> None:
    questions = [
        {"variable": "due", "question": "Due?", "choices": ["false", "true"]},
        {"variable": "service", "question": "Which?", "choices": ["billing"], "required": True},
        {"variable": "items", "question": "Items?"},
    ]
    spec = awx_survey(questions)["spec"]
    assert [question.get("default") for question in spec] == ["false", None, None]
    assert [question["type"] for question in spec] == ["multiplechoice", "multiplechoice", "text"]
    assert awx_survey([]) == {}


def test_a_node_is_made_after_the_one_that_follows_it() -> None:
    nodes = awx_nodes([{"template": "verify"}, {"template": "gate", "approval": "Decide?"}], "p", "project", 1)
    approval = {"name": "p-before-gate", "description": "Decide?", "timeout": 86400}
    assert nodes == [
        {"identifier": "gate", "unified_job_template": "p-gate", "success_nodes": []},
        {"identifier": "before-gate", "approval_node": approval},
        {"identifier": "verify", "unified_job_template": "p-verify", "success_nodes": ["before-gate"]},
        {"identifier": "fetch-project", "unified_job_template": "project", "success_nodes": ["verify"]},
        {"identifier": "before-gate", "success_nodes": ["gate"]},
    ]


def test_each_run_within_a_window_is_left_out_and_no_other() -> None:
    windows = [{"start": "2026-12-19", "end": "2026-12-26"}, {"start": "2026-12-26", "end": "2026-12-26"}]
    assert awx_rrule("FREQ=WEEKLY;INTERVAL=1;BYDAY=SA", "2026-12-01T04:00", "Asia/Tokyo", windows) == (
        "DTSTART;TZID=Asia/Tokyo:20261201T040000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=SA"
        " EXRULE:FREQ=DAILY;INTERVAL=18;COUNT=2 EXRULE:FREQ=DAILY;INTERVAL=25;COUNT=2"
    )
