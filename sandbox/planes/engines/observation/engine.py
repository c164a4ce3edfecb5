"""The engine of monitoring: there is one, in the place of the Prometheus operator and of what it runs.

It follows the objects of the cluster that has a Prometheus and runs one Prometheus, one Alertmanager, the exporters,
the traffic model's pages and the sinks that alerts arrive at. Replicas are pods only.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Node, Plane
from sandbox.planes.engines.edge.configuration import PORTS as EDGE
from sandbox.planes.engines.follower import Follower
from sandbox.planes.engines.kubernetes.api import Api
from sandbox.planes.engines.observation import alerting, placing, portrait, prometheus
from sandbox.planes.engines.observation.exporters import PORT as EXPORTER
from sandbox.planes.engines.observation.exporters import Exporter, exporters
from sandbox.planes.engines.observation.programs import Programs
from sandbox.planes.engines.observation.scraping import Way
from sandbox.planes.engines.observation.secrets import Secrets, remote
from sandbox.planes.engines.observation.snapshot import MONITORING, Object, Snapshot, name, objects, read, space
from sandbox.planes.engines.observation.ways import Ways
from sandbox.planes.engines.rabbitmq import METRICS as BROKER_METRICS
from sandbox.sinks import PORTS as SINKS
from sandbox.sinks.journal import directory as journals
from sandbox.traffic.cluster import FILE as CLUSTER
from sandbox.traffic.faults import directory as traffic

EXPORTERS = "exporter-"
RELOADER = "reloader-web"
"""The port of the container beside a server that reloads it."""
PROMETHEUS, ALERTMANAGER, PAGES, NOBODY = 9090, 9093, 9920, 9


class Observation(Follower):
    kind, key = "observation", "monitoring"
    refresh_seconds = 60.0  # for secrets, which are kept elsewhere

    def nothing(self) -> dict[str, Any]:
        return {"programs": [], "taken": {}, "error": {}, "reloads": 0, "jobs": {}, "exporters": {}, "cluster": None}

    def delete(self, plane: Plane) -> None:
        super().delete(plane)
        for directory in (journals(self.host.settings.state), traffic(self.host.settings.state)):
            shutil.rmtree(directory, ignore_errors=True)

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"cluster", "error": why what the objects say is not in effect, by program; "reloads", "jobs": {job:
        {"targets", "unanswered"}}, "exporters": {name: {"left_out", "trouble"}}}."""
        return {key: plane.data.get(key) for key in ("cluster", "error", "reloads", "jobs", "exporters")}

    def read(self, api: Api) -> Snapshot | None:
        return read(api) if objects(api, MONITORING, "Prometheus") else None

    def follow(self, plane: Plane, cluster: Plane, snapshot: Snapshot) -> None:
        programs = Programs(self.host, plane)
        told = portrait.portrait(snapshot)
        placing.write(traffic(self.host.settings.state) / CLUSTER, json.dumps(told))
        programs.run("traffic", self._module("traffic", "--port", str(PAGES)), (self._address, PAGES))
        secrets = Secrets(snapshot, remote(self.host.settings.url, cluster.spec["region"]))
        ways = self._ways(snapshot, told)
        found = list(exporters(snapshot, secrets, self.host.account, self._place, ways.local))
        well = [each for each in found if not each.trouble]
        for exporter in well:
            self._export(programs, exporter)
        places = {(each.namespace, each.workload, each.target): self._endpoint(each) for each in well}
        ways = replace(ways, exporters=places)
        alertmanagers = sorted(snapshot.all("Alertmanager"), key=name)
        alertmanager = self._alert(programs, alertmanagers[0], secrets) if alertmanagers else None
        chosen = min(snapshot.all("Prometheus"), key=name)
        targets = self.host.directory(plane) / "targets"
        files = prometheus.files(chosen, snapshot, ways, targets, alertmanager)
        placing.fill(targets, files.targets)
        self._observe(programs, chosen, files.checked)
        self._publish(cluster, snapshot, ways, {space(chosen)})
        wanted = {"traffic", "prometheus", *(EXPORTERS + each.name for each in well)}
        wanted |= {"sinks", "alertmanager"} if alertmanager else set()
        for program in set(plane.data["programs"]) - wanted:
            self._end(programs, program)
        outcome = {each.name: {"left_out": list(each.left_out), "trouble": each.trouble} for each in found}
        plane.data |= {"cluster": cluster.key, "exporters": outcome, "jobs": files.jobs}
        plane.endpoints = {"prometheus": {"address": self._address, "port": PROMETHEUS}}
        plane.nodes = [Node(name="prometheus", role="prometheus", zone="", address=self._address, port=PROMETHEUS)]

    def _ways(self, snapshot: Snapshot, told: dict[str, Any]) -> Ways:
        brokers = [each["address"] for plane in self.host.planes("rabbitmq") for each in plane.nodes]
        servers = {"prometheus": PROMETHEUS, "alertmanager": ALERTMANAGER}
        ways = {image: Way(f"{self._address}:{port}") for image, port in servers.items()}
        if brokers:
            ways["rabbitmq-exporter"] = Way(f"{brokers[0]}:{BROKER_METRICS}")
        services = [*told["services"], *([told["gateway"]] if told["gateway"] else [])]
        return Ways(
            snapshot,
            pages=f"{self._address}:{PAGES}",
            nobody=f"{self._address}:{NOBODY}",
            pooler=self.host.name_address("pooler"),
            entry=f"{self.host.name_address('entry')}:{EDGE['secure']}",
            served=frozenset((each["namespace"], pod) for each in services for pod in each["pods"]),
            servers=ways,
        )

    def _export(self, programs: Programs, exporter: Exporter) -> None:
        program = EXPORTERS + exporter.name
        changed = [path for path, text in exporter.files.items() if placing.write(path, text)]
        if changed:
            self.host.programs.remove(program)  # it reads them when it starts
        environment = {**exporter.environment, "SSL_CERT_FILE": str(self.host.ca_path)}
        address, _, port = self._endpoint(exporter).rpartition(":")
        programs.run(program, exporter.command, (address, int(port)), environment)

    def _alert(self, programs: Programs, found: Object, secrets: Secrets) -> str:
        """Run Alertmanager as its object says; its address and port."""
        programs.run("sinks", self._module("sinks"), (self._address, SINKS["webhook"]))
        directory = programs.directory("alertmanager")
        configuration, candidate = directory / alerting.KEY, directory / "candidate.yaml"
        rendered: dict[Path, str] = {}

        def render() -> dict[str, str]:
            rendered.update(alerting.files(found, secrets, directory))
            return {str(path): text for path, text in rendered.items()}

        def take() -> None:
            for path, text in rendered.items():
                placing.write(candidate if path == configuration else path, text)
            # What is wrong it says on its other output.
            self.host.run("/bin/sh", "-c", 'exec /usr/bin/amtool check-config "$0" 2>&1', candidate)
            candidate.replace(configuration)

        at = f"{self._address}:{ALERTMANAGER}"
        programs.take_up("alertmanager", at, render, take)
        if configuration.exists():
            command = alerting.command(found, directory, self._address, ALERTMANAGER)
            programs.run("alertmanager", command, (self._address, ALERTMANAGER), alerting.CREDENTIALS)
        return at

    def _observe(self, programs: Programs, found: Object, files: dict[str, str]) -> None:
        """Run Prometheus as its object says."""
        directory = programs.directory("prometheus")

        def check(candidate: Path) -> None:
            self.host.run("/usr/bin/promtool", "check", "config", candidate / prometheus.CONFIGURATION)

        at = f"{self._address}:{PROMETHEUS}"
        programs.take_up("prometheus", at, lambda: files, lambda: placing.promote(directory, files, check))
        if (directory / "live").exists():
            command = prometheus.command(found, directory, self._address, PROMETHEUS)
            programs.run("prometheus", command, (self._address, PROMETHEUS))

    def _publish(self, cluster: Plane, snapshot: Snapshot, ways: Ways, namespaces: set[str]) -> None:
        """Let the API server's proxy lead to what runs."""
        backends = self.host.backends(cluster)
        for each in snapshot.all("EndpointSlice"):
            service = (each["metadata"].get("labels") or {}).get("kubernetes.io/service-name")
            if space(each) not in namespaces or not service:
                continue
            pods = [snapshot.referred(endpoint.get("targetRef") or {}) for endpoint in each.get("endpoints") or ()]
            way = next((ways.to(pod, {}) for pod in pods if pod), Way(ways.nobody))
            for port in each.get("ports") or ():
                called = port.get("name") or port["port"]
                if way.address != ways.nobody and called != RELOADER:
                    backends.register(space(each), service, called, f"http://{way.address}{way.path}")

    def end(self, plane: Plane) -> None:
        for program in list(plane.data.get("programs", ())):
            self._end(Programs(self.host, plane), program)

    def _end(self, programs: Programs, program: str) -> None:
        programs.end(program)
        if program.startswith(EXPORTERS):
            self.host.forget(program)

    @property
    def _address(self) -> str:
        return self.host.name_address("observation")

    def _module(self, module: str, *more: str) -> tuple[str, ...]:
        state = ("--state", str(self.host.settings.state))
        return (sys.executable, "-m", f"sandbox.{module}", *state, "--host", self._address, *more)

    def _place(self, exporter: str) -> tuple[Path, str]:
        owner = EXPORTERS + exporter
        return self.host.directory(owner), self.host.address(owner, "node")

    def _endpoint(self, exporter: Exporter) -> str:
        return f"{self._place(exporter.name)[1]}:{EXPORTER}"
