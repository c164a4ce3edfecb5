"""A manifest is used only when it is what was declared."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader

from ansible_collections.iworkz.platform.plugins.lookup import pinned

TEXT = "kind: Namespace\nmetadata: {name: 流}\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
URL = "https://example.com/install.yaml"


def look(place: str, sha256: str = DIGEST) -> list[str]:
    plugin = lookup_loader.get("iworkz.platform.pinned", loader=DataLoader())
    found: list[str] = plugin.run([place], variables={}, sha256=sha256)
    return found


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "install.yaml"
    path.write_text(TEXT)
    return path


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[str]:
    asked: list[str] = []

    def open_url(url: str, **options: Any) -> io.BytesIO:
        assert options["follow_redirects"] == "safe"
        asked.append(url)
        return io.BytesIO(content)

    monkeypatch.setattr(pinned, "open_url", open_url)
    return asked


def test_a_file_with_the_declared_hash_is_read(manifest: Path) -> None:
    assert look(str(manifest)) == [TEXT]


def test_the_hash_may_be_written_in_capitals(manifest: Path) -> None:
    assert look(str(manifest), DIGEST.upper()) == [TEXT]


def test_a_file_of_which_one_byte_differs_is_refused(manifest: Path) -> None:
    manifest.write_text(TEXT + "\n")
    with pytest.raises(AnsibleLookupError, match=f"is not what was declared.*not {DIGEST}"):
        look(str(manifest))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnsibleLookupError, match=r"gone\.yaml is not there"):
        look(str(tmp_path / "gone.yaml"))


def test_a_url_with_the_declared_hash_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, TEXT.encode())
    assert look(URL) == [TEXT]
    assert asked == [URL]


def test_a_url_that_answers_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, b"<html>Sign in</html>")
    with pytest.raises(AnsibleLookupError, match="is not what was declared"):
        look(URL)


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "MOST_BYTES", 8)
    serve(monkeypatch, TEXT.encode())
    with pytest.raises(AnsibleLookupError, match="larger than 8 bytes"):
        look(URL)


def test_a_url_that_cannot_be_reached_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, **_options: Any) -> None:
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(pinned, "open_url", refuse)
    with pytest.raises(AnsibleLookupError, match="cannot be read: refused"):
        look(URL)


@pytest.mark.parametrize("place", ["http://example.com/install.yaml", "ftp://example.com/x", "file:///etc/passwd"])
def test_only_https_is_asked(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    asked = serve(monkeypatch, TEXT.encode())
    with pytest.raises(AnsibleLookupError, match="is not an https:// URL"):
        look(place)
    assert asked == []


@pytest.mark.parametrize("sha256", ["", "abc", "z" * 64, DIGEST[:-1]])
def test_a_hash_that_is_none_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch, sha256: str) -> None:
    asked = serve(monkeypatch, TEXT.encode())
    with pytest.raises(AnsibleLookupError, match="64 hexadecimal digits"):
        look(URL, sha256)
    assert asked == []
