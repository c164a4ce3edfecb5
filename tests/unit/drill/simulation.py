"""A platform that exists only in time: a clock that moves when it is slept on, writers, and actions that disturb them.

Canaries are acknowledged at their due times while the store is up; an outage holds them, as a pooler does, and they are
acknowledged when it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS, Action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, build
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Limits, Measuring, Site
from ansible_collections.iworkz.platform.plugins.module_utils._drill.tape import Follower, Recorder, read_tape

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RATE = 100.0
TARGETS = {
    "zone": {"rto_seconds": 120.0, "rpo_seconds": 0.0},
    "region": {"rto_seconds": 3600.0, "rpo_seconds": 300.0},
    "cache": {"rto_seconds": 60.0, "rpo_seconds": 5.0},
    "queue": {"rto_seconds": 120.0, "rpo_seconds": 0.0},
}
NAMES = {
    "environment": "sandbox",
    "prefix": "iworkz-sandbox",
    "region": "ap-northeast-1",
    "recovery_region": "ap-northeast-3",
    "database": "db",
    "recovery_database": "db-recovery",
    "cache": "redis",
    "broker": "mq",
    "domain": "sandbox.iworkz.internal",
    "canary_record": "postgres-canary.sandbox.iworkz.internal",
    "canary": "canary",
    "pooler": "127.0.0.4:6432",
}


class Killed(BaseException):
    """The drill's process ends here, without another instruction."""


def site(**changes: Any) -> Site:
    given: dict[str, Any] = {
        "environment": "sandbox",
        "account_id": "123456789012",
        "region": "ap-northeast-1",
        "recovery_region": "ap-northeast-3",
        "tags": {"Platform": "iworkz", "Environment": "sandbox"},
        "names": NAMES,
        "canary": "canary",
        "reach": {"ca_bundle": "", "pooler": {"host": "127.0.0.4", "port": 6432}},
        "limits": Limits(30, 30, 20, 600),
        "measuring": Measuring(RATE, 1.0, 1.0),
        "targets": TARGETS,
    }
    return Site(**{**given, **changes})


@dataclass
class Platform:
    """What the drill disturbs. ``loses`` canaries go with the outage, ``outage`` seconds long, when it is hit.

    A writer takes ``stopping`` seconds to end.
    """

    outage: float = 2.0
    stopping: float = 0.0
    loses: int = 0
    returns: bool = True
    now: float = 1000.0
    wall_jump: timedelta = timedelta(0)
    kill_when: Callable[[str], bool] = field(default=lambda _label: False)
    down_at: float | None = None
    places: dict[str, set[int]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    silenced: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    writers: list[Writer] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: START + timedelta(seconds=self.now) + self.wall_jump, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for writer in self.writers:
            writer.write_until(self.now)

    def hit(self) -> None:
        self.down_at = self.now
        for kept in self.places.values():
            for seq in sorted(kept)[len(kept) - self.loses :]:
                kept.discard(seq)

    def acknowledges(self, due: float) -> float | None:
        """When a canary that is due then is acknowledged, None when never."""
        if self.down_at is None or due < self.down_at:
            return due
        if not self.returns:
            return None
        return max(due, self.down_at + self.outage)

    def reach(self, label: str) -> None:
        """Called by everything that changes something: the place where the process may be killed."""
        self.calls.append(label)
        if label in self.failing:
            raise RuntimeError(f"{label} does not work")
        if self.kill_when(label):
            raise Killed(label)


@dataclass
class Place:
    """A canary's place in the store."""

    platform: Platform
    name: str

    def create(self) -> None:
        self.platform.reach("create")
        self.platform.places.setdefault(self.name, set())

    def kept(self) -> set[int]:
        self.platform.reach("count")
        return set(self.platform.places[self.name])

    def remove(self) -> None:
        self.platform.reach("remove")
        self.platform.places.pop(self.name, None)


@dataclass
class Writer:
    """Stands for a probe: its tape is real, its time is the platform's."""

    store: str
    place: Place
    rate: float
    path: Path
    begun: float = 0.0
    seq: int = 0
    recorder: Recorder | None = None

    def __post_init__(self) -> None:
        self.progress = Follower(self.path, 0.25)

    def start(self) -> None:
        self.begun, self.recorder = self.place.platform.now, Recorder(self.path)
        self.place.platform.writers.append(self)

    def stop(self) -> None:
        if self.recorder:
            self.recorder.close()
            self.recorder = None
            self.place.platform.writers.remove(self)
            self.place.platform.now += self.place.platform.stopping

    def write_until(self, now: float) -> None:
        while self.recorder and (due := self.begun + self.seq / self.rate) <= now:
            at = self.place.platform.acknowledges(due)
            if at is None or at > now:
                return
            self.place.platform.places[self.place.name].add(self.seq)
            self.recorder.ack(self.seq, due, at)
            self.seq += 1

    def tape(self) -> Any:
        return read_tape(self.path)


@dataclass
class Kit:
    platform: Platform

    def canary(self, _context: Context, store: str, identifier: str, _variant: Any) -> Any:
        return Place(self.platform, f"{store}.{identifier}")

    def probe(self, store: str, canary: Any, rate: float, directory: Path, identifier: str) -> Any:
        return Writer(store, canary, rate, directory / f"acks.{store}.{identifier}")


class Alarms:
    """The part of CloudWatch that drills use."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.calls: dict[str, int] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        assert service == "cloudwatch"
        self.region = region or "ap-northeast-1"
        return self

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_filters: Any) -> Iterator[dict[str, Any]]:
        names = {"ap-northeast-1": ["iworkz-sandbox-rds-db-cpu"]}.get(self.region, [])
        yield {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "ActionsEnabled": name not in self.platform.silenced,
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "db-replica-1"}],
                }
                for name in names
            ]
        }

    def disable_alarm_actions(self, AlarmNames: list[str]) -> None:
        self.platform.silenced |= set(AlarmNames)
        self.platform.reach("silence")

    def enable_alarm_actions(self, AlarmNames: list[str]) -> None:
        self.platform.reach("restore")
        self.platform.silenced -= set(AlarmNames)


@contextmanager
def actions_of(platform: Platform) -> Iterator[None]:
    """Replace the table of actions by ``hit``, ``hold``, ``let_go``, ``look`` and ``await_return``."""

    def hit(_context: Context) -> None:
        platform.reach("hit")
        platform.hit()

    def hold(_context: Context) -> None:
        platform.changed.add("held")
        platform.reach("hold")

    def let_go(context: Context) -> dict[str, Any]:
        platform.reach("let_go")
        platform.changed.discard("held")
        return {"noted": context.noted}

    def look(_context: Context) -> None:
        platform.reach("look")

    def await_return(context: Context) -> None:
        platform.reach("await_return")
        context.wait("the return", lambda: platform.down_at is not None and platform.now > platform.down_at + 0.5)

    before = dict(ACTIONS)
    ACTIONS.clear()
    for run in (hit, hold, let_go, look, await_return):
        note = (lambda _context: {"zone": "a"}) if run is let_go else None
        ACTIONS[run.__name__] = Action(run, Signature.of(run), ("x:Y",) if run in (hit, hold, let_go) else (), note)
    try:
        yield
    finally:
        ACTIONS.clear()
        ACTIONS.update(before)


def step(identifier: str, action: str, **more: Any) -> dict[str, Any]:
    text = {"en": f"{identifier}.", "ja": f"{identifier}。"}
    return {"id": identifier, "action": action, "what": text, "manual": text, "timeout_seconds": 60, **more}


def document(**changes: Any) -> dict[str, Any]:
    text = {"en": "Text.", "ja": "文。"}
    given: Mapping[str, Any] = {
        "name": "test",
        "title": text,
        "purpose": text,
        "hand_over": text,
        "targets": "zone",
        "probes": ["postgres"],
        "steady_state": [step("steady", "look")],
        "fault": [step("take_hold", "hold"), step("take_down", "hit", phase="detection")],
        "observe": [step("comes_back", "await_return", phase="promotion")],
        "return": [step("release", "let_go")],
        "cleanup": [step("tidy", "look")],
    }
    return {**given, **changes}


def scenario(**changes: Any) -> Scenario:
    return build(document(**changes))
