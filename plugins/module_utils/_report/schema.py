# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a report to its published JSON schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "readiness.schema.json"


class SchemaError(ValueError):
    """A report is not what docs/schemas/readiness.schema.json promises to its readers."""


def validate(report: dict[str, Any]) -> None:
    """Raise SchemaError naming the first place where the report departs from the schema."""
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from jsonschema import Draft202012Validator, FormatChecker  # pylint: disable=import-outside-toplevel
    from jsonschema.exceptions import best_match  # pylint: disable=import-outside-toplevel

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(report))
    if error is not None:
        raise SchemaError(f"readiness.json: {error.json_path}: {error.message}")
