# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the running Prometheus and Alertmanager say, through the API server's proxy."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _monitoring_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Unmet, World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import place
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import parse_documents

PORT = "http-web"
PROMETHEUS, ALERTMANAGER = "prometheus", "alertmanager"


class Unanswered(OSError):
    """A server could not be asked: whatever rests on its answer is unknown."""


def alertmanagers(world: World) -> list[facts.Item]:
    """Declared Alertmanager objects that are not paused: ``world.once(alertmanagers)``."""
    return [one for one in world.kubernetes.list(facts.API, "alertmanagers") if not one["spec"].get("paused")]


def targets(world: World) -> list[dict[str, Any]]:
    """The active targets of Prometheus: ``world.once(targets)``."""
    answer = ask(world, PROMETHEUS, "/api/v1/targets", {"state": "active"})
    found: list[dict[str, Any]] = answer["data"]["activeTargets"]
    return found


def rules(world: World) -> dict[str, Any]:
    """The rules that Prometheus has loaded, as its API answers: ``world.once(rules)``."""
    answer: dict[str, Any] = ask(world, PROMETHEUS, "/api/v1/rules")
    return answer


def query(world: World, expression: str) -> list[tuple[dict[str, str], float]]:
    """Labels and value of each series that an instant query answers."""
    answer = ask(world, PROMETHEUS, "/api/v1/query", {"query": expression})
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


def routing(world: World) -> dict[str, Any]:
    """The configuration that Alertmanager runs with: ``world.once(routing)``."""
    (found,) = parse_documents(ask(world, ALERTMANAGER, "/api/v2/status")["config"]["original"])
    return dict(found)


def ask(world: World, which: str, path: str, params: dict[str, str] | None = None) -> Any:
    """What a server answers to a GET.

    :raises Unmet: when there is no such server.
    :raises Unanswered: when it does not answer, or refuses.
    """
    namespace, service = _service(world, which)
    try:
        return world.kubernetes.proxied(namespace, service, PORT, path, params)
    except KubernetesError as error:
        raise Unanswered(str(error)) from error


def _service(world: World, which: str) -> tuple[str, str]:
    """The Service in front of the servers of one object; the operator's own is for all that it keeps."""
    made = world.once(facts.servers if which == PROMETHEUS else alertmanagers)
    if not made:
        raise Unmet(Breach("monitoring.no_servers", {"kind": which}))
    namespace, name = place(made[0])
    pods = {"app.kubernetes.io/name": which}
    own = {"operator.prometheus.io/name": name} if which == PROMETHEUS else {which: name}
    for service in world.kubernetes.list("v1", "services", namespace):
        selector = service["spec"].get("selector") or {}
        if {**pods, **own}.items() <= selector.items():
            return place(service)
    raise Unmet(Breach("monitoring.no_server_service", {"kind": which, "namespace": namespace}))
