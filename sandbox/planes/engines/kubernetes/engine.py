"""The engine of Kubernetes planes: one process of sandbox.kube for each EKS cluster.

It listens on an address of its own, on 443 as EKS does, or on 6443 where an unprivileged account can't have that.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sandbox.planes.backends import FILE as BACKENDS
from sandbox.planes.engine import Engine, Plane, Refused
from sandbox.planes.engines.kubernetes import addons, metrics, nodes
from sandbox.planes.engines.kubernetes.api import Api, ApiFailure
from sandbox.planes.host import Host

ROOT = Path(__file__).resolve().parents[4]
START_SECONDS = 90
STOP_SECONDS = 10
LOOK_SECONDS = (0.5, 5.0)
"""How often a cluster's add-ons and requests are looked at: after a change, and when all is well or stays unwell."""
TOKEN = "admin.token"
"""The file of the API server's data that holds the administrator's token."""
UNPRIVILEGED_PORT = 6443


class Kubernetes(Engine):
    """create: {"name", "region", "zones", "account", "issuer", "service_cidr", "wanted"}.

    `wanted` is {"revision", "version", "nodes": {node group: [node]}, "addons": {name: add-on}}, see
    sandbox/aws/extensions/eks. Questions: `want` (another `wanted`, which the watch brings about), `credentials`.
    """

    kind = "kubernetes"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.questions = {"want": self.want, "credentials": self.credentials}
        self._lock = threading.Lock()
        self._wanted: dict[str, dict[str, Any]] = {}
        """What planes were told and don't have yet, by name."""
        self._looks: dict[str, tuple[float, float]] = {}
        """(when they are to be looked at again (monotonic), how long they waited for it), by name."""
        self._seen: dict[str, dict[str, Any]] = {}
        """What was seen then: {"addons", "deprecated"}."""

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        address = self.host.address(plane, "api", endpoint=True)
        port = _port()
        plane.endpoints = {"api": {"address": address, "port": port}}
        plane.nodes = [{"name": plane.name, "role": "emulation", "zone": "", "address": address, "port": port}]
        plane.data = {"wanted": spec["wanted"], "revision": 0}
        self._run(plane)
        with self._api(plane) as api:
            plane.data["keys"] = json.loads(api.get("/openid/v1/jwks"))
        self._bring_about(plane, spec["wanted"])
        plane.data["created"] = True

    def delete(self, plane: Plane) -> None:
        self.host.programs.remove(plane.name)
        for known in (self._wanted, self._looks, self._seen):
            known.pop(plane.name, None)

    def resume(self, plane: Plane) -> None:
        if plane.data.get("created"):
            self._run(plane)
        else:
            self.create(plane, plane.spec)

    def watch(self, plane: Plane) -> None:
        """Start an API server that ended for good, bring about what was asked for, and look at what became of it."""
        if self.host.programs.state(plane.name) in ("EXITED", "FATAL"):
            self._run(plane)
        with self._lock:
            wanted = self._wanted.get(plane.name)
        if wanted and wanted["revision"] > plane.data["revision"]:
            self._bring_about(plane, wanted)
            return
        due, waited = self._looks.get(plane.name, (0.0, LOOK_SECONDS[0]))
        if time.monotonic() > due:
            self._look(plane, 2 * waited)

    def want(self, plane: Plane, wanted: dict[str, Any]) -> dict[str, Any]:
        """Have the plane changed; `facts` tell the revision that it has."""
        with self._lock:
            self._wanted[plane.name] = wanted
        return {}

    def credentials(self, plane: Plane) -> dict[str, Any]:
        """{"server": URL, "ca": PEM, "token"} of the administrator."""
        if not plane.data.get("created"):
            raise Refused(f"cluster {plane.spec['name']} is {plane.state}")
        endpoint = plane.endpoints["api"]
        port = "" if endpoint["port"] == 443 else f":{endpoint['port']}"
        server = f"https://{endpoint['address']}{port}"
        return {"server": server, "ca": self._authority(), "token": self._token(plane)}

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"created", "revision": what it has, "told": what it was asked for last, "authority": PEM, "keys": JWKS,
        "addons": {name: {"ready", "wanted", "conflict"}}, "deprecated": requests to deprecated APIs or None}."""
        with self._lock:
            told = self._wanted.get(plane.name, {}).get("revision", 0)
        conflicts = plane.data.get("conflicts", {})
        seen = self._seen.get(plane.name, {"addons": {}, "deprecated": None})
        states = {
            name: {**seen["addons"].get(name, {"ready": 0, "wanted": 1}), **conflicts.get(name, {})}
            for name in plane.data.get("wanted", {}).get("addons", {})
        }
        return {
            "created": plane.data.get("created", False),
            "revision": plane.data.get("revision", 0),
            "told": told,
            "authority": self._authority(),
            "keys": plane.data.get("keys"),
            "addons": states,
            "deprecated": seen["deprecated"],
        }

    def _bring_about(self, plane: Plane, wanted: dict[str, Any]) -> None:
        plane.data["wanted"] = wanted
        if self._is_outdated(plane):
            self._run(plane)
        with self._api(plane) as api:
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            every = {node["name"]: node for group in wanted["nodes"].values() for node in group}
            nodes.apply(api, every, plane.spec["region"], moment)
            conflicts = plane.data.get("conflicts", {})
            applied = plane.data.get("applied", {})
            for name in applied.keys() - wanted["addons"].keys():
                addons.remove(api, name, plane.spec)
                applied.pop(name)
                conflicts.pop(name, None)
            for name, addon in wanted["addons"].items():
                digest = hashlib.sha256(json.dumps(addon, sort_keys=True).encode()).hexdigest()
                if applied.get(name) != digest:
                    conflict = addons.apply(api, name, addon, plane.spec)
                    conflicts.pop(name, None)
                    conflicts |= {name: {"conflict": conflict}} if conflict else {}
                    applied[name] = digest
        plane.data |= {"conflicts": conflicts, "applied": applied, "revision": wanted["revision"]}
        self._look(plane, LOOK_SECONDS[0])

    def _look(self, plane: Plane, wait: float) -> None:
        """See how add-ons do and what was counted; wait: seconds until the next time, when something is unwell."""
        with self._api(plane) as api:
            states = addons.states(api, plane.data["wanted"]["addons"], plane.spec)
            self._seen[plane.name] = {"addons": states, "deprecated": metrics.deprecated(api)}
        well = all(one["ready"] >= one["wanted"] for one in states.values())
        wait = LOOK_SECONDS[1] if well else min(wait, LOOK_SECONDS[1])
        self._looks[plane.name] = (time.monotonic() + wait, wait)

    def _run(self, plane: Plane) -> None:
        """Start the API server with the settings of the moment, unless it runs with them; returns when it is ready."""
        endpoint = plane.endpoints["api"]
        address, port = endpoint["address"], endpoint["port"]
        certificate, key = self.host.certificate(plane.name, [address])
        command: tuple[str | Path, ...] = (
            sys.executable, "-m", "sandbox.kube", "--data", self._data(plane), "--host", address, "--port", str(port),
            "--certificate", certificate, "--key", key, "--settings",
            self._settings_file(plane),
        )  # fmt: skip
        self.host.programs.add(
            plane.name,
            command,
            environment={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stop_signal="TERM",
            stop_seconds=STOP_SECONDS,
            autorestart=True,
            listens=(address, port),
            as_caller=True,
        )
        if self._is_outdated(plane):
            self.host.programs.stop(plane.name)
            self._settings_file(plane).write_text(self._settings(plane), encoding="utf-8")
        self.host.programs.start(plane.name)

        def ready() -> bool:
            if self.host.programs.state(plane.name) == "FATAL":
                raise RuntimeError(f"{plane.name} does not start; see its log")
            return self._is_ready(plane)

        self.host.wait(ready, START_SECONDS, f"{plane.name} is ready")

    def _is_ready(self, plane: Plane) -> bool:
        try:
            with self._api(plane, "") as api:
                api.get("/readyz")
        except (OSError, ApiFailure):
            return False
        return True

    def _is_outdated(self, plane: Plane) -> bool:
        """Whether the API server's settings are other ones than it is to have."""
        path = self._settings_file(plane)
        return not path.exists() or path.read_text(encoding="utf-8") != self._settings(plane)

    def _settings_file(self, plane: Plane) -> Path:
        return self.host.directory(plane) / "settings.json"

    def _settings(self, plane: Plane) -> str:
        spec, wanted = plane.spec, plane.data["wanted"]
        document = {
            "name": spec["name"],
            "version": wanted["version"],
            "issuer": spec["issuer"],
            "region": spec["region"],
            "zones": spec["zones"],
            "service_cidr": spec["service_cidr"],
            "account": spec["account"],
            "ca": self._authority(),
            "aws_endpoint": self.host.settings.url,
            "backends": str(self.host.directory(plane) / BACKENDS),
        }
        return json.dumps(document, indent=1)

    def _api(self, plane: Plane, token: str | None = None) -> Api:
        if token is None:
            return administrator(self.host, plane)
        endpoint = plane.endpoints["api"]
        return Api(endpoint["address"], endpoint["port"], self.host.ca_path, token)

    def _data(self, plane: Plane) -> Path:
        return self.host.directory(plane) / "data"

    def _token(self, plane: Plane) -> str:
        return _token(self.host, plane)

    def _authority(self) -> str:
        return self.host.ca_path.read_text(encoding="ascii")


def administrator(host: Host, cluster: Plane) -> Api:
    """The API of a cluster, for an engine that follows its objects."""
    endpoint = cluster.endpoints["api"]
    return Api(endpoint["address"], endpoint["port"], host.ca_path, _token(host, cluster))


def _token(host: Host, cluster: Plane) -> str:
    return (host.directory(cluster) / "data" / TOKEN).read_text(encoding="ascii").strip()


def _port() -> int:
    """443 where this account may listen there."""
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    return 443 if os.geteuid() == 0 or first <= 443 else UNPRIVILEGED_PORT
