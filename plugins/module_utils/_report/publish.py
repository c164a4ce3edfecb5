# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a report in all its forms, each file whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import make_directory, write_atomically
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language
from ansible_collections.iworkz.platform.plugins.module_utils._report.html import html
from ansible_collections.iworkz.platform.plugins.module_utils._report.junit import junit
from ansible_collections.iworkz.platform.plugins.module_utils._report.markdown import markdown
from ansible_collections.iworkz.platform.plugins.module_utils._report.oscal import oscal
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import validate
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say

FILES = {
    "json": "readiness.json",
    "html": "readiness.html",
    "junit": "readiness.junit.xml",
    "markdown": "readiness.md",
    "oscal": "readiness.oscal.json",
}


def paths(directory: Path) -> dict[str, Path]:
    """Return the file of each form."""
    return {form: directory / name for form, name in FILES.items()}


def publish(report: dict[str, Any], directory: Path, say: Say, language: Language) -> None:
    """Write every form. The interface, readiness.json, comes last, so that who waits for it finds the others.

    Raises SchemaError before anything is written, and OSError.
    """
    validate(report)
    forms: dict[str, Callable[[], bytes]] = {
        "html": lambda: html(report, say, language).encode(),
        "junit": lambda: junit(report),
        "markdown": lambda: markdown(report, say).encode(),
        "oscal": lambda: _json(oscal(report)),
        "json": lambda: _json(report),
    }
    contents = {form: content() for form, content in forms.items()}
    make_directory(directory)
    for form, content in contents.items():
        write_atomically(directory / FILES[form], content)


def published(directory: Path) -> dict[str, Any] | None:
    """Return the report that stands in a directory, or None if it isn't there whole and readable."""
    if not all(path.is_file() for path in paths(directory).values()):
        return None
    try:
        report = json.loads((directory / FILES["json"]).read_bytes())
    except ValueError:
        return None
    return report if isinstance(report, dict) and report.get("schema") == 1 else None


def statement(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report says, without what every verification renews: times, seals, readings and the trend."""
    lines = [
        f"{item['id']} {item['verdict']}: {item['message']['en']}" + f" [required {_line(item['required'])}]"
        for item in report["items"]
    ]
    kept = ("environment", "account", "region", "revision", "decision", "reasons")
    # A report of an earlier revision has no drills, or no drift.
    drifted = report.get("drift", {"intact": True, "last": None, "changes": [], "uncompared": []})
    drilled = report.get("drills", {"intact": True, "scenarios": []})
    verdicts = {each["scenario"]: each["last"] and each["last"]["verdict"] for each in drilled["scenarios"]}
    return {
        **{key: report[key] for key in kept},
        "intact": report["chain"]["intact"],
        "drills": {"intact": drilled["intact"], **verdicts},
        "drift": {
            "intact": drifted["intact"],
            "stale": drifted["last"] and drifted["last"]["stale"],
            "told": [each["en"] for each in (*drifted["changes"], *drifted["uncompared"])],
        },
        "items": lines,
    }


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
