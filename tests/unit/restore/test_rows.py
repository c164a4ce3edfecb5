"""What is told apart without a server: transactions, markers, keys, objects, and what may be destroyed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Journal, read
from ansible_collections.iworkz.platform.plugins.module_utils._restore import markers, postgres_rows, s3
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, check_own, destroy
from ansible_collections.iworkz.platform.plugins.module_utils._restore.markers import Marker
from ansible_collections.iworkz.platform.plugins.module_utils._restore.options import site_of
from ansible_collections.iworkz.platform.plugins.module_utils._restore.postgres_rows import Horizon
from ansible_collections.iworkz.platform.plugins.module_utils._restore.redis_keys import Pair
from tests.unit.restore.fakes import NOW, Time, options

EPOCH = 2**32


@pytest.mark.parametrize(
    ("horizon", "xmin", "due"),
    [
        (1000, 999, True),
        (1000, 1000, False),
        (1000, 1, True),
        (EPOCH + 5, 4, True),
        (EPOCH + 5, 5, False),
        (EPOCH + 5, EPOCH - 1, True),
        (3 * EPOCH + 1000, 998, True),
    ],
)
def test_whether_a_row_is_older_than_the_horizon(horizon: int, xmin: int, due: bool) -> None:
    found = Horizon(horizon, certain=True)
    assert found.due(xmin) is due
    if due and xmin > 2:
        assert found.full(xmin) % EPOCH == xmin
        assert 0 < horizon - found.full(xmin) < EPOCH


def test_rows_are_paired_by_their_keys() -> None:
    left = [(1, 10, 0), (2, 20, 0), (2, 21, 0), (4, 40, 0)]
    right = [(2, 20, 0), (3, 30, 0), (4, 41, 0)]
    assert list(postgres_rows._paired(iter(left), iter(right))) == [
        (1, [(1, 10, 0)], []),
        (2, [(2, 20, 0), (2, 21, 0)], [(2, 20, 0)]),
        (3, [], [(3, 30, 0)]),
        (4, [(4, 40, 0)], [(4, 41, 0)]),
    ]


def test_markers_around_a_moment() -> None:
    def at(seconds: float) -> Marker:
        return Marker(NOW + timedelta(seconds=seconds), 1, 1)

    known = [at(-60), at(-5), at(0.5), at(30)]
    assert markers.before(known, NOW) == at(-5)
    assert markers.after(known, NOW) == at(30)
    assert markers.before(known, NOW - timedelta(hours=1)) is None


def test_only_markers_of_the_same_database_count() -> None:
    marker = Marker(NOW, 7, 7).document()
    results: list[dict[str, Any]] = [
        {"store": "postgres", "source": "db", "marker": marker},
        {"store": "postgres", "source": "other", "marker": marker},
        {"store": "postgres", "source": "db", "marker": None},
        {"store": "redis", "source": "db"},
    ]
    assert markers.recorded(results, "db", NOW - timedelta(days=1)) == [Marker(NOW, 7, 7)]
    assert markers.recorded(results, "db", NOW + timedelta(days=1)) == []


class Keys:
    """A Redis of strings and sets. The idle time of a key is in ``idle``."""

    def __init__(self, values: dict[bytes, Any], idle: dict[bytes, int] | None = None) -> None:
        self.values = values
        self.idle = idle or {}
        self.commands: list[tuple[str, bytes]] = []

    def scan_iter(self, match: str, count: int) -> Any:
        assert (match, count > 0) == ("a:*", True)
        return iter(list(self.values))

    def sscan_iter(self, key: bytes) -> Any:
        return iter(self.values[key])

    def type(self, key: bytes) -> bytes:
        return b"set" if isinstance(self.values[key], list) else b"string"

    def pipeline(self, transaction: bool) -> Keys:
        self.commands = []
        return self

    def execute_command(self, command: str, key: bytes) -> None:
        self.commands.append((command, key))

    def execute(self, raise_on_error: bool) -> list[Any]:
        answers = {
            "DUMP": lambda key: repr(self.values[key]) if key in self.values else None,
            "EXISTS": lambda key: int(key in self.values),
            "OBJECT IDLETIME": lambda key: self.idle.get(key, ValueError("LFU")),
        }
        return [answers[command](key) for command, key in self.commands]


def test_idle_keys_must_be_the_same() -> None:
    source = Keys(
        {b"same": 1, b"set": [b"1", b"2"], b"changed": 2, b"damaged": 3, b"lost": 4, b"new": 5, b"lfu": 6},
        {b"changed": 3, b"damaged": 500, b"lost": 106, b"new": 100},
    )
    copy = Keys({b"same": 1, b"set": [b"2", b"1"], b"changed": 9, b"damaged": 9, b"gone": 7})
    unit = Pair(source, copy, "a:*", lambda: 100.0).compare()
    assert vars(unit) == {"name": "a:*", "source": 7, "copy": 5, "compared": 2, "differences": 2, "moved": 4}


def test_objects_are_paired_in_the_order_of_their_bytes() -> None:
    def versions(*keys: str) -> Any:
        return iter([s3.Version(key, "1", 0, datetime(2026, 1, 1, tzinfo=UTC)) for key in keys])

    found = [
        (ours and ours.key, theirs and theirs.key)
        for ours, theirs in s3._paired(versions("a", "b", "é"), versions("b", "z", "é"))
    ]
    assert found == [("a", None), ("b", "b"), (None, "z"), ("é", "é")]


@pytest.mark.parametrize("tags", [{}, {"RestoreTest": "another"}])
def test_what_another_made_is_left_alone(tags: dict[str, str]) -> None:
    with pytest.raises(Exception, match="left alone"):
        check_own("DB instance x", tags, "mine")
    check_own("DB instance x", {"RestoreTest": "mine"}, "mine")


def test_nothing_is_destroyed_by_a_name_that_is_no_copys(tmp_path: Path) -> None:
    clock = Time().clock
    context = Context(None, site_of(options(tmp_path)), clock)
    journal = Journal(tmp_path, clock)
    copies = Copies(context, journal, "0a1b2c3d")
    copies.making("thing", name="iworkz-staging-postgres")
    copies.making("thing")
    gone: list[str] = []
    table = {"thing": lambda _context, _id, what: gone.append(what["name"])}
    left = destroy(context, journal, copies.id, read(tmp_path), table)
    assert gone == ["iworkz-staging-restore-test-0a1b2c3d"]
    assert [breach.params["name"] for breach in left] == ["iworkz-staging-postgres"]
    destroy(context, journal, copies.id, read(tmp_path), table)
    assert len(gone) == 1
