# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The writer's loop: an open schedule, so that a slow answer delays no canary's due time, and one writer in order.

Canary n is due n intervals after the start, whatever became of those before it. One that fails is written again until
it is acknowledged: what is counted as acknowledged is exactly what an application would believe to be stored.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.canary import Canary

RETRY_SECONDS = 0.01
"""The shortest pause between two attempts."""


class Tape(Protocol):
    def ack(self, seq: int, due: float, at: float) -> None: ...

    def failure(self, seq: int, at: float, error: str) -> None: ...


@dataclass(frozen=True)
class Schedule:
    start: float
    rate: float

    def due(self, seq: int) -> float:
        return self.start + seq / self.rate


def write_canaries(
    canary: Canary,
    rate: float,
    tape: Tape,
    stopped: Callable[[float], bool],
    clock: Callable[[], float],
) -> None:
    """Write canaries 0, 1, 2, .. until told to stop.

    :param stopped: waits so many seconds at most and tells whether to stop.
    """
    schedule = Schedule(clock(), rate)
    pause = max(1 / rate, RETRY_SECONDS)
    seq, connected = 0, False
    while not stopped(max(0.0, schedule.due(seq) - clock())):
        begun = clock()
        try:
            if not connected:
                canary.open()
                connected = True
            canary.write(seq)
        except Exception as error:  # whatever a store's library raises is what the application would have seen
            tape.failure(seq, begun, classified(error))
            connected = False
            with suppress(Exception):  # it is broken already
                canary.close()
            if stopped(max(0.0, begun + pause - clock())):
                break
            continue
        tape.ack(seq, schedule.due(seq), clock())
        seq += 1
    with suppress(Exception):
        canary.close()


def classified(error: BaseException) -> str:
    """A class of errors in one word: the error's type, with the store's own code where it has one."""
    code = getattr(error, "sqlstate", None)
    return f"{type(error).__name__}:{code}" if code else type(error).__name__
