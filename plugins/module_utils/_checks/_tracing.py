# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collectors of traces, and what services' pods send, as the cluster's API has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import labels_of, place
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import parse_documents

API = "opentelemetry.io"
NAME = "app.kubernetes.io/name"
OPERATOR = "opentelemetry-operator"
INJECT = "instrumentation.opentelemetry.io/inject-"
MESH_NAMESPACE, MESH = "istio-system", "istio"
"""Where istiod's ConfigMap is."""
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
WORKLOADS = {"daemonset": "daemonsets", "deployment": "deployments", "statefulset": "statefulsets"}

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Collector:
    """``ready`` and ``wanted`` are pods of its workload."""

    name: str
    mode: str
    config: Facts
    ready: int
    wanted: int

    def pipelines(self) -> Iterator[Facts]:
        """Those of traces."""
        for name, pipeline in self.config["service"]["pipelines"].items():
            if name.partition("/")[0] == "traces":
                yield pipeline

    def components(self, part: str, kind: str) -> list[Facts]:
        """Settings of the components of a type that its pipelines of traces use; ``part`` as ``exporters``."""
        used = {each for pipeline in self.pipelines() for each in pipeline.get(part) or ()}
        defined = self.config.get(part) or {}
        return [defined.get(each) or {} for each in sorted(used) if each.partition("/")[0] == kind]


def operators(world: World) -> int:
    """Pods of the operator that are available."""
    return sum(
        int((one.get("status") or {}).get("availableReplicas", 0))
        for one in world.kubernetes.list("apps/v1", "deployments")
        if labels_of(one).get(NAME) == OPERATOR
    )


def collectors(world: World) -> list[Collector]:
    """Declared collectors: ``world.once(collectors)``."""
    found = []
    for one in world.kubernetes.list(f"{API}/v1beta1", "opentelemetrycollectors"):
        mode = one["spec"].get("mode", "deployment")
        if mode in WORKLOADS:
            namespace, name = place(one)
            there = world.kubernetes.list("apps/v1", WORKLOADS[mode])
            mine = next((each for each in there if place(each) == (namespace, f"{name}-collector")), None)
            found.append(Collector(f"{namespace}/{name}", mode, one["spec"]["config"], *_pods(mine)))
    return found


def instrumentations(world: World) -> list[dict[str, Any]]:
    """What pods can ask to be told."""
    return world.kubernetes.list(f"{API}/v1alpha1", "instrumentations")


def access_log(world: World) -> dict[str, str]:
    """What proxies write of each request, Envoy's operators by field: the mesh's format in JSON.

    Empty where istiod uses its own: without a format, and with one that is no JSON.
    """
    for one in world.kubernetes.list("v1", "configmaps", MESH_NAMESPACE):
        if one["metadata"]["name"] == MESH:
            (mesh,) = parse_documents(one["data"]["mesh"]) or [{}]
            if mesh.get("accessLogFile") and mesh.get("accessLogEncoding") == "JSON":
                with suppress(ValueError):
                    fields = json.loads(mesh.get("accessLogFormat") or "{}")
                    return {field: str(operators) for field, operators in fields.items()}
    return {}


def asked(pod: Facts) -> str | None:
    """The instrumentation that a pod names; None where it asks for none."""
    notes = pod["metadata"].get("annotations") or {}
    return next((value for key, value in sorted(notes.items()) if key.startswith(INJECT) and value != "false"), None)


def sends(pod: Facts) -> bool:
    """Whether a container of it has been told where traces go, as the operator's webhook does."""
    return any(
        variable["name"] == ENDPOINT and variable.get("value")
        for container in pod["spec"]["containers"]
        for variable in container.get("env") or ()
    )


def _pods(workload: Facts | None) -> tuple[int, int]:
    if workload is None:
        return 0, 0
    status = workload.get("status") or {}
    if "desiredNumberScheduled" in status:
        return int(status.get("numberReady", 0)), int(status["desiredNumberScheduled"])
    return int(status.get("readyReplicas", 0)), int(workload["spec"].get("replicas", 1))
