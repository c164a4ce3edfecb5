from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.content import table_hash
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import (
    Snapshot,
    SnapshotError,
    writing,
)
from tests.unit.compliance.deliveries import TABLES, deliver, rows, take

WORKERS = "worker_id,employer_id,birth_date,weekly_hours,student\nW2,E1,2000-02-29,37.5,true\nW1,E1,,,\n"


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return take(tmp_path, workers=WORKERS)


def test_rows_are_sorted_by_key_and_typed(snapshot: Snapshot) -> None:
    found = rows(snapshot, "workers", "worker_id, birth_date::VARCHAR, weekly_hours::VARCHAR, student")
    assert found == [("W1", None, None, None), ("W2", "2000-02-29", "37.5000", True)]
    assert snapshot.tables["workers"]["rows"] == 2
    assert snapshot.tables["workers"]["columns"]["weekly_hours"] == "decimal"


def test_the_same_data_in_another_order_at_another_time_has_the_same_id(snapshot: Snapshot, tmp_path: Path) -> None:
    header, second, first = WORKERS.splitlines()
    again = take(tmp_path / "again", workers=f"{header}\n{first}\n{second}\n")
    assert again.id == snapshot.id
    assert again.taken_from != snapshot.taken_from


@pytest.mark.parametrize(
    ("old", "new"),
    [("W1,E1,,,", "W1,E1,,0,"), ("W1,E1,,,", "W1,E1,,,false"), ("37.5", "37.6"), ("W2", "W3"), ("2000-02-29", "")],
)
def test_any_other_value_gives_another_id(snapshot: Snapshot, tmp_path: Path, old: str, new: str) -> None:
    assert take(tmp_path / "other", workers=WORKERS.replace(old, new)).id != snapshot.id


def test_the_id_does_not_depend_on_how_parquet_is_encoded(snapshot: Snapshot, tmp_path: Path) -> None:
    path = snapshot.parquet("workers")
    other = tmp_path / "workers.parquet"
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(path), other, row_group_size=1, compression="gzip")
    assert other.read_bytes() != path.read_bytes()
    assert table_hash(other) == table_hash(path)


def test_texts_cannot_move_between_rows_without_changing_the_hash(tmp_path: Path) -> None:
    hashes = set()
    for values in (("ab", "c"), ("a", "bc"), ("abc", None), ("abc", "")):
        path = tmp_path / "texts.parquet"
        pyarrow.parquet.write_table(pyarrow.table({"text": pyarrow.array(values, pyarrow.string())}), path)
        hashes.add(table_hash(path)[2])
    assert len(hashes) == 4


def test_a_copy_is_the_same_snapshot(snapshot: Snapshot, tmp_path: Path) -> None:
    shutil.copytree(snapshot.path, tmp_path / "copy")
    assert Snapshot(tmp_path / "copy").id == snapshot.id


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _drop_a_row(path: Path) -> None:
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{path}') LIMIT 1) TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").rename(path)


def _change_a_value(path: Path) -> None:
    duckdb.sql(
        f"COPY (SELECT * REPLACE (NOT student AS student) FROM read_parquet('{path}')) TO '{path}.new' (FORMAT parquet)"
    )
    Path(f"{path}.new").rename(path)


def _drop_a_column(path: Path) -> None:
    duckdb.sql(f"COPY (SELECT * EXCLUDE (student) FROM read_parquet('{path}')) TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").rename(path)


def test_every_damaged_byte_of_a_file_is_noticed(snapshot: Snapshot) -> None:
    """Those of statistics, too, which change no value but what a reader skips."""
    path = snapshot.parquet("workers")
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        with pytest.raises(SnapshotError, match=r"workers\.parquet"):
            Snapshot(snapshot.path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut_off, "corrupt"),
        (_drop_a_row, "has 1 rows, the manifest says 2"),
        (_change_a_value, "the hash differs"),
        (_drop_a_column, "has other columns"),
        (Path.unlink, "is missing"),
    ],
)
def test_a_damaged_table_is_refused_by_name(snapshot: Snapshot, damage: Callable[[Path], None], said: str) -> None:
    damage(snapshot.parquet("workers"))
    with pytest.raises(SnapshotError, match=rf"workers\.parquet: .*workers.*({said})"):
        Snapshot(snapshot.path)


def test_a_manifest_that_was_changed_is_refused(snapshot: Snapshot) -> None:
    path = snapshot.path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["workers"]["rows"] = 1
    path.write_text(json.dumps(manifest))
    with pytest.raises(SnapshotError, match=r"manifest\.json: was changed"):
        Snapshot(snapshot.path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1, "tables": {}, "notes": []}'])
def test_what_is_no_manifest_is_refused(snapshot: Snapshot, text: str) -> None:
    (snapshot.path / "manifest.json").write_text(text)
    with pytest.raises(SnapshotError, match=r"manifest\.json: is no manifest"):
        Snapshot(snapshot.path)


def test_a_directory_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"manifest\.json: cannot be read"):
        Snapshot(tmp_path)


def test_findings_that_were_changed_are_refused(snapshot: Snapshot) -> None:
    snapshot.quality.write_text("{}\n")
    with pytest.raises(SnapshotError, match=r"quality\.jsonl: .*hash differs"):
        Snapshot(snapshot.path)


def test_an_unknown_table_is_an_error_that_names_those_there_are(snapshot: Snapshot) -> None:
    with pytest.raises(SnapshotError, match="no table payslips; there are absences, employers"):
        snapshot.parquet("payslips")


def test_a_snapshot_never_changes(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="is there already"):
        intake.take(deliver(tmp_path / "other"), TABLES, snapshot.path)
    assert Snapshot(snapshot.path).id == snapshot.id


def test_nothing_is_left_of_a_snapshot_that_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with writing(tmp_path / "snapshot") as writer:
            (writer.directory / "half.parquet").write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
