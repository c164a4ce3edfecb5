"""Label selectors, as objects and as text, and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.kube.errors import bad_request

Labels = dict[str, str]
Predicate = Callable[[Any], bool]
_REQUIREMENT = re.compile(
    r"\s*(?:(?P<missing>!)\s*(?P<absent>[^\s,=!()]+)"
    r"|(?P<key>[^\s,=!()]+)\s*(?:(?P<operator>==|=|!=)\s*(?P<value>[^\s,()]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^)]*)\))?)\s*(?:,|$)"
)


def matches(selector: dict[str, Any] | None, labels: Labels) -> bool:
    """Whether a LabelSelector chooses; an empty one everything, None nothing."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(labels, each) for each in selector.get("matchExpressions") or ())


def _holds(labels: Labels, requirement: dict[str, Any]) -> bool:
    key, operator, values = requirement["key"], requirement["operator"], requirement.get("values") or ()
    if operator in ("Exists", "DoesNotExist"):
        return (key in labels) == (operator == "Exists")
    return labels.get(key) in values if operator == "In" else labels.get(key) not in values


def label_selector(text: str) -> Predicate | None:
    """Of objects: `a=b,c!=d,e in (f,g),h notin (i),j,!k`; None when it chooses everything."""
    requirements: list[Predicate] = []
    position = 0
    while position < len(text.rstrip()):
        match = _REQUIREMENT.match(text, position)
        if not match:
            raise bad_request(f"unable to parse requirement: {text!r} at {position}")
        requirements.append(_requirement(match))
        position = match.end()
    if not requirements:
        return None
    return lambda obj: all(each(obj["metadata"].get("labels") or {}) for each in requirements)


def _requirement(match: re.Match[str]) -> Predicate:
    if match["missing"]:
        absent = match["absent"]
        return lambda labels: absent not in labels
    key = match["key"]
    if match["set"]:
        values = {each.strip() for each in match["values"].split(",")}
        return (
            (lambda labels: labels.get(key) in values)
            if match["set"] == "in"
            else (lambda labels: labels.get(key) not in values)
        )
    if match["operator"]:
        value = match["value"]
        return (
            (lambda labels: labels.get(key) != value)
            if match["operator"] == "!="
            else (lambda labels: labels.get(key) == value)
        )
    return lambda labels: key in labels


_EVERY_KIND = ("metadata.name", "metadata.namespace")
_FIELDS = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "secrets": ("type",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "services": ("spec.clusterIP", "spec.type"),
    "jobs.batch": ("status.successful",),
    "replicasets.apps": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
}


def field_selector(text: str, resource: str, selectable: tuple[str, ...] = ()) -> Predicate | None:
    """Of objects: `metadata.name=x,status.phase!=Running`, for the fields that the API server allows."""
    wanted: list[tuple[list[str], str, bool]] = []
    for part in filter(None, text.split(",")):
        match = re.fullmatch(r"\s*([\w.]+)\s*(==|=|!=)\s*(.*?)\s*", part)
        if not match:
            raise bad_request(f"invalid field selector: {part!r}")
        path, operator, value = match.groups()
        if path not in (*_EVERY_KIND, *_FIELDS.get(resource, ()), *selectable):
            raise bad_request(f"field label not supported: {path}")
        wanted.append((path.split("."), value, operator != "!="))
    if not wanted:
        return None
    return lambda obj: all((_field(obj, path) == value) is equal for path, value, equal in wanted)


def _field(obj: Any, path: list[str]) -> str:
    for part in path:
        obj = obj.get(part) if isinstance(obj, dict) else None
    if isinstance(obj, bool):
        return str(obj).lower()
    return "" if obj is None else str(obj)
