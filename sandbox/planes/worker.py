"""The thread of one plane: its jobs one after the other, and between them its engine's watch."""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable
from typing import Any

from sandbox.planes.engine import Engine, Plane, Refused
from sandbox.planes.host import Host
from sandbox.planes.registry import Registry

WATCH_SECONDS = 0.3

Job = Callable[[], None]


class Worker:
    """Runs until its plane is deleted."""

    def __init__(self, engine: Engine, plane: Plane, host: Host, registry: Registry) -> None:
        self.plane = plane
        self.engine = engine
        self._host = host
        self._registry = registry
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._watch_error = ""
        self._thread = threading.Thread(target=self._run, name=plane.name, daemon=True)

    def start(self, first: Job) -> None:
        self._registry.keep(self.plane)
        self._jobs.put(first)
        self._thread.start()

    def create(self) -> None:
        self.engine.create(self.plane, self.plane.spec)

    def resume(self) -> None:
        """Go on after a restart, according to what was interrupted."""
        if self.plane.state == "deleting":
            self._delete()
        elif self.plane.state == "creating":
            self.engine.delete(self.plane)
            self.plane.nodes, self.plane.data = [], {}
            self.engine.create(self.plane, self.plane.spec)
        else:
            self.plane.state = "modifying"
            self.engine.resume(self.plane)

    def act(self, action: str, params: dict[str, Any]) -> None:
        """Let a job do an action; KeyError for an unknown one."""
        method = self.engine.actions[action]
        self.plane.state = "modifying"
        self._jobs.put(lambda: method(self.plane, **params))

    def delete(self) -> None:
        """Let a job remove the plane, after what runs."""
        if self.plane.state != "deleting":
            self.plane.state = "deleting"
            self._jobs.put(self._delete)

    def join(self, seconds: float) -> None:
        """Wait until the plane is deleted, for a time."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while self._registry.plane(self.plane.kind, self.plane.key) is self.plane:
            try:
                job = self._jobs.get(timeout=WATCH_SECONDS)
            except queue.Empty:
                self._watch()
            else:
                self._do(job)

    def _do(self, job: Job) -> None:
        error = ""
        try:
            job()
        except Refused as refusal:
            print(f"{self.plane.name}: {refusal}", flush=True)
        except Exception as failure:
            traceback.print_exc()
            error = f"{type(failure).__name__}: {failure}"
        # A deletion that was asked for meanwhile is the next job; one that failed is there to be asked for again.
        if self.plane.state != "deleting" or error:
            self.plane.state, self.plane.error = ("failed" if error else "available"), error
        if self._registry.plane(self.plane.kind, self.plane.key) is self.plane:
            self._registry.keep(self.plane)

    def _delete(self) -> None:
        self.engine.delete(self.plane)
        self._host.forget(self.plane)
        self._registry.drop(self.plane)

    def _watch(self) -> None:
        if self.plane.state != "available":
            return
        before = self.plane.document()
        error = ""
        try:
            self.engine.watch(self.plane)
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
            if error != self._watch_error:
                traceback.print_exc()
        self._watch_error = error
        if self.plane.document() != before:
            self._registry.keep(self.plane)
