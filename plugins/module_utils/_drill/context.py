# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What actions work with: clients, the site, what was there before, and waiting that an abort condition ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code, is_expired
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Site
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

with suppress(ImportError):  # the module's action says so
    from botocore.exceptions import ConnectionError as BotoConnectionError
    from botocore.exceptions import HTTPClientError

Facts = dict[str, Any]
T = TypeVar("T")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0
PAUSE_GROWTH = 1.2
BUSY = frozenset(
    [
        "InvalidDBInstanceState",
        "InvalidDBInstanceStateFault",
        "InvalidReplicationGroupState",
        "InvalidReplicationGroupStateFault",
        "BadRequestException",
    ]
)
"""Codes of services for a resource that is just doing something else."""


class StepFailed(Exception):
    """A step did not do what it is for; the text says why."""


class TimedOut(StepFailed):
    """It did not come about in time."""


@dataclass
class Context:
    """
    :param clients: an ``_aws.session.Clients``.
    :param watch: called while waiting; raises where an abort condition is met.
    :param before: by step id, what the actions noted before the fault.
    """

    clients: Any
    site: Site
    clock: Clock
    watch: Callable[[], None] = field(default=lambda: None)
    before: Mapping[str, Facts] = field(default_factory=dict)
    step: str = ""
    timeout: float = 60.0

    def client(self, service: str, region: str | None = None) -> Any:
        return self.clients.client(service, region)

    @property
    def noted(self) -> Facts:
        """What this step's action noted before the fault. Raises StepFailed where it noted nothing."""
        try:
            return self.before[self.step]
        except KeyError as error:
            raise StepFailed(f"nothing is known about the state before {self.step}") from error

    def wait(self, what: str, done: Callable[[], T | None], transient: Callable[[Exception], bool] | None = None) -> T:
        """Look at once, then at growing intervals, until ``done`` returns something true; return that.

        Errors of the way to AWS, expired credentials, and those that ``transient`` knows are waited through.

        :raises TimedOut: naming what was waited for and the last error, at the step's timeout.
        """
        deadline = self.clock.monotonic() + self.timeout
        pause = FIRST_PAUSE
        last: Exception | None = None
        while True:
            self.watch()
            try:
                found = done()
                if found:
                    return found
                last = None
            except Exception as error:
                if is_expired(error):
                    self.clients.renew()
                elif not (passing(error) or (transient and transient(error))):
                    raise
                last = error
            if self.clock.monotonic() + pause > deadline:
                why = f": {type(last).__name__}: {last}" if last else ""
                raise TimedOut(f"{what} did not come about within {self.timeout:g} s{why}")
            self.clock.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)

    def when_free(self, what: str, call: Callable[[], Any]) -> Any:
        """Make a call as soon as the resource lets it, when it is busy with something else."""
        return self.wait(what, lambda: [call()], lambda error: error_code(error) in BUSY)[0]


def passing(error: Exception) -> bool:
    """Whether an error is of the way to AWS, not of what was asked."""
    return isinstance(error, (BotoConnectionError, HTTPClientError))


def explain(error: BaseException) -> str:
    """An error in one line, with its type where the text alone does not say what it is."""
    text = " ".join(str(error).split())
    return text if isinstance(error, (StepFailed, ReconcileError)) else f"{type(error).__name__}: {text}"
