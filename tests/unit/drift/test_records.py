"""From journal to records: verdicts, reasons, sizes, and runs that were interrupted or damaged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drift import journal
from ansible_collections.iworkz.platform.plugins.module_utils._drift.journal import (
    Journal,
    JournalBroken,
    JournalHeld,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drift.judge import MAX_CHANGES, drafts
from ansible_collections.iworkz.platform.plugins.module_utils._drift.sealing import seal
from ansible_collections.iworkz.platform.plugins.module_utils._drift.task import VERDICTS, begin, finish
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Draft
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, PARTS, render
from tests.unit.evidence.support import FakeS3

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
KINDS = ("created", "updated", "replaced", "deleted")
OPTIONS: dict[str, Any] = {
    "platform": {"environment": "sandbox", "account_id": "123456789012", "region": "ap-northeast-1"},
    "revision": "3f9c2ab",
    "endpoint_url": None,
    "shelf_life_hours": 36,
    "bucket": None,
    "bucket_retention_days": 365,
    "fail_on": [],
    "language": "en",
}


def line(outcome: str, *items: str, role: str = "ecr", task: str = "Registry", **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "items": list(items), "role": role, "task": task, **more}


def changed(*items: str, resource: str = "repository x", kind: str = "updated", **more: Any) -> dict[str, Any]:
    return line("changed", *items, changes=[[kind, resource, more.pop("keys", [])]], **more)


def options(directory: Path, **changes: Any) -> dict[str, Any]:
    return {**OPTIONS, "drift_dir": str(directory), **changes}


def run(directory: Path, *lines: dict[str, Any], **changes: Any) -> Path:
    """A run up to its sealing; returns its journal."""
    path = Path(begin(options(directory, **changes), "arn:aws:iam::123456789012:user/x", NOW)["journal"])
    writer = Journal(path)
    for each in lines:
        writer.add(each)
    writer.close()
    return path


def judged(tmp_path: Path, *lines: dict[str, Any]) -> dict[str, Draft]:
    header, entries = journal.read(run(tmp_path, *lines))
    return {draft.item: draft for draft in drafts(header, entries, NOW)}


# ---- Verdicts


@pytest.mark.parametrize(
    ("lines", "verdict", "reasons"),
    [
        ([line("same", "1.2.2.1"), line("skipped", "1.2.2.1")], "pass", []),
        ([line("same", "1.2.2.1"), changed("1.2.2.1")], "fail", ["drift.updated"]),
        ([changed("1.2.2.1", keys=["tags"])], "fail", ["drift.updated_keys"]),
        ([changed("1.2.2.1", resource="")], "fail", ["drift.untold"]),
        ([line("skipped", "1.2.2.1")], "unknown", ["drift.nothing_compared"]),
        ([line("same", "1.2.2.1"), line("blind", "1.2.2.1")], "unknown", ["drift.blind"]),
        ([line("same", "1.2.2.1"), line("failed", "1.2.2.1", error="e")], "unknown", ["drift.failed"]),
        ([line("unreached", "1.2.2.1"), line("unreached", "1.2.2.1", task="b")], "unknown", ["drift.unreached"]),
        ([changed("1.2.2.1"), line("failed", "1.2.2.1", error="e")], "fail", ["drift.updated", "drift.failed"]),
    ],
)
def test_verdicts(tmp_path: Path, lines: list[dict[str, Any]], verdict: str, reasons: list[str]) -> None:
    found = judged(tmp_path, *lines)["1.2.2.1"]
    assert (found.verdict, [breach.id for breach in found.breaches]) == (verdict, reasons)
    assert (found.checked_at, found.expires_at) == (NOW, NOW + timedelta(hours=36))


def test_a_task_speaks_for_each_of_its_items_and_for_no_other(tmp_path: Path) -> None:
    found = judged(tmp_path, changed("1.2.2.1", "1.2.2.2"), line("same", "1.3.2.1", role="mq"))
    assert {item: draft.verdict for item, draft in found.items()} == {
        "0": "pass", "1.2.2.1": "fail", "1.2.2.2": "fail", "1.3.2.1": "pass",
    }  # fmt: skip
    assert found["1.2.2.2"].observed == {"roles": ["ecr"], "tasks": {"changed": 1}}


def test_what_belongs_to_no_item_and_the_run_itself_have_a_record(tmp_path: Path) -> None:
    assert judged(tmp_path)["0"].verdict == "pass"
    found = judged(tmp_path, changed(role="platform_base"), line("unreached", "1.2.2.1"))["0"]
    assert (found.verdict, found.observed["complete"]) == ("fail", False)
    assert found.observed["began_at"] == NOW.isoformat()


def test_the_same_difference_is_told_once_and_many_are_counted(tmp_path: Path) -> None:
    assert len(judged(tmp_path, changed("1.2.2.1"), changed("1.2.2.1"))["1.2.2.1"].breaches) == 1
    many = [changed("1.2.2.1", resource=f"alarm {number}") for number in range(MAX_CHANGES + 7)]
    breaches = judged(tmp_path, *many)["1.2.2.1"].breaches
    assert (len(breaches), breaches[-1]) == (MAX_CHANGES + 1, Breach("drift.more", {"count": 7}))


def test_every_reason_can_be_told(tmp_path: Path) -> None:
    lines = [changed("1.2.2.1", kind=kind, resource=kind) for kind in KINDS]
    lines += [changed("1.2.2.1", kind=kind, resource=kind, keys=["a"]) for kind in ("updated", "replaced")]
    lines += [changed("1.2.2.1", resource=""), line("failed", "1.2.2.1", error="e"), line("blind", "1.2.2.1")]
    found = judged(tmp_path, *lines, line("unreached", "1.2.2.1", role=""), line("skipped", "1.1.1.1"))
    breaches = [breach for draft in found.values() for breach in draft.breaches]
    assert len(breaches) == len(lines) + 2
    assert all(render(each, language, part) for each in breaches for language in LANGUAGES for part in PARTS)


# ---- The journal


def test_an_interrupted_run_leaves_no_record_and_the_next_begins_anew(tmp_path: Path) -> None:
    run(tmp_path, changed("1.2.2.1"))
    assert not list(Store(tmp_path).all_records())
    seal(run(tmp_path, line("same", "1.2.2.1")), NOW)
    assert {item: record["verdict"] for item, record in Store(tmp_path).latest().items()} == {
        "0": "pass", "1.2.2.1": "pass",
    }  # fmt: skip
    assert not (tmp_path / journal.NAME).exists()


def test_a_run_beside_one_that_lives_is_refused(tmp_path: Path) -> None:
    living = Journal(run(tmp_path))
    with pytest.raises(Refused) as refused:
        begin(options(tmp_path), "arn", NOW)
    assert "Another check run is writing to" in refused.value.told("en")
    with pytest.raises(JournalHeld):
        Journal(living.path)
    living.close()
    begin(options(tmp_path), "arn", NOW)


@pytest.mark.parametrize("damage", ["missing", "cut off", "unheard", "too much"])
def test_of_a_journal_that_is_not_whole_nothing_is_recorded(
    tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if damage == "too much":
        monkeypatch.setattr(journal, "MAX_BYTES", 50)
    path = run(tmp_path, line("same", "1.2.2.1"), line("same", "1.2.2.1"))
    if damage == "too much":
        assert path.read_bytes().count(b"cut") == 1
    elif damage == "missing":
        path.unlink()
    else:
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines)[:-5] if damage == "cut off" else lines[0])
    with pytest.raises(JournalBroken):
        journal.read(path)
    with pytest.raises(Refused) as refused:
        seal(path, NOW)
    assert "There is no whole journal of this run" in refused.value.told("en")
    assert not list(Store(tmp_path).all_records())


def test_nothing_is_added_to_a_damaged_store(tmp_path: Path) -> None:
    seal(run(tmp_path, line("same", "1.2.2.1")), NOW)
    (tmp_path / "ledger.head").unlink()
    with pytest.raises(Refused) as refused:
        seal(run(tmp_path, line("same", "1.2.2.1")), NOW)
    assert refused.value.breaches[0].id == "core.ledger_head_missing"
    assert (tmp_path / journal.NAME).exists()


# ---- The end of a run


def test_records_are_chained_and_copied_under_a_prefix_of_their_own(tmp_path: Path) -> None:
    client = FakeS3()
    run(tmp_path, changed("1.2.2.1"))
    first = finish(options(tmp_path, bucket="b"), client, NOW)
    assert first["published"] == ["drift/sandbox/0/000001.json", "drift/sandbox/1.2.2.1/000001.json"]
    assert (first["summary"], first["recorded"]) == ({"pass": 1, "fail": 1, "unknown": 0}, 2)
    assert first["findings"] == [
        {"items": ["1.2.2.1"], "message": "repository x differs from what is declared (ecr: Registry)"}
    ]
    run(tmp_path, line("same", "1.2.2.1"))
    second = finish(options(tmp_path, bucket="b"), client, NOW)
    assert second["published"] == ["drift/sandbox/0/000002.json", "drift/sandbox/1.2.2.1/000002.json"]
    one, other = Store(tmp_path).history("1.2.2.1")
    assert (one["previous"], other["previous"]) == (None, one["sha256"])
    assert Store(tmp_path).audit() == []


def test_what_could_not_be_copied_is_told_and_stays(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(Refused) as refused:
        finish(options(tmp_path, bucket="b"), FakeS3("AccessDenied"), NOW)
    assert "only local" in refused.value.told("en")
    assert list(refused.value.result["only_local"]) == ["0/000001"]
    assert Store(tmp_path).latest()["0"]["verdict"] == "pass"


@pytest.mark.parametrize(("fail_on", "fails"), [([], False), (["unknown"], False), (list(VERDICTS), True)])
def test_verdicts_fail_the_task_where_that_is_wanted(tmp_path: Path, fail_on: list[str], fails: bool) -> None:
    run(tmp_path, changed("1.2.2.1"))
    if not fails:
        assert finish(options(tmp_path, fail_on=fail_on), None, NOW)["verdicts"]["1.2.2.1"] == "fail"
        return
    with pytest.raises(Refused) as refused:
        finish(options(tmp_path, fail_on=fail_on, language="ja"), None, NOW)
    assert "タスクを失敗とする判定の項目があります: 0, 1.2.2.1" in refused.value.told("ja")
    assert refused.value.result["findings"][0]["message"].startswith("repository xが宣言と異なります")
