from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import model
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report

BUILT = {
    "agreement36_monitoring",
    "appi_breach",
    "disability_employment",
    "dispatch_business",
    "elderly_employment",
    "foreign_employment",
    "placement_business_report",
}
REPORT: dict[str, Any] = yaml.safe_load(
    """
id: small
title: {en: Small, ja: 小}
basis: {en: Act 1, ja: 法第1条}
authority: {en: Minister, ja: 大臣}
channel: {en: Post, ja: 郵送}
confidence: high
trigger: calendar
period: business_year
due: {months: 3, next_working_day: true}
who: SELECT e.employer_id FROM employers e
forms: [{from: 2020-04-01, until: 2022-03-31, number: {en: Old, ja: 旧}}, {from: 2022-04-01, number: {en: New, ja: 新}}]
sections:
  - id: one
    title: {en: One, ja: 一}
    query: SELECT e.employer_id, e.headcount, e.name FROM employers e
    fields:
      - {id: headcount, type: integer, title: {en: Heads, ja: 人数}}
      - {id: name, type: text, title: {en: Name, ja: 名称}}
checks: [{field: one.headcount, is: equals, of: one.headcount}]
"""
)


def read(path: Path, pack: Pack, document: Any) -> Report:
    folder = path / "reports"
    folder.mkdir(exist_ok=True)
    (folder / "small.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return model.load(path, pack)["small"]


def test_every_report_of_the_law_is_described(reports: dict[str, Report]) -> None:
    assert {each.id for each in reports.values() if each.sections} == BUILT
    assert len(reports) == 28


def test_reports_that_rules_concern_are_described(pack: Pack, reports: dict[str, Report]) -> None:
    named = {name for rule in pack.rules.values() for name in rule.reports}
    assert named
    assert named <= set(reports)


def test_the_form_is_that_of_the_due_day(tmp_path: Path, pack: Pack) -> None:
    report = read(tmp_path, pack, REPORT)
    days = {"2019-01-01": "Old", "2022-03-31": "Old", "2022-04-01": "New"}
    assert {day: report.form(model.date.fromisoformat(day)).number["en"] for day in days} == days


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["id"], "other", "id must be small"),
        (["trigger"], "yearly", "trigger is 'yearly', and must be one of calendar, event"),
        (["trigger"], "event", "unknown: period"),
        (["period"], "daily", "period is 'daily'"),
        (["due"], {"months": 3}, r"due\[0\].next_working_day is missing"),
        (["due"], {"months": "NONE.x", "next_working_day": True}, "no such parameter: NONE.x"),
        (["due"], [{"days": 1, "next_working_day": True}] * 2, "each of several needs its own case"),
        (["due"], [{"case": c, "days": 1, "next_working_day": True} for c in "ab"], "columns due_case"),
        (["who"], "SELECT e.salary, e.employer_id FROM employers e", "salary"),
        (["who"], "SELECT e.name FROM employers e", "who must have the columns employer_id"),
        (["who"], "DELETE FROM employers", "exactly one SELECT"),
        (["filed"], "SELECT e.employer_id FROM employers e", "filed must have the columns filed_on"),
        (["forms"], [], "forms is empty"),
        (["forms", 0, "formats"], ["docx"], "docx; there are csv, pdf, xlsx"),
        (["colour"], "red", "unknown: colour"),
        (["sections", 0, "layout"], "list", "layout is 'list'"),
        (
            ["sections", 0, "query"],
            "SELECT e.employer_id FROM employers e",
            "no columns for the fields headcount, name",
        ),
        (["sections", 0, "query"], "SELECT e.headcount, e.name FROM employers e", "must have the column employer_id"),
        (["sections", 0, "fields", 0, "type"], "money", "type is 'money'"),
        (["sections", 0, "fields", 1, "total"], True, "a total is of numbers, not text"),
        (["sections", 0, "fields", 0, "id"], "Heads", "has no columns for the fields Heads|snake_case"),
        (["sections", 0], "nowhere", "is nowhere; shared ones are"),
        (["checks", 0, "of"], "one.salary", "one has no field salary; it has headcount, name"),
        (["checks", 0, "of"], "two.x", "no section two; there are one"),
        (["checks", 0, "of"], "one.name", "only numbers are summed, not name"),
        (["checks", 0, "is"], "less", "is 'less', and must be one of equals, at_most"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, pack: Pack, path: list[Any], value: Any, message: str) -> None:
    document = copy.deepcopy(REPORT)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(PackError, match=f"small.yml: .*{message}" if "|" not in message else message):
        read(tmp_path, pack, document)


def test_events_need_a_subject_and_a_day(tmp_path: Path, pack: Pack) -> None:
    document = {name: value for name, value in REPORT.items() if name != "period"} | {"trigger": "event"}
    with pytest.raises(PackError, match="who must have the columns subject_id, event, event_on"):
        read(tmp_path, pack, document)


def test_broken_yaml_is_said_with_its_file(tmp_path: Path, pack: Pack) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "small.yml").write_text("id: [")
    with pytest.raises(PackError, match=r"small\.yml"):
        model.load(tmp_path, pack)
