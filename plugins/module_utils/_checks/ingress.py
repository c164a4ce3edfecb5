# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 1.3.1.3: every public host, followed from the load balancer to the pods of its service."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _ingress_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks._ingress_facts import Entry, Item
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import (
    labels_of,
    place,
    port_named,
    selects,
)

CONTROLLER = "aws-load-balancer-controller"
MODERN_TLS = re.compile(r"^ELBSecurityPolicy-TLS13-1-[23]-")
ISTIO = "networking.istio.io/v1"


@check("1.3.1.3")
def published(world: World, required: dict[str, Any]) -> Finding:
    controllers, breaches = _controllers(world, required["controller_pods"])
    hosts: dict[str, Any] = {}
    used: dict[str, Entry] = {}
    declared = facts.public(world)
    if not declared:
        breaches.append(Breach("ingress.no_hosts", {}))
    for service in declared:
        hosts[service["host"]], found, entry = _host(world, service, required)
        breaches += found
        if entry:
            used[entry.name] = entry
    ingresses = {name: _settings(entry) for name, entry in sorted(used.items())}
    breaches += [breach for name, entry in sorted(used.items()) for breach in _entry_breaches(name, entry)]
    return Finding({"controllers": controllers, "ingresses": ingresses, "hosts": hosts}, tuple(breaches))


def _controllers(world: World, wanted: int) -> tuple[dict[str, int], list[Breach]]:
    """Available pods of the load balancer controller by Deployment."""
    found = {
        "/".join(place(one)): int((one.get("status") or {}).get("availableReplicas", 0))
        for one in world.kubernetes.list("apps/v1", "deployments")
        if labels_of(one).get("app.kubernetes.io/name") == CONTROLLER
    }
    if not found:
        return {}, [Breach("ingress.no_controller", {})]
    weak = {name: count for name, count in found.items() if count < wanted}
    params = [{"deployment": name, "available": count, "wanted": wanted} for name, count in weak.items()]
    return found, [Breach("ingress.controller_not_ready", one) for one in params]


def _settings(entry: Entry) -> dict[str, Any]:
    return {
        "listeners": sorted(f"{protocol}:{port}" for protocol, port in entry.listeners),
        "redirect_to": entry.setting("sslRedirectPort", "ssl-redirect"),
        "scheme": entry.setting("scheme", "scheme"),
        "tls_policy": entry.setting("sslPolicy", "ssl-policy"),
        "backend_protocol": entry.annotation("backend-protocol"),
        "addresses": entry.addresses,
    }


def _entry_breaches(name: str, entry: Entry) -> list[Breach]:
    settings = _settings(entry)
    rules: list[tuple[bool, str, dict[str, Any]]] = [
        (("HTTPS", 443) in entry.listeners, "ingress.not_https", {}),
        (("HTTP", 80) in entry.listeners and settings["redirect_to"] == "443", "ingress.no_redirect", {}),
        (settings["scheme"] == "internet-facing", "ingress.internal", {}),
        (
            MODERN_TLS.match(settings["tls_policy"]) is not None,
            "ingress.weak_tls",
            {"policy": settings["tls_policy"] or "ELBSecurityPolicy-2016-08"},
        ),
        (settings["backend_protocol"] == "HTTPS", "ingress.plain_backend", {}),
        (bool(settings["addresses"]), "ingress.no_load_balancer", {}),
    ]
    return [Breach(identifier, {"ingress": name, **params}) for holds, identifier, params in rules if not holds]


def _host(
    world: World, service: Item, required: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Breach], Entry | None]:
    """What a host's way looks like, up to where it ends before the pods of its service, and why it does."""
    host = service["host"]
    entry = next((one for one in world.once(facts.entries) if one.backends(host)), None)
    if entry is None:
        return {}, [Breach("ingress.host_missing", {"host": host})], None
    way: dict[str, Any] = {"ingress": entry.name}
    namespace = place(entry.ingress)[0]
    for backend in entry.backends(host):
        breaches, gateways = _gateways(world, host, namespace, backend, required["gateway_pods"])
        way["gateway_service"] = f"{namespace}/{backend['name']}"
        way["gateways"] = sorted("/".join(one) for one in gateways)
        if breaches:
            return way, breaches, entry
        reached = sorted(_reached(world, host, gateways))
        way["services"] = ["/".join(one) for one in reached]
        breaches = _service_breaches(world, service, reached, required["service_pods"])
        if breaches:
            return way, breaches, entry
    return way, [], entry


def _gateways(
    world: World, host: str, namespace: str, backend: Item, wanted: int
) -> tuple[list[Breach], list[tuple[str, str]]]:
    """The mesh's Gateways that take a host's requests over TLS on the pods of an Ingress's Service."""
    name = f"{namespace}/{backend['name']}"
    service = world.once(facts.services).get((namespace, backend["name"]))
    port = port_named(service, backend["port"]) if service else None
    ready = world.once(facts.endpoints).get((namespace, backend["name"]), []) if port else []
    if port is None or len(ready) < wanted:
        params = {"host": host, "service": name, "ready": len(ready), "wanted": wanted}
        return [Breach("ingress.gateway_down", params)], []
    numbers = {one.ports.get(port.get("name") or "") for one in ready}
    pods = {place(one)[1]: labels_of(one) for one in world.kubernetes.list("v1", "pods", namespace)}
    behind = [pods.get(one.target, {}) for one in ready]
    found = [
        place(gateway)
        for gateway in world.kubernetes.list(ISTIO, "gateways")
        if all(selects({"matchLabels": gateway["spec"].get("selector") or {}}, labels) for labels in behind)
        and any(_takes(server, host, numbers) for server in gateway["spec"].get("servers") or [])
    ]
    return ([] if found else [Breach("ingress.no_gateway", {"host": host, "service": name})]), found


def _takes(server: Item, host: str, numbers: Iterable[int | None]) -> bool:
    port = server["port"]
    over_tls = port["protocol"] == "HTTPS" and (server.get("tls") or {}).get("mode") in ("SIMPLE", "MUTUAL")
    return over_tls and port["number"] in numbers and any(facts.serves(pattern, host) for pattern in server["hosts"])


def _reached(world: World, host: str, gateways: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Namespace and name of the Services that VirtualServices on these Gateways send a host's requests to."""
    names = set(gateways)
    reached: set[tuple[str, str]] = set()
    for route in world.kubernetes.list(ISTIO, "virtualservices"):
        namespace, spec = place(route)[0], route["spec"]
        bound = {tuple(one.split("/")) if "/" in one else (namespace, one) for one in spec.get("gateways") or []}
        if host in spec.get("hosts", []) and bound & names:
            reached |= set(facts.destinations(route))
    return reached


def _service_breaches(world: World, service: Item, reached: list[tuple[str, str]], wanted: int) -> list[Breach]:
    host, own = service["host"], (service["team"], service["name"])
    if not reached:
        return [Breach("ingress.no_route", {"host": host})]
    strangers = [one for one in reached if one != own]
    if strangers:
        names = ", ".join("/".join(one) for one in strangers)
        return [Breach("ingress.wrong_route", {"host": host, "service": "/".join(own), "found": names})]
    ready = len(world.once(facts.endpoints).get(own, [])) if own in world.once(facts.services) else 0
    if ready < wanted:
        params = {"host": host, "service": "/".join(own), "ready": ready, "wanted": wanted}
        return [Breach("ingress.service_down", params)]
    return []
