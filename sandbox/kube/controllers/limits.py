"""LimitRanges: the requests and limits of containers that declare none, and the refusal of those out of range."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kube.controllers.objects import Object, namespace
from sandbox.kube.errors import forbidden
from sandbox.kube.quantity import parse
from sandbox.kube.resources import Resource
from sandbox.kube.store import Store


def limiter(store: Store) -> Callable[[Resource, Object, Object | None, object], None]:
    """The admission of new pods: items of the type Container only."""

    def admit(resource: Resource, pod: Object, old: Object | None, user: object) -> None:
        if resource.name != "pods" or old is not None:
            return
        limits = [
            limit
            for each in store.list("limitranges", namespace(pod))
            for limit in each["spec"].get("limits") or ()
            if limit["type"] == "Container"
        ]
        for limit in limits:
            for kind in ("containers", "initContainers"):
                if pod["spec"].get(kind):
                    pod["spec"][kind] = [_limited(resource, pod, container, limit) for container in pod["spec"][kind]]

    return admit


def _limited(resource: Resource, pod: Object, container: Object, limit: Object) -> Object:
    declared = container.get("resources") or {}
    limits = {**(limit.get("default") or {}), **(declared.get("limits") or {})}
    # A limit of its own stands for a request that a container doesn't declare, before the range's default does.
    requests = {
        **(limit.get("defaultRequest") or {}),
        **(declared.get("limits") or {}),
        **(declared.get("requests") or {}),
    }
    for bound, word, values, wrong in (
        ("min", "minimum", requests, lambda value, edge: value < edge),
        ("max", "maximum", limits, lambda value, edge: value > edge),
    ):
        for key, edge in (limit.get(bound) or {}).items():
            if key in values and wrong(parse(str(values[key])), parse(str(edge))):
                which = "request" if bound == "min" else "limit"
                why = f"{word} {key} usage per Container is {edge}, but {which} is {values[key]}"
                raise forbidden(resource, pod["metadata"].get("name", ""), why)
    resources = {**declared, "limits": limits, "requests": requests}
    return {**container, "resources": {key: value for key, value in resources.items() if value}}
