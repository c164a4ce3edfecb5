"""An in-memory service and its adapter: enough to drive the engine through every path."""

from __future__ import annotations

import copy
import threading
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState


class FakeService:
    """Holds resources, records mutating calls, and fails or delays where told."""

    def __init__(self, resources: dict[str, dict[str, Any]] | None = None) -> None:
        self.resources = copy.deepcopy(resources or {})
        self.mutations: list[tuple[str, str]] = []
        self.errors: dict[str, Exception] = {}
        self.read_errors: list[Exception] = []
        self.slow_reads = 0
        self.stale_reads = 0
        self.before: dict[str, dict[str, Any]] = copy.deepcopy(self.resources)
        self.deaf: set[str] = set()
        self.lock = threading.Lock()

    def mutate(self, action: str, key: str) -> None:
        with self.lock:
            self.mutations.append((action, key))
        if key in self.errors:
            raise self.errors[key]


class Interrupted(Exception):
    """A passing error, such as an expired session token."""


class Vanished(Exception):
    """What was listed is gone when it is described."""


class FakeAdapter:
    kind = "thing"
    option = "things"
    depends_on: tuple[str, ...] = ()
    immutable = frozenset({"shape"})
    equal: ClassVar[dict[str, Any]] = {}
    timeout = 60
    poll_seconds = 5.0

    def __init__(self, service: FakeService, kind: str = "thing", depends_on: tuple[str, ...] = ()) -> None:
        self.service, self.kind, self.option, self.depends_on = service, kind, f"{kind}s", depends_on
        self.forgotten = 0

    def key_of(self, item: dict[str, Any]) -> str | None:
        return item.get("name")

    def validate(self, item: dict[str, Any]) -> list[str]:
        return ["size must be positive"] if item.get("size", 1) < 1 else []

    def prepare(self, item: dict[str, Any], strict: bool) -> dict[str, Any]:
        return dict(item)

    def read(self, keys: Any) -> dict[str, dict[str, Any]]:
        if self.service.read_errors and self.service.mutations:
            raise self.service.read_errors.pop(0)
        found = {k: copy.deepcopy(v) for k, v in self.service.resources.items() if keys is None or k in keys}
        if self.service.stale_reads and self.service.mutations:
            self.service.stale_reads -= 1
            return copy.deepcopy(self.service.before)
        if self.service.slow_reads and self.service.mutations:
            self.service.slow_reads -= 1
            found = {k: {**v, "_status": "creating"} for k, v in found.items()}
        return found

    def owns(self, state: dict[str, Any]) -> bool:
        return bool(state.get("ours"))

    def create(self, key: str, desired: dict[str, Any]) -> None:
        self.service.mutate("create", key)
        self.service.resources[key] = dict(desired)

    def update(self, key: str, desired: dict[str, Any], current: dict[str, Any], fields: tuple[str, ...]) -> None:
        self.service.mutate("update", key)
        if key not in self.service.deaf:
            self.service.resources[key].update({name: desired[name] for name in fields})

    def delete(self, key: str, current: dict[str, Any]) -> None:
        self.service.mutate("delete", key)
        del self.service.resources[key]

    def ready(self, state: dict[str, Any]) -> bool:
        if state.get("_status") == "failed" or state.get("size") == 13:
            raise TerminalState("is failed")
        return state.get("_status") != "creating"

    def transient(self, error: Exception) -> bool:
        return isinstance(error, Interrupted)

    def vanished(self, error: Exception) -> bool:
        return isinstance(error, Vanished)

    def forget(self) -> None:
        self.forgotten += 1


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


__all__ = ["Clock", "FakeAdapter", "FakeService", "Interrupted", "ReconcileError", "Vanished"]
