"""DB snapshots of RDS: base backups that outlive their instance."""

from __future__ import annotations

import shutil
from typing import Any

from sandbox.planes.engine import Engine, Plane
from sandbox.planes.engines.postgres import backups


class Snapshot(Engine):
    kind = backups.SNAPSHOTS

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        """spec: {"source": key of the instance} or {"copy": key of another snapshot}."""
        if "copy" in spec:
            backups.copy_snapshot(self.host, plane, spec["copy"])
        else:
            backups.take_snapshot(self.host, plane, spec["source"])

    def delete(self, plane: Plane) -> None:
        shutil.rmtree(self.host.directory(plane))

    def resume(self, plane: Plane) -> None:
        """Files need no start."""

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"taken": ISO 8601}."""
        return {"taken": plane.data.get("taken")}
