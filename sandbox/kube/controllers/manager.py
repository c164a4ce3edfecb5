"""Runs the controllers: after bursts of changes, and when time has come."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Iterable

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.errors import ApiError

log = logging.getLogger(__name__)

SLICE = 0.02
"""Seconds that controllers may keep the event loop for."""
LEAST = 0.001
"""Seconds after which a key may be due again: less could be lost in the clock's rounding."""

Work = tuple[int, Key]
"""(index of the controller, what it is to reconcile)."""


class Manager:
    """One queue for all controllers, in which a key waits once however often it changes meanwhile."""

    def __init__(self, world: World, controllers: Iterable[Controller]) -> None:
        self.world = world
        self.controllers = tuple(controllers)
        self._watchers: dict[str, list[int]] = {}
        for index, each in enumerate(self.controllers):
            for resource in {each.resource, *each.watches}:
                self._watchers.setdefault(resource, []).append(index)
        self._queue: dict[Work, None] = {}
        self._timers: list[tuple[float, int, Work]] = []
        self._due: dict[Work, float] = {}
        self._count = itertools.count()
        self._changed = asyncio.Event()
        for resource in {each.name for each in world.registry}:
            for obj in world.all(resource):
                self._notice(resource, "ADDED", obj)
        self.close = world.store.subscribe(self._notice)

    async def run(self) -> None:
        """Keep reconciling until cancelled."""
        while True:
            until = time.monotonic() + SLICE
            while self.step() and time.monotonic() < until:
                pass
            if self._queue:
                await asyncio.sleep(0)
                continue
            self._changed.clear()
            wait = self.wait()
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                continue

    def settle(self) -> float | None:
        """Reconcile all that is due now; `wait()` of then."""
        while self.step():
            pass
        return self.wait()

    def wait(self) -> float | None:
        """Seconds until something is due by itself, None for never."""
        while self._timers and self._due.get(self._timers[0][2]) != self._timers[0][0]:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - self.world.now) if self._timers else None

    def step(self) -> bool:
        """Reconcile one key, if one is due; whether there was one."""
        while self.wait() == 0:
            _, _, work = heapq.heappop(self._timers)
            del self._due[work]
            self._queue[work] = None
        if not self._queue:
            return False
        work = next(iter(self._queue))
        del self._queue[work]
        controller, key = self.controllers[work[0]], work[1]
        try:
            again = controller.reconcile(key)
        except ApiError as error:  # a namesake that is still being deleted, a namespace that is about to go
            log.info("%s will try %s again: %s", type(controller).__name__, "/".join(key), error.message)
            again = self.world.timing.retry
        except Exception:
            log.exception("%s failed at %s", type(controller).__name__, "/".join(key))
            again = self.world.timing.retry
        self._due.pop(work, None)
        if again is not None:
            self._due[work] = self.world.now + max(again, LEAST)
            heapq.heappush(self._timers, (self._due[work], next(self._count), work))
        return True

    def _notice(self, resource: str, kind: str, obj: Object) -> None:
        operators = self.world.notice(resource, kind, obj)
        for index in (*self._watchers.get(resource, ()), *self._watchers.get("*", ())):
            controller = self.controllers[index]
            try:
                for key in controller.keys(resource, kind, obj):
                    self._queue[index, key] = None
            except Exception:  # a fault of a controller is not the writer's
                log.exception("%s failed at a change of %s", type(controller).__name__, resource)
        if operators:
            for index, controller in enumerate(self.controllers):
                if operators.intersection(controller.waits_for):
                    for key in controller.everything():
                        self._queue[index, key] = None
        self._changed.set()
