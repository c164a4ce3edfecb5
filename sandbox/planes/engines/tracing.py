"""The engine of traces: there is one, in the place of what the OpenTelemetry operator would run.

While a cluster has collectors, it runs their stand-in (sandbox/planes/tracing), tells it the configurations of those
whose pods are ready, and lets requests to their Services lead there.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from sandbox.planes.engine import Node, Plane
from sandbox.planes.engines.follower import Follower
from sandbox.planes.engines.kubernetes.api import Api
from sandbox.planes.engines.observation import placing
from sandbox.planes.engines.observation.programs import Programs
from sandbox.planes.engines.observation.snapshot import Object, name, objects, space
from sandbox.planes.tracing.collector import COLLECTORS, PORT

PROGRAM = "collectors"
OPENTELEMETRY = "opentelemetry.io/v1beta1"
KINDS = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}
SERVICE_PORT = "otlp-http"


class Tracing(Follower):
    kind = key = "tracing"

    def nothing(self) -> dict[str, Any]:
        return {"programs": []}

    def end(self, plane: Plane) -> None:
        self.host.programs.remove(PROGRAM)

    def read(self, api: Api) -> dict[str, Any] | None:
        """{`<namespace>/<name>` of a collector: its configuration, None while none of its pods is ready}."""
        found = {f"{space(one)}/{name(one)}": one for one in objects(api, OPENTELEMETRY, "OpenTelemetryCollector")}
        return {called: one["spec"]["config"] if _ready(api, one) else None for called, one in found.items()} or None

    def follow(self, plane: Plane, cluster: Plane, found: dict[str, Any]) -> None:
        address, directory = self.host.name_address("tracing"), self.host.directory(plane)
        ready = {called: configuration for called, configuration in found.items() if configuration is not None}
        placing.write(directory / COLLECTORS, json.dumps(ready))
        command = (
            sys.executable, "-m", "sandbox.planes.tracing.collector", "--directory", str(directory),
            "--address", address, "--aws", self.host.settings.url,
        )  # fmt: skip
        Programs(self.host, plane).run(PROGRAM, command, (address, PORT))
        plane.nodes = [Node(name=PROGRAM, role="stand-in", zone="", address=address, port=PORT)]
        backends = self.host.backends(cluster)
        for called in found:
            namespace, _, collector = called.partition("/")
            backends.register(namespace, f"{collector}-collector", SERVICE_PORT, f"http://{address}:{PORT}/{called}")


def _ready(api: Api, collector: Object) -> bool:
    """Whether a pod of its workload is."""
    metadata, kind = collector["metadata"], KINDS.get(collector["spec"].get("mode", "deployment"))
    if kind is None:  # beside the containers of pods
        return False
    workload = f"metadata.name={metadata['name']}-collector"
    found = next(api.objects("apps/v1", kind, metadata["namespace"], fieldSelector=workload), None) or {}
    status = found.get("status") or {}
    return bool(status.get("numberReady") or status.get("readyReplicas"))
