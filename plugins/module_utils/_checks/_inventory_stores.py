# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DP-01 outside the databases: names of keys, fields and objects are those of the inventory. No value is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _auditor, _data_subjects
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import caches
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import told

VARIABLE = re.compile(r"\{\w+\}")
WORD = re.compile(r"[a-z][a-z-]*")
STREAM = ".ds-"
"""How the indices of a data stream begin; all others with a dot are OpenSearch's own."""

Shape = list[re.Pattern[str]]
"""A declared name in its parts, as each may be."""


def keys(world: World, sample: int) -> Answer:
    """Names of keys (SCAN): a user may list them, whatever keys it may read. Redis goes by their hash, so the first are
    a sample of all."""
    declared = world.once(_auditor.inventory).keys
    shapes = [shape(one["key"], ":") for those in declared.values() for one in those]
    canary = world.platform.canary
    with _opened(world) as stores, told():
        found, whole = _sample(stores.cache(canary).scan_iter(count=caches.BATCH), sample)
        names = {name for name in found if not name.startswith(f"{canary}:")}
        unknown = sorted(name for name in names if not any(is_of(name, one, ":") for one in shapes))
        counts = Counter((masked(name, ":"), _type(stores, declared, name)) for name in unknown)
    breaches = [
        Breach("data_protection.undeclared_key", {"key": key, "type": kind, "count": count})
        for (key, kind), count in sorted(counts.items())
    ]
    return {"looked_at": len(names), "whole": whole, "undeclared": len(unknown)}, breaches


def indices(world: World) -> Answer:
    """Indices and mapped fields, all there are (GET _alias, GET _mapping)."""
    declared = {
        one["alias"]: one["columns"] for those in world.once(_auditor.inventory).indices.values() for one in those
    }
    with _opened(world) as stores:
        behind = stores.search.get("_alias", query="expand_wildcards=all")
        mappings = stores.search.get("_mapping", query="expand_wildcards=all")
    breaches: list[Breach] = []
    fields: dict[str, set[str]] = {}
    for index, mapping in sorted(mappings.items()):
        if _is_own(index) or index.startswith(f"{world.platform.canary}-"):
            continue
        fields[index] = set(_fields(mapping["mappings"].get("properties", {})))
        aliases = declared.keys() & behind.get(index, {}).get("aliases", {}).keys()
        if not aliases:
            breaches.append(Breach("data_protection.undeclared_index", {"index": index}))
            continue
        known = {column for alias in aliases for column in declared[alias]}
        breaches += [
            Breach("data_protection.undeclared_field", {"index": index, "field": field})
            for field in sorted(fields[index] - known)
        ]
    for alias, columns in declared.items():
        holding = [index for index in fields if alias in behind.get(index, {}).get("aliases", {})]
        if not holding:
            breaches.append(Breach("data_protection.vanished_index", {"alias": alias}))
            continue
        mapped = set().union(*(fields[index] for index in holding))
        breaches += [
            Breach("data_protection.vanished_field", {"alias": alias, "field": column})
            for column in columns
            if column not in mapped
        ]
    return {"indices": len(fields), "fields": sum(map(len, fields.values())), "whole": True}, breaches


def objects(world: World, sample: int) -> Answer:
    """Names of objects in the buckets of the inventory, down to the prefixes that are declared (s3:ListBucket)."""
    shapes: dict[str, list[Shape]] = {}
    for those in world.once(_auditor.inventory).objects.values():
        for one in those:
            shapes.setdefault(one["bucket"], []).append(shape(one["key"].rstrip("/"), "/"))
    s3 = world.client("s3")
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for bucket, declared in sorted(shapes.items()):
        found, whole = _sample(_listed(s3, bucket, declared), sample)
        unknown = Counter(masked(name, "/") for name, is_declared in found if not is_declared)
        observed[bucket] = {"looked_at": len(found), "whole": whole, "undeclared": unknown.total()}
        breaches += [
            Breach("data_protection.undeclared_objects", {"bucket": bucket, "prefix": prefix, "count": count})
            for prefix, count in sorted(unknown.items())
        ]
    return observed, breaches


def shape(declared: str, separator: str) -> Shape:
    """``identity:session:{subject_id}`` in its parts; a variable is any text without the separator."""
    return [
        re.compile(".+".join(map(re.escape, VARIABLE.split(part))), re.DOTALL) for part in declared.split(separator)
    ]


def is_of(name: str, declared: Shape, separator: str) -> bool:
    """Whether a name is of this shape."""
    parts = name.split(separator)
    return len(parts) == len(declared) and _match(parts, declared)


def masked(name: str, separator: str) -> str:
    """What may be told of a name: whatever is no plain word, or stands where ids do, may say who a person is."""
    *parts, last = name.split(separator)
    parts = [part if WORD.fullmatch(part) else "*" for part in parts]
    return separator.join([*parts, last if not parts and WORD.fullmatch(last) else "*"])


def _listed(s3: Any, bucket: str, declared: Sequence[Shape], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Prefixes and keys, none of them below another, and whether each is declared."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        # Consoles make an empty object of a prefix's own name.
        yield from ((one["Key"], False) for one in page.get("Contents", []) if one["Key"] != prefix)
        for below in (one["Prefix"] for one in page.get("CommonPrefixes", [])):
            parts = below.split("/")[:-1]
            near = [one for one in declared if _match(parts, one)]
            if near and all(len(one) > len(parts) for one in near):
                yield from _listed(s3, bucket, near, below)
            else:
                yield below, bool(near)


def _match(parts: Sequence[str], declared: Shape) -> bool:
    return all(one.fullmatch(part) for one, part in zip(declared, parts, strict=False))


def _fields(properties: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Names of mapped fields with those of the objects they are in; other ways to index a field are no fields."""
    for name, mapping in properties.items():
        inner = mapping.get("properties")
        yield from _fields(inner, f"{above}{name}.") if inner else [f"{above}{name}"]


def _is_own(index: str) -> bool:
    return index.startswith(".") and not index.startswith(STREAM)


def _type(stores: Stores, declared: Mapping[str, Any], name: str) -> str:
    """As the user of the service sees it: nobody else may ask for more than its name."""
    service = name.split(":")[0]
    return str(stores.cache(service).type(name)) if service in declared else "unknown"


def _sample(found: Iterator[Any], size: int) -> tuple[list[Any], bool]:
    """So many of them, and whether these were all."""
    chosen = list(islice(found, size))
    return chosen, next(found, None) is None


@contextmanager
def _opened(world: World) -> Iterator[Stores]:
    """The stores. What is wrong on the way to one is an OSError."""
    try:
        with _data_subjects.stores(world) as stores:
            yield stores
    except ReconcileError as error:
        raise ConnectionError(str(error)) from error
