"""meta.k8s.io/v1 Table: what kubectl get prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sandbox.kube.columns import COLUMNS, age_of
from sandbox.kube.resources import Column, Resource
from sandbox.kube.routes import Call

Object = dict[str, Any]
_STEP = re.compile(
    r"\.?([\w$-]+(?:\\\.[\w$-]+)*)|\['([^']+)'\]|\[(\d+|\*)\]|\[\?\(@\.([\w.]+)\s*==\s*[\"']([^\"']*)[\"']\)\]"
)


def table(call: Call, objects: list[Object], metadata: Object, definitions: bool = True) -> Object:
    """Rows carry the metadata of their objects, or what `includeObject` asks for."""
    resource = call.target
    columns = (Column("Name", ".metadata.name"), *resource.columns)
    cells = [_cell(resource, column) for column in columns]
    included = call.query.get("includeObject", "Metadata")
    now = call.api.clock()
    rows = []
    for obj in objects:
        row: Object = {"cells": [cell(obj, now) for cell in cells]}
        if included == "Object":
            row["object"] = obj
        elif included == "Metadata":
            metadata_only = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
            row["object"] = {**metadata_only, "metadata": obj["metadata"]}
        rows.append(row)
    headers = [
        {
            "name": column.name,
            "type": column.type if column.type != "date" else "string",
            "format": "name" if column.name == "Name" else "",
            "description": column.name,
            "priority": column.priority,
        }
        for column in columns
    ]
    head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
    return {**head, "columnDefinitions": headers if definitions else [], "rows": rows}


def _cell(resource: Resource, column: Column) -> Callable[[Object, float], Any]:
    if column.source.startswith("="):
        return COLUMNS[column.source[1:]]
    steps = _steps(column.source)
    if column.type == "date":
        return lambda obj, now: age_of(_first(obj, steps), now)
    if resource.custom:
        return lambda obj, now: _first(obj, steps)
    return lambda obj, now: _shown(_first(obj, steps))


def _shown(value: Any) -> Any:
    return "<none>" if value is None or value == "" else value


@lru_cache(1024)
def _steps(path: str) -> tuple[tuple[str, ...], ...]:
    """Of the JSONPaths that printer columns use: fields, ['quoted'], [0], [*], [?(@.type=="Ready")]."""
    return tuple(match.groups(default="") for match in _STEP.finditer(path.strip("{}").removeprefix("$")))


def _first(value: Any, steps: tuple[tuple[str, ...], ...]) -> Any:
    for number, (name, quoted, index, key, wanted) in enumerate(steps):
        if name or quoted:
            value = value.get(quoted or name.replace("\\.", ".")) if isinstance(value, dict) else None
        elif not isinstance(value, list):
            return None
        elif index == "*":
            found = [_first(each, steps[number + 1 :]) for each in value]
            return ",".join(str(each) for each in found if each is not None)
        elif index:
            value = value[int(index)] if int(index) < len(value) else None
        else:
            value = next((each for each in value if _first(each, _steps(key)) == wanted), None)
        if value is None:
            return None
    return value
