# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Declared sets of cached keys: their validation, their keys and values, and when a cached one is fresh. Pure."""

from __future__ import annotations

import json
import string
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from uuid import UUID

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError

Row = Mapping[str, Any]
Value: TypeAlias = "str | dict[str, str]"
"""What a key holds: a string, or the fields of a hash."""
Condition = Literal["fresh", "missing", "outdated", "expiring", "eternal"]

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "service": {"type": "str", "required": True},
    "key": {"type": "str", "required": True, "no_log": False},
    "items": {"type": "list", "elements": "dict"},
    "query": {"type": "str"},
    "values": {"type": "list", "elements": "str"},
    "format": {"type": "str", "choices": ["json", "hash", "string"], "default": "json"},
    "ttl_seconds": {"type": "int", "required": True},
    "jitter_percent": {"type": "int", "default": 10},
    "fresh_seconds": {"type": "int"},
    "priority": {"type": "int", "default": 100},
    "optional": {"type": "bool", "default": False},
}
"""The module's options for each set; what each means is in its documentation."""


@dataclass(frozen=True)
class KeySet:
    """One declared set. Times in seconds; ``fresh_seconds`` is the time to live below which a key is written again."""

    name: str
    service: str
    key: str
    ttl_seconds: int
    jitter_percent: int
    fresh_seconds: int
    items: tuple[Row, ...] | None = None
    query: str | None = None
    values: tuple[str, ...] = ()
    format: str = "json"
    priority: int = 100
    optional: bool = False

    def ttl_milliseconds(self, key: str) -> int:
        """The key's time to live: less than the set's by a share that depends on the key, so that not all expire at
        once, and the same key always gets the same."""
        share = zlib.crc32(key.encode()) / 2**32 * self.jitter_percent / 100
        return round(self.ttl_seconds * 1000 * (1 - share))


@dataclass(frozen=True)
class Entry:
    key: str
    value: Value


def key_sets(declared: Iterable[Mapping[str, Any]]) -> list[KeySet]:
    """The declared sets in the order in which they are warmed, those with the lowest priority first.

    :raises InvalidInput: naming every error at once.
    """
    errors: list[str] = []
    sets: list[KeySet] = []
    for index, one in enumerate(declared):
        given = {name: option["default"] for name, option in OPTIONS.items() if "default" in option}
        given |= {name: value for name, value in one.items() if value is not None}
        found = list(_errors(given))
        errors += [f"key_sets[{index}] ({given.get('name', '')}): {error}" for error in found]
        if not found:
            given.setdefault("fresh_seconds", given["ttl_seconds"] // 2)
            rows = tuple(given.pop("items")) if "items" in given else None
            sets.append(KeySet(**{**given, "items": rows, "values": tuple(given.get("values", ()))}))
    names = [one.name for one in sets]
    errors += [f"key_sets: {name} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if errors:
        raise InvalidInput(errors)
    return sorted(sets, key=lambda one: one.priority)


def _errors(given: Mapping[str, Any]) -> Iterator[str]:
    unknown, missing = (
        given.keys() - OPTIONS.keys(),
        {n for n, o in OPTIONS.items() if o.get("required")} - given.keys(),
    )
    if unknown or missing:
        yield from (f"unknown option {name}" for name in sorted(unknown))
        yield from (f"{name} is missing" for name in sorted(missing))
        return
    if ("items" in given) == ("query" in given):
        yield "declare one of items and query"
    if not given["key"].startswith(f"{given['service']}:"):
        yield f"key must begin with {given['service']}:, as the service's user may write no other"
    try:
        placeholders = [field for _text, field, _spec, _conversion in string.Formatter().parse(given["key"]) if field]
    except ValueError as error:
        yield f"key: {error}"
    else:
        if not placeholders:
            yield "key must have a {column} in it that makes it unique"
    if given["format"] == "string" and len(given.get("values", ())) != 1:
        yield "format string takes exactly one column in values"
    if not 0 <= given["jitter_percent"] <= 50:
        yield "jitter_percent must be 0 to 50"
    shortest = given["ttl_seconds"] * (100 - given["jitter_percent"]) / 100
    if not 0 < given.get("fresh_seconds", given["ttl_seconds"] // 2) < shortest:
        yield f"fresh_seconds must be above 0 and below the shortest time to live, {shortest:g} seconds"


def entries(keys: KeySet, rows: Iterable[Row]) -> list[Entry]:
    """The keys and values that rows make.

    :raises ReconcileError: for a row without a column that is needed, for two rows of one key, or for a value that
        cannot be kept. Values are not told.
    """
    found: dict[str, Entry] = {}
    for row in rows:
        try:
            key = keys.key.format_map({name: _text(value) for name, value in row.items()})
            entry = Entry(key, _value(keys, row))
        except KeyError as error:
            raise ReconcileError(f"a row has no column {error}; there are {', '.join(sorted(row))}") from error
        except TypeError as error:
            raise ReconcileError(f"a row cannot be kept: {error}") from error
        if key in found:
            raise ReconcileError(f"two rows make the key {key}")
        found[key] = entry
    return list(found.values())


def _value(keys: KeySet, row: Row) -> Value:
    columns = {name: row[name] for name in keys.values or row}
    if keys.format == "hash":
        fields = {name: _text(value) for name, value in columns.items() if value is not None}
        if not fields:
            raise TypeError("a hash without fields is no key at all")
        return fields
    if keys.format == "string":
        (value,) = columns.values()
        return _text(value)
    return json.dumps(columns, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)
    if value is None:
        return ""
    if isinstance(value, (str, int, float, Decimal, UUID)):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is neither text, a number, a time nor made of them")


def condition(entry: Entry, cached: Value | None, milliseconds: int, fresh_seconds: int) -> Condition:
    """How a cached key stands to what is declared.

    :param cached: what it holds, None when that is nothing of the declared format.
    :param milliseconds: its remaining time to live, as PTTL tells it: -2 for no key, -1 for a key without one.
    """
    if milliseconds == -2:
        return "missing"
    if cached != entry.value:
        return "outdated"
    if milliseconds == -1:
        return "eternal"
    return "fresh" if milliseconds >= fresh_seconds * 1000 else "expiring"
