"""Judges policies by parliament: those of docs/policies in the tests, and all that roles have made in a sandbox.

What parliament finds and is meant stands, with the reason, in docs/policy_lint.yml.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import parliament
import yaml

from sandbox.aws.documents import as_list
from tools.policy_reader import Policy, created

EXCEPTIONS = Path(__file__).resolve().parent.parent / "docs" / "policy_lint.yml"


def run(port: int) -> int:
    """Print the faults of all policies in the sandbox; the exit code says whether there are any."""
    policies = list(created(port))
    wrong = [f"{policy.name}: {fault}" for policy in policies for fault in faults(policy)]
    print(*wrong, f"{len(policies)} policies, {len(wrong)} faults", sep="\n")
    return 1 if wrong else 0


def faults(policy: Policy) -> list[str]:
    """What parliament finds, except what is meant."""
    found = _findings(json.dumps(_with_resources(policy.document)))
    return [f"{issue}: {detail}" for issue, detail in found if not _is_meant(policy.name, issue, detail)]


@cache
def _findings(document: str) -> list[tuple[str, str]]:
    found = parliament.analyze_policy_string(document).findings
    return list(dict.fromkeys((one.issue, _detail(one)) for one in found))


def _with_resources(document: dict[str, Any]) -> dict[str, Any]:
    """Trust policies, and those of repositories, may not name their resource; parliament wants one."""
    statements = [
        statement if {"Resource", "NotResource"} & set(statement) else {**statement, "Resource": "*"}
        for statement in as_list(document.get("Statement"))
    ]
    return {**document, "Statement": statements}


def _is_meant(name: str, issue: str, detail: str) -> bool:
    return any(
        one["issue"] == issue
        and fnmatchcase(name, one.get("policy", "*"))
        and any(text in detail for text in one.get("details", [""]))
        for one in exceptions()
    )


@cache
def exceptions() -> list[dict[str, Any]]:
    """What is meant: `issue`, `reason`, and optionally `policy` (a pattern of names) and `details` (texts)."""
    found: list[dict[str, Any]] = yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8"))["exceptions"]
    return found


def _detail(finding: Any) -> str:
    return finding.detail if isinstance(finding.detail, str) else json.dumps(finding.detail)
