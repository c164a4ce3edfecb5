from __future__ import annotations

import json
import multiprocessing
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._drill import results
from ansible_collections.iworkz.platform.plugins.module_utils._drill.results import ResultsDamaged, audit, load, save
from ansible_collections.iworkz.platform.plugins.module_utils._drill.schema import SchemaError, validate
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from tests.unit.drill.results_samples import result


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drills directory with three results, which tests copy or repair again."""
    directory = tmp_path_factory.mktemp("kept")
    for scenario in ("database_az", "cache_node", "queue_broker"):
        save(result(scenario, runs=1), directory)
    return directory


@pytest.fixture
def drills(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "drills")
    return tmp_path / "drills"


def ids(directory: Path) -> list[str]:
    problems = audit(directory)
    for problem in problems:
        for language in ("en", "ja"):
            assert render(problem, language)  # type: ignore[arg-type]
            assert render(problem, language, "remedy")  # type: ignore[arg-type]
    return [problem.id for problem in problems]


def file_of(directory: Path, number: int) -> Path:
    return directory / "results" / f"{number:06d}.json"


def test_results_are_sealed_and_chained_in_order(drills: Path) -> None:
    first, second, third = load(drills)
    assert [each["scenario"] for each in (first, second, third)] == ["database_az", "cache_node", "queue_broker"]
    assert [each["sequence"] for each in (first, second, third)] == [1, 2, 3]
    assert [each["previous"] for each in (first, second, third)] == [None, first["sha256"], second["sha256"]]
    unsealed = {key: value for key, value in third.items() if key != "sha256"}
    assert third["sha256"] == sha256(canonical(unsealed))
    validate(third)
    assert audit(drills) == []


def test_the_file_is_returned_and_holds_the_result(tmp_path: Path) -> None:
    path = save(result(), tmp_path)
    assert path == file_of(tmp_path, 1)
    kept = json.loads(path.read_bytes())
    assert {key: kept[key] for key in result()} == result()


def test_a_directory_without_results_has_none(tmp_path: Path) -> None:
    assert (load(tmp_path / "none"), audit(tmp_path / "none")) == ([], [])
    assert not (tmp_path / "none").exists()


def test_a_result_cannot_choose_its_place_in_the_chain(drills: Path) -> None:
    save({**result(), "sequence": 1, "previous": None, "sha256": "0" * 64}, drills)
    assert load(drills)[-1]["sequence"] == 4
    assert audit(drills) == []


def edit(text: bytes) -> bytes:
    return text.replace(b'"verdict": "pass"', b'"verdict": "fail"')


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda home: (home / "000002.json").write_bytes(edit((home / "000002.json").read_bytes())), "changed"),
        (lambda home: (home / "000002.json").write_bytes(b"{}"), "changed"),
        (lambda home: (home / "000002.json").write_bytes(b""), "changed"),
        (lambda home: (home / "000002.json").unlink(), "missing"),
        (lambda home: (home / "000003.json").unlink(), "missing"),
        (lambda home: (home / "000003.json").rename(home / "000005.json"), "changed"),
        (lambda home: shutil.copy(home / "000001.json", home / "000002.json"), "changed"),
    ],
)
def test_a_change_or_a_removal_shows(drills: Path, damage: Any, found: str) -> None:
    damage(drills / "results")
    assert f"dr.result_{found}" in ids(drills)
    assert len(load(drills)) == 2


def test_a_resealed_result_breaks_the_chain(drills: Path) -> None:
    forged = results.seal({**load(drills)[1], "verdict": "fail"})
    file_of(drills, 2).write_bytes(results.record_bytes(forged))
    assert ids(drills) == ["dr.result_unchained"]


def test_a_resealed_last_result_is_not_what_the_head_says(drills: Path) -> None:
    forged = results.seal({**load(drills)[2], "verdict": "fail"})
    file_of(drills, 3).write_bytes(results.record_bytes(forged))
    assert ids(drills) == ["dr.result_replaced"]


@pytest.mark.parametrize("content", [None, b"", b"{}\n"])
def test_a_lost_or_changed_head_shows_and_stops_the_next_result(drills: Path, content: bytes | None) -> None:
    head = drills / "results" / "results.head"
    head.unlink() if content is None else head.write_bytes(content)
    assert ids(drills) == ["dr.results_head_changed"]
    with pytest.raises(ResultsDamaged, match="results_head_changed"):
        save(result(), drills)
    assert len(load(drills)) == 3


def test_all_results_gone_shows(drills: Path) -> None:
    for number in (1, 2, 3):
        file_of(drills, number).unlink()
    assert ids(drills) == ["dr.result_missing"] * 3


@given(number=st.integers(1, 3), place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_no_byte_can_change_unseen(kept: Path, number: int, place: float, flip: int) -> None:
    path = file_of(kept, number)
    before = path.read_bytes()
    changed = bytearray(before)
    changed[int(place * len(before))] ^= flip
    path.write_bytes(bytes(changed))
    try:
        assert "dr.result_changed" in ids(kept)
        assert number not in [each["sequence"] for each in load(kept)]
    finally:
        path.write_bytes(before)
    assert audit(kept) == []


def test_a_drill_killed_before_the_head_leaves_a_result_that_counts(
    drills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(results, "_write_head", killed)
        with pytest.raises(KeyboardInterrupt):
            save(result(), drills)
    assert audit(drills) == []
    assert load(drills)[-1]["sequence"] == 4
    save(result("cache_node"), drills)
    assert [each["sequence"] for each in load(drills)] == [1, 2, 3, 4, 5]
    assert audit(drills) == []


@pytest.mark.parametrize("forged", [b"{}", None])
def test_what_stands_after_the_head_is_not_trusted(drills: Path, forged: bytes | None) -> None:
    stranger = results.seal({**load(drills)[0], "sequence": 4, "previous": "0" * 64})
    file_of(drills, 4).write_bytes(results.record_bytes(stranger) if forged is None else forged)
    assert len(ids(drills)) == 1
    with pytest.raises(ResultsDamaged):
        save(result(), drills)


def test_the_first_result_killed_before_its_head_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def first_only(home: Path, count: int, last: str | None) -> None:
        if count:
            raise KeyboardInterrupt
        written.append(count)
        real(home, count, last)

    real = results._write_head
    with monkeypatch.context() as patched:
        patched.setattr(results, "_write_head", first_only)
        with pytest.raises(KeyboardInterrupt):
            save(result(), tmp_path)
    assert written == [0]
    assert (len(load(tmp_path)), audit(tmp_path)) == (1, [])


def _save_three(directory: Path) -> None:
    for _number in range(3):
        save(result(runs=1), directory)


def test_results_saved_at_once_form_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_save_three, args=(tmp_path,)) for _worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert [each["sequence"] for each in load(tmp_path)] == list(range(1, 10))
    assert audit(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"verdict": "maybe"}, r"\$\.verdict"),
        ({"ended_at": "yesterday"}, r"\$\.ended_at"),
        ({"targets": {"rto_seconds": -1, "rpo_seconds": 0}}, r"\$\.targets\.rto_seconds"),
        ({"variants": [{"name": "x"}]}, r"\$\.variants\[0\]"),
        ({"hands_free": None}, r"\$\.hands_free"),
        ({"reasons": [{"id": "no message id", "params": {}}]}, r"\$\.reasons\[0\]\.id"),
    ],
)
def test_what_is_no_result_is_refused_and_nothing_written(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(SchemaError, match=named):
        save({**result(), **change}, tmp_path / "drills")
    assert not (tmp_path / "drills").exists()
