# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What actions work with: clients, the site, what was there before, and waiting that an abort condition ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Site
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import (
    StepFailed,
    TimedOut,
    passing,
    wait,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

__all__ = ["Context", "Facts", "StepFailed", "TimedOut", "explain", "passing"]

Facts = dict[str, Any]
T = TypeVar("T")

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
        """As ``waiting.wait``, until the step's timeout; ``watch`` may end it sooner."""
        return wait(self.clients, self.clock, what, done, self.timeout, transient=transient, watch=self.watch)

    def when_free(self, what: str, call: Callable[[], Any]) -> Any:
        """Make a call as soon as the resource lets it, when it is busy with something else."""
        return self.wait(what, lambda: [call()], lambda error: error_code(error) in BUSY)[0]


def explain(error: BaseException) -> str:
    """An error in one line, with its type where the text alone does not say what it is."""
    text = " ".join(str(error).split())
    return text if isinstance(error, (StepFailed, ReconcileError)) else f"{type(error).__name__}: {text}"
