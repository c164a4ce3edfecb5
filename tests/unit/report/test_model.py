from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT, ChecklistError
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._report.compose import compose
from ansible_collections.iworkz.platform.plugins.module_utils._report.html import html
from ansible_collections.iworkz.platform.plugins.module_utils._report.markdown import markdown
from ansible_collections.iworkz.platform.plugins.module_utils._report.model import UNCHECKED
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import validate
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import must_hold
from ansible_collections.iworkz.platform.plugins.module_utils._report.trend import MAX_POINTS, points
from ansible_collections.iworkz.platform.tests.unit.report.samples import (
    NOW,
    PASSED,
    SHORT_LIVED,
    checklist_dir,
    context,
    draft,
)

ITEMS = yaml.safe_load((ROOT / "checklist" / "items.yml").read_text(encoding="utf-8"))


def items_of(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in report["items"]}


def test_all_items_kpis_and_phases_stand_in_the_customers_order(report: dict[str, Any]) -> None:
    assert [item["id"] for item in report["items"]] == [item["id"] for item in ITEMS["items"]]
    assert (len(report["items"]), len(report["kpis"]), len(report["phases"])) == (123, 10, 9)
    assert [kpi["id"] for kpi in report["kpis"]] == [kpi["id"] for kpi in ITEMS["kpis"]]
    assert sum(report["summary"].values()) == 123
    assert sum(sum(phase["summary"].values()) for phase in report["phases"]) == 123


@pytest.mark.parametrize(
    ("item", "verdict", "message", "remedy"),
    [
        ("1.1.1.5", "pass", "Meets the requirement", ""),
        ("1.1.1.3", "unknown", "No check has run yet", "Bring this about and run verify: a query through the pooler"),
        ("5.1.1.1", "unknown", "No check has run yet", "Measure, then run verify on the result: coverage reports"),
        ("8.1.1.1", "unknown", "No check has run yet", "Have the person responsible sign an attestation that covers:"),
        ("1.1.1.4", "unknown", "The state could not be read: ClientError", "Restore access"),
        ("2.1.3.4", "not_applicable", "Shield Advanced is not subscribed", ""),
        (SHORT_LIVED, "expired", "expired at 2026-11-21", "Run verify"),
        ("2.1.3.2", "fail", "gone.message: item=2.1.3.2, what=", "This revision has no words for gone.message"),
        (
            "1.1.1.1",
            "fail",
            "iworkz-sandbox-reporting runs in one zone only\niworkz-sandbox-reporting keeps backups for 7 days",
            "Set multi_az: true",
        ),
    ],
)
def test_verdicts_have_words(report: dict[str, Any], item: str, verdict: str, message: str, remedy: str) -> None:
    found = items_of(report)[item]
    assert found["verdict"] == verdict
    assert message in found["message"]["en"]
    assert remedy in found["remedy"]["en"] if remedy else found["remedy"]["en"] == ""
    assert bool(found["remedy"]["ja"]) == bool(remedy)


def test_what_must_hold_is_said_in_japanese(report: dict[str, Any]) -> None:
    pooler = items_of(report)["1.1.1.3"]
    assert pooler["remedy"]["ja"].endswith(pooler["verify"]["ja"])
    assert pooler["verify"]["ja"] == next(item["verify_ja"] for item in ITEMS["items"] if item["id"] == "1.1.1.3")


def test_every_item_says_what_must_hold_in_both_languages() -> None:
    texts = must_hold(ROOT / "checklist" / "items.yml")
    assert len(texts) == 123
    for item, text in texts.items():
        assert any(ord(character) > 0x3000 for character in text["ja"]), item
        assert text["en"].isascii(), item


def test_an_item_without_a_translation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "items.yml").write_text('items: [{id: "1.1.1.1", verify: x}]', encoding="utf-8")
    with pytest.raises(ChecklistError, match="verify_ja"):
        must_hold(tmp_path / "items.yml")


def test_the_decision_is_no_go_with_a_reason_per_open_item(report: dict[str, Any]) -> None:
    assert report["decision"] == "NO-GO"
    assert report["rehearsal"] is True
    open_items = {item["id"] for item in report["items"] if item["verdict"] not in ("pass", "not_applicable")}
    assert {reason["item"] for reason in report["reasons"]} == open_items
    assert {reason["scope"] for reason in report["reasons"]} == {"item"}


def test_evidence_is_null_without_a_record_and_whole_with_one(report: dict[str, Any]) -> None:
    items = items_of(report)
    assert set(items["1.1.1.3"]["evidence"].values()) == {None}
    evidence = items["1.1.1.1"]["evidence"]
    assert evidence["sequence"] == 4
    assert len(evidence["sha256"]) == len(evidence["previous"]) == 64
    assert evidence["caller"].startswith("arn:aws:sts::")
    assert items["1.1.1.1"]["required"]["backup_retention_days"] == 14


def test_a_kpi_has_the_verdict_and_the_measurement_of_its_source(report: dict[str, Any]) -> None:
    kpis = {kpi["id"]: kpi for kpi in report["kpis"]}
    assert (kpis["K2"]["verdict"], kpis["K2"]["value"]) == ("pass", "62 ms")
    assert kpis["K1"]["verdict"] == "unknown"
    assert "value" not in kpis["K1"]


def test_evidence_of_another_account_is_unknown(sample: Any) -> None:
    elsewhere, _say = compose(sample[2] / "evidence", sample[2] / "checklist", context("production"))
    assert elsewhere["summary"]["unknown"] == 123
    assert elsewhere["rehearsal"] is False
    assert "sandbox" in items_of(elsewhere)["1.1.1.5"]["message"]["en"]


def test_tampered_evidence_is_the_first_reason(tmp_path: Path) -> None:
    store = Store(tmp_path / "evidence")
    store.append([draft("1.1.1.1", "pass", NOW)])
    record = store.path("1.1.1.1", 1)
    record.write_bytes(record.read_bytes().replace(b"ap-northeast-1", b"ap-northeast-2"))
    report, _say = compose(tmp_path / "evidence", checklist_dir(tmp_path), context())
    first = report["reasons"][0]
    assert (first["id"], first["scope"], first["item"]) == ("core.record_changed", "evidence", "1.1.1.1")
    assert report["chain"]["intact"] is False
    assert report["chain"]["problems"][0]["en"] == first["en"]
    message = items_of(report)["1.1.1.1"]["message"]["en"]
    assert "No check has run yet" not in message
    assert first["en"] in message


def test_an_attestation_of_an_unknown_item_is_a_reason_about_no_item(tmp_path: Path) -> None:
    directory = checklist_dir(tmp_path)
    (directory / "attestations").mkdir()
    statement = {
        "item": "8.1.1.9",
        "kind": "attestation",
        "person": "Sato Hanako",
        "role": "Counsel",
        "statement": "The terms are final.",
        "key": "sato",
        "document": {"uri": "https://example.com/terms", "sha256": "0" * 64},
        "date": "2026-11-01",
        "expires": "2027-11-01",
        "signature": "",
    }
    (directory / "attestations" / "terms.yml").write_text(yaml.safe_dump(statement), encoding="utf-8")
    report, say = compose(tmp_path / "none", directory, context())
    validate(report)
    first = report["reasons"][0]
    assert (first["id"], first["scope"]) == ("core.attestation_item_unknown", "evidence")
    assert "item" not in first
    assert "Evidence and attestations: 1" in html(report, say, "en")


def test_without_evidence_everything_is_unchecked(tmp_path: Path) -> None:
    report, _say = compose(tmp_path / "none", checklist_dir(tmp_path), context())
    assert report["summary"]["unknown"] == 123
    assert {reason["id"] for reason in report["reasons"]} == {UNCHECKED}
    assert (report["trend"], report["chain"]) == ([], {"intact": True, "records": 0, "problems": []})


def test_go_needs_every_item_and_leaves_nothing_to_do(tmp_path: Path) -> None:
    Store(tmp_path / "evidence").append([draft(item["id"], "pass", NOW) for item in ITEMS["items"]])
    report, say = compose(tmp_path / "evidence", checklist_dir(tmp_path), context())
    assert (report["decision"], report["reasons"], report["summary"]["pass"]) == ("GO", [], 123)
    assert {item["remedy"]["en"] + item["remedy"]["ja"] for item in report["items"]} == {""}
    validate(report)
    page = html(report, say, "en")
    assert "Nothing stands in the way." in page
    assert "First run 2026-11-21 18:00 JST: 123 of 123 ready." in page
    assert "- Nothing stands in the way." in markdown(report, say)


def test_the_trend_counts_all_items_at_each_run(report: dict[str, Any]) -> None:
    # The short-lived record of 30 hours ago is the third of five runs: it passes in two and has expired in the last.
    assert [point["summary"]["pass"] for point in report["trend"]] == [3, 8, 9, 8, len(PASSED) + 2]
    assert all(sum(point["summary"].values()) == 123 for point in report["trend"])


def test_the_trend_lets_evidence_expire_and_keeps_the_newest_runs() -> None:
    records = [
        {
            "item": "a" if run else "b",
            "verdict": "pass",
            "checked_at": (NOW + timedelta(hours=run)).isoformat(),
            "expires_at": (NOW + timedelta(hours=run + 2)).isoformat(),
            "sequence": run + 1,
        }
        for run in range(MAX_POINTS + 5)
    ]
    assert points(records[:2], ["a", "b"])[-1]["summary"]["pass"] == 2
    assert points(records[:3], ["a", "b"])[-1]["summary"] == {
        "pass": 1, "attested": 0, "fail": 0, "expired": 1, "unknown": 0, "not_applicable": 0,
    }  # fmt: skip
    newest = points(records, ["a", "b"])
    assert len(newest) == MAX_POINTS
    assert newest[-1]["at"] == records[-1]["checked_at"]
