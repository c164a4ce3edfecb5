# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of items 3.1.2.1 to 3.1.2.3: logs are in one place and masked, kept and archived, and can be searched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _log_archives, _tracing
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _logging_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import covers
from ansible_collections.iworkz.platform.plugins.module_utils._stores import elastic_kibana

CANARY = "log-canary"
# What the canary writes, of nobody; and what must be in the place of it.
PERSONAL = {
    "name": "山田太郎",
    "my_number": "123456789018",
    "phone": "090-0000-0000",
    "email": "taro.yamada@example.jp",
}
LATELY = "15m"
DAYS = {"d": 1.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400, "ms": 1 / 86400000}

Item = dict[str, Any]


@check("3.1.2.1")
def centralised(world: World, required: Item) -> Finding:
    shippers, zones = facts.shippers(world), facts.zones(world)
    health: dict[str, str] = {}
    breaches: list[Breach] = []
    for kind in facts.SERVERS:
        found = facts.server(world, kind)
        if found is None:
            breaches.append(
                Breach("logging.no_server", {"kind": kind, "name": world.platform.declared["logging"]["name"]})
            )
            continue
        status = found.get("status") or {}
        seen = status.get("observedGeneration") == found["metadata"]["generation"]
        health[kind] = status.get("health", "unknown") if seen else "unknown"
        if health[kind] != required["health"]:
            breaches.append(Breach("logging.unwell", {"kind": kind, "health": health[kind]}))
    if not shippers["daemon_sets"]:
        breaches.append(Breach("logging.no_shipper", {}))
    elif shippers["ready"] < shippers["nodes"]:
        breaches.append(Breach("logging.shipper_missing", {"ready": shippers["ready"], "nodes": shippers["nodes"]}))
    breaches += [
        Breach("logging.not_spread", {"set": name, "zones": len(found), "wanted": required["zones"]})
        for name, found in zones.items()
        if len(found) < required["zones"]
    ]
    breaches += [Breach("logging.not_encrypted", {"claim": name}) for name in facts.plain_volumes(world)]
    observed = {"shippers": shippers, "health": health, "zones": zones}
    if "Elasticsearch" in health:
        console, store = facts.console(world), facts.store(world)
        level = (console.get("api/status") or {}).get("status", {}).get("overall", {}).get("level", "unknown")
        if level != "available":
            breaches.append(Breach("logging.kibana_unavailable", {"level": level}))
        trial, missing = _canary(world, store, required["canary_age_seconds"])
        breaches += missing
        observed |= {"kibana": level, "canary": trial, **facts.emulated(store, console)}
    return Finding(observed, tuple(breaches))


def _canary(world: World, store: Any, seconds: int) -> tuple[Item, list[Breach]]:
    """The newest line that the canary wrote, as it was stored."""
    jobs = [one for one in world.kubernetes.list("batch/v1", "cronjobs") if one["metadata"]["name"] == CANARY]
    told = json.dumps([one["spec"]["jobTemplate"] for one in jobs], ensure_ascii=False)
    silent = [kind for kind, value in PERSONAL.items() if value not in told]
    if silent or any(one["spec"].get("suspend") for one in jobs):
        return {}, [Breach("logging.canary_changed", {"kinds": ", ".join(silent) or "-"})]
    chosen = [{"term": {"service.name": CANARY}}, {"range": {"@timestamp": {"gte": f"now-{seconds}s"}}}]
    body = {"size": 1, "sort": [{"@timestamp": "desc"}], "query": {"bool": {"filter": chosen}}}
    hits = store.post("logs-*", "_search", body=body, query="ignore_unavailable=true")["hits"]["hits"]
    if not hits:
        return {}, [Breach("logging.no_canary", {"seconds": seconds})]
    text = json.dumps(hits[0]["_source"], ensure_ascii=False)
    left = [kind for kind, value in PERSONAL.items() if value in text or f"[masked:{kind}]" not in text]
    observed = {"at": hits[0]["_source"]["@timestamp"], "stream": hits[0]["_index"], "unmasked": left}
    return observed, [Breach("logging.not_masked", {"kinds": ", ".join(left)})] if left else []


@check("3.1.2.2")
def kept(world: World, required: Item) -> Finding:
    store = facts.store(world)
    streams = (store.get("_data_stream", "logs-*") or {}).get("data_streams", [])
    policies = {name: found["policy"]["phases"] for name, found in (store.get("_ilm", "policy") or {}).items()}
    breaches = [] if streams else [Breach("logging.no_stream", {})]
    for stream in streams:
        breaches += _stream_breaches(stream, policies, required)
    snapshots = store.get("_slm", "policy") or {}
    if not snapshots:
        breaches.append(Breach("logging.no_snapshots", {}))
    used = {stream.get("ilm_policy") for stream in streams}
    archives, missing = _log_archives.archives(world, used, required)
    observed = {
        "streams": {stream["name"]: stream.get("ilm_policy") for stream in streams},
        "phases": {
            name: {phase: one.get("min_age") for phase, one in policies[name].items()}
            for name in used
            if name in policies
        },
        "snapshots": sorted(snapshots),
        "archives": archives,
        **facts.emulated(store),
    }
    return Finding(observed, (*breaches, *missing))


def _stream_breaches(stream: Item, policies: dict[str, Item], required: Item) -> Iterator[Breach]:
    name = stream["name"]
    loose = [one for one in stream["indices"] if not one.get("ilm_policy")]
    phases = policies.get(stream.get("ilm_policy") or "")
    if loose or phases is None:
        yield Breach("logging.unmanaged", {"stream": name})
        return
    if missing := [phase for phase in required["phases"] if phase not in phases]:
        yield Breach("logging.phases", {"stream": name, "policy": stream["ilm_policy"], "phases": ", ".join(missing)})
    elif (kept_days := days(phases["delete"]["min_age"])) < required["kept_days"]:
        yield Breach("logging.short", {"stream": name, "days": round(kept_days, 1), "wanted": required["kept_days"]})


def days(age: str) -> float:
    """Of ``90d``, ``12h``, ``0ms``."""
    number = age.rstrip("dhms")
    return float(number) * DAYS[age[len(number) :]]


@check("3.1.2.3")
def searchable(world: World, required: Item) -> Finding:
    declared = world.platform.declared["logging"]
    store, console = facts.store(world), facts.console(world)
    spaces = {one["id"] for one in console.get("api/spaces/space") or []}
    breaches = [
        Breach("logging.no_space", {"space": one["id"]}) for one in declared["spaces"] if one["id"] not in spaces
    ]
    views: dict[tuple[str, str], Item] = {}
    searches: dict[tuple[str, str], Item] = {}
    for space in sorted({one["space"] for one in (*declared["data_views"], *declared["searches"])} & spaces):
        views |= {(space, one["id"]): one for one in elastic_kibana.data_views(console, space)}
        searches |= {(space, one["id"]): one for one in elastic_kibana.saved_searches(console, space)}
    matched: dict[str, int] = {}
    for one in declared["data_views"]:
        breaches += _view_breaches(one, views.get((one["space"], one["id"])), store, matched)
    hits: dict[str, int] = {}
    patterns = {one["id"]: one["title"] for one in declared["data_views"]}
    for one in declared["searches"]:
        there = searches.get((one["space"], one["id"]))
        if there is None or not covers(there, {name: value for name, value in one.items() if name != "space"}):
            kind = "logging.no_search" if there is None else "logging.search_differs"
            breaches.append(Breach(kind, {"search": one["id"], "space": one["space"]}))
            continue
        body = {"size": 1, "query": {"query_string": {"query": there["query"]}}}
        found = store.post(patterns[one["data_view"]], "_search", body=body, query="ignore_unavailable=true")
        hits[one["id"]] = found["hits"]["total"]["value"]
    if len(declared["searches"]) < required["searches"]:
        breaches.append(
            Breach("logging.few_searches", {"count": len(declared["searches"]), "wanted": required["searches"]})
        )
    requests, unlinked = _requests(world, store)
    observed = {"spaces": sorted(spaces), "views": matched, "searches": hits, "requests": requests}
    return Finding({**observed, **facts.emulated(store, console)}, (*breaches, *unlinked))


def _requests(world: World, store: Any) -> tuple[Item, list[Breach]]:
    """Requests that were stored lately, and those of them that can be found by their trace.

    Judged where the mesh writes traces' ids at all (3.2.1.2): its format, and how the shipper reads it, must agree.
    """
    counted: Item = {}
    for name, field in (("stored", "http.request.method"), ("with_trace", "trace.id")):
        chosen = [{"exists": {"field": field}}, {"range": {"@timestamp": {"gte": f"now-{LATELY}"}}}]
        body = {"size": 1, "query": {"bool": {"filter": [*chosen, {"term": {"event.category": "web"}}]}}}
        found = store.post("logs-*", "_search", body=body, query="ignore_unavailable=true")
        counted[name] = found["hits"]["total"]["value"]
    wanted = "%TRACE_ID%" in _tracing.access_log(world).values()
    lost = wanted and counted["stored"] and not counted["with_trace"]
    return counted, [Breach("logging.unlinked", {"requests": counted["stored"]})] if lost else []


def _view_breaches(declared: Item, there: Item | None, store: Any, matched: dict[str, int]) -> Iterator[Breach]:
    params = {"view": declared["id"], "space": declared["space"]}
    if there is None:
        yield Breach("logging.no_view", params)
    elif (there["title"], there.get("timeFieldName")) != (declared["title"], declared["time_field"]):
        yield Breach("logging.view_differs", params)
    else:
        streams = (store.get("_data_stream", there["title"]) or {}).get("data_streams", [])
        matched[declared["id"]] = len(streams)
        if not streams:
            yield Breach("logging.view_empty", {**params, "pattern": there["title"]})
