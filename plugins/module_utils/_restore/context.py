# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stores work with: clients, the site, a clock, the results of earlier tests, and waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import wait
from ansible_collections.iworkz.platform.plugins.module_utils._restore.site import Site

T = TypeVar("T")
LONGEST_PAUSE = 10.0
"""A restoration takes minutes on AWS."""


@dataclass(frozen=True)
class Context:
    """
    :param clients: an ``_aws.session.Clients``.
    :param moment: the second that databases are restored to; None: one that the test chooses.
    :param kinds: the kinds of recovery points to restore.
    :param results: of earlier tests of this environment and account, oldest first.
    """

    clients: Any
    site: Site
    clock: Clock
    moment: datetime | None = None
    kinds: Sequence[str] = ()
    results: Sequence[Mapping[str, Any]] = ()

    def client(self, service: str, region: str | None = None) -> Any:
        return self.clients.client(service, region)

    def wait(self, what: str, done: Callable[[], T | None], transient: Callable[[Exception], bool] | None = None) -> T:
        """Until ``done`` returns something true. Raises TimedOut after as long as a restoration may take."""
        seconds = self.site.limits.restore_seconds
        return wait(self.clients, self.clock, what, done, seconds, transient=transient, longest_pause=LONGEST_PAUSE)
