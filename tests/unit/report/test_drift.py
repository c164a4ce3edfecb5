"""Drift in the report: the data, its forms in both languages, and that it decides nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._report.compose import compose
from ansible_collections.iworkz.platform.plugins.module_utils._report.drift import Drift, compared, read, section
from ansible_collections.iworkz.platform.plugins.module_utils._report.html import html
from ansible_collections.iworkz.platform.plugins.module_utils._report.markdown import markdown
from ansible_collections.iworkz.platform.plugins.module_utils._report.publish import statement
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import validate
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, speaker
from ansible_collections.iworkz.platform.tests.unit.report.samples import (
    ACCOUNT,
    HOSTILE,
    NOW,
    checked,
    checklist_dir,
    context,
    draft,
)

TAGGED = {"resource": "repository x", "keys": "tags.Component", "role": "ecr", "task": "Registry"}


@pytest.fixture
def say() -> Say:
    return speaker(load_catalogue(ROOT / "checklist" / "messages"))


def composed(tmp_path: Path, at: datetime | None = None) -> tuple[dict[str, Any], Say]:
    """The report at a time on the records in tmp_path/drift."""
    directory = tmp_path / "checklist" if (tmp_path / "checklist").exists() else checklist_dir(tmp_path)
    here = replace(context(), now=at or NOW)
    report, say = compose(tmp_path / "none", directory, here, drift_dir=tmp_path / "drift")
    validate(report)
    return report, say


def test_each_difference_is_told_once_with_its_items(report: dict[str, Any]) -> None:
    drift = report["drift"]
    assert [(each["id"], each["items"]) for each in drift["changes"]] == [
        ("drift.created", []),
        ("drift.updated_keys", ["1.2.2.1", "1.2.2.2"]),
    ]
    assert [(each["id"], each["items"]) for each in drift["uncompared"]] == [("drift.unreached", ["1.3.1.1"])]
    assert {each["item"]: each["verdict"] for each in drift["items"]} == {
        None: "fail", "1.1.1.1": "pass", "1.2.2.1": "fail", "1.2.2.2": "fail", "1.3.1.1": "unknown",
    }  # fmt: skip
    assert drift["last"] == {
        "checked_at": (NOW - timedelta(hours=8)).isoformat(), "age_hours": 8.0, "stale": False, "complete": False,
    }  # fmt: skip
    assert (drift["intact"], drift["records"], compared(drift)) == (True, 5, 3)


def test_drift_decides_nothing(report: dict[str, Any], tmp_path: Path) -> None:
    without, _say = compose(tmp_path / "evidence", checklist_dir(tmp_path), context())
    checked(tmp_path / "drift")
    drifted, _say = compose(tmp_path / "evidence", tmp_path / "checklist", context(), drift_dir=tmp_path / "drift")
    same = ("decision", "reasons", "summary", "items", "kpis", "chain")
    assert [drifted[key] for key in same] == [without[key] for key in same]
    assert (without["drift"]["last"], drifted["drift"]["records"]) == (None, 5)


def test_records_of_another_environment_or_account_are_left_out(tmp_path: Path, say: Say) -> None:
    checked(tmp_path)
    for environment, account in (("production", ACCOUNT), ("sandbox", "210987654321")):
        found = section(read(tmp_path), environment, account, NOW, say)
        assert (found["last"], found["items"], found["records"]) == (None, [], 5)


@pytest.mark.parametrize(("hours", "stale"), [(27.9, False), (28, True)])
def test_a_run_is_stale_past_its_shelf_life(tmp_path: Path, hours: float, stale: bool) -> None:
    checked(tmp_path / "drift")
    report, say = composed(tmp_path, NOW + timedelta(hours=hours))
    assert report["drift"]["last"]["stale"] is stale
    assert {each["stale"] for each in report["drift"]["items"]} == {stale}
    page, text = html(report, say, "en"), markdown(report, say)
    assert ("Too old to be relied on" in page) is ("古い記録のため" in text) is stale


def test_an_item_that_the_last_run_left_out_keeps_its_own_age(tmp_path: Path) -> None:
    checked(tmp_path / "drift")
    at = NOW + timedelta(hours=40)
    Store(tmp_path / "drift").append([draft("0", "pass", at, observed={"complete": True}, hours=36)])
    report, _say = composed(tmp_path, at)
    assert (report["drift"]["last"]["stale"], report["drift"]["last"]["complete"]) == (False, True)
    assert {each["item"]: each["stale"] for each in report["drift"]["items"]}["1.1.1.1"] is True


@pytest.mark.parametrize("item", ["0", "1.2.2.1"])
def test_damaged_records_are_told(tmp_path: Path, item: str) -> None:
    checked(tmp_path / "drift")
    path = tmp_path / "drift" / item / "000001.json"
    path.write_text(path.read_text().replace("fail", "pass"))
    report, say = composed(tmp_path)
    assert report["drift"]["intact"] is False
    assert report["chain"]["intact"] is True
    assert report["drift"]["last"]["complete"] is False
    assert "The records have been changed or are incomplete." in html(report, say, "en")
    assert "ドリフトの記録が改変されているか、欠けています。" in html(report, say, "ja")
    assert report["drift"]["problems"][0]["ja"].replace("_", r"\_") in markdown(report, say).replace("\\.", ".")


def test_without_check_runs_the_report_says_so(tmp_path: Path) -> None:
    report, say = composed(tmp_path)
    assert report["drift"] == {
        "intact": True, "records": 0, "problems": [], "last": None, "changes": [], "uncompared": [], "items": [],
    }  # fmt: skip
    assert "No check run has been recorded" in html(report, say, "en")
    assert "この環境ではチェック実行の記録がまだありません。" in markdown(report, say)


def test_where_nothing_differs_it_is_told_of_how_many(tmp_path: Path) -> None:
    at = NOW - timedelta(hours=1)
    clean = [draft("0", "pass", at, observed={"complete": True}), draft("1.1.1.1", "pass", at)]
    Store(tmp_path / "drift").append(clean)
    report, say = composed(tmp_path)
    assert "Nothing differs from what is declared; 1 items compared" in html(report, say, "en")
    assert "宣言との相違はありません（比較した項目1件）" in markdown(report, say)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["repository x differs from what is declared in tags.Component (ecr: Registry)", "no single item"]),
        ("ja", ["repository xのtags.Componentが宣言と異なります（ecr: Registry）", "特定の項目なし"]),
    ],
)
def test_the_page_tells_it_in_the_section_and_with_the_item(tmp_path: Path, language: Any, texts: list[str]) -> None:
    checked(tmp_path / "drift")
    report, say = composed(tmp_path)
    page = html(report, say, language)
    start, end = page.index('class="drift"'), page.index('class="list"')
    assert all(text in page[start:end] for text in texts)
    assert '<a href="#item-1.2.2.2">1.2.2.2</a>' in page[start:end]
    item = page[page.index('id="item-1.2.2.2"') : page.index('id="item-1.2.2.3"')]
    assert texts[0] in item
    assert "no drift" in page[page.index('id="item-1.1.1.1"') : page.index('id="item-1.1.1.2"')]


def test_markdown_has_a_row_for_each_difference(tmp_path: Path) -> None:
    checked(tmp_path / "drift")
    report, say = composed(tmp_path)
    english, japanese = markdown(report, say).split("\n\n---\n\n")
    assert "- Last check run: 2026-11-21T01:00Z (8 h ago)" in english
    assert "| Differs from what is declared | 1.2.2.1, 1.2.2.2 | repository x differs" in english
    assert "| 比較できなかったもの | 1.3.1.1 |" in japanese
    assert "**実行が最後まで完了しなかったか、失敗したタスクがあります。**" in japanese


def test_what_a_record_holds_is_no_markup(report: dict[str, Any], say: Say) -> None:
    assert HOSTILE in json.dumps(report["drift"], ensure_ascii=False).replace('\\"', '"')
    page = html(report, say, "en")
    assert "<img src=x" not in page
    assert "<img src=x" not in markdown(report, say).replace("\\<", "")


def test_another_difference_is_a_change_and_another_time_is_not(tmp_path: Path) -> None:
    checked(tmp_path / "drift")
    first, _say = composed(tmp_path)
    said = statement(first)
    assert said["drift"]["told"][1].startswith("repository x differs from")
    checked(tmp_path / "drift", NOW - timedelta(hours=1))
    assert statement(composed(tmp_path)[0]) == said
    Store(tmp_path / "drift").append([draft("1.2.2.2", "fail", NOW, Breach("drift.updated", {**TAGGED, "x": ""}))])
    assert statement(composed(tmp_path)[0]) != said
    older = {key: value for key, value in first.items() if key != "drift"}
    assert statement(older)["drift"] == {"intact": True, "stale": None, "told": []}


def test_without_a_directory_there_is_no_drift() -> None:
    assert read(None) == Drift()
