# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a month's report in all its forms, each file whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import make_directory, write_atomically
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.plugins.module_utils._sla.html import html
from ansible_collections.iworkz.platform.plugins.module_utils._sla.markdown import markdown

SUFFIXES = {"html": "html", "markdown": "md", "json": "json"}
# What every run renews, whatever the month was like.
RENEWED = ("generated_at", "revision")


def paths(directory: Path, month: str) -> dict[str, Path]:
    """The file of each form."""
    return {form: directory / f"sla-{month}.{suffix}" for form, suffix in SUFFIXES.items()}


def publish(report: Mapping[str, Any], directory: Path, say: Say, language: Language) -> None:
    """Write every form, the interface, JSON, last. Raises OSError."""
    contents = {
        "html": html(report, say, language),
        "markdown": markdown(report, say),
        "json": json.dumps(report, ensure_ascii=False, indent=2) + "\n",
    }
    make_directory(directory)
    for form, path in paths(directory, report["month"]).items():
        write_atomically(path, contents[form].encode())


def published(directory: Path, month: str) -> dict[str, Any] | None:
    """The report of a month that stands in a directory, None if it isn't there whole and readable."""
    files = paths(directory, month)
    if not all(path.is_file() for path in files.values()):
        return None
    try:
        report = json.loads(files["json"].read_bytes())
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


def statement(report: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a report says of its month."""
    return {key: value for key, value in (report or {}).items() if key not in RENEWED}
