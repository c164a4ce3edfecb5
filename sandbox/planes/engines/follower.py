"""What the engines have in common that stand in the place of operators: they follow the objects of a cluster.

There is one plane of each. It follows the first cluster, by name, that has such objects; without one nothing runs.
"""

from __future__ import annotations

import json
import math
import time
from contextlib import suppress
from typing import Any, ClassVar

from sandbox.planes.client import PlaneBusy, Planes
from sandbox.planes.engine import Engine, Plane
from sandbox.planes.engines.kubernetes.api import Api
from sandbox.planes.engines.kubernetes.engine import administrator
from sandbox.planes.host import Host

LOOK_SECONDS = 3.0


class Follower(Engine):
    key: ClassVar[str]
    refresh_seconds = math.inf
    """After which it looks also when no object has changed."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._due = 0.0
        self._seen: tuple[str, str] = ("", "")
        """(cluster, version of its objects) that is in effect."""
        self._refresh = 0.0

    def nothing(self) -> dict[str, Any]:
        """The plane's data while nothing runs."""
        raise NotImplementedError

    def read(self, api: Api) -> Any:
        """What there is to follow in a cluster, None without."""
        raise NotImplementedError

    def follow(self, plane: Plane, cluster: Plane, found: Any) -> None:
        """Run what was read."""
        raise NotImplementedError

    def end(self, plane: Plane) -> None:
        """Remove all that runs."""
        raise NotImplementedError

    def start(self) -> None:
        """It is always there: nobody creates it."""
        with suppress(PlaneBusy):
            Planes(self.host.settings.planes_socket).create(self.kind, self.key, {})

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        plane.data = self.nothing()
        self._seen = ("", "")

    def delete(self, plane: Plane) -> None:
        self.end(plane)

    def resume(self, plane: Plane) -> None:
        """The next look starts what does not run."""
        self._seen = ("", "")

    def watch(self, plane: Plane) -> None:
        """Take up what the objects say, a few seconds after they changed."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_SECONDS
        for cluster in sorted(self.host.planes("kubernetes"), key=lambda each: each.key):
            if cluster.state == "available" and cluster.data.get("created") and self._look(plane, cluster):
                return
        if plane.data != self.nothing():
            self.end(plane)
            plane.data, plane.nodes, plane.endpoints = self.nothing(), [], {}
            self._seen = ("", "")

    def _look(self, plane: Plane, cluster: Plane) -> bool:
        """Whether this is the cluster to follow."""
        with administrator(self.host, cluster) as api:
            version = json.loads(api.get("/api/v1/namespaces?limit=1"))["metadata"]["resourceVersion"]
            if self._seen == (cluster.key, version) and time.monotonic() < self._refresh:
                return True
            found = self.read(api)
        if found is None:
            return False
        self.follow(plane, cluster, found)
        self._seen, self._refresh = (cluster.key, version), time.monotonic() + self.refresh_seconds
        return True
