"""Domains of Amazon OpenSearch Service: one process each that emulates the REST API (sandbox/planes/search).

It listens on an address of its own, as a domain's endpoint does, but on 9200: 443 needs privileges here.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Engine, Plane
from sandbox.planes.host import Host

PORT = 9200
START_SECONDS = 30
ROOT = Path(__file__).resolve().parents[3]


class Search(Engine):
    """spec: `{"version": "2.19", "nodes": data nodes, "encrypted": at rest}`."""

    kind = "search"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.actions = {"change": self.change}

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        address = self.host.address(plane, "domain", endpoint=True)
        plane.endpoints = {"domain": {"address": address, "port": PORT}}
        plane.nodes = [{"name": plane.name, "role": "emulation", "zone": "", "address": address, "port": PORT}]
        plane.data = dict(spec)
        self._run(plane)

    def change(self, plane: Plane, version: str, nodes: int) -> None:
        """Be of another version or size; the data stays."""
        plane.data |= {"version": version, "nodes": nodes}
        self._run(plane)

    def delete(self, plane: Plane) -> None:
        self.host.programs.remove(plane.name)

    def resume(self, plane: Plane) -> None:
        self._run(plane)

    def _run(self, plane: Plane) -> None:
        address = plane.endpoints["domain"]["address"]
        certificate, key = self.host.certificate(plane.name, [address])
        version = plane.data["version"]
        command: tuple[str | Path, ...] = (
            sys.executable, "-m", "sandbox.planes.search.server", "--address", address, "--port", str(PORT),
            "--state", self.host.directory(plane) / "state.json", "--certificate", certificate, "--key", key,
            "--version", version if version.count(".") == 2 else f"{version}.0", "--nodes", str(plane.data["nodes"]),
            "--domain", plane.key.split("/")[-1], *(["--encrypted"] if plane.data.get("encrypted") else []),
        )  # fmt: skip
        environment = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self.host.programs.add(
            plane.name,
            command,
            environment=environment,
            stop_signal="TERM",
            autorestart=True,
            listens=(address, PORT),
            as_caller=True,
        )
        self.host.programs.start(plane.name)
        self.host.wait(lambda: _answers(address), START_SECONDS, f"{plane.name} answers")


def _answers(address: str) -> bool:
    try:
        socket.create_connection((address, PORT), timeout=1).close()
    except OSError:
        return False
    return True
