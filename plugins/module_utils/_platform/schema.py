# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types, ranges and names of the declared variables: ``variables/*.yml`` (JSON Schema 2020-12), in our own words.

Beside the standard keywords a schema may carry ``x-file`` (where a missing variable is set) and ``x-says``
(what a pattern or combination means, in each language).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import (
    Problem,
    Text,
    hint,
    listed,
    shown,
)
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

SCHEMA = Path(__file__).parent / "variables"
DEFINITIONS = "_defs.yml"
TYPES: Mapping[str, Text] = {
    "string": {"en": "text", "ja": "文字列"},
    "integer": {"en": "a whole number", "ja": "整数"},
    "number": {"en": "a number", "ja": "数値"},
    "boolean": {"en": "true or false", "ja": "真偽値（true／false）"},
    "array": {"en": "a list", "ja": "リスト"},
    "object": {"en": "a dictionary", "ja": "辞書"},
    "null": {"en": "nothing", "ja": "空"},
}
LIMITS = {
    "minimum": "platform.too_small",
    "maximum": "platform.too_large",
    "exclusiveMaximum": "platform.not_below",
    "minLength": "platform.too_short",
    "minItems": "platform.too_short",
    "maxLength": "platform.too_long",
    "maxItems": "platform.too_long",
    "maxProperties": "platform.too_long",
}


@lru_cache(maxsize=1)
def load_schema() -> dict[str, Any]:
    """The schema of all variables together: every one is required, no other exists. Raises YamlError."""
    properties: dict[str, Any] = {}
    for path in sorted(SCHEMA.glob("*.yml")):
        if path.name != DEFINITIONS:
            properties.update(read_yaml(path))
    return {
        "type": "object",
        "required": sorted(properties),
        "properties": properties,
        "$defs": read_yaml(SCHEMA / DEFINITIONS),
    }


def declared_names() -> set[str]:
    """The names of all variables that exist."""
    return set(load_schema()["properties"])


def home(variable: str, environment: str) -> str:
    """The file, relative to the repository, in which a variable is meant to be set."""
    return str(load_schema()["properties"][variable]["x-file"]).format(environment=environment)


def check_schema(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with ``values`` (name to plain value; only declared names are looked at)."""
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from jsonschema import Draft202012Validator  # pylint: disable=import-outside-toplevel

    seen = set()
    for error in Draft202012Validator(load_schema()).iter_errors(dict(values)):
        for problem in _problems(error):
            key = (problem.id, problem.path)
            if key not in seen:
                seen.add(key)
                yield problem


def path_of(parts: Any) -> str:
    """``platform_services[3].port`` from its parts."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _problems(error: ValidationError) -> Iterator[Problem]:
    yield from _TELL.get(str(error.validator), _not_valid)(error, path_of(error.absolute_path))


def _missing(error: ValidationError, path: str) -> Iterator[Problem]:
    for key in error.validator_value:
        if key not in error.instance:
            yield Problem("platform.missing", path_of([*error.absolute_path, key]))


def _unknown_key(error: ValidationError, path: str) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            params = {"key": key, "hint": hint(key, known), "known": listed(known)}
            yield Problem("platform.unknown_key", path, params)


def _wrong_type(error: ValidationError, path: str) -> Iterator[Problem]:
    params = {"value": shown(error.instance, path), "expected": TYPES[error.validator_value]}
    yield Problem("platform.wrong_type", path, {**params, "actual": TYPES[_type_of(error.instance)]})


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = (("string", str), ("integer", int), ("number", float), ("array", list), ("object", Mapping))
    return next((name for name, kind in kinds if isinstance(value, kind)), "null")


def _not_allowed(error: ValidationError, path: str) -> Iterator[Problem]:
    known = error.validator_value if isinstance(error.instance, str) else []
    params = {"value": shown(error.instance, path), "allowed": listed(error.validator_value)}
    yield Problem("platform.not_allowed", path, {**params, "hint": hint(error.instance, map(str, known))})


def _limit(error: ValidationError, path: str) -> Iterator[Problem]:
    params = {"value": shown(error.instance, path), "limit": error.validator_value}
    yield Problem(LIMITS[str(error.validator)], path, params)


def _duplicate(error: ValidationError, path: str) -> Iterator[Problem]:
    repeated = [value for at, value in enumerate(error.instance) if value in error.instance[:at]]
    yield Problem("platform.duplicate", path, {"value": shown(repeated[0])})


def _not_valid(error: ValidationError, path: str) -> Iterator[Problem]:
    rule = error.schema.get("x-says") or {"en": error.message, "ja": error.message}
    yield Problem("platform.not_valid", path, {"value": shown(error.instance, path), "rule": rule})


_TELL: Mapping[str, Callable[[Any, str], Iterator[Problem]]] = {
    "required": _missing,
    "additionalProperties": _unknown_key,
    "type": _wrong_type,
    "enum": _not_allowed,
    "uniqueItems": _duplicate,
    **dict.fromkeys(LIMITS, _limit),
}
