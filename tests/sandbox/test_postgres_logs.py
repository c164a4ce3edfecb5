"""What a server's log is read as: whole lines, once, across rotation."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.aws.extensions.rds.logs import entries
from sandbox.planes.engines.postgres import logs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_lines_are_read_once_and_whole(path: Path) -> None:
    append(path, "one\ntwo\nthr")
    text, position = logs.read(path, logs.START)
    assert text == "one\ntwo\n"
    append(path, "ee\n")
    text, position = logs.read(path, position)
    assert text == "three\n"
    assert logs.read(path, position) == ("", position)


def test_the_rest_of_a_log_that_was_set_aside_comes_first(path: Path) -> None:
    append(path, "one\n")
    _text, position = logs.read(path, logs.START)
    append(path, "two\n")
    path.rename(path.with_name(f"{path.name}.1"))
    append(path, "three\n")
    text, position = logs.read(path, position)
    assert text == "two\nthree\n"
    assert logs.read(path, position)[0] == ""


def test_a_log_that_was_emptied_is_read_from_its_beginning(path: Path) -> None:
    append(path, "one\ntwo\n")
    _text, position = logs.read(path, logs.START)
    path.write_text("new\n")
    assert logs.read(path, position)[0] == "new\n"


def test_of_too_much_the_end_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST", 10)
    append(path, "first line\nsecond\nthird\n")
    text, position = logs.read(path, logs.START)
    assert text == "third\n"
    assert logs.read(path, position)[0] == ""


def test_without_a_file_nothing_is_read(path: Path) -> None:
    assert logs.read(path, logs.START) == ("", logs.START)
    assert logs._end(path) == logs.START


def test_a_log_begins_where_a_former_server_left_it(path: Path) -> None:
    append(path, "of the former one\n")
    beginning = logs._end(path)
    append(path, "new\n")
    assert logs.read(path, beginning)[0] == "new\n"


def test_entries_have_their_time_and_all_their_lines() -> None:
    text = (
        "lost beginning\n"
        "2026-11-22 06:01:36 UTC:127.0.0.1(1):a@b:[2]:LOG:  statement: SELECT\n\t1\n"
        "2026-11-22 06:01:37 UTC:127.0.0.1(1):a@b:[2]:LOG:  done\n"
    )
    assert entries(text) == [
        (1795327296000, "2026-11-22 06:01:36 UTC:127.0.0.1(1):a@b:[2]:LOG:  statement: SELECT\n\t1"),
        (1795327297000, "2026-11-22 06:01:37 UTC:127.0.0.1(1):a@b:[2]:LOG:  done"),
    ]
    assert entries("no entry at all\n") == []
