"""The 19 services as the repository declares them, and the objects that are made of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.iworkz.platform.plugins.filter.mesh_objects import mesh_objects
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard, Policies
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Workload, principal
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import Party

DECLARED = Path(__file__).resolve().parents[3] / "group_vars" / "all" / "services.yml"
ISSUER = "https://id.iworkz.jp"
Objects = list[dict[str, Any]]

OPTIONS: dict[str, Any] = {
    "issuer": ISSUER,
    "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
    "audiences": ["iworkz-sandbox"],
    "anonymous_paths": {"identity": ["/.well-known/*", "/sign-in"]},
    "gateway_port": 8443,
    "gateway_secret": "istio-ingress-tls",
    "gateway_issuer": "iworkz-internal",
    "gateway_headers": {"Referrer-Policy": "no-referrer"},
    "service_headers": {},
    "timeout": "10s",
    "timeouts": {"document": "60s"},
    "attempts": 2,
    "per_try_timeout": "3s",
    "outlier_detection": {"consecutive5xxErrors": 5},
    "connection_pool": {"tcp": {"connectTimeout": "2s"}},
    "store_hosts": {"redis": [{"host": "*.cache.amazonaws.com", "port": 6379}]},
    "store_services": {"postgres": {"namespace": "data", "name": "pgbouncer"}},
    "external_hosts": {"billing": [{"host": "api.payments.example", "port": 443}]},
    "common_hosts": [{"host": "*.ap-northeast-1.amazonaws.com", "port": 443}],
    "tracing": {},
}


@cache
def _services() -> str:
    return DECLARED.read_text(encoding="utf-8").replace("{{ platform_domain }}", "iworkz.jp")


def services() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(_services())["platform_services"]
    return found


def objects(**options: Any) -> Objects:
    return mesh_objects(services(), **{**OPTIONS, **options})


def of_kind(found: Objects, kind: str) -> Objects:
    return [one for one in found if one["kind"] == kind]


def named(found: Objects, kind: str, name: str) -> dict[str, Any]:
    (one,) = [one for one in of_kind(found, kind) if one["metadata"]["name"] == name]
    return one


def policies(found: Objects) -> Policies:
    return Policies(
        of_kind(found, "AuthorizationPolicy"),
        of_kind(found, "RequestAuthentication"),
        of_kind(found, "PeerAuthentication"),
    )


def parties(found: Objects) -> list[Party]:
    """Each service with one pod."""
    known = policies(found)
    return [
        Party(
            one["name"],
            (principal(one["team"], one["name"]),),
            one["port"],
            (Guard(known, Workload(one["name"], one["team"], {"app.kubernetes.io/name": one["name"]})),),
        )
        for one in services()
    ]
