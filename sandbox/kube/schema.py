"""Schemas as trees of nodes: of the built-in kinds (OpenAPI) and of custom resources (structural schemas) alike.

`visit` walks a value along its schema: what it returns is a copy with unknown fields and nulls removed, quantities in
their canonical form and, where the walk asks for it, defaults filled in; what it found wrong is in the walk.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jsonschema

from sandbox.kube.errors import Cause
from sandbox.kube.formats import FORMATS
from sandbox.kube.quantity import canonical
from sandbox.kube.rules import rules, shown

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_LOGIC = ("oneOf", "anyOf", "allOf", "not")
MISSING: Any = object()


@dataclass
class Walk:
    """How to walk (fill in defaults? insist on required fields? refuse duplicates even where tolerated?) and what
    was found: faults, values of the wrong type, the paths of unknown fields."""

    defaults: bool = True
    required: bool = True
    strict_lists: bool = False
    causes: list[Cause] = field(default_factory=list)
    mistyped: list[Cause] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def fault(self, path: str, message: str, reason: str = "FieldValueInvalid") -> None:
        self.causes.append(Cause(reason, path, message))


class Node:
    """A schema of any value; the attributes that merging needs are here for all kinds of nodes.

    `list_type` atomic, set or map (with `keys`); `merge_key` and `strategy` are those of strategic merge patches.
    """

    atomic = False
    granular = False
    keys: tuple[str, ...] = ()
    list_type = "atomic"

    def __init__(self, schema: dict[str, Any]) -> None:
        self.default = schema.get("default", MISSING)
        self.nullable = bool(schema.get("nullable", False))
        self.merge_key: str | None = schema.get("x-kubernetes-patch-merge-key")
        self.strategy = frozenset(schema.get("x-kubernetes-patch-strategy", "").split(","))

    def child(self, name: str) -> Node:
        return ANY

    @property
    def items(self) -> Node:
        return ANY

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        return value


class Scalar(Node):
    """A string, number or boolean with its limits."""

    def __init__(self, schema: dict[str, Any], kind: str) -> None:
        super().__init__(schema)
        self.kind = kind
        self.types = _TYPES[kind]
        self.rules = tuple(rules(schema))

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        if type(value) not in self.types:
            if self.kind == "integer" and type(value) is float and value.is_integer():
                return int(value)
            walk.mistyped.append(_mistyped(value, path, self.kind))
            return value
        for rule in self.rules:
            wrong = rule(value)
            if wrong:
                supported = wrong.startswith("Unsupported")
                walk.fault(path, wrong, "FieldValueNotSupported" if supported else "FieldValueInvalid")
        return value


class Quantity(Node):
    """500m, 1Gi; numbers are read, too."""

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        if type(value) not in (str, int, float):
            walk.mistyped.append(_mistyped(value, path, "quantity"))
            return value
        try:
            return canonical(str(value))
        except ValueError:
            walk.mistyped.append(
                Cause(
                    "FieldValueInvalid",
                    path,
                    f"Invalid value: {shown(value)}: quantities must match the regular expression "
                    "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                )
            )
            return value


class IntOrString(Node):
    def __init__(self, schema: dict[str, Any]) -> None:
        super().__init__(schema)
        self.rules = tuple(rules(schema))

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        if type(value) not in (str, int):
            walk.mistyped.append(_mistyped(value, path, "integer or string"))
            return value
        for rule in self.rules:
            wrong = rule(value)
            if wrong:
                walk.fault(path, wrong)
        return value


class Struct(Node):
    """An object with declared fields; `preserve` keeps the others."""

    granular = True

    def __init__(self, schema: dict[str, Any], build: Callable[[dict[str, Any]], Node], custom: bool) -> None:
        super().__init__(schema)
        self.atomic = schema.get("x-kubernetes-map-type") == "atomic"
        self.preserve = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
        self.required = tuple(schema.get("required", ()))
        self.custom = custom
        self._properties = schema.get("properties", {})
        self._build = build
        logic = {key: schema[key] for key in _LOGIC if key in schema}
        self.logic = jsonschema.Draft4Validator(_for_jsonschema(logic)) if logic and custom else None

    @cached_property
    def fields(self) -> dict[str, Node]:
        return {name: self._build(schema) for name, schema in self._properties.items()}

    @cached_property
    def defaulted(self) -> tuple[tuple[str, Node], ...]:
        return tuple((name, node) for name, node in self.fields.items() if node.default is not MISSING)

    def child(self, name: str) -> Node:
        return self.fields.get(name, ANY)

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        if type(value) is not dict:
            walk.mistyped.append(_mistyped(value, path, "object"))
            return value
        fields = self.fields
        result: dict[str, Any] = {}
        for name, each in value.items():
            node = fields.get(name)
            if node is None:
                if self.preserve:
                    result[name] = each
                else:
                    walk.unknown.append(_join(path, name))
            elif each is not None:
                result[name] = node.visit(each, _join(path, name), walk)
            elif node.nullable:
                result[name] = None
            elif self.custom and node.default is MISSING and walk.required:
                walk.mistyped.append(_mistyped(None, _join(path, name), getattr(node, "kind", "object")))
        if walk.defaults:
            for name, node in self.defaulted:
                if name not in result:
                    result[name] = node.visit(copy.deepcopy(node.default), _join(path, name), walk)
        if walk.required:
            for name in self.required:
                if name not in result:
                    walk.fault(_join(path, name), "Required value", "FieldValueRequired")
            if self.logic is not None:
                for error in self.logic.iter_errors(result):
                    walk.fault(path, f"Invalid value: {error.message}")
        return result


class Map(Node):
    """An object whose keys are data."""

    granular = True

    def __init__(self, schema: dict[str, Any], values: Node) -> None:
        super().__init__(schema)
        self.atomic = schema.get("x-kubernetes-map-type") == "atomic"
        self.values = values
        self.rules = tuple(rules(schema))
        self.key_format = FORMATS.get(schema.get("x-key-format", ""))

    def child(self, name: str) -> Node:
        return self.values

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        if type(value) is not dict:
            walk.mistyped.append(_mistyped(value, path, "object"))
            return value
        for rule in self.rules:
            wrong = rule(value)
            if wrong:
                walk.fault(path, wrong)
        if self.key_format:
            for name in value:
                wrong = self.key_format(name)
                if wrong:
                    walk.fault(path, f"Invalid value: {shown(name)}: {wrong}")
        visit = self.values.visit
        return {name: visit(each, f"{path}[{name}]", walk) for name, each in value.items() if each is not None}


class List(Node):
    """An array; as a set or a map no two items are the same."""

    granular = True

    def __init__(self, schema: dict[str, Any], build: Callable[[dict[str, Any]], Node]) -> None:
        super().__init__(schema)
        self.list_type = schema.get("x-kubernetes-list-type") or "atomic"
        self.keys = tuple(schema.get("x-kubernetes-list-map-keys", ()))
        self.atomic = self.list_type == "atomic"
        self.tolerant = bool(schema.get("x-duplicates-tolerated"))
        self.rules = tuple(rules(schema))
        self._schema, self._build = schema.get("items", {}), build

    @cached_property
    def items(self) -> Node:
        return self._build(self._schema)

    def key(self, item: Any) -> Any:
        """What tells an item of a map or set from others."""
        if not self.keys:
            return item if not isinstance(item, (dict, list)) else json.dumps(item, sort_keys=True)
        return tuple(item.get(key, self.items.child(key).default) for key in self.keys)

    def visit(self, value: Any, path: str, walk: Walk) -> Any:
        if type(value) is not list:
            walk.mistyped.append(_mistyped(value, path, "array"))
            return value
        for rule in self.rules:
            wrong = rule(value)
            if wrong:
                walk.fault(path, wrong)
        visit = self.items.visit
        result = [visit(each, f"{path}[{index}]", walk) for index, each in enumerate(value) if each is not None]
        if not self.atomic and len(result) > 1 and (walk.strict_lists or not self.tolerant) and not walk.mistyped:
            seen = set()
            for index, item in enumerate(result):
                key = self.key(item)
                if key in seen:
                    identity = {name: item.get(name) for name in self.keys if name in item} if self.keys else item
                    walk.fault(f"{path}[{index}]", f"Duplicate value: {shown(identity)}", "FieldValueDuplicate")
                seen.add(key)
        return result


ANY = Node({})


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _mistyped(value: Any, path: str, wanted: str) -> Cause:
    got = _NAMES.get(type(value), "null")
    return Cause("FieldValueTypeInvalid", path, f'Invalid value: "{got}": must be of type {wanted}: "{got}"')


def _for_jsonschema(schema: Any) -> Any:
    """Without the keywords that only Kubernetes knows."""
    if isinstance(schema, dict):
        return {key: _for_jsonschema(value) for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    return [_for_jsonschema(each) for each in schema] if isinstance(schema, list) else schema
