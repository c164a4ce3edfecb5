"""Generated runbooks of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import runbooks

FILES = {"database_az.en.md": b"# One\n", "index.en.md": b"# All\n"}


def test_check_names_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "gone.en.md").write_text("old")
    assert runbooks.update(tmp_path, FILES, check=True) == ["database_az.en.md", "gone.en.md", "index.en.md"]
    assert [path.name for path in tmp_path.iterdir()] == ["gone.en.md"]


def test_runbooks_are_written_once_and_stale_ones_removed(tmp_path: Path) -> None:
    (tmp_path / "gone.en.md").write_text("old")
    assert len(runbooks.update(tmp_path, FILES, check=False)) == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == FILES
    assert runbooks.update(tmp_path, FILES, check=True) == []


@pytest.mark.parametrize(("arguments", "code"), [(["--check"], 1), ([], 0)])
def test_the_exit_code_tells_of_stale_runbooks_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    monkeypatch.setattr(runbooks, "DIRECTORY", tmp_path)
    monkeypatch.setattr("sys.argv", ["runbooks", *arguments])
    assert runbooks.main() == code
    assert "docs/runbooks/database_az.ja.md" in capsys.readouterr().out
    assert runbooks.main() == code


def test_names_of_an_environment_stand_between_angle_brackets() -> None:
    files = runbooks.generated()
    assert {name.rsplit(".", 1)[1] for name in files} == {"md"}
    text = files["database_az.en.md"].decode()
    assert "--db-instance-identifier <database>" in text
    assert "-i inventories/<environment> " in text
    assert "\\<database>" in text
