"""What a cluster's objects say of its public hosts: the policy that the edge puts into practice.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
https://istio.io/latest/docs/reference/config/networking/virtual-service/#Headers
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.planes.engines.kubernetes.api import Api, ApiFailure

Object = dict[str, Any]
CONTROLLER = "ingress.k8s.aws/alb"
ANNOTATION = "alb.ingress.kubernetes.io/"
ISSUER = "identity"
"""The Service that publishes the keys of tokens."""
ATTRIBUTE = re.compile(r"routing\.http\.response\.([a-z_]+)\.header_value")
KINDS = {
    "IngressClass": "networking.k8s.io/v1",
    "IngressClassParams": "elbv2.k8s.aws/v1beta1",
    "Gateway": "networking.istio.io/v1",
    "VirtualService": "networking.istio.io/v1",
}
PROTOCOLS = {"ELBSecurityPolicy-TLS13-1-3": "TLSv1.3", "ELBSecurityPolicy-TLS13-1-2": "TLSv1.2 TLSv1.3"}
OLD_PROTOCOLS = "TLSv1 TLSv1.1 TLSv1.2"


@dataclass(frozen=True)
class Site:
    """A public host. `headers` are those of the mesh's gateway; a host that is `routed` nowhere answers 404; one that
    `issues` leads to the issuer of tokens."""

    host: str
    headers: dict[str, str]
    routed: bool
    issues: bool = False


@dataclass(frozen=True)
class LoadBalancer:
    name: str
    region: str
    plain: bool
    """Whether it listens without TLS."""
    redirects: bool
    secure: bool
    protocols: str
    headers: dict[str, str]
    """Of every answer over TLS."""
    sites: tuple[Site, ...] = field(default=())


def balancers(api: Api, region: str) -> list[LoadBalancer]:
    """The load balancers that a cluster's Ingresses have: those that the controller gave an address."""
    served = [one for one in api.objects("networking.k8s.io/v1", "Ingress") if _addresses(one)]
    if not served:
        return []
    found = {kind: _objects(api, version, kind) for kind, version in KINDS.items()}
    classes = {
        one["metadata"]["name"]: (one["spec"].get("parameters") or {}).get("name")
        for one in found["IngressClass"]
        if one["spec"].get("controller") == CONTROLLER
    }
    parameters = {one["metadata"]["name"]: one.get("spec") or {} for one in found["IngressClassParams"]}
    return [
        _balancer(ingress, parameters.get(classes[name] or "", {}), found, region)
        for ingress in served
        if (name := ingress["spec"].get("ingressClassName")) in classes
    ]


def _objects(api: Api, version: str, kind: str) -> list[Object]:
    """None where the cluster does not know the kind."""
    try:
        return list(api.objects(version, kind))
    except ApiFailure as failure:
        if failure.status == 404:
            return []
        raise


def _addresses(ingress: Object) -> list[Object]:
    return list(((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or [])


def _balancer(ingress: Object, parameters: Object, found: Mapping[str, list[Object]], region: str) -> LoadBalancer:
    notes = ingress["metadata"].get("annotations") or {}
    ports = json.loads(notes.get(f"{ANNOTATION}listen-ports", '[{"HTTP": 80}]'))
    listens = {(protocol, port) for one in ports for protocol, port in one.items()}
    policy = parameters.get("sslPolicy") or notes.get(f"{ANNOTATION}ssl-policy", "")
    redirect = parameters.get("sslRedirectPort") or notes.get(f"{ANNOTATION}ssl-redirect", "")
    hosts = [rule["host"] for rule in ingress["spec"].get("rules") or [] if rule.get("host")]
    return LoadBalancer(
        name=parameters.get("loadBalancerName") or ingress["metadata"]["name"],
        region=region,
        plain=("HTTP", 80) in listens,
        redirects=str(redirect) == "443",
        secure=("HTTPS", 443) in listens,
        protocols=next((value for name, value in PROTOCOLS.items() if policy.startswith(name)), OLD_PROTOCOLS),
        headers=_attributes(parameters),
        sites=tuple(_site(host, found) for host in sorted(set(hosts))),
    )


def _attributes(parameters: Object) -> dict[str, str]:
    listeners = [one for one in parameters.get("listeners") or [] if one["protocol"] == "HTTPS"]
    attributes = [one for listener in listeners for one in listener.get("listenerAttributes") or []]
    return {
        match[1].replace("_", "-").title(): str(one["value"])
        for one in attributes
        if (match := ATTRIBUTE.fullmatch(one["key"]))
    }


def _site(host: str, found: Mapping[str, list[Object]]) -> Site:
    gateways = {
        _place(one) for one in found["Gateway"] if any(_takes(server, host) for server in one["spec"]["servers"])
    }
    routes = [
        route
        for one in found["VirtualService"]
        if host in one["spec"].get("hosts", []) and gateways & _gateways(one)
        for route in one["spec"].get("http") or []
    ]
    sets = [set(_set(route).items()) for route in routes]
    # What only some of a host's answers have is nothing that one can count on.
    headers = dict(sorted(set.intersection(*sets))) if sets else {}
    return Site(host, headers, bool(routes), any(_leads_to(ISSUER, route) for route in routes))


def _takes(server: Object, host: str) -> bool:
    patterns = [pattern.rpartition("/")[2] for pattern in server["hosts"]]
    return server["port"]["protocol"] == "HTTPS" and any(
        pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:])) for pattern in patterns
    )


def _gateways(route: Object) -> set[str]:
    own = route["metadata"]["namespace"]
    return {name if "/" in name else f"{own}/{name}" for name in route["spec"].get("gateways") or []}


def _set(route: Object) -> dict[str, str]:
    return dict(((route.get("headers") or {}).get("response") or {}).get("set") or {})


def _leads_to(service: str, route: Object) -> bool:
    return any(one["destination"]["host"].split(".")[0] == service for one in route.get("route") or [])


def _place(thing: Object) -> str:
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"
