# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``postgres_advisor``: from the options of the module to its result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import make_directory, write_atomically
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, Language, render
from ansible_collections.iworkz.platform.plugins.module_utils._platform.options import LANGUAGE
from ansible_collections.iworkz.platform.plugins.module_utils._queries import advise
from ansible_collections.iworkz.platform.plugins.module_utils._queries.create import Outcome, Patience, create
from ansible_collections.iworkz.platform.plugins.module_utils._queries.document import document
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Finding, Limits
from ansible_collections.iworkz.platform.plugins.module_utils._queries.servers import servers
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

LIMITS: dict[str, dict[str, Any]] = {
    each.name: {"type": type(each.default).__name__, "default": each.default} for each in fields(Limits)
}
SPEC: dict[str, dict[str, Any]] = {
    "instance": {"type": "str", "required": True},
    "ca_bundle": {"type": "path"},
    "databases": {"type": "list", "elements": "str", "default": []},
    "limits": {"type": "dict", "options": LIMITS, "apply_defaults": True},
    "directory": {"type": "path"},
    **LANGUAGE,
    "apply": {"type": "bool", "default": False},
    "indexes": {"type": "list", "elements": "str", "default": []},
    "build_seconds": {"type": "int", "default": 3600},
    "wait_seconds": {"type": "int", "default": 60},
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result.

    :raises InvalidInput: before anything is read.
    :raises ReconcileError: when the instance can't be read.
    """
    if bool(params["apply"]) != bool(params["indexes"]):
        raise InvalidInput(["apply and indexes go together: nothing is created but what is named"])
    limits = Limits(**params["limits"])
    primary, replicas = servers(Clients(params), params["instance"], params["ca_bundle"])
    found = advise.survey(primary, replicas, params["databases"], limits)
    report = advise.report(primary.name, found, limits, datetime.now(UTC))
    patience = Patience(params["build_seconds"], params["wait_seconds"])
    proposals = [each for one in found for each in one.advice.proposals]
    made = create(primary, params["indexes"], proposals, patience, check_mode=check_mode)
    files = {} if check_mode or not params["directory"] else _write(report, Path(params["directory"]))
    return _result(report, made, files, params["language"])


def _write(report: Mapping[str, Any], directory: Path) -> dict[str, str]:
    make_directory(directory)
    contents = {f"queries.{language}.md": document(report, language) for language in LANGUAGES}
    contents["queries.json"] = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    for name, content in contents.items():
        write_atomically(directory / name, content.encode())
    return {name: str(directory / name) for name in sorted(contents)}


def _result(
    report: Mapping[str, Any], made: list[Outcome], files: Mapping[str, str], language: Language
) -> dict[str, Any]:
    by_state = {state: [each.name for each in made if each.state == state] for state in ("created", "unchanged")}
    failed = {each.name: each.reason for each in made if each.state == "failed"}
    answer: dict[str, Any] = {
        # A report is no change.
        "changed": bool(by_state["created"]) or any(each.dropped for each in made),
        **by_state,
        "failed_resources": failed,
        "indexes": [each.told() for each in made],
        "findings": [
            {**each, "text": render(Finding(each["id"], each["params"]), language)} for each in report["findings"]
        ],
        "proposals": report["proposals"],
        "databases": report["databases"],
        "files": dict(files),
        "diff": [
            {"before_header": each.name, "after_header": each.name, "before": "", "after": "\n".join(each.statements)}
            for each in made
            if each.state == "created"
        ],
    }
    if failed:
        answer |= {"failed": True, "msg": "; ".join(f"{name}: {reason}" for name, reason in failed.items())}
    return answer
