# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The running system as checks see it: read-only clients, and facts that are read once per run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import is_gone
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import Reader
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait import reread

T = TypeVar("T")

IDENTITY = ("Platform", "Environment")
"""The tags that every resource of a platform carries; checks find resources by them and by nothing else."""


class Clients(Protocol):
    """Whatever hands out boto3 clients, one per service and region, to any thread: ``_aws.session.Clients``."""

    def client(self, service: str, region: str | None = None) -> Any:
        """Return the client of an AWS service, in the session's region unless one is named."""


@dataclass(frozen=True)
class Platform:
    """Which platform is judged, by which revision of this code.

    ``declared`` holds the data some items are compared with as declared; ``reach`` is how clients get to the stores
    (``platform_reach``), ``canary`` the tenant that checks write as; ``drills_dir`` holds the results of drills,
    ``runbooks_dir`` the runbooks (empty: there are none).
    """

    name: str
    environment: str
    account_id: str
    region: str
    recovery_region: str
    tags: dict[str, str]
    declared: dict[str, Any]
    reach: dict[str, Any] = field(default_factory=dict)
    canary: str = "canary"
    drills_dir: str = ""
    runbooks_dir: str = ""
    revision: str = ""

    @property
    def prefix(self) -> str:
        """What the names of the platform's resources and secrets begin with."""
        return f"{self.name}-{self.environment}"

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether a resource with these tags belongs to this platform in this environment."""
        return all(tags.get(name) == self.tags[name] for name in IDENTITY)


class World:
    """Shared by all checks of a run; every method may be called from any thread."""

    def __init__(self, platform: Platform, clients: Clients, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self.platform = platform
        self.now = now
        self._clients = clients
        self._lock = threading.Lock()
        self._facts: dict[Callable[[World], Any], Future[Any]] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """Return the one client of ``service`` in ``region`` (the platform's by default)."""
        return self._clients.client(service, region or self.platform.region)

    def elsewhere(self, region: str) -> World:
        """The same platform as another of its regions shows it, with facts of its own."""
        return World(replace(self.platform, region=region), self._clients, self.now)

    @property
    def kubernetes(self) -> Reader:
        """Reads of the platform's cluster, found by its tags. Raises Unmet when there is none that can be reached."""
        return self.once(_kubernetes)

    def once(self, fn: Callable[[World], T]) -> T:
        """Return ``fn(self)``, called once per run: others who ask wait for it, and its error reaches each of them.

        It is called again when something was deleted while it read.

        ``fn`` is the key, so pass a module-level function. It may ask for other facts, but never, even
        indirectly, for itself.
        """
        with self._lock:
            future = self._facts.get(fn)
            owner = future is None
            if future is None:
                future = self._facts[fn] = Future()
        if owner:
            try:
                future.set_result(reread(lambda: fn(self), is_gone))
            except BaseException as error:  # handed on, and raised by result() below
                future.set_exception(error)
        result: T = future.result()
        return result


def clusters(world: World) -> list[dict[str, Any]]:
    """The platform's EKS clusters, as DescribeCluster tells them: ``world.once(clusters)``."""
    return connection.clusters(world.client("eks"), world.platform.owns)


def _kubernetes(world: World) -> Reader:
    reachable = [made for described in world.once(clusters) if (made := connection.from_description(described))]
    if len(reachable) != 1:
        names = ", ".join(cluster.name for cluster in reachable)
        raise Unmet(Breach("core.one_cluster", {"count": len(reachable), "names": names}))
    (cluster,) = reachable
    return Reader(cluster, connection.Token(lambda: connection.token(world.client("sts"), cluster.name)))
