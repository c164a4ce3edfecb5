"""What make launch prints at its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import summary

REPORT = {
    "decision": "NO-GO",
    "environment": "sandbox",
    "summary": {"pass": 18, "fail": 0, "unknown": 105},
    "reasons": [{"id": "x", "en": f"reason {number}", "ja": "理由"} for number in range(7)],
}


def test_decision_counts_and_first_reasons() -> None:
    lines = summary.summary(REPORT)
    assert lines[0] == "NO-GO  sandbox: 18 pass, 105 unknown"
    assert lines[1:] == [*(f"  - reason {number}" for number in range(5)), "  - and 2 more reasons, in the report"]


def test_what_failed_comes_with_its_item_before_what_was_not_looked_at() -> None:
    unchecked = {"id": "core.gate_unchecked", "item": "9.1.1.1", "en": "There is no evidence"}
    failed = {"id": "rds.single_az", "item": "1.1.1.1", "en": "runs in one zone only"}
    lines = summary.summary(REPORT | {"reasons": [unchecked, failed, unchecked]})
    assert lines[1:] == ["  - 1.1.1.1 runs in one zone only", "  - 2 items without evidence"]


def test_names_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "readiness.json").write_text(json.dumps(REPORT | {"decision": "GO", "reasons": []}))
    monkeypatch.setenv("IWORKZ_SANDBOX_STATE", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["summary"])
    assert summary.main() == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "GO  sandbox: 18 pass, 105 unknown"
    assert printed[-1] == f"Report: {tmp_path / 'report' / 'readiness.html'}"
