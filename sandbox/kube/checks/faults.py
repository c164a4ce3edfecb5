"""How checks tell what is wrong with a field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kube.errors import Cause
from sandbox.kube.rules import shown

Object = dict[str, Any]
Causes = Iterator[Cause]


def invalid(path: str, value: Any, why: str) -> Cause:
    return Cause("FieldValueInvalid", path, f"Invalid value: {shown(value)}: {why}")


def required(path: str, why: str = "") -> Cause:
    return Cause("FieldValueRequired", path, f"Required value: {why}" if why else "Required value")


def forbidden(path: str, why: str) -> Cause:
    return Cause("FieldValueForbidden", path, f"Forbidden: {why}")


def duplicates(path: str, values: Iterable[Any]) -> Causes:
    seen = set()
    for index, value in enumerate(values):
        if value is not None and value in seen:
            shown_value = shown(value if not isinstance(value, tuple) else "/".join(map(str, value)))
            yield Cause("FieldValueDuplicate", path.format(index), f"Duplicate value: {shown_value}")
        seen.add(value)
