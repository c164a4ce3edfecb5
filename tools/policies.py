"""Least-privilege policies of those who run a phase: `python -m tools.policies record phase1`, then `write`.

`record` adds to docs/policies/<phase>.yml the actions of every call that a sandbox has logged of its owner since it was
emptied: run the phase's playbook there before. `write` makes docs/policies/<phase>-<n>.json of it, each within the size
IAM takes; `write --check` fails when one is not current. PREFIX, PLATFORM, ENVIRONMENT, REGION and ACCOUNT_ID stand for
an environment's own (`render`). Which resources an action takes is told by the catalogue that parliament carries.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sandbox.aws.actions import actions
from tools import policy_scope as scope

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ROOT / "docs" / "policies"
OWNER = "sandbox"
SIZE = 6144
"""Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
LENGTHS = {"PREFIX": 21, "PLATFORM": 21, "ENVIRONMENT": 10, "REGION": 14, "ACCOUNT_ID": 12}
LONGEST = {name: "x" * length for name, length in LENGTHS.items()}
ABOUT = (
    "# Actions that the phase was seen to need: recorded by `python -m tools.policies record`, not written by hand.\n"
)

Statement = dict[str, Any]


def recorded(port: int) -> set[str]:
    """The actions of what the sandbox's owner was answered without an error."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sandbox/calls") as answer:
        calls = json.load(answer)["calls"]
    return {
        action
        for call in calls
        if call["access_key"] == OWNER and call["operation"] and call["error"] != "NotImplementedBySandbox"
        for action in actions(call["service"], call["operation"])
    }


def statements(needed: Sequence[str]) -> list[Statement]:
    """One statement for each set of resources and conditions, with the actions that take them."""
    groups: dict[str, set[str]] = defaultdict(set)
    for action in scope.with_dependents(needed):
        for where in scope.of(action):
            groups[json.dumps(where, sort_keys=True)].add(action)
    found = [{"Effect": "Allow", "Action": sorted(held), **json.loads(where)} for where, held in groups.items()]
    return sorted(found, key=lambda one: (str(one["Resource"]), one["Action"]))


def documents(needed: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The policies: as many statements as fit in each. A statement that is too long by itself is halved."""
    waiting = statements(needed)
    held: list[Statement] = []
    while waiting:
        one = waiting.pop(0)
        if _size([one]) > SIZE:
            half = len(one["Action"]) // 2
            waiting[:0] = [{**one, "Action": one["Action"][:half]}, {**one, "Action": one["Action"][half:]}]
        elif _size([*held, one]) > SIZE:
            yield _document(held)
            held = [one]
        else:
            held.append(one)
    yield _document(held)


def render(text: str, **values: str) -> str:
    """A policy of an environment: `render(text, PREFIX="iworkz-production", ACCOUNT_ID="1234..", ...)`."""
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def files(phase: str) -> dict[Path, str]:
    """Path and text of each policy of a phase."""
    needed = yaml.safe_load((POLICIES / f"{phase}.yml").read_text(encoding="utf-8"))["actions"]
    return {
        POLICIES / f"{phase}-{number}.json": f"{json.dumps(document, indent=2)}\n"
        for number, document in enumerate(documents(needed), 1)
    }


def _document(held: list[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": held}


def _size(held: list[Statement]) -> int:
    """Characters of a policy in the environment with the longest names."""
    return len(render(json.dumps(_document(held), separators=(",", ":")), **LONGEST))


def _record(phase: str, port: int) -> None:
    path = POLICIES / f"{phase}.yml"
    known: Mapping[str, list[str]] = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {"actions": []}
    found = sorted({*known["actions"], *recorded(port)})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["---", ABOUT, "actions:", *(f"  - {one}" for one in found), ""]), encoding="utf-8")
    print(f"{len(found)} actions, {len(found) - len(known['actions'])} of them new: {path.relative_to(ROOT)}")


def _write(check: bool) -> int:
    wanted = {path: text for source in sorted(POLICIES.glob("*.yml")) for path, text in files(source.stem).items()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    left = [path for path in sorted(POLICIES.glob("*.json")) if path not in wanted]
    if check:
        print(*(f"{path.relative_to(ROOT)} is not current" for path in (*stale, *left)), sep="\n")
        return 1 if stale or left else 0
    for path in left:
        path.unlink()
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
    print(f"{len(wanted)} policies, {len(stale)} of them written")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.policies", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="add what a sandbox has logged")
    record.add_argument("phase")
    record.add_argument("--port", type=int, default=4566)
    write = commands.add_parser("write", help="make the policies")
    write.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.command == "write":
        return _write(options.check)
    _record(options.phase, options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
