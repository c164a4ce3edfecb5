# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snake case to and from an API's own names, and validation, by the shapes botocore ships."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

with suppress(ImportError):  # AnsibleAWSModule reports what is missing, with the versions it needs
    from botocore import xform_name
    from botocore.validate import ParamValidator


def input_shape(client: Any, operation: str) -> Any:
    """The input shape of an operation given in the API's spelling, such as ``CreateDBInstance``."""
    return client.meta.service_model.operation_model(operation).input_shape


def to_api(shape: Any, value: Any) -> Any:
    """``{"db_instance_class": ..}`` to ``{"DBInstanceClass": ..}``, at every depth. Unknown keys raise KeyError."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {xform_name(name): (name, member) for name, member in shape.members.items()}
        return {members[key][0]: to_api(members[key][1], item) for key, item in value.items()}
    if shape.type_name == "list" and isinstance(value, (list, tuple)):
        return [to_api(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: to_api(shape.value, item) for key, item in value.items()}
    return value


def to_snake(shape: Any, value: Any) -> Any:
    """The inverse of ``to_api``, for an answer read with its output shape."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            xform_name(name): to_snake(shape.members[name], item)
            for name, item in value.items()
            if name in shape.members
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [to_snake(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: to_snake(shape.value, item) for key, item in value.items()}
    return value


def errors_in(
    shape: Any, value: dict[str, Any], extra: Collection[str] = (), filled: Collection[str] = ()
) -> list[str]:
    """What is wrong with declared parameters: unknown keys with a suggestion, wrong types, missing ones.

    :param extra: keys that an adapter handles besides the operation's own; their values are its business.
    :param filled: required keys that the adapter fills in, so that they need not be declared.
    """
    own = {key: item for key, item in value.items() if key not in extra}
    unknown = list(_unknown_keys(shape, own, extra, ""))
    if unknown:
        return unknown
    report = ParamValidator().validate(to_api(shape, own), shape)
    missing = {f'Missing required parameter in input: "{name}"' for name in shape.members if xform_name(name) in filled}
    return [line for line in report.generate_report().splitlines() if line and line not in missing]


def did_you_mean(name: str, allowed: Collection[str]) -> str:
    close = get_close_matches(name, sorted(allowed), n=1)
    return f"; did you mean {close[0]}?" if close else f"; allowed are {', '.join(sorted(allowed))}"


def _unknown_keys(shape: Any, value: Any, extra: Collection[str], path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {xform_name(name): member for name, member in shape.members.items()}
        for key, item in value.items():
            if key in members:
                yield from _unknown_keys(members[key], item, (), f"{path}{key}.")
            else:
                yield f"unknown key {path}{key}{did_you_mean(str(key), {*members, *extra})}"
    elif shape.type_name == "list" and isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _unknown_keys(shape.member, item, (), f"{path.rstrip('.')}[{index}].")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown_keys(shape.value, item, (), f"{path}{key}.")
