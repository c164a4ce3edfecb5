# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting: how long, how often, and through which errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import Adapter, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

FIRST_PAUSE = 0.2
REREADS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """How to apply: all durations in seconds; clock and sleep are injected by tests."""

    check_mode: bool = False
    purge: bool = False
    allow_replace: bool = False
    wait: bool = True
    wait_timeout: int | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def reread(
    read: Callable[[], T], vanished: Callable[[Exception], bool], sleep: Callable[[float], None] = time.sleep
) -> T:
    """What ``read`` returns; again, up to ``REREADS`` times, when something was deleted while it read.

    Services list what there is and describe it by further calls: one that ends in between is no error.
    """
    for again in range(REREADS):
        try:
            return read()
        except Exception as error:
            if not vanished(error):
                raise
        sleep(FIRST_PAUSE * 2**again)
    return read()


def look(
    adapter: Adapter, keys: Collection[str] | None, sleep: Callable[[float], None] = time.sleep
) -> dict[str, State]:
    """What there is of an adapter's resources: of these keys, or of everything when ``keys`` is None."""
    return reread(lambda: adapter.read(keys), adapter.vanished, sleep)


def poll(adapter: Adapter, keys: set[str], done: Callable[[dict[str, State]], bool], options: Options) -> None:
    """Look at once, then at growing intervals, until ``done`` of the states of ``keys`` or the timeout.

    Errors that the adapter calls transient are waited through; the last one is named when time runs out.
    """
    timeout = options.wait_timeout or adapter.timeout
    deadline = options.clock() + timeout
    pause = FIRST_PAUSE
    error: Exception | None = None
    while True:
        try:
            if done(look(adapter, set(keys), options.sleep)):
                return
            error = None
        except ReconcileError:
            raise
        except Exception as caught:
            if not adapter.transient(caught):
                raise
            error = caught
        if options.clock() + pause > deadline:
            last = f"; last error: {describe(error)}" if error else ""
            raise ReconcileError(f"not ready after {timeout} s{last}")
        options.sleep(pause)
        pause = min(pause * 2, adapter.poll_seconds)


def describe(error: BaseException) -> str:
    """An error's text, with its type where the text alone would not say what it is."""
    return str(error) if isinstance(error, ReconcileError) else f"{type(error).__name__}: {error}"
