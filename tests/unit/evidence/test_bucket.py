from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.bucket import NotPublished, publish
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from tests.unit.evidence.support import NO_LOCK, NOW, FakeS3, draft


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    store.append([draft("1.1.1.1"), draft("1.1.1.2")])
    return store


def copy(client: FakeS3, store: Store) -> list[str]:
    return publish(client, "b", "sandbox", store, NOW, 365)


def test_every_record_is_copied_once_byte_for_byte(store: Store) -> None:
    client = FakeS3()
    assert copy(client, store) == ["evidence/sandbox/1.1.1.1/000001.json", "evidence/sandbox/1.1.1.2/000001.json"]
    store.append([draft("1.1.1.1")])
    assert copy(client, store) == ["evidence/sandbox/1.1.1.1/000002.json"]
    assert copy(client, store) == []
    for key, request in client.objects.items():
        item, name = key.split("/")[2:]
        assert request["Body"] == (store.directory / item / name).read_bytes()


@pytest.mark.parametrize(
    ("lock", "mode"),
    [
        (NO_LOCK, None),
        ({"ObjectLockEnabled": "Enabled"}, "GOVERNANCE"),
        ({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}}}, None),
    ],
)
def test_retention_follows_the_bucket(store: Store, lock: dict | str, mode: str | None) -> None:
    client = FakeS3(lock)
    copy(client, store)
    for request in client.objects.values():
        assert request.get("ObjectLockMode") == mode
        assert request.get("ObjectLockRetainUntilDate") == (NOW + timedelta(days=365) if mode else None)


def test_what_could_not_be_copied_is_named_and_copied_by_the_next_run(store: Store) -> None:
    client = FakeS3(broken=("evidence/sandbox/1.1.1.1/000001.json",))
    with pytest.raises(NotPublished) as failed:
        copy(client, store)
    assert list(failed.value.only_local) == ["1.1.1.1/000001"]
    assert "http://s3" in failed.value.only_local["1.1.1.1/000001"]
    client.broken = ()
    assert copy(client, store) == ["evidence/sandbox/1.1.1.1/000001.json"]


def test_a_bucket_that_cannot_be_read_leaves_everything_local(store: Store) -> None:
    with pytest.raises(NotPublished) as failed:
        copy(FakeS3("AccessDenied"), store)
    assert list(failed.value.only_local) == ["1.1.1.1/000001", "1.1.1.2/000001"]


def test_a_damaged_record_is_not_copied(store: Store) -> None:
    path = store.path("1.1.1.2", 1)
    path.write_text(path.read_text().replace("fail", "pass"))
    client = FakeS3()
    with pytest.raises(NotPublished) as failed:
        copy(client, store)
    assert failed.value.only_local == {"1.1.1.2/000001": "its seal does not match its content"}
    assert list(client.objects) == ["evidence/sandbox/1.1.1.1/000001.json"]
