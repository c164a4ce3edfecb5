from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate as evaluation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import findings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command import main
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.diff import diff
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.engine import Engine
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate import evaluate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from tests.unit.compliance.packs import files, pack, snapshot, write

DAY = date(2026, 11, 1)
JUNE = date(2026, 6, 1)
ROWS: dict[str, list[dict[str, Any]]] = {
    "months": [
        {"worker_id": "W1", "month": JUNE, "overtime_min": 5430},
        {"worker_id": "W2", "month": JUNE, "overtime_min": 4500},
        {"worker_id": "W3", "month": JUNE, "overtime_min": None},
        {"worker_id": "W4", "month": JUNE, "overtime_min": 60},
        {"worker_id": "W5", "month": JUNE, "overtime_min": 0},
    ]
}


def lines(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / "findings.jsonl").read_text().splitlines()]


def second_rule(**changes: Any) -> dict[str, Any]:
    """The pack with another rule beside the first."""
    documents = files()
    documents["rules/OTHER.yml"] = {**documents["rules/CAP.yml"], "id": "OTHER", **changes}
    return documents


def test_findings_say_all_that_is_needed(tmp_path: Path) -> None:
    judged = pack(tmp_path / "pack")
    data = snapshot(tmp_path / "data", judged, ROWS)
    found = evaluate(judged, data, as_of=DAY, directory=tmp_path / "out")
    assert found.complete
    assert found.document["rules"]["CAP"]["cases"] == {"violation": 1, "warning": 1, "unknown": 1, "ok": 2}
    first, second, third = lines(tmp_path / "out")
    assert first == {
        "reference": findings.reference("CAP", "E1", {"month": "2026-06-01", "worker_id": "W1"}),
        "rule": "CAP",
        "employer_id": "E1",
        "key": {"month": "2026-06-01", "worker_id": "W1"},
        "judged_on": "2026-06-01",
        "verdict": "violation",
        "status": "binding",
        "severity": "high",
        "facts": {"hours": 90.5, "sector": "general", "size_class": "large"},
        "missing": [],
        "parameters": [{"name": "below", "scope": {"size_class": "large"}, "value": 90, "from": "2024-04-01"}],
        "law": {"en": "Act", "ja": "法", "number": "昭和22年", "url": "https://example.com/law"},
        "article": {"en": "1", "ja": "第1条"},
        "message": {"en": "W1: 90.5 h in 2026-06, below 90", "ja": "2026年6月に90.5時間（90時間未満）。W1"},
        "remedy": {"en": "Less", "ja": "減らす"},
        "reports": [],
        "pack": "small 1.0.0",
        "pack_hash": judged.hash,
        "snapshot": data.id,
    }
    assert (second["verdict"], second["message"]["en"]) == (
        "warning",
        "Close to a breach: W2: 75 h in 2026-06, below 90",
    )
    assert (third["verdict"], third["missing"]) == ("unknown", ["hours"])


def test_the_same_question_gets_the_same_bytes(tmp_path: Path) -> None:
    judged = pack(tmp_path / "pack")
    rows = [
        {"worker_id": f"W{number}", "month": date(2026, month, 1), "overtime_min": 37 * number}
        for number in range(300)
        for month in range(1, 10)
    ]
    data = snapshot(tmp_path / "data", judged, {"months": rows})
    for number, threads in enumerate((1, 2, 2)):
        evaluate(judged, data, as_of=DAY, directory=tmp_path / str(number), threads=threads, memory_mib=256 + number)
    for name in ("findings.jsonl", "evaluation.json"):
        assert len({(tmp_path / str(number) / name).read_bytes() for number in range(3)}) == 1
    assert sorted(each.name for each in (tmp_path / "0").iterdir()) == ["evaluation.json", "findings.jsonl"]


def test_what_is_wrong_with_the_data_is_told_too(tmp_path: Path) -> None:
    judged = pack(tmp_path / "pack")
    doubt = {"rule": "DATA-OVERLAP", "reference": "0" * 16, "verdict": "unknown"}
    data = snapshot(tmp_path / "data", judged, ROWS, doubts=(doubt,))
    found = evaluate(judged, data, as_of=DAY, directory=tmp_path / "out")
    assert found.document["data"] == {"DATA-OVERLAP": 1}
    assert lines(tmp_path / "out")[-1] == {
        **doubt,
        "pack": "small 1.0.0",
        "pack_hash": judged.hash,
        "snapshot": data.id,
    }


def test_a_rule_that_fails_hides_no_other(tmp_path: Path) -> None:
    query = files()["rules/CAP.yml"]["query"].replace("h.sector,", "CAST(h.worker_id AS INTEGER) AS sector,")
    judged = load(write(tmp_path / "pack", second_rule(query=query)))
    data = snapshot(tmp_path / "data", judged, ROWS)
    found = evaluate(judged, data, as_of=DAY, directory=tmp_path / "out")
    assert not found.complete
    assert "Could not convert string 'W" in found.document["rules"]["OTHER"]["problem"]
    assert {each["rule"] for each in lines(tmp_path / "out")} == {"CAP"}
    arguments = ["evaluate", str(tmp_path / "pack"), "--snapshot", str(data.path), "--as-of", "2026-11-01"]
    assert main(arguments) == 1
    assert main([*arguments, "--rule", "CAP"]) == 0


def test_a_table_that_was_not_delivered_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judged = pack(tmp_path / "pack")
    data = snapshot(tmp_path / "data", judged, {}, absent=("months",))
    found = evaluate(judged, data, as_of=DAY, directory=tmp_path / "out")
    assert found.document["rules"]["CAP"]["problem"] == "hours: the snapshot has no months"
    assert not found.complete
    arguments = ["evaluate", str(tmp_path / "pack"), "--snapshot", str(data.path), "--as-of", "2026-11-01"]
    assert main([*arguments, "--out", str(tmp_path / "again")]) == 1
    assert "not judged: hours: the snapshot has no months" in capsys.readouterr().out


def test_a_column_of_a_newer_pack_is_missing_data(tmp_path: Path) -> None:
    documents = files()
    del documents["schema/months.yml"]["columns"]["overtime_min"]
    documents["derived/hours.yml"]["query"] = "SELECT employer_id, worker_id, month, sector, 1 AS hours FROM months"
    older = load(write(tmp_path / "older", documents))
    rows = {"months": [{"month": JUNE}]}
    data = snapshot(tmp_path / "data", older, rows)
    found = evaluate(pack(tmp_path / "pack"), data, as_of=DAY, directory=tmp_path / "out")
    assert found.document["cases"] == {"violation": 0, "warning": 0, "unknown": 1, "ok": 0}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/var/never.parquet'",
        "SET enable_external_access = true",
        "ATTACH '/var/never.db'",
    ],
)
def test_the_engine_reaches_nothing_but_the_snapshot(tmp_path: Path, sql: str) -> None:
    judged = pack(tmp_path / "pack")
    data = snapshot(tmp_path / "data", judged, ROWS)
    with (
        Engine(judged, data, judged.compiler(Situation(DAY)), str(tmp_path), 256, 1) as engine,
        pytest.raises(duckdb.Error),
    ):
        engine._connection.execute(sql)


def test_overrides_and_the_warning_share_are_applied(tmp_path: Path) -> None:
    judged = pack(tmp_path / "pack")
    data = snapshot(tmp_path / "data", judged, ROWS)
    found = evaluate(judged, data, as_of=DAY, directory=tmp_path / "out", overrides={"CAP.below": 70})
    assert found.document["cases"]["violation"] == 2
    assert lines(tmp_path / "out")[1]["parameters"][0]["value"] == 70
    assert found.document["overrides"] == {"CAP.below": 70}
    with pytest.raises(PackError, match="at most 90 is allowed"):
        evaluate(judged, data, as_of=DAY, directory=tmp_path / "out", overrides={"CAP.below": 95})
    with pytest.raises(PackError, match="no such rule: NONE"):
        evaluate(judged, data, as_of=DAY, directory=tmp_path / "out", rules=["NONE"])


def test_what_another_law_would_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judged = pack(tmp_path / "pack")
    rows = {
        "months": [
            {"worker_id": "W1", "month": date(2023, 6, 1), "overtime_min": 5400},
            {"worker_id": "W2", "month": date(2023, 6, 1), "overtime_min": 4500},
            {"worker_id": "W3", "month": date(2023, 6, 1), "overtime_min": 9000},
            {"worker_id": "W4", "month": date(2018, 6, 1), "overtime_min": 9000},
        ]
    }
    data = snapshot(tmp_path / "data", judged, rows)
    sides = tmp_path / "then", tmp_path / "now"
    for directory, law_date in zip(sides, (None, date(2024, 4, 1)), strict=True):
        evaluate(judged, data, as_of=DAY, directory=directory, law_date=law_date)
    changes = [(each["change"], (each["after"] or each["before"])["key"]["worker_id"]) for each in diff(*sides)]
    assert changes == [("new", "W4"), ("changed", "W1"), ("new", "W2"), ("changed", "W3")]
    assert [each["change"] for each in diff(*reversed(sides))] == ["gone", "changed", "gone", "changed"]
    assert list(diff(sides[0], sides[0])) == []
    name = str(tmp_path / "pack")
    arguments = ["diff", name, name, "--snapshot", str(data.path), "--as-of", "2026-11-01", "--law-date", "2024-04-01"]
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert err.splitlines() == ["2 new, 0 gone, 2 changed"]
    assert "warning -> violation: W1: 90 h in 2023-06, below 90" in out
    assert main(["diff", str(sides[0]), str(sides[0])]) == 0
    assert main(["diff", str(tmp_path), str(sides[0])]) == 2


def test_sql_of_a_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path, files())
    assert main(["sql", str(root), "CAP", "--dialect", "trino", "--override", "CAP.below=80"]) == 0
    assert "THEN 80" in capsys.readouterr().out
    for wrong in ("CAP.below=few", "CAP.below=99", "NONE.below=1"):
        assert main(["sql", str(root), "CAP", "--override", wrong]) == 2
    assert main(["check", str(root)]) == 0
    assert "1 rules with a query, 0 attested, 2 tables" in capsys.readouterr().out


def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluation, "LIBRARIES", ("no_such_library",))
    assert main(["check", str(write(tmp_path, files()))]) == 2
    assert capsys.readouterr().err == "no_such_library is missing: pip install -r requirements.txt\n"
