# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 1.3.1.2, the mesh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mesh_facts, _mesh_routes
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import ROOT_NAMESPACE

CHARTS = ("base", "istiod", "cni", "gateway")


@check("1.3.1.2")
def services_are_meshed(world: World, required: dict[str, Any]) -> Finding:
    releases, plugin = _mesh_facts.releases(world), _mesh_facts.plugin_pods(world)
    control_plane = _mesh_facts.available(world, ROOT_NAMESPACE, "istiod")
    gateway = _mesh_facts.available(world, _mesh_facts.INGRESS_NAMESPACE, _mesh_facts.GATEWAY)
    proxies = {
        name: [_mesh_facts.proxy_status(pod) for pod in found] for name, found in world.once(_mesh_facts.pods).items()
    }
    modes, injected = peer_modes(world), _mesh_facts.injected(world)
    observed = {
        "releases": {one["metadata"]["name"]: one["spec"]["chart"]["spec"].get("version") for one in releases},
        "control_plane": control_plane,
        "gateway": gateway,
        "cni_plugin": plugin,
        "injection": injected,
        "proxies": {name: {status: found.count(status) for status in set(found)} for name, found in proxies.items()},
        "mutual_tls": modes,
    }
    breaches = [
        *_release_breaches(releases),
        *_replica_breaches("istiod", control_plane, required["control_plane_replicas"]),
        *_replica_breaches(_mesh_facts.GATEWAY, gateway, required["gateway_replicas"]),
        *([] if 0 < plugin["wanted"] == plugin["ready"] else [Breach("istio.cni_unready", plugin)]),
        *(Breach("istio.no_injection", {"namespace": name}) for name, on in injected.items() if not on),
        *_proxy_breaches(proxies),
        *mode_breaches(modes, required["mutual_tls"]),
        *_route_breaches(world),
    ]
    return Finding(observed, tuple(breaches))


def _release_breaches(releases: list[dict[str, Any]]) -> Iterator[Breach]:
    by_chart = {one["spec"]["chart"]["spec"]["chart"]: one for one in releases}
    for chart in CHARTS:
        if chart not in by_chart:
            yield Breach("istio.no_release", {"chart": chart})
            continue
        release = by_chart[chart]
        status = release.get("status", {})
        ready: dict[str, Any] = next((one for one in status.get("conditions", ()) if one["type"] == "Ready"), {})
        seen = status.get("observedGeneration", 0) >= release["metadata"].get("generation", 0)
        if ready.get("status") != "True" or not seen:
            reason = ready.get("message") or ready.get("reason") or "-"
            yield Breach("istio.release_unready", {"release": release["metadata"]["name"], "reason": reason})


def _replica_breaches(name: str, found: int, wanted: int) -> Iterator[Breach]:
    if found < wanted:
        yield Breach("istio.too_few", {"deployment": name, "available": found, "wanted": wanted})


def _proxy_breaches(proxies: dict[str, list[str]]) -> Iterator[Breach]:
    for service, found in proxies.items():
        if not found:
            yield Breach("istio.no_pods", {"service": service})
        if missing := found.count("none"):
            yield Breach("istio.no_proxy", {"service": service, "pods": missing, "total": len(found)})
        if unready := found.count("unready"):
            yield Breach("istio.proxy_unready", {"service": service, "pods": unready, "total": len(found)})


def peer_modes(world: World) -> dict[str, dict[str, str]]:
    """By service, the mode of each of its ports; the weakest where pods differ."""
    strength = ("DISABLE", "PERMISSIVE", "STRICT")
    found, guards = world.once(_mesh_facts.pods), world.once(_mesh_facts.guards)
    return {
        service["name"]: {
            str(port): min((guard.peer_mode(port) for guard in guards[service["name"]]), key=strength.index)
            for port in _mesh_facts.ports(service, found[service["name"]])
        }
        for service in _mesh_facts.services(world)
        if guards[service["name"]]
    }


def mode_breaches(modes: dict[str, dict[str, str]], wanted: str) -> Iterator[Breach]:
    for service, ports in modes.items():
        for port, mode in ports.items():
            if mode != wanted:
                yield Breach("istio.plaintext", {"service": service, "port": port, "mode": mode, "wanted": wanted})


def _route_breaches(world: World) -> Iterator[Breach]:
    routes = world.kubernetes.list(_mesh_facts.NETWORKING, "virtualservices")
    rules = world.kubernetes.list(_mesh_facts.NETWORKING, "destinationrules")
    pods = world.once(_mesh_facts.pods)
    for service in _mesh_facts.services(world):
        yield from _mesh_routes.judge(service, routes, rules, pods[service["name"]])
