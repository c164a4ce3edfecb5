# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The services: unique, bounded, and depending only on what exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, hint, listed, shown
from ansible_collections.iworkz.platform.plugins.module_utils._platform.quantities import cores, mebibytes

Service = Mapping[str, Any]


def check_services(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge ``platform_services`` together with the teams and stores it names."""
    services = values["platform_services"]
    for key in ("name", "port", "host"):
        yield from _check_unique(services, key)
    known = {
        "services": [service["name"] for service in services],
        "stores": list(values["platform_stores"]),
        "team": [team["name"] for team in values["platform_teams"]],
    }
    for at, service in enumerate(services):
        yield from _check_service(f"platform_services[{at}]", service)
        yield from _check_references(f"platform_services[{at}]", service, known)


def _check_unique(services: list[Service], key: str) -> Iterator[Problem]:
    counted = Counter(service[key] for service in services if key in service)
    for at, service in enumerate(services):
        if counted[service.get(key)] > 1:
            others = listed(other["name"] for other in services if other.get(key) == service[key])
            params = {"value": shown(service[key]), "others": others}
            yield Problem("platform.not_unique", f"platform_services[{at}].{key}", params)


def _check_service(path: str, service: Service) -> Iterator[Problem]:
    public = service["exposure"] == "public"
    if public and "host" not in service:
        yield Problem("platform.host_missing", path, {"service": service["name"]})
    if not public and "host" in service:
        yield Problem("platform.host_internal", f"{path}.host", {"service": service["name"], "host": service["host"]})
    replicas, resources = service["replicas"], service["resources"]
    if replicas["min"] > replicas["max"]:
        params = {"low": replicas["min"], "high": replicas["max"], "low_key": "min", "high_key": "max"}
        yield Problem("platform.reversed", f"{path}.replicas", params)
    for key, amount in (("cpu", cores), ("memory", mebibytes)):
        low, high = resources["requests"][key], resources["limits"][key]
        if amount(low) > amount(high):
            params = {"low": low, "high": high, "low_key": f"requests.{key}", "high_key": f"limits.{key}"}
            yield Problem("platform.reversed", f"{path}.resources", params)


def _check_references(path: str, service: Service, known: Mapping[str, list[str]]) -> Iterator[Problem]:
    references = [("team", f"{path}.team", service["team"])]
    for kind in ("services", "stores"):
        for at, name in enumerate(service["dependencies"][kind]):
            references.append((kind, f"{path}.dependencies.{kind}[{at}]", name))
    for kind, where, name in references:
        if name not in known[kind]:
            params = {"name": name, "hint": hint(name, known[kind]), "known": listed(known[kind])}
            yield Problem("platform.unknown_reference", where, params)


def remark_cycles(values: Mapping[str, Any]) -> Iterator[Problem]:
    """A cycle is allowed, but such services can't be rolled out one after the other."""
    services = values["platform_services"]
    graph = {service["name"]: service["dependencies"]["services"] for service in services}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield Problem("platform.cycle", "platform_services", {"cycle": " -> ".join(reversed(error.args[1]))})
