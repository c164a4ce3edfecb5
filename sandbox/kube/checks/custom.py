"""CustomResourceDefinitions and their schemas."""

from __future__ import annotations

import re
from typing import Any

from sandbox.kube.checks.faults import Causes, Object, duplicates, forbidden, invalid, required
from sandbox.kube.rules import pattern


def definition(obj: Object, old: Object | None) -> Causes:
    spec = obj["spec"]
    wanted = f"{spec['names'].get('plural')}.{spec.get('group')}"
    if obj["metadata"].get("name") != wanted:
        why = f'must be spec.names.plural+"."+spec.group: {wanted}'
        yield invalid("metadata.name", obj["metadata"].get("name"), why)
    stored = [each for each in spec["versions"] if each.get("storage")]
    if len(stored) != 1:
        yield invalid("spec.versions", len(stored), "must have exactly one version marked as storage version")
    yield from duplicates("spec.versions[{}].name", [each.get("name") for each in spec["versions"]])
    for index, version in enumerate(spec["versions"]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if not schema:
            yield required(f"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required")
        else:
            yield from _structural(schema, f"spec.versions[{index}].schema.openAPIV3Schema")


def _structural(schema: Any, path: str) -> Causes:
    if not isinstance(schema, dict) or not isinstance(schema.get("properties", {}), dict):
        yield invalid(path, schema, "must be a schema")
        return
    try:
        re.compile(pattern(schema))
    except re.error as error:
        yield invalid(f"{path}.pattern", schema["pattern"], f"must be a valid regular expression: {error}")
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if not schema.get("type") and not free:
        yield required(f"{path}.type", "must not be empty for specified object fields")
    if schema.get("type") == "array" and "items" not in schema:
        yield required(f"{path}.items", "must be specified")
    if schema.get("properties") and isinstance(schema.get("additionalProperties"), dict):
        yield forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive")
    if schema.get("x-kubernetes-list-type") == "map" and not schema.get("x-kubernetes-list-map-keys"):
        yield required(f"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map")
    for name, each in (schema.get("properties") or {}).items():
        if not (path.endswith("openAPIV3Schema") and name == "metadata"):
            yield from _structural(each, f"{path}.properties[{name}]")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _structural(schema[key], f"{path}.{key}")
