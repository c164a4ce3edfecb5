"""A store without a service, and options of the module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point, Unit

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
TAGS = {"Platform": "iworkz", "Environment": "staging"}


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.passed = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.passed, lambda: NOW + timedelta(seconds=self.passed), self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.passed += seconds


class Clients:
    """Of nobody."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.account = "123456789012"

    def caller(self) -> dict[str, str]:
        return {"account": self.account, "arn": "arn:aws:sts::123456789012:assumed-role/tests/x"}


@dataclass
class Shelf:
    """A store whose copies are in a dictionary.

    :param compares: what the comparison answers or raises.
    """

    copies: dict[str, str] = field(default_factory=dict)
    found: list[Point] = field(default_factory=lambda: [point()])
    compares: Callable[[], Comparison] = lambda: Comparison([Unit("app.t", 3, 3, compared=3)])
    broken: str = ""
    stuck: bool = False

    def points(self) -> list[Point]:
        return self.found

    def prepare(self, wanted: Point) -> Point:
        return wanted

    def restore(self, wanted: Point, copies: Copies) -> Any:
        copies.making("shelf")
        if self.broken:
            raise StepFailed(self.broken)
        self.copies[copies.name] = copies.id
        return self

    def compare(self) -> Comparison:
        return self.compares()

    def destroy(self, _context: Any, identifier: str, what: dict[str, Any]) -> None:
        if self.stuck:
            raise StepFailed("it is stuck")
        assert self.copies.pop(what["name"], identifier) == identifier


def point(**changes: Any) -> Point:
    given = {"store": "postgres", "kind": "snapshot", "source": "db", "id": "snap", "type": "manual", "at": NOW}
    return Point(**{**given, **changes})


def missing() -> Point:
    return point(id="-", problem=Breach("restore.no_point", {"store": "postgres", "source": "db", "kind": "snapshot"}))


def options(directory: Path, **changes: Any) -> dict[str, Any]:
    return {
        "stores": ["postgres"],
        "kinds": ["snapshot"],
        "point_in_time": None,
        "confirm": "staging",
        "due": False,
        "resume": False,
        "platform": {
            "name": "iworkz",
            "environment": "staging",
            "account_id": "123456789012",
            "tags": {**TAGS, "ManagedBy": "iworkz.platform"},
            "region": "ap-northeast-1",
            "recovery_region": "ap-northeast-3",
        },
        "freeze": {"timezone": "Asia/Tokyo", "windows": []},
        "drills_dir": str(directory),
        "revision": "tests",
        "fail_on": ["fail", "aborted", "refused"],
        "language": "en",
        "ca_bundle": None,
        "controllers": ["10.0.0.0/8"],
        "definitions_bucket": "",
        "broker_secret": "",
        "search_role": "",
        "limits": {
            "age_hours": {"postgres": 26, "redis": 26, "rabbitmq": 26, "s3": 1, "opensearch": 2},
            "restore_seconds": 60.0,
            "statement_seconds": 60.0,
            "objects": 10,
        },
        "shelf_life_hours": 192.0,
        **changes,
    }
