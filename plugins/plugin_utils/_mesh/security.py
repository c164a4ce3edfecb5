# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may call whom: mutual TLS, tokens and the policies that follow from the declared dependencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_callers import callers, is_public
from ansible_collections.iworkz.platform.plugins.plugin_utils._mesh.settings import (
    GATEWAY_LABELS,
    GATEWAY_PRINCIPAL,
    INGRESS,
    METHODS,
    ROOT,
    Object,
    Service,
    Settings,
    account,
    made,
    pods,
)

API = "security.istio.io/v1"


def security(services: Sequence[Service], settings: Settings) -> Iterator[Object]:
    """STRICT mutual TLS in the whole mesh; nothing is let in anywhere, but what a policy of its own lets in."""
    yield made(API, "PeerAuthentication", ROOT, "default", {"mtls": {"mode": "STRICT"}})
    for namespace in sorted({service["team"] for service in services} | {INGRESS}):
        yield made(API, "AuthorizationPolicy", namespace, "default-deny", {})
    yield _gateway_policy(services, settings)
    for service in services:
        yield _token_rules(service, settings)
        yield _policy(service, services, settings)


def _gateway_policy(services: Sequence[Service], settings: Settings) -> Object:
    """The gateway takes requests for the public hosts, from anywhere: the load balancer's addresses change."""
    hosts = [pattern for service in services if is_public(service) for pattern in _hosts(service)]
    operation = {"hosts": hosts, "ports": [str(settings.gateway_port)]}
    spec = {
        "selector": {"matchLabels": GATEWAY_LABELS},
        "action": "ALLOW",
        "rules": [{"to": [{"operation": operation}]}],
    }
    return made(API, "AuthorizationPolicy", INGRESS, "public-hosts", spec)


def _hosts(service: Service) -> list[str]:
    """A host with and without a port: https://istio.io/latest/docs/ops/best-practices/security/#host-header-matching"""
    return [service["host"], f"{service['host']}:*"]


def _token_rules(service: Service, settings: Settings) -> Object:
    """Tokens of the one issuer are accepted and passed on, so that the called service sees whom it serves."""
    rule = {
        "issuer": settings.issuer,
        "jwksUri": settings.jwks_uri,
        "audiences": list(settings.audiences),
        "forwardOriginalToken": True,
    }
    spec = {"selector": {"matchLabels": pods(service)}, "jwtRules": [rule]}
    return made(API, "RequestAuthentication", service["team"], service["name"], spec, of=service["name"])


def _policy(service: Service, services: Sequence[Service], settings: Settings) -> Object:
    """The callers that declare a dependency on the service are let in with a token, and the gateway, if it is public.

    Probes need no rule: the kubelet's are answered by the proxy's agent (rewriteAppHTTPProbe), which asks the service
    behind the proxy. Without a caller there is no rule, and nothing is let in.
    """
    principals = sorted(account(caller) for caller in callers(service, services))
    operation = {"methods": METHODS, "ports": [str(service["port"])]}
    rules = []
    if principals:
        rules.append(_rule(principals, operation, settings.issuer))
    if is_public(service):
        edge = {**operation, "methods": [*METHODS, "OPTIONS"], "hosts": _hosts(service)}
        rules.append(_rule([GATEWAY_PRINCIPAL], edge, settings.issuer))
        if paths := settings.anonymous_paths.get(service["name"]):
            rules.append(_rule([GATEWAY_PRINCIPAL], {**edge, "paths": list(paths)}, ""))
    spec: Object = {"selector": {"matchLabels": pods(service)}, "action": "ALLOW"}
    if rules:
        spec["rules"] = rules
    return made(API, "AuthorizationPolicy", service["team"], service["name"], spec, of=service["name"])


def _rule(principals: Sequence[str], operation: Mapping[str, Any], issuer: str) -> Object:
    source: Object = {"principals": list(principals)}
    if issuer:
        source["requestPrincipals"] = [f"{issuer}/*"]
    return {"from": [{"source": source}], "to": [{"operation": dict(operation)}]}
