# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What selects what: labels, and the addresses behind a Service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]

SERVICE_NAME = "kubernetes.io/service-name"


class UnknownOperator(ValueError):
    """A selector says something that is not understood here."""


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector matches. None selects nothing, an empty one everything. Raises UnknownOperator."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = expression["key"], expression["operator"], expression.get("values") or []
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise UnknownOperator(f"label selector with operator {operator}")


def labels_of(item: Object) -> Mapping[str, str]:
    return item["metadata"].get("labels") or {}


def place(item: Object) -> tuple[str, str]:
    """Namespace and name."""
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


@dataclass(frozen=True)
class Endpoint:
    """A ready address of a Service; ``target`` is the name of its pod or node, ``ports`` numbers by port name."""

    address: str
    target: str
    ports: Mapping[str, int]


def ready_endpoints(slices: Iterable[Object]) -> dict[tuple[str, str], list[Endpoint]]:
    """The ready addresses by namespace and name of their Service."""
    found: dict[tuple[str, str], list[Endpoint]] = defaultdict(list)
    for one in slices:
        service = labels_of(one).get(SERVICE_NAME)
        if service is None:
            continue
        ports = {port.get("name") or "": port["port"] for port in one.get("ports") or []}
        for endpoint in one.get("endpoints") or []:
            # "ready" that is not told means ready: https://kubernetes.io/docs/reference/kubernetes-api (EndpointSlice).
            if (endpoint.get("conditions") or {}).get("ready", True):
                target = (endpoint.get("targetRef") or {}).get("name", "")
                found[place(one)[0], service] += [Endpoint(address, target, ports) for address in endpoint["addresses"]]
    return found


def port_named(service: Object, port: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The port of a Service that an Ingress means by ``{name}`` or ``{number}``."""
    ports: Sequence[Mapping[str, Any]] = service["spec"].get("ports") or []
    for one in ports:
        if ("name" in port and one.get("name") == port["name"]) or ("number" in port and one["port"] == port["number"]):
            return one
    return None
