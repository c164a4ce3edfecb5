"""The account on disk: what can be kept, and what is said of the rest."""

from __future__ import annotations

import json
import pickle
import threading
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from moto.core.base_backend import BackendDict
from moto.s3.utils import _VersionedKeyStore

from sandbox.aws import calllog, pickling
from sandbox.aws.calllog import CallLog
from sandbox.aws.store import StateMismatchError, Store

KEY = ("123456789012", "ap-northeast-1", "rds.instance", "one")


def copy(value):
    return pickle.loads(pickling.dumps(value))


def test_extensions_data_and_running_transitions_are_kept(tmp_path: Path):
    done: list[str] = []
    store = Store(tmp_path, {"default": 60.0})
    store.data[("123456789012", "ap-northeast-1", "rds.parameters")] = {"pg": {"shared_buffers": "1GB"}}
    store.transitions.begin(KEY, ("creating",), partial(done.append, "created"))
    content, left_out = store.dumps()
    assert left_out == []
    store.write(content)

    again = Store(tmp_path)
    again.load()
    assert again.data == store.data
    assert again.transitions.current(KEY) == "creating"
    assert again.transitions.running[KEY].then is not None


def test_what_cannot_be_kept_is_left_out_and_named(tmp_path: Path, local, monkeypatch):
    from moto.sqs.models import sqs_backends

    local.client("ecr").create_repository(repositoryName="store/kept")
    local.client("sqs").create_queue(QueueName="left-out")
    monkeypatch.setattr(sqs_backends["123456789012"]["ap-northeast-1"], "generator", (n for n in ()), raising=False)
    content, left_out = Store(tmp_path).dumps()
    assert len(left_out) == 1
    assert left_out[0].startswith("moto.sqs.models: TypeError: cannot pickle 'generator' object")
    kept = {module for module, _, _ in pickle.loads(content.partition(b"\n")[2])["moto"]}
    assert "moto.ecr.models" in kept
    assert "moto.sqs.models" not in kept


@pytest.mark.parametrize("stamp", [{"format": 0}, {"format": 1, "moto": "0.0.1", "python": "3.11"}])
def test_another_versions_file_is_refused(tmp_path: Path, stamp):
    store = Store(tmp_path)
    store.path.write_bytes(json.dumps(stamp).encode() + b"\nanything")
    with pytest.raises(StateMismatchError, match="python -m sandbox reset"):
        store.load()


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa", "ec", "ed25519"],
)
def test_keys(key):
    assert copy(key).public_key() == key.public_key()
    assert copy(key.public_key()) == key.public_key()


def test_locks_come_back_unlocked():
    with threading.Lock() as held, threading.RLock() as held_again:
        assert (held, held_again) == (True, True)
    lock = threading.Lock()
    with lock:
        assert not copy(lock).locked()
    assert copy(threading.RLock()).acquire(blocking=False)


def test_functions_made_by_functions():
    def make(step):
        def count(number, by=2):
            return number if number <= 0 else count(number - by * step)

        return count

    count = make(1)
    assert [copy(count)(number) for number in (3, 4)] == [count(3), count(4)]


def test_dictionaries_that_are_more_than_that():
    versions = _VersionedKeyStore()
    versions["key"] = "first"
    versions["key"] = "second"
    versions.note = "kept"
    again = copy(versions)
    assert again.getlist("key") == ["first", "second"]
    assert again.note == "kept"


def test_backends_are_referred_to_by_name(local):
    from moto.sns.models import sns_backends

    local.client("sns").list_topics()
    assert copy(sns_backends) is sns_backends
    assert copy(sns_backends["123456789012"]) is sns_backends["123456789012"]
    assert sns_backends in BackendDict._instances


def test_a_log_cut_short_is_read_to_the_last_whole_line(tmp_path: Path):
    entry = {"service": "s", "operation": "o", "region": "r", "mutating": True, "status": 200, "error": ""}
    CallLog(tmp_path).add(**entry)
    with (tmp_path / "calls.jsonl").open("a") as file:
        file.write('{"sequence": 2, "serv')
    log = CallLog(tmp_path)
    log.add(**entry)
    assert [call["sequence"] for call in log.since(0)["calls"]] == [1, 2]
    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) == 2


def test_a_long_log_is_set_aside(tmp_path: Path, monkeypatch):
    entry = {"service": "s", "operation": "o", "region": "r", "mutating": True, "status": 200, "error": ""}
    CallLog(tmp_path).add(**entry)
    monkeypatch.setattr(calllog, "LONGEST_FILE", 10)
    log = CallLog(tmp_path)
    log.add(**entry)
    assert [call["sequence"] for call in log.since(0)["calls"]] == [1, 2]
    assert len((tmp_path / "calls.1.jsonl").read_text().splitlines()) == 1
    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) == 1
