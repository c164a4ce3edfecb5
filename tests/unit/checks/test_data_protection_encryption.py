from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _account_defaults,
    _at_rest,
    _plaintext,
    data_protection_encryption,
)
from tests.unit.checks.fake_account import TAGS, world

BUCKET = "iworkz-sandbox-documents-123456789012"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
PLATFORM_KEY = {
    "alias": "alias/iworkz-sandbox-data",
    "state": "Enabled",
    "customer_managed": True,
    "symmetric": True,
    "rotates": True,
    "rotation_days": 365,
}
REQUIRED = {"rotation_days": 365, "tls_versions": ["TLSv1.2", "TLSv1.3"]}


def ids(breaches: Any) -> list[str]:
    return [breach.id.removeprefix("data_encryption.") for breach in breaches]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"state": "PendingDeletion"}, ["key_unusable"]),
        ({"rotates": False, "rotation_days": None}, ["key_not_rotated"]),
        ({"rotation_days": 730}, ["key_rotated_seldom"]),
        ({"symmetric": False, "rotates": False, "rotation_days": None}, []),
    ],
)
def test_keys_rotate_and_can_be_used(change: dict[str, Any], expected: list[str]) -> None:
    assert ids(data_protection_encryption._key_breaches({KEY: {**PLATFORM_KEY, **change}}, REQUIRED)) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"kind": "rds", "name": "x", "key": KEY}, []),
        ({"kind": "s3", "name": "x", "key": KEY.rpartition("/")[2]}, []),
        ({"kind": "sns", "name": "x", "key": "alias/iworkz-sandbox-data"}, []),
        ({"kind": "s3", "name": "x", "key": f"{KEY.rpartition(':')[0]}:alias/iworkz-sandbox-data"}, []),
        ({"kind": "sns", "name": "x", "key": "alias/aws/sns"}, ["wrong_key"]),
        ({"kind": "rds", "name": "x", "key": None}, ["wrong_key"]),
        ({"kind": "s3", "name": "x", "key": None, "managed": True}, []),
        ({"kind": "s3", "name": "x", "key": "someone-elses", "managed": True}, ["wrong_key"]),
    ],
)
def test_a_store_is_under_a_key_of_the_platform(row: dict[str, Any], expected: list[str]) -> None:
    assert ids(data_protection_encryption._at_rest_breaches([row], {KEY: PLATFORM_KEY})) == expected


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ({"plaintext": None, "tls": "TLSv1.3", "old_tls": False}, []),
        ({"plaintext": "+PONG", "tls": "TLSv1.3", "old_tls": False}, ["plaintext"]),
        ({"plaintext": None, "tls": "TLSv1.1", "old_tls": True}, ["weak_tls", "old_tls"]),
        ({"plaintext": None}, []),
    ],
)
def test_connections(got: dict[str, Any], expected: list[str]) -> None:
    assert ids(data_protection_encryption.connection_breaches({"redis": got}, REQUIRED)) == expected


def test_sessions_without_tls_are_counted() -> None:
    rows = [{"ssl": True, "version": "TLSv1.3", "sessions": 5}, {"ssl": False, "version": None, "sessions": 2}]
    (breach,) = data_protection_encryption.session_breaches({"db": rows})
    assert breach.params == {"db": "db", "count": 2}


def statement(**change: Any) -> dict[str, Any]:
    arn = f"arn:aws:s3:::{BUCKET}"
    return {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **change,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}}, True),
        ({"Principal": "*", "Action": ["s3:*"]}, True),
        ({"Effect": "Allow"}, False),
        ({"Action": "s3:GetObject"}, False),
        ({"Resource": f"arn:aws:s3:::{BUCKET}/*"}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {**statement()["Condition"], "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
    ],
)
def test_a_policy_denies_plaintext_to_everybody(change: dict[str, Any], expected: bool) -> None:
    assert data_protection_encryption.denies_plaintext({"Statement": [statement(**change)]}, BUCKET) is expected


def test_only_the_platforms_buckets_are_judged_and_log_targets_may_have_s3s_key() -> None:
    logs = "iworkz-sandbox-logs-123456789012"
    tagged = {"TagSet": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
    own = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    asked = world(
        {
            "s3": {
                "list_buckets": {"Buckets": [{"Name": BUCKET}, {"Name": logs}, {"Name": "strange"}]},
                "get_bucket_tagging": lambda Bucket: {"TagSet": []} if Bucket == "strange" else tagged,
                "get_bucket_encryption": lambda Bucket: {
                    "ServerSideEncryptionConfiguration": {"Rules": [own if Bucket == logs else rule]}
                },
                "get_bucket_policy": {"Policy": "{}"},
                "get_bucket_logging": lambda Bucket: (
                    {} if Bucket == logs else {"LoggingEnabled": {"TargetBucket": logs}}
                ),
            }
        }
    )
    rows = {row["name"]: row for row in _at_rest._objects(asked)}
    assert set(rows) == {BUCKET, logs}
    assert (rows[BUCKET]["managed"], rows[BUCKET]["key"]) == (False, KEY)
    assert (rows[logs]["managed"], rows[logs]["key"]) == (True, None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"", None),
        (b"\x15\x03\x03\x00\x02\x02\x46", None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<html>The plain HTTP request was sent to HTTPS port", None),
        (b"+PONG\r\n", "+PONG"),
        (b"-NOAUTH Authentication required.\r\n", "-NOAUTH Authentication required."),
        (b"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK"),
        (b"HTTP/1.1 401 Unauthorized\r\n", "HTTP/1.1 401 Unauthorized"),
    ],
)
def test_what_is_an_answer_in_plaintext(said: bytes, expected: str | None) -> None:
    assert _plaintext.judge(said) == expected


@contextmanager
def server(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that gives every connection to ``handle``; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                with connection:
                    handle(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, **versions: ssl.TLSVersion) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    for name, value in versions.items():
        setattr(context, name, value)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def handle(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True):
                pass
        except (ssl.SSLError, OSError):
            return

    return handle


def test_a_server_of_tls_refuses_plaintext_and_old_versions(authority: trustme.CA, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    with server(tls(authority, minimum_version=ssl.TLSVersion.TLSv1_2)) as port:
        for hello in (_plaintext.REDIS, _plaintext.AMQP, _plaintext.HTTP):
            place = _plaintext.Place("server", "127.0.0.1", port, hello)
            assert place.probe() is None
        assert not _plaintext.takes_old_tls(place)
        assert _plaintext.version(place, str(bundle)) == "TLSv1.3"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_server_of_old_tls_is_found_out(authority: trustme.CA) -> None:
    versions = {"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1_1}
    with server(tls(authority, **versions)) as port:
        assert _plaintext.takes_old_tls(_plaintext.Place("server", "127.0.0.1", port, b""))


def test_a_server_of_plaintext_is_found_out() -> None:
    with server(lambda connection: connection.sendall(b"+PONG\r\n")) as port:
        assert _plaintext.Place("redis", "127.0.0.1", port, _plaintext.REDIS).probe() == "+PONG"


def test_nobody_there_is_no_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        _plaintext.Place("redis", "127.0.0.1", port, _plaintext.REDIS).probe()


@pytest.mark.parametrize(
    ("url", "port", "hello"),
    [
        ("amqps+ssl://b-1.mq.ap-northeast-1.amazonaws.com:5671", 5671, _plaintext.AMQP),
        ("https://b-1.mq.ap-northeast-1.amazonaws.com", 443, _plaintext.HTTP),
    ],
)
def test_places_of_urls(url: str, port: int, hello: bytes) -> None:
    place = _plaintext.of_url("mq", url)
    assert (place.host, place.port, place.hello) == ("b-1.mq.ap-northeast-1.amazonaws.com", port, hello)


SAFE = {
    "ebs_encrypted": True,
    "snapshots": "block-all-sharing",
    "images": "block-new-sharing",
    "http_tokens": "required",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"ebs_encrypted": False}, ["account_volumes"]),
        ({"snapshots": "block-new-sharing"}, ["account_snapshots"]),
        ({"images": "unblocked"}, ["account_images"]),
        ({"http_tokens": "no-preference"}, ["account_metadata"]),
    ],
)
def test_what_nobody_speaks_for_is_encrypted_and_private(change: dict[str, Any], expected: list[str]) -> None:
    blocked = dict.fromkeys(_account_defaults.BLOCKS, True)
    regions = {"ap-northeast-1": SAFE, "ap-northeast-3": {**SAFE, **change}}
    assert ids(_account_defaults.breaches({"public_access": blocked, "regions": regions})) == expected


def test_every_public_bucket_is_blocked() -> None:
    found = {
        "public_access": {**dict.fromkeys(_account_defaults.BLOCKS, True), "IgnorePublicAcls": False},
        "regions": {},
    }
    (breach,) = _account_defaults.breaches(found)
    assert (breach.id, breach.params) == ("data_encryption.account_public_buckets", {"settings": "IgnorePublicAcls"})
