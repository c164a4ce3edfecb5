# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.1.1.3: every dashboard is in the cluster, its queries are PromQL, and the metrics they name exist.

Judged on the ConfigMaps that Grafana loads and by the running Prometheus; by Grafana too, where it can be asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.catalogue import LABEL, external, uid
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.promql import metrics, values_of
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import labels_of, place

PROMETHEUS = ("monitoring", "kube-prometheus-stack-prometheus", "http-web")
GRAFANA = ("monitoring", "kube-prometheus-stack-grafana", "http-web")

Model = Mapping[str, Any]


@dataclass
class Judged:
    """What was found of one dashboard."""

    queries: int = 0
    external: set[str] = field(default_factory=set)
    breaches: list[Breach] = field(default_factory=list)


class _Parser:
    """Has Prometheus parse queries (GET /api/v1/format_query), each once: a dashboard has them in every language."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._refusals: dict[str, str] = {}

    def __call__(self, expression: str) -> None:
        """Raises ValueError for what is no PromQL."""
        if expression not in self._refusals:
            self._refusals[expression] = self._refusal(expression)
        if self._refusals[expression]:
            raise ValueError(self._refusals[expression])

    def _refusal(self, expression: str) -> str:
        try:
            _asked(self._world, "/api/v1/format_query", query=expression)
        except KubernetesError as error:
            if error.code != 400:
                raise
            return str(error)
        return ""


@check("3.1.1.3")
def shown(world: World, required: dict[str, Any]) -> Finding:
    found, breaches = _dashboards(world)
    wanted = [
        uid(world.platform.name, name, language)
        for name in required["dashboards"]
        for language in required["languages"]
    ]
    missing = [each for each in wanted if each not in found]
    if missing:
        breaches.append(Breach("monitoring_dashboards.missing", {"dashboards": ", ".join(missing)}))
    present = [each for each in wanted if each in found]
    known = set(_asked(world, "/api/v1/label/__name__/values"))
    parse = _Parser(world)
    judged = {each: _judge(each, found[each], known, parse) for each in present}
    judge, unloaded = _grafana(world, present)
    if unloaded:
        breaches.append(Breach("monitoring_dashboards.not_loaded", {"dashboards": ", ".join(unloaded)}))
    emulated = [
        each["metric"]["job"]
        for each in _asked(world, "/api/v1/query", query="count by (job) (sandbox_emulated)")["result"]
    ]
    observed = {
        "dashboards": {
            name: {"queries": one.queries, "external": sorted(one.external)} for name, one in judged.items()
        },
        "metrics_in_prometheus": len(known),
        "external_in_prometheus": sorted(known & set(external("prometheus"))),
        "judged_on": judge,
        **({"emulated": sorted(emulated)} if emulated else {}),
    }
    return Finding(observed, (*breaches, *(breach for one in judged.values() for breach in one.breaches)))


def _dashboards(world: World) -> tuple[dict[str, Model], list[Breach]]:
    """The models that Grafana is given, by uid, and what is wrong with their files."""
    found: dict[str, Model] = {}
    places: dict[str, list[str]] = {}
    breaches = []
    for one in world.kubernetes.list("v1", "configmaps"):
        if labels_of(one).get(LABEL) != "1":
            continue
        name = "/".join(place(one))
        for key, text in (one.get("data") or {}).items():
            try:
                model = json.loads(text)
                places.setdefault(model["uid"], []).append(name)
                found[model["uid"]] = model
            except (ValueError, KeyError, TypeError) as error:
                breaches.append(
                    Breach("monitoring_dashboards.unreadable", {"file": f"{name}: {key}", "error": repr(error)})
                )
    twice = {each: names for each, names in places.items() if len(names) > 1}
    breaches += [
        Breach("monitoring_dashboards.twice", {"dashboard": each, "files": ", ".join(names)})
        for each, names in sorted(twice.items())
    ]
    return found, breaches


def _judge(name: str, model: Model, known: set[str], parse: _Parser) -> Judged:
    judged = Judged()
    empty: list[str] = []
    absent: set[str] = set()
    undeclared: set[str] = set()
    questions: list[tuple[str, str]] = []
    for panel in _panels(model.get("panels") or []):
        targets = panel.get("targets") or []
        if not targets:
            empty.append(panel.get("title", "?"))
        for target in targets:
            judged.queries += 1
            if _source(panel, target) == "cloudwatch":
                namespace = target.get("namespace", "?")
                judged.external.add(namespace)
                undeclared |= {namespace} - set(external("cloudwatch"))
                continue
            questions.append((panel.get("title", "?"), target.get("expr", "")))
    for variable in (model.get("templating") or {}).get("list") or []:
        questions.append((f"${variable['name']}", values_of(str(variable["query"]))))
    for title, expression in questions:
        try:
            parse(expression)
            absent |= metrics(expression) - known
        except ValueError as error:
            params = {"dashboard": name, "panel": title, "error": str(error)}
            judged.breaches.append(Breach("monitoring_dashboards.not_parsed", params))
    judged.external |= absent & set(external("prometheus"))
    for message, key, values in (
        ("empty", "panels", empty),
        ("no_metric", "metrics", absent - set(external("prometheus"))),
        ("undeclared", "namespaces", undeclared),
    ):
        if values:
            params = {"dashboard": name, key: ", ".join(sorted(values))}
            judged.breaches.append(Breach(f"monitoring_dashboards.{message}", params))
    return judged


def _panels(panels: Iterable[Model]) -> Iterator[Model]:
    """Those that show something: rows hold others, or nothing."""
    for panel in panels:
        if panel.get("type") == "row":
            yield from _panels(panel.get("panels") or [])
        else:
            yield panel


def _source(panel: Model, target: Model) -> str:
    source = target.get("datasource") or panel.get("datasource") or {}
    return str(source.get("type", "prometheus"))


def _asked(world: World, path: str, **query: str) -> Any:
    return world.kubernetes.proxied(*PROMETHEUS, path, query)["data"]


def _grafana(world: World, names: Iterable[str]) -> tuple[str, list[str]]:
    """What the dashboards were judged on, and those that a Grafana that answers does not have."""
    absent = []
    try:
        if world.kubernetes.proxied(*GRAFANA, "/api/health").get("sandbox"):
            return "objects", []
        for name in names:
            try:
                world.kubernetes.proxied(*GRAFANA, f"/api/dashboards/uid/{name}")
            except KubernetesError as error:
                if error.code != 404:
                    raise
                absent.append(name)
    except KubernetesError:  # it is away, which 3.1.1.1 tells, or wants a user
        return "objects", []
    return "Grafana", absent
