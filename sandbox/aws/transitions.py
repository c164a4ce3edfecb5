"""Resources that take a moment: creating -> available, modifying -> available, deleting -> gone.

A transition is a list of states shown for a set time each, as a function of the clock, so it goes on across a
restart; the last one may also wait for something, such as a real server. `seconds` maps a kind ("rds.instance"), a
service ("rds") or "default" to the time each state lasts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_SECONDS = 0.5

Key = tuple[str, str, str, str]
"""(account, region, kind, key of the resource)."""


@dataclass
class Transition:
    states: tuple[str, ...]
    begun: float
    """Unix time."""
    seconds: float
    """How long each state lasts."""
    then: Callable[[], Any] | None
    until: Callable[[], bool] | None = None
    """The last state lasts until this is true."""

    @property
    def ends(self) -> float:
        return self.begun + self.seconds * len(self.states)


class Transitions:
    def __init__(self, seconds: dict[str, float] | None = None, clock: Callable[[], float] = time.time) -> None:
        self.seconds = {"default": DEFAULT_SECONDS, **(seconds or {})}
        self.running: dict[Key, Transition] = {}
        self._clock = clock

    def begin(
        self,
        key: Key,
        states: Sequence[str],
        then: Callable[[], Any] | None = None,
        until: Callable[[], bool] | None = None,
    ) -> None:
        """Start a transition; one that is running for the same resource is finished first."""
        self._finish(key)
        seconds = self._seconds(key[2])
        self.running[key] = Transition(tuple(states), self._clock(), seconds, then, until)
        if seconds <= 0 and until is None:
            self._finish(key)

    def current(self, key: Key) -> str | None:
        """The state to show, None when the resource has settled."""
        transition = self.running.get(key)
        if transition is None:
            return None
        last = len(transition.states) - 1
        index = int((self._clock() - transition.begun) / transition.seconds) if transition.seconds > 0 else last
        # Until settle() has run `then`, the last state shows: nothing may look settled before it is.
        return transition.states[min(index, last)]

    def settle(self) -> None:
        """Finish what is due. Called before every request, so `then` has run when the end can be seen."""
        now = self._clock()
        due = [(key, transition) for key, transition in self.running.items() if transition.ends <= now]
        for key, transition in due:
            if transition.until is None or transition.until():
                self._finish(key)

    def _finish(self, key: Key) -> None:
        transition = self.running.pop(key, None)
        if transition and transition.then:
            transition.then()

    def _seconds(self, kind: str) -> float:
        for name in (kind, kind.partition(".")[0]):
            if name in self.seconds:
                return self.seconds[name]
        return self.seconds["default"]
