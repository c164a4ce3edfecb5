"""The commands beside ``run``: pack, snapshot and report, without Ansible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import artefact, pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command import main
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import FileKey
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from tests.compliance.operation.conftest import PREFIX, Engine
from tests.compliance.operation.test_reports import Make, make, rows  # noqa: F401
from tests.unit.compliance import packs as small
from tests.unit.compliance.test_packtests import documents

Said = pytest.CaptureFixture[str]


@pytest.fixture
def config(engine: Engine, tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    options = {"prefix": PREFIX, "read_primary": True, "as_of": "2026-11-20", "aws": engine.account.connection}
    path.write_text(json.dumps(options))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return small.write(tmp_path / "mine", documents())


@pytest.fixture
def signed(root: Path, tmp_path: Path) -> tuple[Path, Path]:
    """An artefact, and the public key it is signed with."""
    private = ed25519.Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.PEM
    (tmp_path / "private.pem").write_bytes(
        private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    key = tmp_path / "public.pem"
    key.write_bytes(private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo))
    found = pack.load(root)
    made = artefact.build(root, found.id, found.version, found.hash, FileKey(tmp_path / "private.pem"))
    for name, content in made.files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path / f"{made.stem}.tar.gz", key


def said(capsys: Said) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_pack_is_named_and_tested(root: Path, capsys: Said) -> None:
    assert main(["pack", str(root), "--test"]) == 0
    answer = said(capsys)
    assert answer["hash"] == pack.load(root).hash
    assert (answer["tests"]["passed"], answer["tests"]["failed"]) == (9, 0)
    assert main(["pack", str(root), "--hash", answer["hash"]]) == 0


def test_a_pack_whose_tests_fail_is_not_well(tmp_path: Path, capsys: Said) -> None:
    root = small.write(tmp_path / "untested", documents(without="before the regime"))
    assert main(["pack", str(root), "--test"]) == 1
    assert "before 2019-04-01" in capsys.readouterr().err


def test_a_pack_that_is_another_is_refused(root: Path, capsys: Said) -> None:
    assert main(["pack", str(root), "--hash", "0" * 64]) == 2
    assert f"wanted is {'0' * 64}" in capsys.readouterr().err
    assert main(["pack", str(root / "none")]) == 2


def test_an_artefact_is_verified(signed: tuple[Path, Path], root: Path, capsys: Said) -> None:
    path, key = signed
    assert main(["pack", str(path), "--key", str(key)]) == 0
    assert said(capsys)["hash"] == pack.load(root).hash
    assert main(["pack", str(path)]) == 2
    path.write_bytes(path.read_bytes() + b"x")
    assert main(["pack", str(path), "--key", str(key)]) == 2
    assert "its hash differs" in capsys.readouterr().err


def test_an_artefact_of_another_key_is_refused(signed: tuple[Path, Path], tmp_path: Path) -> None:
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    key = tmp_path / "other.pem"
    key.write_bytes(other.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    assert main(["pack", str(signed[0]), "--key", str(key)]) == 2


def test_a_snapshot_of_the_database(config: Path, tmp_path: Path, capsys: Said) -> None:
    out = tmp_path / "taken"
    assert main(["snapshot", str(out), "--config", str(config)]) == 0
    answer = said(capsys)
    assert (answer["snapshot"], answer["rows"]["months"]) == (Snapshot(out).id, 4)
    assert main(["snapshot", str(out), "--config", str(config)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_snapshot_of_files(root: Path, tmp_path: Path, capsys: Said) -> None:
    files, out = tmp_path / "files", tmp_path / "taken"
    files.mkdir()
    (files / "employers.csv").write_text("employer_id,size_class\nE1,large\n")
    given = ["snapshot", str(out), "--pack", str(root), "--files", str(files)]
    assert main(given) == 0
    assert said(capsys)["rows"]["employers"] == 1
    (files / "employers.csv").write_text("employer,size_class\nE1,large\n")
    assert main([*given[:1], str(tmp_path / "other"), *given[2:]]) == 2
    assert main(["snapshot", str(tmp_path / "other"), "--pack", str(root)]) == 2


def test_reports(engine: Engine, make: Make, config: Path, capsys: Said) -> None:  # noqa: F811
    assert main(["report", "--config", str(config), "--check"]) == 0
    assert said(capsys)["built"] == 1
    assert rows(engine) == []
    assert main(["report", "--config", str(config)]) == 0
    assert said(capsys)["states"] == {"built": 1}
    assert main(["report", "--config", str(config)]) == 0
    answer = said(capsys)
    assert (answer["changed"], answer["built"]) == (False, 0)


def test_reports_that_cannot_be_made(engine: Engine, make: Make, config: Path, capsys: Said) -> None:  # noqa: F811
    assert main(["report", "--config", str(config), "--report", "none"]) == 2
    assert "no such report: none" in capsys.readouterr().err
    config.write_text(json.dumps({**json.loads(config.read_text()), "read_primary": False}))
    assert main(["report", "--config", str(config)]) == 4
