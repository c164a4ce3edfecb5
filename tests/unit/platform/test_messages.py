"""Every message exists, is used, and every schema rule can be told in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._platform import problem, schema

PACKAGE = Path(problem.__file__).parent
ROOT = Path(__file__).resolve().parents[3]


def test_catalogue_and_code_name_the_same_messages() -> None:
    used = {name for path in PACKAGE.glob("*.py") for name in re.findall(r'"(platform\.\w+)"', path.read_text("utf-8"))}
    used |= set(re.findall(r'"(platform\.\w+)"', (ROOT / "plugins/action/platform_preflight.py").read_text("utf-8")))
    assert used == set(load_catalogue(problem.MESSAGES))


def _subschemas(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _subschemas(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for item in node.values() for found in _subschemas(item))]


def test_every_pattern_is_explained_in_both_languages() -> None:
    for node in _subschemas(schema.load_schema()):
        if isinstance(node.get("pattern"), str) or "oneOf" in node or "multipleOf" in node:
            assert set(node["x-says"]) == {"en", "ja"}, node


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_every_variable_has_a_home_that_sets_it(environment: str) -> None:
    for variable in schema.declared_names():
        text = (ROOT / schema.home(variable, environment)).read_text(encoding="utf-8")
        assert re.search(rf"^{variable}:", text, re.MULTILINE), variable


@pytest.mark.parametrize(
    ("value", "path", "text"),
    [
        ("15", "x", '"15"'),
        ({"a": None}, "x", '{"a": null}'),
        ("s3cret", "platform_aws.secret_key", "********"),
        ("求人", "x", '"求人"'),
        ("x" * 100, "x", '"' + "x" * 78 + "…"),
    ],
)
def test_shown(value: object, path: str, text: str) -> None:
    assert problem.shown(value, path) == text
