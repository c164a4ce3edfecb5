"""Who manages which fields: the sets of metadata.managedFields, and what server-side apply makes of them.

A set is a tree in the form of FieldsV1: {"f:spec": {"f:replicas": {}}}, items of lists as k:{"name":"x"} or v:"x"; an
empty tree, or one with ".", holds the path that leads to it. None is no set at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.kube.schema import MISSING, Node

Fields = dict[str, Any]
_UNMANAGED = frozenset(
    (
        "name",
        "generateName",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "managedFields",
    )
)


def managed_by(node: Node, value: dict[str, Any]) -> Fields | None:
    """The fields that an applied object declares."""
    metadata = {key: each for key, each in value.get("metadata", {}).items() if key not in _UNMANAGED}
    kept = {key: each for key, each in value.items() if key not in ("apiVersion", "kind", "metadata")}
    if metadata:
        kept["metadata"] = metadata
    return fields_of(node, kept) if kept else None


def fields_of(node: Node, value: Any) -> Fields:
    if value and node.granular and not node.atomic:
        if isinstance(value, dict):
            return {f"f:{name}": fields_of(node.child(name), each) for name, each in value.items()}
        if isinstance(value, list):
            items = node.items
            if node.keys:
                return {key: {".": {}, **fields_of(items, item)} for key, item in _keyed(node, value)}
            return {key: {} for key, _ in _keyed(node, value)}
    return {}


def _keyed(node: Node, items: list[Any]) -> Iterator[tuple[str, Any]]:
    """Items of a list that is a map or set with the element of their path."""
    for item in items:
        if node.keys:
            identity = {key: item[key] if key in item else node.items.child(key).default for key in sorted(node.keys)}
            identity = {key: value for key, value in identity.items() if value is not MISSING}
            yield "k:" + json.dumps(identity, separators=(",", ":")), item
        else:
            yield "v:" + json.dumps(item, separators=(",", ":")), item


def _parts(node: Node, value: Any) -> dict[str, tuple[Node, Any]] | None:
    """What a granular value consists of, by path element; None for a leaf."""
    if node.granular and not node.atomic:
        if isinstance(value, dict):
            return {f"f:{name}": (node.child(name), each) for name, each in value.items()}
        if isinstance(value, list):
            return {key: (node.items, item) for key, item in _keyed(node, value)}
    return None


def compare(node: Node, old: Any, new: Any) -> tuple[Fields | None, Fields | None]:
    """(fields added or changed, fields removed)."""
    if old is new or old == new:
        return None, None
    before, after = _parts(node, old), _parts(node, new)
    if before is None or after is None:
        return fields_of(node, new), None
    changed: Fields = {}
    removed: Fields = {}
    for key, (child, value) in after.items():
        if key not in before:
            changed[key] = {".": {}, **fields_of(child, value)} if key.startswith("k:") else fields_of(child, value)
        else:
            different, gone = compare(child, before[key][1], value)
            if different is not None:
                changed[key] = different
            if gone is not None:
                removed[key] = gone
    for key, (child, value) in before.items():
        if key not in after:
            removed[key] = {".": {}, **fields_of(child, value)}
    return changed or None, removed or None


def _holds(fields: Fields) -> bool:
    return not fields or "." in fields


def union(left: Fields | None, right: Fields | None) -> Fields | None:
    if left is None or right is None or left is right:
        return right if left is None else left
    if not left and right:
        left = {".": {}}
    elif left and not right:
        right = {".": {}}
    return {
        **left,
        **{key: union(left[key], each) if key in left else each for key, each in right.items()},
    }


def minus(fields: Fields | None, gone: Fields | None) -> Fields | None:
    if fields is None or gone is None:
        return fields
    if not fields:
        return None if _holds(gone) else fields
    rest: Fields = {}
    for key, each in fields.items():
        if key == ".":
            if not _holds(gone):
                rest[key] = each
        elif key not in gone:
            rest[key] = each
        elif (remainder := minus(each, gone[key])) is not None:
            rest[key] = remainder
    return rest or None


def contested(node: Node, mine: Fields, theirs: Fields, live: Any, applied: Any) -> Fields | None:
    """The paths that both hold and that applying would change."""
    if not mine or not theirs:
        return {} if not mine and _holds(theirs) and live != applied else None
    before, after = _parts(node, live) or {}, _parts(node, applied) or {}
    found: Fields = {}
    for key, each in mine.items():
        if key in theirs and key in after:
            child, value = after[key]
            current = before[key][1] if key in before else MISSING
            if current is not value and current != value:
                inner = contested(child, each, theirs[key], current, value)
                if inner is not None:
                    found[key] = inner
    return found or None


def paths(fields: Fields, prefix: str = "") -> Iterator[str]:
    """As people write them: .spec.containers[name="app"].image"""
    if _holds(fields):
        yield prefix
    for key, each in fields.items():
        if key != ".":
            yield from paths(each, prefix + _shown(key))


def _shown(key: str) -> str:
    kind, _, rest = key.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "v":
        return f"[={rest}]"
    return "[" + ",".join(f"{name}={json.dumps(value)}" for name, value in json.loads(rest).items()) + "]"


def merge(node: Node, live: Any, applied: Any) -> Any:
    """What is applied over what is there."""
    if not node.granular or node.atomic or type(live) is not type(applied):
        return applied
    if isinstance(live, dict):
        merged = dict(live)
        for name, value in applied.items():
            merged[name] = merge(node.child(name), live[name], value) if name in live else value
        return merged
    if not isinstance(live, list):
        return applied
    old, new = dict(_keyed(node, live)), dict(_keyed(node, applied))
    both = {key: merge(node.items, old[key], item) if key in old else item for key, item in new.items()}
    if [key for key in old if key in new] == [key for key in new if key in old]:
        return [both.get(key, item) for key, item in old.items()] + [both[key] for key in new if key not in old]
    return list(both.values()) + [item for key, item in old.items() if key not in new]


def prune(node: Node, value: Any, gone: Fields, kept: Fields) -> Any:
    """The value without the paths of `gone`, those and their children excepted that `kept` holds."""
    parts = _parts(node, value) or {}
    dropped, changed = set(), {}
    for key, each in gone.items():
        if key == "." or key not in parts:
            continue
        child, item = parts[key]
        if key not in kept and (_holds(each) or child.atomic or not child.granular):
            dropped.add(key)
            continue
        rest = prune(child, item, each, kept.get(key, {}))
        if not rest and rest is not item and key not in kept:
            dropped.add(key)
        else:
            changed[key] = rest
    if not dropped and not changed:
        return value
    remaining = [(key, changed.get(key, item)) for key, (_, item) in parts.items() if key not in dropped]
    if isinstance(value, dict):
        return {key.removeprefix("f:"): item for key, item in remaining}
    return [item for _, item in remaining]
