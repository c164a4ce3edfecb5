# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What belongs to an EKS cluster, and the one update that a cluster does at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

CLUSTER = "cluster_name"
BUSY = frozenset({"ResourceInUseException"})
FIRST_PAUSE = 0.2


class EksResource(Resource):
    """Changes of EKS: asynchronous updates that exclude one another."""

    service = "eks"
    timeout = 3600
    poll_seconds = 15.0

    def __init__(
        self,
        context: Context,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(context)
        self.clock = clock
        self.sleep = sleep
        self.seen: dict[str, State] = {}
        """What was read last, by key: some changes are refused by where they start from."""

    def transient(self, error: Exception) -> bool:
        # What still belongs to it, or another update, refuses a deletion for a while.
        return error_code(error) in BUSY or super().transient(error)

    def change(self, operation: str, where: dict[str, Any], **what: Any) -> None:
        """Ask for one update, once the one in progress lets it, and wait until it is done (DescribeUpdate).

        :param where: parameters that name the resource; ``clusterName`` is the parameter ``name`` of DescribeUpdate.
        :raises ReconcileError: when EKS gives the update up, with its reasons.
        """
        update = self._until(lambda: self._asked(operation, where, what), f"{operation} is refused: busy")["update"]
        names = {"name": where.get("clusterName", where.get("name"))}
        names |= {key: value for key, value in where.items() if key not in ("name", "clusterName")}

        def done() -> Any:
            told = self.client.describe_update(updateId=update["id"], **names)["update"]
            return told if told["status"] != "InProgress" else None

        told = self._until(done, f"{operation} is still in progress")
        if told["status"] != "Successful":
            errors = [f"{e.get('errorCode')}: {e.get('errorMessage')}" for e in told.get("errors", ())]
            raise ReconcileError(
                f"{operation} was given up ({told['status']}): {'; '.join(errors) or 'no reason given'}"
            )

    def _asked(self, operation: str, where: dict[str, Any], what: dict[str, Any]) -> Any:
        try:
            return getattr(self.client, operation)(**where, **what)
        except self.client.exceptions.ResourceInUseException:
            return None

    def _until(self, done: Callable[[], Any], problem: str) -> Any:
        deadline = self.clock() + self.timeout
        pause = FIRST_PAUSE
        while not (answer := done()):
            if self.clock() + pause > deadline:
                raise ReconcileError(f"{problem} after {self.timeout} s")
            self.sleep(pause)
            pause = min(pause * 2, self.poll_seconds)
        return answer


class Member(EksResource):
    """Declared with ``cluster_name``; known as ``<cluster>/<name>``; listed and described cluster by cluster."""

    depends_on: tuple[str, ...] = ("cluster",)
    listing: ClassVar[tuple[str, str]]
    """List operation and result key."""

    def key_of(self, item: dict[str, Any]) -> str | None:
        cluster, name = item.get(CLUSTER), item.get(self.key)
        return f"{cluster}/{name}" if cluster and name else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        clusters = self.context.pages("eks", "list_clusters", "clusters")
        wanted = [name for name in clusters if keys is None or any(key.startswith(f"{name}/") for key in keys)]
        listed = self.context.each(lambda name: [(name, one) for one in self._list(name)], wanted)
        members = [pair for found in listed for pair in found if keys is None or self.named(*pair) in keys]
        states = self.context.each(lambda pair: self._state(*pair), members)
        found = {self.named(*pair): state for pair, state in zip(members, states, strict=True) if state is not None}
        self.seen |= found
        return found

    def named(self, cluster: str, one: Any) -> str:
        """The key of what the list operation told."""
        return f"{cluster}/{one}"

    def state(self, cluster: str, one: Any) -> State:
        """The comparable state of what the list operation told."""
        raise NotImplementedError

    def _list(self, cluster: str) -> list[Any]:
        operation, result = self.listing
        try:
            return self.context.pages("eks", operation, result, clusterName=cluster)
        except self.client.exceptions.ResourceNotFoundException:
            return []

    def _state(self, cluster: str, one: Any) -> State | None:
        """None for what went away between the list and the look at it."""
        try:
            return self.state(cluster, one)
        except self.client.exceptions.ResourceNotFoundException:
            return None


def split(key: str) -> tuple[str, str]:
    """Cluster and name of a member's key."""
    cluster, name = key.split("/", 1)
    return cluster, name
