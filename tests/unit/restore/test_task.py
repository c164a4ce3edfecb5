"""Guards, journal, verdicts and results of restore tests."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import results
from ansible_collections.iworkz.platform.plugins.module_utils._drill.guards import BadInput
from ansible_collections.iworkz.platform.plugins.module_utils._restore import stores, task, trial
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Unit
from tests.unit.restore.fakes import NOW, Clients, Shelf, Time, missing, options, point

DIFFER = Breach("restore.rows_differ", {"table": "t", "rows": 1})
NO_LIMITS = {"restore_seconds": 0.0, "statement_seconds": 1.0, "objects": 1}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """In place of PostgreSQL."""
    made = Shelf()
    table = {**stores.TABLE, "postgres": lambda _context: made}
    monkeypatch.setattr(task, "TABLE", table)
    monkeypatch.setattr(trial, "DESTROY", {"shelf": made.destroy})
    return made


def run(directory: Path, check_mode: bool = False, clients: Clients | None = None, **changes: Any) -> dict[str, Any]:
    return task.Task(options(directory, **changes), clients or Clients(), clock=Time().clock).run(check_mode)


def ids(answer: dict[str, Any]) -> list[str]:
    return [reason["id"] for reason in answer["reasons"]]


def test_a_whole_backup_passes_and_its_result_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    shelf.found = [point(at=NOW - timedelta(hours=1))]
    answer = run(tmp_path)
    assert (answer["verdicts"], answer["changed"], "failed" in answer) == (["pass"], True, False)
    (kept,) = results.load(tmp_path / "restores")
    assert kept["data_age_seconds"] == 3600
    assert kept["expires_at"] == (NOW + timedelta(hours=192)).isoformat()
    assert (kept["destroyed"], kept["copy"]) == (True, f"iworkz-staging-restore-test-{kept['id'][-8:]}")
    assert results.audit(tmp_path / "restores") == []
    assert shelf.copies == {}


@pytest.mark.parametrize(
    ("changes", "verdict", "reasons"),
    [
        ({"broken": "there is no such snapshot"}, "fail", ["restore.not_restored"]),
        ({"found": [missing()]}, "fail", ["restore.no_point"]),
        ({"found": [point(at=NOW - timedelta(hours=27))]}, "fail", ["restore.point_old"]),
        ({"found": []}, "refused", ["restore.no_source"]),
        (
            {"compares": lambda: Comparison([Unit("t", 1, 0, differences=1)], [DIFFER])},
            "fail",
            ["restore.rows_differ"],
        ),
        ({"compares": lambda: 1 / 0}, "aborted", ["restore.not_compared"]),
        ({"stuck": True}, "aborted", ["restore.left"]),
    ],
    ids=["not restored", "no point", "old", "no source", "differs", "not compared", "not destroyed"],
)  # fmt: skip
def test_what_is_wrong_is_told(
    shelf: Shelf, tmp_path: Path, changes: dict[str, Any], verdict: str, reasons: list[str]
) -> None:
    for name, value in changes.items():
        setattr(shelf, name, value)
    answer = run(tmp_path)
    assert (answer["verdicts"], ids(answer), answer["failed"]) == ([verdict], reasons, True)
    for record in results.load(tmp_path / "restores"):
        assert (record["verdict"], record["destroyed"]) == (verdict, not shelf.stuck)


def test_what_is_due_is_what_nothing_proves_any_longer(shelf: Shelf, tmp_path: Path) -> None:
    whole = shelf.compares
    shelf.compares = lambda: Comparison([Unit("t", 1, 0, differences=1)], [DIFFER])
    assert run(tmp_path, due=True)["verdicts"] == ["fail"]
    shelf.compares = whole
    assert run(tmp_path, due=True)["verdicts"] == ["pass"]
    assert (run(tmp_path, due=True)["changed"], run(tmp_path, due=True, check_mode=True)["plan"]) == (False, [])
    later = Time()
    later.passed = timedelta(hours=193).total_seconds()
    shelf.found = [point(at=NOW + timedelta(hours=192))]
    assert task.Task(options(tmp_path, due=True), Clients(), clock=later.clock).run(False)["verdicts"] == ["pass"]


def test_what_is_left_is_cleaned_up_before_anything_else(shelf: Shelf, tmp_path: Path) -> None:
    shelf.stuck = True
    run(tmp_path)
    assert ids(run(tmp_path)) == ["restore.unfinished"]
    planned = run(tmp_path, check_mode=True, resume=True)
    assert (len(planned["plan"]), planned["changed"], len(shelf.copies)) == (1, True, 1)
    shelf.stuck = False
    assert run(tmp_path, resume=True)["verdicts"] == ["aborted"]
    assert shelf.copies == {}
    assert run(tmp_path)["verdicts"] == ["pass"]


def test_an_interrupted_test_is_cleaned_up(shelf: Shelf, tmp_path: Path) -> None:
    def die() -> Comparison:
        raise KeyboardInterrupt

    shelf.compares = die
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    assert len(shelf.copies) == 1
    assert ids(run(tmp_path, resume=True)) == ["restore.interrupted"]
    assert shelf.copies == {}
    assert run(tmp_path, resume=True)["changed"] is False


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confirm": "production"}, "drill.not_confirmed"),
        (
            {
                "freeze": {
                    "timezone": "UTC",
                    "windows": [{"start": "2026-11-22", "end": "2026-11-22", "reason": "sale"}],
                }
            },
            "drill.frozen",
        ),
    ],
)
def test_guards(shelf: Shelf, tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    answer = run(tmp_path, **changes)
    assert (answer["verdicts"], ids(answer), answer["tests"]) == (["refused"], [reason], [])
    planned = run(tmp_path, check_mode=True, **changes)
    assert (ids(planned), planned["failed"], planned["plan"][0]["id"]) == ([reason], False, "snap")
    assert list(tmp_path.iterdir()) == []


def test_credentials_of_another_account_are_refused(shelf: Shelf, tmp_path: Path) -> None:
    clients = Clients()
    clients.account = "999999999999"
    assert ids(run(tmp_path, clients=clients)) == ["drill.other_account"]


def test_two_tests_do_not_run_at_once(shelf: Shelf, tmp_path: Path) -> None:
    shelf.compares = lambda: Comparison(
        reasons=[Breach(each["id"], {"holder": "-"}) for each in run(tmp_path)["reasons"]]
    )
    assert ids(run(tmp_path)) == ["restore.locked"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"point_in_time": "2026-11-22T10:00:00"}, "no offset"),
        ({"point_in_time": "2026-11-22T13:00:00+00:00"}, "not over yet"),
        ({"point_in_time": "2026-11-22T10:00:00.5+00:00"}, "full second"),
        ({"point_in_time": "yesterday"}, "point_in_time"),
        ({"controllers": ["10.0.0.1/8"]}, "controllers"),
        ({"shelf_life_hours": 0.0}, "shelf_life_hours"),
        ({"limits": {"age_hours": {}, **NO_LIMITS}}, "restore_seconds must be above 0.*age_hours.postgres"),
    ],
)  # fmt: skip
def test_bad_input(tmp_path: Path, changes: dict[str, Any], error: str) -> None:
    with pytest.raises(BadInput, match=error):
        run(tmp_path, **changes)


@pytest.mark.parametrize(("language", "heading"), [("en", "store"), ("ja", "ストア")])
def test_the_table_is_in_both_languages(shelf: Shelf, tmp_path: Path, language: str, heading: str) -> None:
    table = run(tmp_path, language=language)["table"]
    assert table[0].startswith(heading)
    assert table[1].split()[:3] == ["postgres", "db", "snap"]
    assert run(tmp_path, check_mode=True, language=language)["plan_table"][0].startswith(heading)
