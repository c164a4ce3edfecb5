"""Lines that a thread writes while others are made."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Timer

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.lines import AHEAD, Lines


def test_writes_in_order_what_is_put_while_it_writes(tmp_path: Path) -> None:
    go_on = Event()

    def first() -> bytes:
        assert go_on.wait(10)
        return b"first\n"

    with (tmp_path / "found").open("wb") as file, Lines(file) as lines:
        lines.put(first)
        lines.put(lambda: b"second\n")
        go_on.set()
    assert (tmp_path / "found").read_bytes() == b"first\nsecond\n"


def test_takes_back_what_was_put_since_a_mark_and_nothing_else(tmp_path: Path) -> None:
    with (tmp_path / "found").open("wb") as file, Lines(file) as lines:
        lines.put(lambda: b"kept\n")
        mark = lines.mark()
        lines.put(lambda: b"of a rule that then fails\n")
        lines.take_back(mark)
        lines.put(lambda: b"kept, too\n")
    assert (tmp_path / "found").read_bytes() == b"kept\nkept, too\n"


def test_waits_when_it_is_far_behind(tmp_path: Path) -> None:
    go_on = Event()

    def slow() -> bytes:
        assert go_on.wait(10)
        return b"."

    with (tmp_path / "found").open("wb") as file, Lines(file) as lines:
        for _line in range(AHEAD + 1):
            lines.put(slow)
        assert not go_on.is_set()
        Timer(0.2, go_on.set).start()
        lines.put(slow)
        assert go_on.is_set()


def test_raises_what_could_not_be_made(tmp_path: Path) -> None:
    def broken() -> bytes:
        raise KeyError("no such column")

    with (
        pytest.raises(KeyError, match="no such column"),
        (tmp_path / "found").open("wb") as file,
        Lines(file) as lines,
    ):
        lines.put(broken)


def test_an_error_of_the_caller_is_not_hidden_by_what_is_still_to_be_written(tmp_path: Path) -> None:
    def interrupted(lines: Lines) -> None:
        with lines:
            lines.put(broken)
            raise InterruptedError

    def broken() -> bytes:
        raise KeyError

    with (tmp_path / "found").open("wb") as file, pytest.raises(InterruptedError):
        interrupted(Lines(file))
