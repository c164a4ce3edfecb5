# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.1.1.1: Prometheus, Alertmanager and Grafana run, more than one of each that has to, on volumes.

The two servers are asked themselves; Grafana, whose readiness is its own word on its health, is judged on objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _monitoring_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _prometheus as prometheus
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, Unmet, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._checks.monitoring import operators
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import labels_of, place

GRAFANA = {"app.kubernetes.io/name": "grafana"}
DAYS = {"y": 365.0, "w": 7.0, "d": 1.0, "h": 1 / 24, "m": 1 / 1440}


@check("3.1.1.1")
def runs(world: World, required: dict[str, Any]) -> Finding:
    operating, breaches = operators(world, required["operator_pods"])
    observed: dict[str, Any] = {"operators": operating}
    for kind, items, wanted in (
        (prometheus.PROMETHEUS, world.once(facts.servers), required["servers"]),
        (prometheus.ALERTMANAGER, world.once(prometheus.alertmanagers), required["alertmanagers"]),
    ):
        observed[kind], found = _servers(world, kind, items, wanted)
        breaches += found
    observed["grafana"], found = _grafana(world, required["grafana"])
    breaches += found
    if not any(one.id == "monitoring.no_servers" for one in breaches):
        answers, found = _answers(world, required)
        observed |= answers
        breaches += found
    return Finding({**observed, "judged_on": {"servers": "their API", "grafana": "objects"}}, tuple(breaches))


def _servers(world: World, kind: str, items: list[facts.Item], wanted: int) -> tuple[dict[str, Any], list[Breach]]:
    """What runs of the objects of a kind; the operator makes a StatefulSet of each."""
    if not items:
        return {}, [Breach("monitoring.no_servers", {"kind": kind})]
    sets = {place(one): one for one in world.kubernetes.list("apps/v1", "statefulsets")}
    observed, breaches = {}, []
    for namespace, name in map(place, items):
        running = sets.get((namespace, f"{kind}-{name}"))
        ready = int((running or {}).get("status", {}).get("readyReplicas", 0))
        claims = _claims(world, running) if running else {}
        observed[f"{namespace}/{name}"] = {"ready": ready, "claims": claims}
        who = {"kind": kind, "name": f"{namespace}/{name}"}
        if ready < wanted:
            breaches.append(Breach("monitoring.few_ready", {**who, "ready": ready, "wanted": wanted}))
        breaches += _storage(who, claims)
    return observed, breaches


def _claims(world: World, running: Mapping[str, Any]) -> dict[str, str]:
    """Phase by name of the claims of a StatefulSet's pods; Lost where there is none."""
    namespace, name = place(running)
    phases = _phases(world)
    templates = [one["metadata"]["name"] for one in running["spec"].get("volumeClaimTemplates") or []]
    pods = [f"{name}-{number}" for number in range(running["spec"].get("replicas", 1))]
    names = [f"{template}-{pod}" for template in templates for pod in pods]
    return {one: phases.get((namespace, one), "Lost") for one in names}


def _grafana(world: World, wanted: int) -> tuple[dict[str, Any], list[Breach]]:
    found = [
        one for one in world.kubernetes.list("apps/v1", "deployments") if GRAFANA.items() <= labels_of(one).items()
    ]
    available = sum(int((one.get("status") or {}).get("availableReplicas", 0)) for one in found)
    claims = {
        volume["persistentVolumeClaim"]["claimName"]: _phases(world).get(
            (place(one)[0], volume["persistentVolumeClaim"]["claimName"]), "Lost"
        )
        for one in found
        for volume in one["spec"]["template"]["spec"].get("volumes") or []
        if "persistentVolumeClaim" in volume
    }
    observed = {"available": available, "claims": claims}
    if not found:
        return observed, [Breach("monitoring.no_servers", {"kind": "grafana"})]
    who = {"kind": "grafana", "name": "/".join(place(found[0]))}
    few = [] if available >= wanted else [Breach("monitoring.few_ready", {**who, "ready": available, "wanted": wanted})]
    return observed, [*few, *_storage(who, claims)]


def _storage(who: dict[str, str], claims: Mapping[str, str]) -> Iterator[Breach]:
    if not claims:
        yield Breach("monitoring.no_volume", who)
    for claim, phase in claims.items():
        if phase != "Bound":
            yield Breach("monitoring.volume_unbound", {**who, "claim": claim, "phase": phase})


def _phases(world: World) -> dict[tuple[str, str], str]:
    return {
        place(one): (one.get("status") or {}).get("phase", "Pending")
        for one in world.kubernetes.list("v1", "persistentvolumeclaims")
    }


def _answers(world: World, required: dict[str, Any]) -> tuple[dict[str, Any], list[Breach]]:
    """What the servers say of themselves."""
    about = prometheus.ask(world, prometheus.PROMETHEUS, "/api/v1/status/runtimeinfo")["data"]
    members = prometheus.ask(world, prometheus.ALERTMANAGER, "/api/v2/status")["cluster"]
    days = _days(about["storageRetention"])
    breaches = []
    if not about["reloadConfigSuccess"]:
        breaches.append(Breach("monitoring.not_reloaded", {"since": about["lastConfigTime"]}))
    if days < required["retention_days"]:
        breaches.append(Breach("monitoring.short_retention", {"days": days, "wanted": required["retention_days"]}))
    if members["status"] != "ready":
        breaches.append(Breach("monitoring.cluster_unsettled", {"status": members["status"]}))
    observed = {
        "retention_days": days,
        "configured_at": about["lastConfigTime"],
        "alertmanager_cluster": {"status": members["status"], "peers": len(members.get("peers") or [])},
    }
    return observed, breaches


def _days(retention: str) -> float:
    """Days, of a retention such as "6w3d" or "45d or 90GiB"; a limit by size alone is none by time."""
    time = retention.split(" or ", maxsplit=1)[0]
    if not re.fullmatch(r"([0-9]+[a-z]+)+", time):
        raise Unmet(Breach("monitoring.no_retention", {"retention": retention}))
    return round(sum(int(count) * DAYS.get(unit, 0) for count, unit in re.findall(r"([0-9]+)([a-z]+)", time)), 2)
