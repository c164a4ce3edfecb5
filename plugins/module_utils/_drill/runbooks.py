# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All runbooks of an environment: generated from the scenarios, written, and compared with what stands in a directory.

A directory holds ``<scenario>.<language>.md`` and ``.html``, ``index.<language>.md`` and ``.html``, and
``runbooks.json``: {"schema": 1, "revision", "names", "scenarios": {name: seal of the definition}, "files": {name:
SHA-256}}, where names are what the names in the scenarios' texts stood for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill import runbook_html, runbook_markdown
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import (
    Labels,
    Place,
    definition_seal,
    runbook,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import make_directory, write_atomically
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES

MANIFEST = "runbooks.json"
FORMS = ("md", "html")
# What a run may remove: files it would write itself for a scenario that is gone.
OURS = re.compile(rf"[a-z][a-z0-9_]*\.({'|'.join(LANGUAGES)})\.({'|'.join(FORMS)})")

Files = dict[str, bytes]


def generate(scenarios: Mapping[str, Scenario], place: Place) -> Files:
    """Return every file of a directory but for the manifest. Raises RunbookError and MessageError."""
    files: Files = {}
    for language in LANGUAGES:
        label = Labels(language)
        each = [runbook(scenario, place, language) for scenario in scenarios.values()]
        for one in each:
            files[file_name(one["scenario"], language, "md")] = runbook_markdown.markdown(one).encode()
            files[file_name(one["scenario"], language, "html")] = runbook_html.html(one, label).encode()
        files[file_name("index", language, "md")] = runbook_markdown.index(each, label).encode()
        files[file_name("index", language, "html")] = runbook_html.index(each, label).encode()
    return files


def manifest(scenarios: Mapping[str, Scenario], place: Place, files: Files) -> bytes:
    """Return ``runbooks.json``."""
    document = {
        "schema": 1,
        "revision": place.revision,
        "names": dict(place.names),
        "scenarios": {name: definition_seal(scenario) for name, scenario in scenarios.items()},
        "files": {name: sha256(content) for name, content in sorted(files.items())},
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def read_manifest(content: bytes) -> dict[str, Any] | None:
    """Return the manifest, or None when it is not one."""
    try:
        document = json.loads(content)
    except ValueError:
        return None
    kinds = {"revision": str, "names": dict, "scenarios": dict, "files": dict}
    if not isinstance(document, dict) or not all(isinstance(document.get(key), kind) for key, kind in kinds.items()):
        return None
    return document


def file_name(scenario: str, language: str, form: str) -> str:
    """Return the name of a runbook's file."""
    return f"{scenario}.{language}.{form}"


def standing(directory: Path) -> Files:
    """Return the runbooks and the manifest that stand in a directory; none where there is no directory."""
    if not directory.is_dir():
        return {}
    return {
        path.name: path.read_bytes()
        for path in sorted(directory.iterdir())
        if path.is_file() and (path.name == MANIFEST or OURS.fullmatch(path.name))
    }


def replace(directory: Path, files: Files) -> None:
    """Make a directory hold these files and no other runbook; each is whole or the old one. The manifest comes last."""
    make_directory(directory)
    before = standing(directory)
    for name in sorted(files, key=lambda name: (name == MANIFEST, name)):
        if before.get(name) != files[name]:
            write_atomically(directory / name, files[name])
    for name in before.keys() - files.keys():
        (directory / name).unlink()
