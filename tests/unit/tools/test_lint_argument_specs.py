"""The lint of argument specifications finds each fault it is there for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.lint_argument_specs import faults, option_faults
from tools.roles import Role

SIZE = {"description": "Gigabytes.", "type": "int", "default": 20}


def role(path: Path, options: dict[str, Any], defaults: dict[str, Any]) -> Role:
    directory = path / "rds"
    (directory / "meta").mkdir(parents=True)
    (directory / "defaults").mkdir()
    main = {"short_description": "PostgreSQL", "description": ["PostgreSQL."], "options": options}
    (directory / "meta" / "argument_specs.yml").write_text(yaml.safe_dump({"argument_specs": {"main": main}}))
    (directory / "defaults" / "main.yml").write_text(yaml.safe_dump(defaults))
    return Role(directory)


def test_a_complete_specification_that_equals_its_defaults_has_no_fault(tmp_path: Path) -> None:
    options = {"rds_size": SIZE, "rds_name": {"description": "Name.", "type": "str", "required": True}}
    assert list(faults(role(tmp_path, options, {"rds_size": 20, "__rds_internal": 1}))) == []


@pytest.mark.parametrize(
    ("options", "defaults", "expected"),
    [
        ({"rds_size": SIZE}, {"rds_size": 21}, "rds_size: the specification says 20, defaults/main.yml 21"),
        ({"rds_size": SIZE}, {}, "rds_size: the specification has a default, defaults/main.yml has none"),
        ({}, {"rds_size": 20}, "rds_size: in defaults, not in the specification"),
        (
            {"rds_size": {"description": "Gigabytes.", "type": "int"}},
            {"rds_size": 20},
            "rds_size: defaults/main.yml has a default, the specification has none",
        ),
        (
            {"rds_size": {"description": "Gigabytes.", "type": "int"}},
            {},
            "rds_size: neither required nor given a default",
        ),
    ],
)
def test_differences_from_the_defaults(
    tmp_path: Path, options: dict[str, Any], defaults: dict[str, Any], expected: str
) -> None:
    assert list(faults(role(tmp_path, options, defaults))) == [expected]


def test_a_role_without_specification(tmp_path: Path) -> None:
    assert list(faults(Role(tmp_path / "bare"))) == ["meta/argument_specs.yml has no entry point main"]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"type": "str"}, ["x: has no description"]),
        ({"description": "Y."}, ["x: has no type"]),
        ({"description": "Y.", "type": "list"}, ["x: a list without elements"]),
        ({"description": "Y.", "type": "str", "required": True, "default": "a"}, ["x: required, yet has a default"]),
        ({"description": "Mapping of tag names to values.", "type": "dict"}, []),
        (
            {"description": "Y.", "type": "list", "elements": "dict", "options": {"z": {"type": "int"}}},
            ["x.z: has no description"],
        ),
    ],
)
def test_what_an_option_leaves_open(option: dict[str, Any], expected: list[str]) -> None:
    assert list(option_faults("x", option)) == expected


@pytest.mark.parametrize("shape", [{"type": "dict"}, {"type": "list", "elements": "dict"}])
def test_a_dict_lists_its_options_or_says_what_its_keys_are(shape: dict[str, str]) -> None:
    (fault,) = option_faults("x", {"description": "Y.", **shape})
    assert fault.startswith("x: a dict without options")
