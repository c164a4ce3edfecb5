"""Bodies in Kubernetes' protobuf encoding as JSON objects: kubectl's typed commands (create namespace, auth can-i,
drain ...) send nothing else, and don't fall back after 415. Answers are always JSON, which all of them accept."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Object = dict[str, Any]
MAGIC = b"k8s\x00"
_META = "apimachinery.pkg.apis.meta.v1."
_ZERO_MEANS = frozenset(
    ("replicas", "gracePeriodSeconds", "terminationGracePeriodSeconds", "parallelism", "completions", "backoffLimit")
)
"""Numbers of which 0 says something; others are sent as 0 by clients that leave them out in JSON."""


class _Field(NamedTuple):
    name: str
    type: str
    repeated: bool
    map: bool
    inline: bool


@cache
def _messages() -> dict[str, dict[int, _Field]]:
    messages: dict[str, dict[int, _Field]] = {}
    for line in (Path(__file__).parent / "data/protobuf.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        message, *fields = line.split(" ")
        messages[message] = {}
        for field in fields:
            number, _, rest = field.partition("=")
            name, _, kind = rest.partition(":")
            base = kind.lstrip("^*{")
            messages[message][int(number)] = _Field(name, base, "*" in kind, "{" in kind, "^" in kind)
    return messages


def decode(body: bytes) -> Object:
    """The object of a body; ValueError when it is none, or of a kind that isn't known."""
    if not body.startswith(MAGIC):
        raise ValueError("not Kubernetes' protobuf encoding")
    envelope = dict(_fields(body[len(MAGIC) :]))
    identity = dict(_fields(envelope.get(1, b"")))
    api_version, kind = (identity.get(number, b"").decode() for number in (1, 2))
    if kind == "DeleteOptions":
        message = _META + kind
    else:
        group, _, version = api_version.rpartition("/")
        message = f"api.{group.partition('.')[0] or 'core'}.{version}.{kind}"
    if message not in _messages():
        raise ValueError(f"{api_version} {kind} isn't known in protobuf: send JSON")
    return {"apiVersion": api_version, "kind": kind, **_message(message, envelope.get(2, b""))}


def _message(name: str, data: bytes) -> Any:
    special = _SPECIAL.get(name)
    if special:
        return special(dict(_fields(data)))
    known = _messages()[name]
    result: Object = {}
    for number, raw in _fields(data):
        field = known.get(number)
        if field is None:
            raise ValueError(f"unknown field {number} of {name}")
        if field.map:
            entry = dict(_fields(raw))
            key = entry.get(1, b"").decode()
            result.setdefault(field.name, {})[key] = _value(field.type, entry.get(2, b""))
            continue
        value = _value(field.type, raw)
        if field.repeated:
            result.setdefault(field.name, []).append(value)
        elif field.inline:
            result.update(value)
        elif value not in ("", None) and (value != 0 or isinstance(value, bool) or field.name in _ZERO_MEANS):
            result[field.name] = value
    wrapped = list(known.values())
    if len(wrapped) == 1 and wrapped[0].name == "items":
        return result.get("items", [])
    return result


def _value(kind: str, raw: Any) -> Any:
    if kind == "":
        return raw.decode()
    if kind == "i":
        return raw - (1 << 64) if raw >> 63 else raw
    if kind == "b":
        return bool(raw)
    if kind == "d":
        return struct.unpack("<d", raw)[0]
    return base64.b64encode(raw).decode() if kind == "y" else _message(kind, raw)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """(number, value): an integer, or the bytes of a string, a message or a fixed-width number."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        wire = tag & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield tag >> 3, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if position + size > len(data):
            raise ValueError("truncated")
        yield tag >> 3, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if position >= len(data):
            raise ValueError("truncated")
        byte = data[position]
        result |= (byte & 0x7F) << shift
        position += 1
        shift += 7
        if byte < 0x80:
            return result, position


def _time(fields: dict[int, Any], digits: str = "seconds") -> str | None:
    if not fields:
        return None
    seconds = _value("i", fields.get(1, 0))
    if seconds < 0:
        return None
    time = datetime.fromtimestamp(seconds, UTC).replace(microsecond=fields.get(2, 0) // 1000)
    return time.isoformat(timespec=digits).replace("+00:00", "Z")


def _int_or_string(fields: dict[int, Any]) -> Any:
    return fields.get(3, b"").decode() if fields.get(1) else _value("i", fields.get(2, 0))


def _json(fields: dict[int, Any]) -> Any:
    return json.loads(fields[1]) if fields.get(1) else None


_SPECIAL = {
    f"{_META}Time": _time,
    f"{_META}MicroTime": lambda fields: _time(fields, "microseconds"),
    f"{_META}FieldsV1": _json,
    "apimachinery.pkg.runtime.RawExtension": _json,
    "apimachinery.pkg.api.resource.Quantity": lambda fields: fields.get(1, b"").decode(),
    "apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
}
