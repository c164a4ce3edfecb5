"""A world whose cluster is given, by API version and plural."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import _kubernetes
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from tests.unit.checks.facts import NOW, PLATFORM

Cluster = dict[tuple[str, str], list[dict[str, Any]]]


Answers = dict[str, Any]
"""What servers in the cluster answer, by "<namespace>/<service>:<port><path>": JSON, or a function of query or body."""


class FakeReader:
    """Answers as a Reader does, from given objects and answers."""

    def __init__(self, objects: Cluster, answers: Answers | None = None) -> None:
        self.objects, self.answers = objects, answers or {}

    def list(self, api_version: str, plural: str, namespace: str = "") -> list[dict[str, Any]]:
        found = self.objects.get((api_version, plural), [])
        return [one for one in found if not namespace or one["metadata"].get("namespace") == namespace]

    def proxied(
        self, namespace: str, service: str, port: str | int, path: str, query: Any = None, body: Any = None
    ) -> Any:
        key = f"{namespace}/{service}:{port}{path}"
        if key not in self.answers:
            raise KubernetesError(f"{key} was answered with 503: no endpoints available", 503, "ServiceUnavailable")
        found = self.answers[key]
        return found(body or query or {}) if callable(found) else found


class ClusterWorld(World):
    def __init__(self, objects: Cluster, declared: dict[str, Any], answers: Answers | None = None) -> None:
        super().__init__(replace(PLATFORM, declared=declared), None, NOW)  # type: ignore[arg-type]
        self.reader = FakeReader(objects, answers)

    def once(self, fn: Any) -> Any:
        return self.reader if fn is _kubernetes else super().once(fn)


def made(name: str, namespace: str = "", labels: dict[str, str] | None = None, **parts: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "labels": labels or {}}
    if namespace:
        metadata["namespace"] = namespace
    return {"metadata": metadata, **parts}


def endpoint_slice(namespace: str, service: str, ports: dict[str, int], targets: dict[str, str]) -> dict[str, Any]:
    """Ready endpoints; ``targets`` maps names of pods or nodes to addresses."""
    return made(
        f"{service}-x",
        namespace,
        {"kubernetes.io/service-name": service},
        ports=[{"name": name, "port": number} for name, number in ports.items()],
        endpoints=[
            {"addresses": [address], "conditions": {"ready": True}, "targetRef": {"name": name}}
            for name, address in targets.items()
        ],
    )


def prometheus_operator() -> dict[str, Any]:
    """The Deployment of one that runs."""
    labels = {"app.kubernetes.io/component": "prometheus-operator"}
    return made("operator", "monitoring", labels, status={"availableReplicas": 1})
