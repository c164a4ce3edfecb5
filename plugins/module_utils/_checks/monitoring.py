# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 1.2.1.5: what Prometheus is told to watch exists, and the rules it needs are loaded.

Judged on the API's objects: which targets and rules the operator gives the servers. Whether the servers run and each
target answers is judged on Prometheus itself, by the checks of observability.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _monitoring_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks._ingress_facts import endpoints
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import Endpoint, labels_of, place

NAME = "app.kubernetes.io/name"
OPERATOR = {"app.kubernetes.io/component": "prometheus-operator"}
TARGETS: dict[str, tuple[str, bool]] = {
    "kubelet": ("kubelet", True),
    "nodes": ("prometheus-node-exporter", True),
    "kube_state": ("kube-state-metrics", False),
}
"""What must be watched: the label app.kubernetes.io/name of its Service, and whether it has an address per node."""


@check("1.2.1.5")
def watched(world: World, required: dict[str, Any]) -> Finding:
    running, breaches = operators(world, required["operator_pods"])
    servers = {"/".join(place(one)): one["spec"].get("replicas", 1) for one in world.once(facts.servers)}
    if not servers:
        breaches.append(Breach("monitoring.no_prometheus", {}))
    elif sum(servers.values()) < required["servers"]:
        params = {"servers": sum(servers.values()), "wanted": required["servers"]}
        breaches.append(Breach("monitoring.few_servers", params))
    targets: dict[str, Any] = {}
    for target, (name, per_node) in TARGETS.items():
        targets[target], found = _target(world, target, name, per_node)
        breaches += found
    rules, found = _rules(world, required["alerts"])
    breaches += found
    observed = {"operators": running, "servers": servers, "targets": targets, "rules": rules, "judged_on": "objects"}
    return Finding(observed, tuple(breaches))


def operators(world: World, wanted: int) -> tuple[dict[str, int], list[Breach]]:
    """Available pods by Deployment of the operator, and what is wrong with that."""
    found = {
        "/".join(place(one)): int((one.get("status") or {}).get("availableReplicas", 0))
        for one in world.kubernetes.list("apps/v1", "deployments")
        if OPERATOR.items() <= labels_of(one).items()
    }
    if sum(found.values()) >= wanted:
        return found, []
    return found, [Breach("monitoring.no_operator", {"available": sum(found.values()), "wanted": wanted})]


def _target(world: World, target: str, name: str, per_node: bool) -> tuple[dict[str, Any], list[Breach]]:
    """Who scrapes a kind of target, on how many addresses, and which nodes nobody looks at."""
    services = {place(one): one for one in world.kubernetes.list("v1", "services") if labels_of(one).get(NAME) == name}
    scrapes = [one for one in world.once(facts.scrapes) if one.service in services]
    found: dict[tuple[str, str], Endpoint] = {
        (one.address, one.target): one
        for scrape in scrapes
        for one in world.once(endpoints).get(scrape.service, [])
        if any(port in one.ports or port in map(str, one.ports.values()) for port in scrape.ports)
    }
    observed: dict[str, Any] = {
        "monitors": sorted({"/".join(one.monitor) for one in scrapes}),
        "addresses": len(found),
    }
    if not services:
        return observed, [Breach("monitoring.no_service", {"target": target, "name": name})]
    if not scrapes:
        names = ", ".join("/".join(one) for one in sorted(services))
        return observed, [Breach("monitoring.not_selected", {"target": target, "services": names})]
    if not found:
        return observed, [Breach("monitoring.no_addresses", {"target": target})]
    if per_node:
        observed["missing_nodes"] = _unwatched(world.once(facts.nodes), found.values(), world)
        if observed["missing_nodes"]:
            params = {"target": target, "nodes": ", ".join(observed["missing_nodes"])}
            return observed, [Breach("monitoring.nodes_unwatched", params)]
    return observed, []


def _unwatched(nodes: Mapping[str, set[str]], found: Any, world: World) -> list[str]:
    """Nodes without an address among those scraped; a pod stands for the node it runs on."""
    pods = {one["metadata"]["name"]: one["spec"].get("nodeName", "") for one in world.kubernetes.list("v1", "pods")}
    watched_nodes = {name for one in found for name in (one.target, pods.get(one.target, ""))}
    addresses = {one.address for one in found}
    return sorted(name for name, own in nodes.items() if name not in watched_nodes and not own & addresses)


def _rules(world: World, wanted: list[str]) -> tuple[dict[str, Any], list[Breach]]:
    every = world.kubernetes.list(facts.API, "prometheusrules")
    loaded = facts.loaded(world, "prometheusrules", "rule")
    idle = sorted({"/".join(place(one)) for one in every} - {"/".join(place(one)) for one in loaded})
    missing = sorted(set(wanted) - facts.alerts(loaded))
    breaches = [Breach("monitoring.rules_not_loaded", {"rules": ", ".join(idle)})] if idle else []
    if missing:
        breaches.append(Breach("monitoring.alerts_missing", {"alerts": ", ".join(missing)}))
    return {"objects": len(every), "loaded": len(loaded), "alerts": len(facts.alerts(loaded))}, breaches
