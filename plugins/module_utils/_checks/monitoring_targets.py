# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.1.1.2: every service and store is told to Prometheus, and what it scrapes answers.

Judged on the running Prometheus: whom it scrapes, and what the exporters of stores last said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _monitoring_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _prometheus as prometheus
from ansible_collections.iworkz.platform.plugins.module_utils._checks._ingress_facts import endpoints, public
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, redis

NAMED = 10
"""Targets that are named one by one."""
HOSTS = "public-hosts"
STORES = {"postgres": "pg_up", "redis": "redis_up"}
"""Metrics that are 1 for each server that its exporter reaches, by the label target."""


@check("3.1.1.2")
def scraped(world: World, required: dict[str, Any]) -> Finding:
    targets = world.once(prometheus.targets)
    up = [one for one in targets if one["health"] == "up"]
    down = [one for one in targets if one["health"] != "up"]
    services, breaches = _services(world, up)
    stores, found = _stores(world)
    breaches += [*found, *_jobs(required["jobs"], up), *_hosts(world, up)]
    breaches += [Breach("monitoring.target_down", _failure(one)) for one in down[:NAMED]]
    if len(down) > NAMED:
        breaches.append(Breach("monitoring.more_down", {"count": len(down) - NAMED}))
    jobs = Counter(one["labels"].get("job", "") for one in up)
    observed = {"up": len(up), "down": len(down), "jobs": dict(sorted(jobs.items()))}
    return Finding({**observed, "services": services, "stores": stores}, tuple(breaches))


def _services(world: World, up: list[dict[str, Any]]) -> tuple[dict[str, int], list[Breach]]:
    """Pods of each service that answer, against those that are ready."""
    monitored = {scrape.service for scrape in world.once(facts.scrapes)}
    answering = Counter((one["labels"].get("namespace"), one["labels"].get("service")) for one in up)
    observed, breaches = {}, []
    for service in world.platform.declared["services"]:
        name, key = service["name"], (service["team"], service["name"])
        observed[name] = answering[key]
        ready = len({one.address for one in world.once(endpoints).get(key, [])})
        if key not in monitored:
            breaches.append(Breach("monitoring.service_unwatched", {"service": name}))
        elif not ready:
            breaches.append(Breach("monitoring.service_without_pods", {"service": name}))
        elif answering[key] < ready:
            params = {"service": name, "up": answering[key], "ready": ready}
            breaches.append(Breach("monitoring.pods_unscraped", params))
    return observed, breaches


def _stores(world: World) -> tuple[dict[str, Any], list[Breach]]:
    """Servers that AWS knows of, against those that an exporter reaches."""
    known = {
        "postgres": [one["DBInstanceIdentifier"] for one in postgres.instances(world, world.platform.owns)],
        "redis": [
            member
            for group in redis.replication_groups(world, world.platform.owns)
            for member in group["MemberClusters"]
        ],
    }
    observed, breaches = {}, []
    for store, servers in known.items():
        reached = {labels.get("target") for labels, value in prometheus.query(world, STORES[store]) if value == 1}
        missing = sorted(set(servers) - reached)
        observed[store] = {"servers": sorted(servers), "missing": missing}
        if missing:
            breaches.append(Breach("monitoring.store_unmeasured", {"store": store, "servers": ", ".join(missing)}))
    return observed, breaches


def _jobs(wanted: list[str], up: list[dict[str, Any]]) -> Iterator[Breach]:
    missing = sorted(set(wanted) - {one["labels"].get("job") for one in up})
    if missing:
        yield Breach("monitoring.jobs_missing", {"jobs": ", ".join(missing)})


def _hosts(world: World, up: list[dict[str, Any]]) -> Iterator[Breach]:
    """Public hosts that nobody probes; whether a probe succeeds is for its alert to say."""
    probed = " ".join(one["labels"].get("instance", "") for one in up if one["labels"].get("job") == HOSTS)
    missing = [service["host"] for service in public(world) if f"//{service['host']}/" not in f"{probed}/"]
    if missing:
        yield Breach("monitoring.hosts_unprobed", {"hosts": ", ".join(missing)})


def _failure(target: dict[str, Any]) -> dict[str, Any]:
    labels = target["labels"]
    where = labels.get("pod") or labels.get("instance") or target.get("scrapeUrl", "")
    return {"job": labels.get("job", ""), "target": where, "error": target.get("lastError") or target["health"]}
