from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.unit.evidence.support import ATTESTED, Signer
from tools import attest


@pytest.fixture
def unsigned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An attestation of this year by somebody whose key was just made and is trusted."""
    assert attest.main(["keygen", "--id", "k1", "--person", "山田 花子", "--private", str(tmp_path / "k.pem")]) == 0
    (tmp_path / "trusted_keys.yml").write_text(capsys.readouterr().out)
    document = Signer(tmp_path.parent, person="山田 花子").document(
        date=datetime.now(UTC).date().isoformat(), expires="2999-12-31"
    )
    path = tmp_path / "a.yml"
    path.write_text("# why we sign\n" + yaml.safe_dump(document, allow_unicode=True))
    return path


def sign(path: Path) -> int:
    return attest.main(["sign", str(path), "--private", str(path.parent / "k.pem")])


def check(path: Path) -> int:
    return attest.main(["check", str(path.parent), "--environment", "production"])


def test_keygen_keeps_the_private_key_private(unsigned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private = unsigned.parent / "k.pem"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    before = private.read_bytes()
    assert attest.main(["keygen", "--id", "k1", "--person", "x", "--private", str(private)]) == 1
    assert "exists" in capsys.readouterr().err
    assert private.read_bytes() == before


def test_sign_and_check(unsigned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(unsigned) == 1
    assert "signature" in capsys.readouterr().err
    for _again in range(2):
        assert sign(unsigned) == 0
        assert check(unsigned) == 0
    assert f"{ATTESTED.id}: attestation, 山田 花子, 2999-12-31 (a.yml)" in capsys.readouterr().out
    text = unsigned.read_text()
    assert text.startswith("# why we sign\n")
    assert text.count("signature:") == 1


def test_a_changed_file_is_told_in_japanese(unsigned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign(unsigned)
    unsigned.write_text(unsigned.read_text().replace("Filed.", "Granted."))
    assert attest.main(["--language", "ja", "check", str(unsigned.parent), "--environment", "production"]) == 1
    assert "署名" in capsys.readouterr().err


def test_a_key_with_a_passphrase(unsigned: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    private = unsigned.parent / "p.pem"
    answers = iter(["open sesame", "open sesame", "wrong"])
    monkeypatch.setattr(attest.getpass, "getpass", lambda _prompt: next(answers))
    keygen = ["keygen", "--id", "k1", "--person", "山田 花子", "--private", str(private), "--passphrase"]
    assert attest.main(keygen) == 0
    (unsigned.parent / "trusted_keys.yml").write_text(capsys.readouterr().out)
    assert b"ENCRYPTED" in private.read_bytes()
    assert attest.main(["sign", str(unsigned), "--private", str(private)]) == 0
    assert check(unsigned) == 0
    assert attest.main(["sign", str(unsigned), "--private", str(private)]) == 1


def test_what_cannot_be_signed(unsigned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unsigned.write_text("item: 5")
    assert sign(unsigned) == 1
    assert "item must be a text" in capsys.readouterr().err
    assert attest.main(["sign", str(unsigned), "--private", "none.pem"]) == 1
