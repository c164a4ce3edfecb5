"""The engine of logs: there is one, in the place of what the Elastic operator and Fluent Bit would run.

While a cluster has an Elasticsearch (the first by name, when several clusters have one), it runs the emulation of
Elasticsearch and Kibana and the shipper's stand-in (sandbox/planes/elastic), and tells the latter what pods there are,
what the shipper's ConfigMaps say and on which nodes it is ready. Without such an object nothing runs.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sandbox.planes.client import PlaneBusy, Planes
from sandbox.planes.elastic.server import ELASTICSEARCH, KIBANA, PASSWORD
from sandbox.planes.elastic.shipper import CLUSTER
from sandbox.planes.engine import Engine, Node, Plane
from sandbox.planes.engines.kubernetes.api import Api, ApiFailure
from sandbox.planes.engines.kubernetes.engine import administrator
from sandbox.planes.host import Host

ROOT = Path(__file__).resolve().parents[3]
KEY = "logs"
SERVER, SHIPPER = "elastic-server", "elastic-shipper"
ELASTIC = "elasticsearch.k8s.elastic.co/v1"
NAME = "app.kubernetes.io/name"
CANARY = "log-canary"
LOOK_SECONDS = 3.0

Object = dict[str, Any]


class Elastic(Engine):
    kind = "elastic"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._due = 0.0
        self._seen: tuple[str, str] = ("", "")
        """(cluster, version of its objects) that the shipper was told of."""

    def start(self) -> None:
        """It is always there: nobody creates it."""
        with suppress(PlaneBusy):
            Planes(self.host.settings.planes_socket).create(self.kind, KEY, {})

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        plane.data = {"running": False}

    def delete(self, plane: Plane) -> None:
        for program in (SHIPPER, SERVER):
            self.host.programs.remove(program)

    def resume(self, plane: Plane) -> None:
        """The next look starts what does not run."""
        plane.data["running"] = False
        self._seen = ("", "")

    def watch(self, plane: Plane) -> None:
        """Follow the cluster, a few seconds after it has changed."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_SECONDS
        for cluster in sorted(self.host.planes("kubernetes"), key=lambda each: each.key):
            if cluster.state == "available" and cluster.data.get("created") and self._look(plane, cluster):
                return
        if plane.data["running"]:
            self.delete(plane)
            plane.data, plane.nodes, self._seen = {"running": False}, [], ("", "")

    def _look(self, plane: Plane, cluster: Plane) -> bool:
        """Whether this is the cluster to follow."""
        with administrator(self.host, cluster) as api:
            version = json.loads(api.get("/api/v1/namespaces?limit=1"))["metadata"]["resourceVersion"]
            if self._seen == (cluster.key, version) and plane.data["running"]:
                return True
            found = _objects(api, ELASTIC, "Elasticsearch")
            if not found:
                return False
            chosen = min(found, key=lambda each: str(each["metadata"]["name"]))["metadata"]
            secret = _one(api, "Secret", chosen["namespace"], f"{chosen['name']}-es-elastic-user")
            portrait = _portrait(api, chosen["namespace"])
        directory = self.host.directory(plane)
        password = base64.b64decode((secret or {}).get("data", {}).get("elastic", "")).decode()
        _write(directory / PASSWORD, password)
        _write(directory / CLUSTER, json.dumps(portrait, ensure_ascii=False))
        self._run(plane, cluster, directory)
        address = self.host.name_address("logs")
        backends = self.host.backends(cluster)
        for suffix, port in (("es", ELASTICSEARCH), ("kb", KIBANA)):
            service = f"{chosen['name']}-{suffix}-http"
            backends.register(chosen["namespace"], service, "https", f"https://{address}:{port}")
        self._seen = (cluster.key, version)
        return True

    def _run(self, plane: Plane, cluster: Plane, directory: Path) -> None:
        address = self.host.name_address("logs")
        certificate, key = self.host.certificate("elastic", [address])
        commands: dict[str, tuple[str | Path, ...]] = {
            SERVER: (
                sys.executable, "-m", "sandbox.planes.elastic.server", "--address", address, "--directory", directory,
                "--certificate", certificate, "--key", key,
            ),
            SHIPPER: (
                sys.executable, "-m", "sandbox.planes.elastic.shipper", "--directory", directory,
                "--url", f"https://{address}:{ELASTICSEARCH}", "--ca", self.host.ca_path,
                "--aws", self.host.settings.url, "--region", cluster.spec["region"],
            ),
        }  # fmt: skip
        for program, command in commands.items():
            self.host.programs.add(
                program,
                command,
                environment={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
                stop_signal="TERM",
                autorestart=True,
                listens=(address, ELASTICSEARCH) if program == SERVER else None,
                as_caller=True,
            )
            if self.host.programs.state(program) != "RUNNING":
                self.host.programs.start(program)
        plane.nodes = [Node(name=SERVER, role="emulation", zone="", address=address, port=ELASTICSEARCH)]
        plane.data["running"] = True


def _portrait(api: Api, namespace: str) -> Object:
    """{"scripts", "configuration": what the shipper is to do, "environment", "intake": whether Logstash is ready,
    "pods": those on nodes where the shipper is}."""
    scripts = _one(api, "ConfigMap", namespace, "fluent-bit-luascripts") or {}
    settings = _one(api, "ConfigMap", namespace, "fluent-bit") or {}
    pods = _objects(api, "v1", "Pod")
    shippers = [pod for pod in pods if pod["metadata"].get("labels", {}).get(NAME) == "fluent-bit" and _ready(pod)]
    ready = {pod["spec"].get("nodeName") for pod in shippers}
    environment: Object = {}
    for pod in shippers[:1]:
        environment = {one["name"]: one.get("value", "") for one in pod["spec"]["containers"][0].get("env") or ()}
    intake = any(
        pod["metadata"].get("labels", {}).get("common.k8s.elastic.co/type") == "logstash" and _ready(pod)
        for pod in pods
    )
    return {
        "scripts": scripts.get("data") or {},
        "configuration": (settings.get("data") or {}).get("fluent-bit.conf", ""),
        "environment": environment,
        "intake": intake,
        "pods": [line for pod in pods if pod["spec"].get("nodeName") in ready for line in _lines(pod)],
    }


def _lines(pod: Object) -> Iterator[Object]:
    """What a pod writes: what the canary is told to, and of services one request now and then."""
    metadata, spec = pod["metadata"], pod["spec"]
    called = metadata.get("labels", {}).get(NAME, "")
    about = {
        "pod_name": metadata["name"],
        "namespace_name": metadata["namespace"],
        "pod_id": metadata["uid"],
        "labels": metadata.get("labels", {}),
        "host": spec.get("nodeName"),
    }
    if called == CANARY:
        started = (pod.get("status") or {}).get("phase") in ("Running", "Succeeded")
        if started:
            text = " ".join(spec["containers"][0].get("args") or ())
            yield {"id": metadata["uid"], "kubernetes": {**about, "container_name": CANARY}, "log": text}
    elif metadata.get("labels", {}).get("platform.iworkz.jp/track") and _ready(pod):
        yield {"id": metadata["uid"], "kubernetes": {**about, "container_name": "istio-proxy"}}


def _ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _objects(api: Api, version: str, kind: str) -> list[Object]:
    try:
        return list(api.objects(version, kind))
    except ApiFailure as failure:
        if failure.status == HTTPStatus.NOT_FOUND:
            return []
        raise


def _one(api: Api, kind: str, namespace: str, called: str) -> Object | None:
    found = api.objects("v1", kind, namespace, fieldSelector=f"metadata.name={called}")
    return next(found, None)


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        temporary = path.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
