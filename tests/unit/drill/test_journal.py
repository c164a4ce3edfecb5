"""The journal on disk: durable, readable after a kill, and never guessed at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import (
    FILE,
    Journal,
    JournalDamaged,
    read,
    unfinished,
)
from tests.unit.drill.simulation import Platform


def journal(directory: Path) -> Journal:
    return Journal(directory, Platform().clock)


def test_each_event_is_synced_before_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        fsync(descriptor)
        if (tmp_path / "a" / FILE).exists():
            synced.append((tmp_path / "a" / FILE).read_bytes())

    monkeypatch.setattr(os, "fsync", spy)
    journal(tmp_path / "a").write("began", step="x")
    assert b'"step": "x"' in synced[-1]


def test_a_line_cut_short_was_never_acted_upon(tmp_path: Path) -> None:
    directory = tmp_path / "a"
    journal(directory).write("opened")
    with (directory / FILE).open("ab") as file:
        file.write(b'{"event": "began", "st')
    assert [event["event"] for event in read(directory)] == ["opened"]
    journal(directory).write("rolling_back")
    assert [event["event"] for event in read(directory)] == ["opened", "rolling_back"]


@pytest.mark.parametrize("line", [b"{", b"[1, 2]", b"null"])
def test_a_damaged_line_is_not_guessed_at(tmp_path: Path, line: bytes) -> None:
    directory = tmp_path / "a"
    journal(directory).write("opened")
    with (directory / FILE).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(JournalDamaged, match="line 2"):
        read(directory)


def test_unfinished_are_those_that_were_opened_and_not_closed(tmp_path: Path) -> None:
    for name, events in {"a": ["opened", "closed"], "b": ["opened"], "c": [], "d": ["opened", "began"]}.items():
        each = journal(tmp_path / name)
        for event in events:
            each.write(event)
    (tmp_path / "stray").mkdir()
    assert [path.name for path in unfinished(tmp_path)] == ["b", "d"]
    assert unfinished(tmp_path / "none") == []
