"""Short ways to write policies and requests."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard, Policies
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request, Workload, principal

HTTPBIN = Workload("httpbin", "foo", {"app": "httpbin", "version": "v1"})
CURL = principal("foo", "curl")


def policy(spec: dict[str, Any], namespace: str = "foo", name: str = "policy", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name, **metadata}, "spec": spec}


def allow(*rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return policy({"action": "ALLOW", "rules": list(rules), **spec}, name="allow")


def deny(*rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return policy({"action": "DENY", "rules": list(rules), **spec}, name="deny")


def source(**fields: list[str]) -> dict[str, Any]:
    return {"from": [{"source": fields}]}


def operation(**fields: list[str]) -> dict[str, Any]:
    return {"to": [{"operation": fields}]}


def when(key: str, *values: str, **fields: list[str]) -> dict[str, Any]:
    return {"when": [{"key": key, **({"values": list(values)} if values else {}), **fields}]}


def guard(
    *authorization: dict[str, Any],
    request: tuple[dict[str, Any], ...] = (),
    peer: tuple[dict[str, Any], ...] = (),
    workload: Workload = HTTPBIN,
) -> Guard:
    return Guard(Policies(authorization, request, peer), workload)


def get(path: str = "/", **fields: Any) -> Request:
    return Request(**{"principal": CURL, "port": 8000, "path": path, **fields})
