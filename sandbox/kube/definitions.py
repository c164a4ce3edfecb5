"""The schemas of the built-in kinds: the official OpenAPI definitions of the version served, as PyPI's
kubernetes-validate ships them, plus what these leave out (data/overlay.yml: defaults, ranges, formats)."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import yaml

from sandbox.kube.resources import Resource
from sandbox.kube.schema import ANY, IntOrString, List, Map, Node, Quantity, Scalar, Struct

_REF = "#/$defs/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": Quantity,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": IntOrString,
}


class Definitions:
    """Nodes by definition name and by resource, built when first asked for."""

    def __init__(self, version: str) -> None:
        """`version` is major.minor; ValueError when its definitions are not known."""
        folder = importlib.resources.files("kubernetes_validate") / f"kubernetes-json-schema/v{version}.0-local"
        if not folder.is_dir():
            raise ValueError(f"kubernetes-validate has no definitions of Kubernetes {version}")
        self.raw: dict[str, dict[str, Any]] = json.loads((folder / "_definitions.json").read_text("utf-8"))["$defs"]
        overlay = yaml.safe_load((Path(__file__).parent / "data/overlay.yml").read_text("utf-8"))
        for name, properties in overlay.items():
            definition = self.raw.get(f"io.k8s.{name}", {"properties": {}})
            for key, keywords in properties.items():
                if key == "required":
                    definition["required"] = [*definition.get("required", ()), *keywords]
                elif key in definition["properties"]:
                    _overlay(definition["properties"][key], keywords)
        for definition in self.raw.values():
            if "x-kubernetes-group-version-kind" in definition:
                for part in {"spec", "status"} & set(definition.get("properties", ())):
                    definition["properties"][part].setdefault("default", {})
        self._names = {
            (each["group"], each["version"], each["kind"]): name
            for name, definition in self.raw.items()
            for each in definition.get("x-kubernetes-group-version-kind", ())
        }
        self._refs: dict[str, Node] = {}
        self._custom: dict[tuple[str, str], tuple[dict[str, Any], Node]] = {}

    def node(self, resource: Resource) -> Node:
        if resource.schema is not None:
            return self._custom_node(resource, resource.schema)
        return self.of_kind(resource.api_version, resource.kind)

    def of_kind(self, api_version: str, kind: str) -> Node:
        """Of a built-in kind; KeyError when the version has none such."""
        group, _, version = api_version.rpartition("/")
        return self._ref(self._names[group, version, kind])

    def definition_name(self, resource: Resource) -> str | None:
        return self._names.get((resource.group, resource.version, resource.kind))

    def _custom_node(self, resource: Resource, schema: dict[str, Any]) -> Node:
        cached = self._custom.get((resource.api_version, resource.kind))
        if cached and cached[0] is schema:
            return cached[1]
        node = self.custom(schema)
        self._custom[resource.api_version, resource.kind] = schema, node
        return node

    def custom(self, schema: dict[str, Any]) -> Node:
        """The node of a structural schema; the metadata of its objects is everybody's."""
        typed = {
            **schema.get("properties", {}),
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"$ref": _REF + _META},
        }
        return self._build_custom({**schema, "type": "object", "properties": typed})

    def _ref(self, name: str) -> Node:
        node = self._refs.get(name)
        if node is None:
            special = _SPECIAL.get(name)
            node = self._refs[name] = special(self.raw[name]) if special else self._build(self.raw[name])
        return node

    def _build(self, schema: dict[str, Any]) -> Node:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REF)
            added = {key: value for key, value in schema.items() if key not in ("$ref", "description")}
            if not added:
                return self._ref(name)
            special = _SPECIAL.get(name)
            return special(added) if special else self._build({**self.raw[name], **added})
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "array":
            return List(schema, self._build)
        if kind == "object":
            if "properties" in schema:
                return Struct(schema, self._build, custom=False)
            values = schema.get("additionalProperties")
            return Map(schema, self._build(values)) if isinstance(values, dict) else ANY
        return Scalar(schema, kind) if kind else ANY

    def _build_custom(self, schema: dict[str, Any]) -> Node:
        if "$ref" in schema:
            return self._ref(schema["$ref"].removeprefix(_REF))
        if schema.get("x-kubernetes-int-or-string"):
            return IntOrString(schema)
        kind = schema.get("type")
        if kind == "array":
            return List(schema, self._build_custom)
        if kind == "object":
            values = schema.get("additionalProperties")
            if isinstance(values, dict):
                return Map(schema, self._build_custom(values))
            if values is True:
                return Map(schema, ANY)
            if schema.get("x-kubernetes-embedded-resource"):
                schema = {**schema, "properties": {**schema.get("properties", {}), **_EMBEDDED}}
            return Struct(schema, self._build_custom, custom=True)
        return Scalar(schema, kind) if kind else ANY


_EMBEDDED = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": _REF + _META}}


def _overlay(schema: dict[str, Any], keywords: dict[str, Any]) -> None:
    """Add keywords; those of `items`, `values` go to what the array or map holds."""
    for key, value in keywords.items():
        if key == "items":
            schema["items"] = {**schema["items"], **value}
        elif key == "values":
            schema["additionalProperties"] = {**schema["additionalProperties"], **value}
        else:
            schema[key] = value
