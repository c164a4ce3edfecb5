# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VirtualServices and DestinationRules: has every service its own, and does none of them weaken mutual TLS?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach

Object = Mapping[str, Any]
Service = Mapping[str, Any]

MUTUAL = "ISTIO_MUTUAL"


def judge(
    service: Service, routes: Sequence[Object], rules: Sequence[Object], pods: Sequence[Object]
) -> Iterator[Breach]:
    """All VirtualServices, all DestinationRules of the cluster, and the pods of the service."""
    address = f"{service['name']}.{service['team']}.svc.cluster.local"
    own_routes = [one for one in routes if _in_mesh(one) and address in _hosts(one, "hosts")]
    own_rules = [one for one in rules if address in _hosts(one, "host")]
    name = {"service": service["name"]}
    if not own_routes:
        yield Breach("istio.no_route", name)
    if not own_rules:
        yield Breach("istio.no_destination_rule", name)
    for route in own_routes:
        yield from _judge_route(route, address, own_rules, name)
        if pods:  # without any, no subset is at fault
            yield from _empty(route, own_rules, pods, name)
    for rule in own_rules:
        if not (rule["spec"].get("trafficPolicy") or {}).get("outlierDetection"):
            yield Breach("istio.no_outlier_detection", name)
    for rule in rules:
        if any(_covers(host, address) for host in _hosts(rule, "host")):
            for mode in sorted(set(_tls_modes(rule["spec"])) - {MUTUAL}):
                yield Breach("istio.tls_weakened", {**name, "rule": _name(rule), "mode": mode})


def _judge_route(route: Object, address: str, rules: Sequence[Object], name: dict[str, str]) -> Iterator[Breach]:
    subsets = {subset["name"] for rule in rules for subset in rule["spec"].get("subsets") or ()}
    for http in route["spec"].get("http") or [{}]:
        destinations = http.get("route") or ()
        targets = {_full(each["destination"]["host"], route) for each in destinations}
        if targets != {address}:
            yield Breach(
                "istio.routed_elsewhere", {**name, "route": _name(route), "targets": ", ".join(sorted(targets))}
            )
        weights = [each.get("weight", 0) for each in destinations]
        if len(weights) > 1 and sum(weights) != 100:
            yield Breach("istio.weights", {**name, "route": _name(route), "total": sum(weights)})
        named = {each["destination"]["subset"] for each in destinations if "subset" in each["destination"]}
        for unknown in sorted(named - subsets) if rules else ():
            yield Breach("istio.unknown_subset", {**name, "route": _name(route), "subset": unknown})
        if http.get("timeout", "0s") == "0s":
            yield Breach("istio.no_timeout", {**name, "route": _name(route)})


def _empty(route: Object, rules: Sequence[Object], pods: Sequence[Object], name: dict[str, str]) -> Iterator[Breach]:
    """Subsets that get requests and have nobody to answer them."""
    destinations = [each for http in route["spec"].get("http") or () for each in http.get("route") or ()]
    used = {each["destination"].get("subset") for each in destinations if each.get("weight", 100)}
    for subset in (one for rule in rules for one in rule["spec"].get("subsets") or () if one["name"] in used):
        wanted = (subset.get("labels") or {}).items()
        if not any(wanted <= pod["metadata"].get("labels", {}).items() for pod in pods):
            yield Breach("istio.empty_subset", {**name, "route": _name(route), "subset": subset["name"]})


def _in_mesh(route: Object) -> bool:
    return "mesh" in (route["spec"].get("gateways") or ["mesh"])


def _hosts(one: Object, field: str) -> set[str]:
    found = one["spec"].get(field) or ()
    return {_full(host, one) for host in ([found] if isinstance(found, str) else found)}


def _full(host: str, one: Object) -> str:
    """A name without dots is a service of the object's own namespace."""
    return host if "." in host or host == "*" else f"{host}.{one['metadata']['namespace']}.svc.cluster.local"


def _covers(host: str, address: str) -> bool:
    return address.endswith(host[1:]) if host.startswith("*") else host == address


def _tls_modes(spec: Mapping[str, Any]) -> Iterator[str]:
    """The modes of a rule, its ports and its subsets; where none is named, Istio takes mutual TLS by itself."""
    scopes = [spec, *(spec.get("subsets") or ())]
    for policy in (scope.get("trafficPolicy") or {} for scope in scopes):
        for settings in (policy, *(policy.get("portLevelSettings") or ())):
            if settings.get("tls"):
                yield settings["tls"].get("mode", "DISABLE")


def _name(one: Object) -> str:
    return f"{one['metadata']['namespace']}/{one['metadata']['name']}"
