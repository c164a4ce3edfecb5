"""The engine of the edge: there is one, and it follows the Ingresses of the sandbox's clusters.

It stands in the place of the load balancer that the controller in the cluster would make, of the firewall before it,
and of the mesh's gateway behind it; no container runs, so a page of its own answers, and for the service identity the
emulator's KMS does. Without an Ingress it does not run.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.planes.client import PlaneBusy, Planes
from sandbox.planes.engine import Engine, Node, Plane
from sandbox.planes.engines.edge.configuration import PORTS, render
from sandbox.planes.engines.edge.policy import LoadBalancer, balancers
from sandbox.planes.engines.kubernetes.engine import administrator
from sandbox.planes.host import Host
from sandbox.settings import HOST

PROGRAM = Path("/usr/sbin/nginx")
KEY = "entry"
LOOK_SECONDS = 3.0
START_SECONDS = 20.0


class Edge(Engine):
    kind = "edge"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._due = 0.0

    def start(self) -> None:
        """It is always there: nobody creates it."""
        with suppress(PlaneBusy):
            Planes(self.host.settings.planes_socket).create(self.kind, KEY, {})

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        plane.data = {"balancers": [], "error": "", "reloads": 0}

    def delete(self, plane: Plane) -> None:
        self.host.programs.remove(plane.name)

    def resume(self, plane: Plane) -> None:
        if plane.data.get("balancers"):
            self._run(plane)

    def watch(self, plane: Plane) -> None:
        """Take up what the clusters' objects say, a few seconds after they changed."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_SECONDS
        found = [one for cluster in self.host.planes("kubernetes") for one in self._of(cluster)]
        if [asdict(one) for one in found] != _plain(plane.data["balancers"]):
            self._take(plane, found)

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"load_balancers": [{"name", "region", "id", "hosts"}] that are served, "reloads"}."""
        data = plane.data
        return {
            "load_balancers": [
                {
                    "name": one["name"],
                    "region": one["region"],
                    "id": hashlib.sha256(f"{one['region']}/{one['name']}".encode()).hexdigest()[:16],
                    "hosts": [site["host"] for site in one["sites"]],
                }
                for one in data.get("balancers", [])
                if one["secure"]
            ],
            "reloads": data.get("reloads", 0),
        }

    def _of(self, cluster: Plane) -> list[LoadBalancer]:
        if cluster.state != "available" or not cluster.data.get("created"):
            return []
        with administrator(self.host, cluster) as api:
            return balancers(api, cluster.spec["region"])

    def _take(self, plane: Plane, found: list[LoadBalancer]) -> None:
        """Run with this policy from now on."""
        address, directory = self.host.name_address(KEY), self.host.directory(plane)
        hosts = sorted({site.host for one in found for site in one.sites})
        certificate, key = self.host.certificate(plane.name, [address, *hosts])
        keys_url = f"http://{HOST}:{self.host.settings.port}/_sandbox/token_keys"
        self._write(directory / "nginx.conf", render(found, address, certificate, key, directory, keys_url))
        ran = bool(plane.data["balancers"])
        plane.data |= {"balancers": [asdict(one) for one in found]}
        if not found:
            self.host.programs.remove(plane.name)
            plane.endpoints, plane.nodes = {}, []
        elif ran:
            self._check(directory)
            self.host.programs.signal(plane.name, "HUP")
            plane.data["reloads"] += 1
        else:
            self._check(directory)
            self._run(plane)

    def _check(self, directory: Path) -> None:
        """RuntimeError with what nginx says of a configuration that it can't run with."""
        self.host.run(PROGRAM, "-t", "-q", "-e", "stderr", "-c", directory / "nginx.conf")

    def _run(self, plane: Plane) -> None:
        address, directory = self.host.name_address(KEY), self.host.directory(plane)
        port = PORTS["secure"]
        (directory / "services.sock").unlink(missing_ok=True)
        plane.endpoints = {name: {"address": address, "port": number} for name, number in PORTS.items()}
        plane.nodes = [Node(name=plane.name, role=KEY, zone="", address=address, port=port)]
        self.host.programs.add(
            plane.name,
            (PROGRAM, "-e", "stderr", "-c", directory / "nginx.conf"),
            stop_signal="QUIT",
            autorestart=True,
            listens=(address, port),
        )
        self.host.programs.start(plane.name)
        self.host.wait(lambda: self.host.programs.pid(plane.name), START_SECONDS, f"start of {plane.name}")

    def _write(self, path: Path, content: str) -> None:
        temporary = path.with_name(f".{path.name}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
        self.host.account.give(temporary)
        os.replace(temporary, path)


def _plain(balancers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `asdict` makes them: JSON, which planes are kept as, has no tuples."""
    return [{**one, "sites": tuple(one["sites"])} for one in balancers]
