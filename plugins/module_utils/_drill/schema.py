# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold the result of a drill, or of a restore test, to its published JSON schema."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"


class SchemaError(ValueError):
    """A result is not what its schema in docs/schemas promises to its readers."""


@lru_cache
def _validator(name: str) -> Any:
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from jsonschema import Draft202012Validator, FormatChecker  # pylint: disable=import-outside-toplevel

    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def validate(result: dict[str, Any], name: str = "drill") -> None:
    """Raise SchemaError naming the first place where the result departs from the schema of this name."""
    from jsonschema.exceptions import best_match  # pylint: disable=import-outside-toplevel

    error = best_match(_validator(name).iter_errors(result))
    if error is not None:
        raise SchemaError(f"{name} result: {error.json_path}: {error.message}")
