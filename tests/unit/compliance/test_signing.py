from __future__ import annotations

import base64
import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from moto import mock_aws

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import artefact, signing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import Artefact, ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import (
    FileKey,
    KmsKey,
    SignatureError,
    Signer,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

KINDS: dict[str, Callable[[], Any]] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}
DATA = b"a manifest"


def key_file(directory: Path, kind: str = "ed25519", name: str = "key") -> Path:
    path = directory / f"{name}.pem"
    path.write_bytes(
        KINDS[kind]().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture
def key(tmp_path: Path) -> FileKey:
    return FileKey(key_file(tmp_path))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    directory = tmp_path / "pack"
    (directory / "rules").mkdir(parents=True)
    (directory / "pack.yml").write_text("id: jp\n")
    (directory / "rules" / "A.yml").write_text("id: A\n")
    (directory / "rules" / "日本.yml").write_text("id: 日本\n", encoding="utf-8")
    (directory / ".hidden").write_text("secret")
    (directory / "__pycache__").mkdir()
    (directory / "__pycache__" / "x.pyc").write_bytes(b"x")
    return directory


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_a_file_key_signs_and_its_public_key_verifies(tmp_path: Path, kind: str) -> None:
    signer = FileKey(key_file(tmp_path, kind))
    document = signing.sign(signer, DATA)
    pem = serialization.load_der_public_key(signer.public_key).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert signing.verify(document, DATA, [pem]) == signing.fingerprint(pem) == sha256(signer.public_key)
    with pytest.raises(SignatureError, match="not of this content"):
        signing.verify(document, DATA + b".", [pem])


@pytest.mark.parametrize("kind", ["p384", "rsa"])
def test_other_keys_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SignatureError, match=r"key\.pem: must be Ed25519, or ECDSA on P-256"):
        FileKey(key_file(tmp_path, kind))


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(SignatureError, match=r"key\.pem: is no private key"):
        FileKey(tmp_path / "key.pem")
    with pytest.raises(SignatureError, match="is no public key"):
        signing.fingerprint(b"no key")


def test_kms_signs_and_the_signature_verifies_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("kms", region_name="ap-northeast-1")
        made = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        client.create_alias(AliasName="alias/packs", TargetKeyId=made["KeyId"])
        signer = KmsKey(client, "alias/packs")
        document, public = signing.sign(signer, DATA), signer.public_key
        with pytest.raises(SignatureError, match="more than KMS signs"):
            signer.sign(bytes(4097))
    assert document["algorithm"] == "ECDSA_SHA_256"
    assert signing.verify(document, DATA, [public]) == document["key"]


class Swapped:
    """A signer whose key was replaced after its public key was read."""

    def __init__(self, before: Signer, after: Signer) -> None:
        self.public_key, self.sign = before.public_key, after.sign


def test_a_signature_that_does_not_verify_is_never_handed_out(key: FileKey, tmp_path: Path) -> None:
    other = FileKey(key_file(tmp_path, name="other"))
    with pytest.raises(SignatureError, match="not of this content"):
        signing.sign(Swapped(key, other), DATA)


def test_a_key_that_is_not_trusted_is_named(key: FileKey, tmp_path: Path) -> None:
    other = FileKey(key_file(tmp_path, name="other"))
    document = signing.sign(key, DATA)
    with pytest.raises(SignatureError, match=f"key {document['key'][:16]}, which is not trusted"):
        signing.verify(document, DATA, [other.public_key])
    with pytest.raises(SignatureError, match="trusted: none"):
        signing.verify(document, DATA, [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": "###"}, "needs algorithm, key and signature"),
        ({"signature": None}, "needs algorithm, key and signature"),
        ({"signature": base64.b64encode(bytes(64)).decode()}, "not of this content"),
        ({"algorithm": "ECDSA_SHA_256"}, "says ECDSA_SHA_256, which is not what key"),
        ({"algorithm": "none"}, "says none"),
    ],
)
def test_broken_signatures(key: FileKey, change: dict[str, Any], said: str) -> None:
    with pytest.raises(SignatureError, match=said):
        signing.verify({**signing.sign(key, DATA), **change}, DATA, [key.public_key])


def build(pack: Path, key: FileKey) -> Artefact:
    return artefact.build(pack, "jp", "2026.11.0", "c0ffee", key)


def store(made: Artefact, directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    for name, content in made.files.items():
        (directory / name).write_bytes(content)
    return directory


def test_a_pack_comes_out_as_it_went_in(pack: Path, key: FileKey, tmp_path: Path) -> None:
    directory = store(build(pack, key), tmp_path / "store")
    assert sorted(path.name for path in directory.iterdir()) == [
        "jp-2026.11.0.json",
        "jp-2026.11.0.sig",
        "jp-2026.11.0.tar.gz",
    ]
    found = artefact.read(directory, "jp-2026.11.0", [key.public_key])
    assert json.loads(found.manifest)["pack_hash"] == "c0ffee"
    artefact.unpack(found, tmp_path / "out")
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert names == ["pack.yml", "rules/A.yml", "rules/日本.yml"]
    assert all((tmp_path / "out" / name).read_bytes() == (pack / name).read_bytes() for name in names)


def test_the_same_pack_gives_the_same_bytes(pack: Path, key: FileKey) -> None:
    made = build(pack, key)
    for path in pack.rglob("*.yml"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    again = build(pack, key)
    assert (again.archive, again.manifest) == (made.archive, made.manifest)
    (pack / "rules" / "A.yml").write_text("id: B\n")
    assert build(pack, key).manifest != made.manifest


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        ("json", r"\.json: the signature is not of this content"),
        ("tar.gz", r"\.tar\.gz: is not the archive that was signed"),
    ],
)
def test_an_altered_byte_is_noticed(pack: Path, key: FileKey, tmp_path: Path, suffix: str, said: str) -> None:
    path = store(build(pack, key), tmp_path / "store") / f"jp-2026.11.0.{suffix}"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtefactError, match=said):
        artefact.read(path.parent, "jp-2026.11.0", [key.public_key])


def test_an_altered_signature_is_noticed(pack: Path, key: FileKey, tmp_path: Path) -> None:
    path = store(build(pack, key), tmp_path / "store") / "jp-2026.11.0.sig"
    document = json.loads(path.read_bytes())
    signature = bytearray(base64.b64decode(document["signature"]))
    signature[0] ^= 1
    path.write_text(json.dumps({**document, "signature": base64.b64encode(signature).decode()}))
    with pytest.raises(ArtefactError, match="not of this content"):
        artefact.read(path.parent, "jp-2026.11.0", [key.public_key])
    path.write_text("no JSON")
    with pytest.raises(ArtefactError, match=r"jp-2026\.11\.0\.json: Expecting value"):
        artefact.read(path.parent, "jp-2026.11.0", [key.public_key])


def test_a_good_artefact_under_another_name_is_refused(pack: Path, key: FileKey, tmp_path: Path) -> None:
    """Else an old version could be put in the place of a newer one."""
    directory = store(build(pack, key), tmp_path / "store")
    for path in list(directory.iterdir()):
        path.rename(directory / path.name.replace("2026.11.0", "2026.12.0"))
    with pytest.raises(ArtefactError, match=r"is the manifest of jp 2026\.11\.0"):
        artefact.read(directory, "jp-2026.12.0", [key.public_key])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"jp-1\.json: cannot be read: No such file"):
        artefact.read(tmp_path, "jp-1", [])


def test_a_link_in_a_pack_is_refused(pack: Path, key: FileKey) -> None:
    (pack / "rules" / "link.yml").symlink_to("/etc/hostname")
    with pytest.raises(ArtefactError, match=r"link\.yml: is a link"):
        build(pack, key)


def test_names_that_are_paths_are_refused(pack: Path, key: FileKey) -> None:
    with pytest.raises(ArtefactError, match="small letters, digits"):
        artefact.build(pack, "../jp", "1", "c0ffee", key)


def _member(name: str, **kind: Any) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    for attribute, value in kind.items():
        setattr(member, attribute, value)
    return member


@pytest.mark.parametrize(
    "member",
    [
        _member("../outside.yml"),
        _member("/outside.yml"),
        _member("rules/../../outside.yml"),
        _member("link.yml", type=tarfile.SYMTYPE, linkname="/etc/hostname"),
        _member("hard.yml", type=tarfile.LNKTYPE, linkname="pack.yml"),
        _member("device", type=tarfile.CHRTYPE),
        _member("directory", type=tarfile.DIRTYPE),
    ],
    ids=lambda member: member.name,
)
def test_nothing_is_written_outside_or_as_a_link(key: FileKey, tmp_path: Path, member: tarfile.TarInfo) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(_member("pack.yml"))
        archive.addfile(member)
    made = Artefact("jp", "1", buffer.getvalue(), b"", b"")
    (tmp_path / "into").mkdir()
    with pytest.raises(ArtefactError, match="is no plain file below the directory"):
        artefact.unpack(made, tmp_path / "into" / "out")
    assert list((tmp_path / "into").iterdir()) == []
    assert not (tmp_path / "outside.yml").exists()


@pytest.mark.parametrize("content", [b"no archive", gzip.compress(b"no archive")])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtefactError, match=r"jp-1\.tar\.gz: cannot be unpacked"):
        artefact.unpack(Artefact("jp", "1", content, b"", b""), tmp_path / "out")


def test_an_unpacked_pack_is_never_overwritten(pack: Path, key: FileKey) -> None:
    with pytest.raises(ArtefactError, match="is there already"):
        artefact.unpack(build(pack, key), pack)
    assert (pack / ".hidden").exists()


def test_an_artefact_of_a_newer_program_is_refused(key: FileKey, tmp_path: Path) -> None:
    manifest = canonical({"schema": 2})
    signature = canonical(signing.sign(key, manifest))
    directory = store(Artefact("jp", "1", b"", manifest, signature), tmp_path / "store")
    with pytest.raises(ArtefactError, match="has schema 2, this program reads 1"):
        artefact.read(directory, "jp-1", [key.public_key])
