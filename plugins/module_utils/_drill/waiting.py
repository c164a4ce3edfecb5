# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for what AWS does, through what may happen on the way there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import is_expired
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock

with suppress(ImportError):  # the module's action says so
    from botocore.exceptions import ConnectionError as BotoConnectionError
    from botocore.exceptions import HTTPClientError

T = TypeVar("T")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0
PAUSE_GROWTH = 1.2


class StepFailed(Exception):
    """A step did not do what it is for; the text says why."""


class TimedOut(StepFailed):
    """It did not come about in time."""


def passing(error: Exception) -> bool:
    """Whether an error is of the way to AWS, not of what was asked."""
    return isinstance(error, (BotoConnectionError, HTTPClientError))


def wait(
    clients: Any,
    clock: Clock,
    what: str,
    done: Callable[[], T | None],
    seconds: float,
    *,
    transient: Callable[[Exception], bool] | None = None,
    watch: Callable[[], None] = lambda: None,
    longest_pause: float = LONGEST_PAUSE,
) -> T:
    """Look at once, then at growing intervals, until ``done`` returns something true; return that.

    Errors of the way to AWS, expired credentials, and those that ``transient`` knows are waited through; ``watch`` is
    called before each look.

    :param clients: an ``_aws.session.Clients``.
    :raises TimedOut: naming what was waited for and the last error.
    """
    deadline = clock.monotonic() + seconds
    pause = FIRST_PAUSE
    last: Exception | None = None
    while True:
        watch()
        try:
            found = done()
            if found:
                return found
            last = None
        except Exception as error:
            if is_expired(error):
                clients.renew()
            elif not (passing(error) or (transient and transient(error))):
                raise
            last = error
        if clock.monotonic() + pause > deadline:
            why = f": {type(last).__name__}: {last}" if last else ""
            raise TimedOut(f"{what} did not come about within {seconds:g} s{why}")
        clock.sleep(pause)
        pause = min(pause * PAUSE_GROWTH, longest_pause)
