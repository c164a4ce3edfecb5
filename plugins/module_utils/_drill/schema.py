# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold the result of a drill to its published JSON schema."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "drill.schema.json"


class SchemaError(ValueError):
    """A result is not what docs/schemas/drill.schema.json promises to its readers."""


@lru_cache(maxsize=1)
def _validator() -> Any:
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from jsonschema import Draft202012Validator, FormatChecker  # pylint: disable=import-outside-toplevel

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=FormatChecker())


def validate(result: dict[str, Any]) -> None:
    """Raise SchemaError naming the first place where the result departs from the schema."""
    from jsonschema.exceptions import best_match  # pylint: disable=import-outside-toplevel

    error = best_match(_validator().iter_errors(result))
    if error is not None:
        raise SchemaError(f"drill result: {error.json_path}: {error.message}")
