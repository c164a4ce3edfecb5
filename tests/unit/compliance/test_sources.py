from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import SourceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Bucket, Directory
from tests.unit.compliance.deliveries import BASE, TABLES, deliver, take

REGION = "ap-northeast-1"


@pytest.fixture
def clients() -> Iterator[Clients]:
    with mock_aws():
        made = Clients({"region": REGION, "access_key": "testing", "secret_key": "testing"})
        made.client("s3").create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield made


def put(clients: Clients, **objects: str) -> None:
    for name, text in objects.items():
        clients.client("s3").put_object(Bucket="data", Key=name, Body=text.encode())


def test_a_directory_delivers_files_and_folders_of_files(tmp_path: Path) -> None:
    source = deliver(tmp_path / "delivered")
    (source.path / "README.txt").write_text("no data")
    (source.path / ".hidden.csv").write_text("no data")
    (source.path / "workers.csv").unlink()
    (source.path / "workers" / "tokyo").mkdir(parents=True)
    (source.path / "workers" / "a.csv").write_text("worker_id,employer_id\nW1,E1\n")
    (source.path / "workers" / "tokyo" / "b.csv").write_text("employer_id,worker_id,sex\nE1,W2,male\n")
    (source.path / "workers" / "_SUCCESS.csv").write_text("no data")
    delivery = source.deliver(TABLES, tmp_path / "scratch")
    assert set(delivery.tables) == set(TABLES)
    assert [path.name for path in delivery.tables["workers"].paths] == ["a.csv", "b.csv"]
    snapshot = intake.take(source, TABLES, tmp_path / "snapshot")
    assert snapshot.tables["workers"]["rows"] == 2
    assert snapshot.taken_from["kind"] == "directory"


@pytest.mark.parametrize(("name", "said"), [("nowhere", "is no directory"), (".", "has no files of data")])
def test_a_directory_without_data_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        Directory(tmp_path / name).deliver(TABLES, tmp_path / "scratch")


def test_a_bucket_gives_what_a_directory_gives(clients: Clients, tmp_path: Path) -> None:
    put(clients, **{f"in/2026-04/{name}.csv": text for name, text in BASE.items()})
    put(clients, **{"in/2026-04/notes.txt": "no data", "in/2026-04-old/workers.csv": "of another prefix"})
    snapshot = intake.take(Bucket("s3://data/in/2026-04/", clients), TABLES, tmp_path / "snapshot")
    assert snapshot.id == take(tmp_path / "local").id
    assert snapshot.taken_from["url"] == "s3://data/in/2026-04/"
    assert set(snapshot.taken_from["objects"]) == {f"{name}.csv" for name in BASE}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["local", "snapshot"]


def test_a_snapshot_in_a_bucket_is_the_same_one(clients: Clients, tmp_path: Path) -> None:
    snapshot = take(tmp_path)
    for path in snapshot.path.iterdir():
        clients.client("s3").upload_file(str(path), "data", f"snapshots/{path.name}")
    Bucket("s3://data/snapshots", clients).copy_to(tmp_path / "copy")
    assert Snapshot(tmp_path / "copy").id == snapshot.id


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://data/empty", "has no objects of data"),
        ("s3://nobody/in", "NoSuchBucket"),
        ("https://data/in", "not of the form s3://bucket/prefix"),
        ("s3:///in", "not of the form"),
    ],
)
def test_a_bucket_without_data_is_refused(clients: Clients, tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        Bucket(url, clients).deliver(TABLES, tmp_path)


def test_an_object_that_would_leave_the_directory_is_refused(clients: Clients, tmp_path: Path) -> None:
    put(clients, **{"in/../../workers.csv": "x"})
    with pytest.raises(SourceError, match="would leave the directory"):
        Bucket("s3://data/in", clients).deliver(TABLES, tmp_path / "scratch")
    assert not (tmp_path / "workers.csv").exists()


def test_an_object_replaced_while_it_is_read_is_refused(clients: Clients, tmp_path: Path) -> None:
    put(clients, **{"in/workers.csv": "old"})

    def replace(**_event: Any) -> None:
        clients.client("s3").meta.events.unregister("before-call.s3.GetObject", replace)
        put(clients, **{"in/workers.csv": "new"})

    clients.client("s3").meta.events.register("before-call.s3.GetObject", replace)
    with pytest.raises(SourceError, match="PreconditionFailed"):
        Bucket("s3://data/in", clients).deliver(TABLES, tmp_path)
