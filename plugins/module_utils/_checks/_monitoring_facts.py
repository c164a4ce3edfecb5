# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Prometheus servers are told to watch, as the Prometheus operator reads it from the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import labels_of, place, selects

Item = Mapping[str, Any]

API = "monitoring.coreos.com/v1"


@dataclass(frozen=True)
class Scrape:
    """A Service that a ServiceMonitor selects, and the names or numbers of its ports that are scraped."""

    monitor: tuple[str, str]
    service: tuple[str, str]
    ports: tuple[str, ...]


def servers(world: World) -> list[Item]:
    """Declared Prometheus objects that are not paused: ``world.once(servers)``."""
    return [one for one in world.kubernetes.list(API, "prometheuses") if not one["spec"].get("paused")]


def loaded(world: World, plural: str, kind: str) -> list[Item]:
    """The objects that some server selects; ``kind`` as in ``<kind>Selector`` and ``<kind>NamespaceSelector``."""
    namespaces = {one["metadata"]["name"]: labels_of(one) for one in world.kubernetes.list("v1", "namespaces")}
    return [
        one
        for one in world.kubernetes.list(API, plural)
        if any(_loads(server, kind, one, namespaces) for server in world.once(servers))
    ]


def _loads(server: Item, kind: str, item: Item, namespaces: Mapping[str, Mapping[str, str]]) -> bool:
    """A namespace selector that is not there means the server's own namespace."""
    namespace = place(item)[0]
    chosen = server["spec"].get(f"{kind}NamespaceSelector")
    near = namespace == place(server)[0] if chosen is None else selects(chosen, namespaces.get(namespace, {}))
    return near and selects(server["spec"].get(f"{kind}Selector"), labels_of(item))


def scrapes(world: World) -> list[Scrape]:
    """What the loaded ServiceMonitors select: ``world.once(scrapes)``."""
    services = world.kubernetes.list("v1", "services")
    return [
        Scrape(place(monitor), place(service), _ports(monitor))
        for monitor in loaded(world, "servicemonitors", "serviceMonitor")
        for service in services
        if _near(monitor, place(service)[0]) and selects(monitor["spec"]["selector"], labels_of(service))
    ]


def _near(monitor: Item, namespace: str) -> bool:
    chosen = monitor["spec"].get("namespaceSelector") or {}
    if chosen.get("any"):
        return True
    return namespace in (chosen.get("matchNames") or [place(monitor)[0]])


def _ports(monitor: Item) -> tuple[str, ...]:
    found = (one.get("port") or one.get("targetPort") for one in monitor["spec"]["endpoints"])
    return tuple(dict.fromkeys(str(port) for port in found if port is not None))


def alerts(rules: Iterable[Item]) -> set[str]:
    """Names of the alerts in PrometheusRule objects."""
    return {
        rule["alert"]
        for one in rules
        for group in one["spec"].get("groups") or []
        for rule in group.get("rules") or []
        if "alert" in rule
    }


def nodes(world: World) -> dict[str, set[str]]:
    """Addresses by name of the nodes that are ready: ``world.once(nodes)``."""
    return {
        one["metadata"]["name"]: {address["address"] for address in one["status"].get("addresses") or []}
        for one in world.kubernetes.list("v1", "nodes")
        if any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in one["status"].get("conditions") or []
        )
    }
