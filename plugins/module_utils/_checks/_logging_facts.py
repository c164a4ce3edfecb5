# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the logs are made of: the shipper, the Elastic operator's servers, and what these hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores import elastic

NAME = "app.kubernetes.io/name"
ZONE = "topology.kubernetes.io/zone"
SHIPPER = "fluent-bit"
CLUSTER = "elasticsearch.k8s.elastic.co/cluster-name"
SET = "elasticsearch.k8s.elastic.co/statefulset-name"
SERVERS = {
    "Elasticsearch": ("elasticsearch.k8s.elastic.co/v1", "elasticsearches"),
    "Kibana": ("kibana.k8s.elastic.co/v1", "kibanas"),
    "Logstash": ("logstash.k8s.elastic.co/v1alpha1", "logstashes"),
}

Item = dict[str, Any]


def labels(found: Mapping[str, Any]) -> dict[str, str]:
    return found["metadata"].get("labels") or {}


def server(world: World, kind: str) -> Item | None:
    """The one object of a kind that is the logs'; None without. Raises Unmet when there are several."""
    name = world.platform.declared["logging"]["name"]
    found = [one for one in world.kubernetes.list(*SERVERS[kind]) if one["metadata"]["name"] == name]
    if len(found) > 1:
        raise Unmet(Breach("logging.several", {"kind": kind, "name": name, "count": len(found)}))
    return found[0] if found else None


def shippers(world: World) -> dict[str, int]:
    """Nodes of the cluster, and on how many of them the shipper is ready as it is declared now."""
    sets = [one for one in world.kubernetes.list("apps/v1", "daemonsets") if labels(one).get(NAME) == SHIPPER]
    ready = 0
    for one in sets:
        status = one.get("status") or {}
        if status.get("observedGeneration") == one["metadata"]["generation"]:
            ready += min(status.get("numberReady", 0), status.get("updatedNumberScheduled", 0))
    return {"daemon_sets": len(sets), "nodes": len(world.kubernetes.list("v1", "nodes")), "ready": ready}


def zones(world: World) -> dict[str, list[str]]:
    """By set of Elasticsearch nodes, the zones in which its pods stand."""
    places = {one["metadata"]["name"]: labels(one).get(ZONE, "") for one in world.kubernetes.list("v1", "nodes")}
    name, found = world.platform.declared["logging"]["name"], dict[str, set[str]]()
    for pod in world.kubernetes.list("v1", "pods"):
        if labels(pod).get(CLUSTER) == name and pod["spec"].get("nodeName"):
            called = labels(pod)[SET].removeprefix(f"{name}-es-")
            found.setdefault(called, set()).add(places[pod["spec"]["nodeName"]])
    return {called: sorted(where) for called, where in sorted(found.items())}


def plain_volumes(world: World) -> list[str]:
    """Claims of Elasticsearch nodes whose class does not encrypt."""
    classes = {
        one["metadata"]["name"]: one.get("parameters") or {}
        for one in world.kubernetes.list("storage.k8s.io/v1", "storageclasses")
    }
    name = world.platform.declared["logging"]["name"]
    claims = [
        one
        for one in world.kubernetes.list("v1", "persistentvolumeclaims")
        if one["metadata"]["name"].startswith(f"elasticsearch-data-{name}-es-")
    ]
    return sorted(
        one["metadata"]["name"]
        for one in claims
        if classes.get(one["spec"].get("storageClassName", ""), {}).get("encrypted") != "true"
    )


def store(world: World) -> elastic.Api:
    """The API of Elasticsearch. Raises Unmet when the operator has made none."""
    return _api(world, "elasticsearch")


def console(world: World) -> elastic.Api:
    """The API of Kibana. Raises Unmet when the operator has made no Elasticsearch."""
    return _api(world, "kibana")


def _api(world: World, kind: str) -> elastic.Api:
    declared, reach = world.platform.declared["logging"], world.platform.reach
    secret = elastic.password(world.kubernetes.get, declared["namespace"], declared["name"])
    if secret is None:
        raise Unmet(Breach("logging.no_server", {"kind": "Elasticsearch", "name": declared["name"]}))
    return elastic.Api(kind, reach["logs"][kind], secret, reach.get("ca_bundle"))


def emulated(*apis: elastic.Api) -> dict[str, Any]:
    """Evidence says so when it was not Elasticsearch or Kibana that answered."""
    found = [api.name for api in apis if api.emulation]
    return {"emulated": [*found, "fluent-bit", "logstash"]} if found else {}
