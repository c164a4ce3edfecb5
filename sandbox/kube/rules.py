"""The limits of a schema (ranges, lengths, patterns, enumerations, formats), each as a function that says what is wrong
with a value (None: nothing)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kube.formats import FORMATS


def shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def rules(schema: dict[str, Any]) -> Iterator[Callable[[Any], str | None]]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        yield lambda value: _out_of_range(value, low, high)
    if "enum" in schema:
        allowed = schema["enum"]
        supported = ", ".join(shown(each) for each in allowed)
        yield (
            lambda value: (
                None if value in allowed else f"Unsupported value: {shown(value)}: supported values: {supported}"
            )
        )
    if "pattern" in schema:
        compiled = re.compile(pattern(schema))
        yield (
            lambda value: (
                None if compiled.search(value) else f"Invalid value: {shown(value)}: should match '{schema['pattern']}'"
            )
        )
    for keyword, sign, what in (
        ("minLength", 1, "at least {} chars long"),
        ("maxLength", -1, "at most {} chars long"),
        ("minItems", 1, "at least {} items"),
        ("maxItems", -1, "at most {} items"),
        ("minProperties", 1, "at least {} properties"),
        ("maxProperties", -1, "at most {} properties"),
    ):
        if keyword in schema:
            yield _length_rule(schema[keyword], sign, what)
    if schema.get("format") == "byte":
        yield _base64_rule
    named = FORMATS.get(schema.get("format", ""))
    if named:
        yield lambda value: (wrong := named(value)) and f"Invalid value: {shown(value)}: {wrong}"


def pattern(schema: dict[str, Any]) -> str:
    """Of a schema, as Python writes it."""
    return str(schema.get("pattern", "")).replace(r"\p{L}", "A-Za-z")


def _out_of_range(value: Any, low: float | None, high: float | None) -> str | None:
    if isinstance(value, str) or ((low is None or value >= low) and (high is None or value <= high)):
        return None
    if low is not None and high is not None:
        return f"Invalid value: {value}: must be between {low} and {high}, inclusive"
    return f"Invalid value: {value}: must be " + (
        f"greater than or equal to {low}" if low is not None else f"less than or equal to {high}"
    )


def _length_rule(limit: int, sign: int, what: str) -> Callable[[Any], str | None]:
    wanted = f"should be {what.format(limit)}" if "chars" in what else f"must have {what.format(limit)}"
    return lambda value: None if (len(value) - limit) * sign >= 0 else f"Invalid value: {shown(value)}: {wanted}"


def _base64_rule(value: str) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return f"Invalid value: {shown(value)}: illegal base64 data"
    return None
