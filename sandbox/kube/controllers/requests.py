"""What pods ask of nodes: CPU in cores, memory in bytes, and one place."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sandbox.kube.controllers.objects import Object
from sandbox.kube.quantity import parse

Amounts = dict[str, Decimal]


def of_container(container: Object, kind: str = "requests") -> Amounts:
    """The requests (or limits) of a container; a limit stands for a request that isn't declared."""
    resources = container.get("resources") or {}
    declared = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    if kind == "limits":
        declared = resources.get("limits") or {}
    return {resource: parse(str(value)) for resource, value in declared.items()}


def of_pod(spec: Object, kind: str = "requests") -> Amounts:
    """The effective requests: containers and sidecars together, or an init container's turn if that takes more."""
    steady: Amounts = {}
    peaks: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = of_container(container, kind)
        if container.get("restartPolicy") == "Always":
            steady = total((steady, own))
        peaks = highest((peaks, steady if container.get("restartPolicy") == "Always" else total((steady, own))))
    steady = total([steady, *(of_container(container, kind) for container in spec["containers"])])
    overhead = {resource: parse(str(value)) for resource, value in (spec.get("overhead") or {}).items()}
    return total((highest((steady, peaks)), overhead))


def total(amounts: Iterable[Amounts]) -> Amounts:
    result: Amounts = {}
    for each in amounts:
        for resource, value in each.items():
            result[resource] = result.get(resource, Decimal(0)) + value
    return result


def highest(amounts: Iterable[Amounts]) -> Amounts:
    result: Amounts = {}
    for each in amounts:
        for resource, value in each.items():
            result[resource] = max(result.get(resource, value), value)
    return result
