"""The engine of logs: there is one, in the place of what the Elastic operator and Fluent Bit would run.

While a cluster has an Elasticsearch, it runs the emulation of Elasticsearch and Kibana and the shipper's stand-in
(sandbox/planes/elastic), and tells the latter what pods there are, what the shipper's ConfigMaps say and on which nodes
it is ready.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from typing import Any

from sandbox.planes.elastic.server import ELASTICSEARCH, KIBANA, PASSWORD
from sandbox.planes.elastic.shipper import ACCESS_LOG, CLUSTER
from sandbox.planes.engine import Node, Plane
from sandbox.planes.engines.follower import Follower
from sandbox.planes.engines.kubernetes.api import Api
from sandbox.planes.engines.observation import placing
from sandbox.planes.engines.observation.programs import Programs
from sandbox.planes.engines.observation.snapshot import Object, is_ready, name, objects

SERVER, SHIPPER = "elastic-server", "elastic-shipper"
ELASTIC = "elasticsearch.k8s.elastic.co/v1"
NAME = "app.kubernetes.io/name"
CANARY = "log-canary"


class Elastic(Follower):
    kind, key = "elastic", "logs"

    def nothing(self) -> dict[str, Any]:
        return {"programs": []}

    def end(self, plane: Plane) -> None:
        for program in (SHIPPER, SERVER):
            self.host.programs.remove(program)

    def read(self, api: Api) -> tuple[Object, str, Object] | None:
        """(metadata of the Elasticsearch, its password, portrait)."""
        found = objects(api, ELASTIC, "Elasticsearch")
        if not found:
            return None
        chosen = min(found, key=name)["metadata"]
        secret = _one(api, "Secret", chosen["namespace"], f"{chosen['name']}-es-elastic-user")
        password = base64.b64decode((secret or {}).get("data", {}).get("elastic", "")).decode()
        return chosen, password, _portrait(api, chosen["namespace"])

    def follow(self, plane: Plane, cluster: Plane, found: tuple[Object, str, Object]) -> None:
        chosen, password, portrait = found
        directory = self.host.directory(plane)
        placing.write(directory / PASSWORD, password)
        placing.write(directory / CLUSTER, json.dumps(portrait, ensure_ascii=False))
        address = self.host.name_address("logs")
        certificate, key = self.host.certificate("elastic", [address])
        programs = Programs(self.host, plane)
        server = ("--address", address, "--directory", directory, "--certificate", certificate, "--key", key)
        programs.run(SERVER, _module("server", *server), (address, ELASTICSEARCH))
        url, aws = f"https://{address}:{ELASTICSEARCH}", self.host.settings.url
        shipper = ("--directory", directory, "--url", url, "--ca", self.host.ca_path, "--aws", aws)
        programs.run(SHIPPER, _module("shipper", *shipper, "--region", cluster.spec["region"]))
        plane.nodes = [Node(name=SERVER, role="emulation", zone="", address=address, port=ELASTICSEARCH)]
        backends = self.host.backends(cluster)
        for suffix, port in (("es", ELASTICSEARCH), ("kb", KIBANA)):
            service = f"{chosen['name']}-{suffix}-http"
            backends.register(chosen["namespace"], service, "https", f"https://{address}:{port}")


def _module(module: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", f"sandbox.planes.elastic.{module}", *map(str, arguments))


def _portrait(api: Api, namespace: str) -> Object:
    """{"scripts", "configuration": what the shipper is to do, "environment", "intake": whether Logstash is ready,
    "pods": those on nodes where the shipper is, "access_log": what their proxies write of a request}."""
    scripts = _one(api, "ConfigMap", namespace, "fluent-bit-luascripts") or {}
    settings = _one(api, "ConfigMap", namespace, "fluent-bit") or {}
    pods = objects(api, "v1", "Pod")
    shippers = [pod for pod in pods if pod["metadata"].get("labels", {}).get(NAME) == "fluent-bit" and is_ready(pod)]
    ready = {pod["spec"].get("nodeName") for pod in shippers}
    environment: Object = {}
    for pod in shippers[:1]:
        environment = {one["name"]: one.get("value", "") for one in pod["spec"]["containers"][0].get("env") or ()}
    intake = any(
        pod["metadata"].get("labels", {}).get("common.k8s.elastic.co/type") == "logstash" and is_ready(pod)
        for pod in pods
    )
    return {
        "scripts": scripts.get("data") or {},
        "configuration": (settings.get("data") or {}).get("fluent-bit.conf", ""),
        "environment": environment,
        "intake": intake,
        "pods": [line for pod in pods if pod["spec"].get("nodeName") in ready for line in _lines(pod)],
        "access_log": _access_log(_one(api, "ConfigMap", "istio-system", "istio")),
    }


def _access_log(mesh: Object | None) -> Object:
    """Operators by field, of istiod's configuration."""
    declared = json.loads(mesh["data"]["mesh"]) if mesh else {}
    return json.loads(declared.get("accessLogFormat") or "null") or ACCESS_LOG


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
    elif metadata.get("labels", {}).get("platform.iworkz.jp/track") and is_ready(pod):
        yield {"id": metadata["uid"], "kubernetes": {**about, "container_name": "istio-proxy"}}


def _one(api: Api, kind: str, namespace: str, called: str) -> Object | None:
    found = api.objects("v1", kind, namespace, fieldSelector=f"metadata.name={called}")
    return next(found, None)
