from __future__ import annotations

import json
import multiprocessing
import shutil
import threading
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._evidence import files
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import StoreLocked, locked
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store, StoreDamaged
from tests.unit.evidence.support import draft

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/evidence.schema.json").read_text())
BYTE = st.integers(1, 255)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "evidence")
    store.append([draft("1.1.1.1"), draft("1.1.1.2", verdict="pass", breaches=())])
    store.append([draft("1.1.1.1")])
    return store


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that tests damage and repair again."""
    store = Store(tmp_path_factory.mktemp("kept"))
    for _run in range(3):
        store.append([draft("1.1.1.1"), draft("1.1.1.2"), draft("1.2.1.3", endpoint="http://127.0.0.1:5000")])
    return store


def ids(store: Store) -> list[str]:
    return [problem.id for problem in store.audit()]


def evidence_files(store: Store) -> list[Path]:
    return sorted(path for path in store.directory.rglob("*") if path.is_file() and path.name != ".lock")


def test_records_are_sealed_chained_and_valid_by_the_schema(store: Store) -> None:
    first, second = store.history("1.1.1.1")
    assert (first["sequence"], first["previous"]) == (1, None)
    assert (second["sequence"], second["previous"]) == (2, first["sha256"])
    unsealed = {key: value for key, value in second.items() if key != "sha256"}
    assert second["sha256"] == sha256(canonical(unsealed))
    for record in (first, second, *store.latest().values()):
        jsonschema.validate(record, SCHEMA)
    assert store.audit() == []


def test_latest_is_the_newest_of_each_item(store: Store) -> None:
    assert {item: record["sequence"] for item, record in store.latest().items()} == {"1.1.1.1": 2, "1.1.1.2": 1}


def test_an_empty_store_has_no_records_and_no_problems(tmp_path: Path) -> None:
    store = Store(tmp_path / "none")
    assert (store.latest(), store.history("1.1.1.1"), store.audit()) == ({}, [], [])
    assert not store.directory.exists()


@settings(max_examples=150, deadline=None)
@given(data=st.data(), flip=BYTE)
def test_any_changed_byte_is_found(kept: Store, data: st.DataObject, flip: int) -> None:
    path = data.draw(st.sampled_from(evidence_files(kept)))
    original = path.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    try:
        path.write_bytes(original[:at] + bytes([original[at] ^ flip]) + original[at + 1 :])
        assert kept.audit() != []
    finally:
        path.write_bytes(original)
    assert kept.audit() == []


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_removed_or_shortened_file_is_found(kept: Store, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(evidence_files(kept)))
    original = path.read_bytes()
    length = data.draw(st.integers(-1, len(original) - 1))
    try:
        if length < 0:
            path.unlink()
        else:
            path.write_bytes(original[:length])
        assert kept.audit() != []
    finally:
        path.write_bytes(original)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda lines: lines[:-1], "core.ledger_truncated"),
        (lambda lines: [], "core.ledger_truncated"),
        (lambda lines: [lines[1], lines[0], lines[2]], "core.ledger_reordered"),
        (lambda lines: lines[1:], "core.ledger_reordered"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "core.ledger_reordered"),
        (lambda lines: [*lines[:-1], b"{}\n"], "core.ledger_changed"),
    ],
)
def test_a_damaged_ledger_is_named_and_takes_no_more_records(store: Store, damage, expected: str) -> None:
    ledger = store.directory / "ledger.jsonl"
    ledger.write_bytes(b"".join(damage(ledger.read_bytes().splitlines(keepends=True))))
    assert ids(store)[0] == expected
    before = [path.read_bytes() for path in evidence_files(store)]
    with pytest.raises(StoreDamaged) as refused:
        store.append([draft()])
    assert [problem.id for problem in refused.value.problems] == [expected]
    assert [path.read_bytes() for path in evidence_files(store)] == before


def test_a_ledger_replaced_by_another_stores_is_found(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    for _each in range(3):
        other.append([draft(revision="other")])
    shutil.copy(other.directory / "ledger.jsonl", store.directory / "ledger.jsonl")
    assert ids(store)[0] == "core.ledger_replaced"


def test_a_record_copied_to_another_item_is_found_and_not_believed(store: Store) -> None:
    shutil.copy(store.path("1.1.1.2", 1), store.path("1.1.1.1", 2))
    assert "core.record_changed" in ids(store)
    assert "1.1.1.1" not in store.latest()


def test_a_resealed_record_is_found(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    other.append([draft("1.1.1.1", verdict="pass", breaches=())])
    shutil.copy(other.path("1.1.1.1", 1), store.path("1.1.1.1", 1))
    assert ids(store) == ["core.record_replaced", "core.record_unchained"]


def test_a_missing_record_is_named(store: Store) -> None:
    store.path("1.1.1.1", 1).unlink()
    assert [(each.id, each.params) for each in store.audit()] == [
        ("core.record_missing", {"item": "1.1.1.1", "sequence": 1})
    ]


def _stops_after(count: int):
    """A callback that lets ``count`` files be written and then kills the run."""
    left = iter(range(count - 1))

    def written(_path: Path) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return written


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("first", [True, False])
def test_a_killed_run_loses_nothing_and_the_next_one_recovers(tmp_path: Path, count: int, first: bool) -> None:
    store = Store(tmp_path)
    if not first:
        store.append([draft("1.1.1.1"), draft("1.1.1.2")])
    with pytest.raises(KeyboardInterrupt):
        store.append([draft("1.1.1.1"), draft("1.1.1.2")], _stops_after(count))
    unledgered = count if count < 3 else 0
    assert ids(store) == ["core.record_unledgered"] * unledgered

    _records, recovered = store.append([draft("1.1.1.1"), draft("1.1.1.2")])

    assert len(recovered) == unledgered
    assert store.audit() == []
    assert [each["sequence"] for each in store.history("1.1.1.1")] == list(range(1, 3 if first else 4))


def test_a_forged_record_is_not_taken_for_an_interrupted_run(store: Store) -> None:
    shutil.copy(store.path("1.1.1.1", 2), store.path("1.1.1.1", 3))
    with pytest.raises(StoreDamaged):
        store.append([draft()])
    store.path("1.1.1.1", 3).rename(store.path("1.1.1.1", 4))
    with pytest.raises(StoreDamaged, match="record_unledgered"):
        store.append([draft()])


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    files.write_atomically(path, b"old")

    def fails(_descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_second_run_is_refused_while_the_first_writes(store: Store) -> None:
    impatient = Store(store.directory, lock_seconds=0)
    with locked(store.directory / ".lock", 0), pytest.raises(StoreLocked, match="held by process"):
        impatient.append([draft()])
    assert len(impatient.append([draft()])[0]) == 1


def test_a_second_run_waits_for_the_first(store: Store) -> None:
    now = iter(range(10))
    held = locked(store.directory / ".lock", 0)
    held.__enter__()
    with locked(
        store.directory / ".lock", 5, sleep=lambda _s: held.__exit__(None, None, None), clock=lambda: next(now)
    ):
        pass


def _append_many(directory: Path) -> None:
    for _each in range(5):
        Store(directory).append([draft("1.1.1.1"), draft("1.1.1.2")])


def test_runs_in_threads_and_processes_chain_one_after_another(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append_many, args=(tmp_path,)) for _each in range(2)]
    threads = [threading.Thread(target=_append_many, args=(tmp_path,)) for _each in range(2)]
    for each in (*processes, *threads):
        each.start()
    for each in (*processes, *threads):
        each.join()
    store = Store(tmp_path)
    assert [record["sequence"] for record in store.history("1.1.1.1")] == list(range(1, 21))
    assert store.audit() == []
