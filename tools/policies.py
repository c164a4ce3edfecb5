"""Least-privilege policies of those who run a phase: recorded, written, tried and linted (docs/policies/README.md).

`record` adds to docs/policies/<phase>.yml the actions, with their regions, of every call that a sandbox has logged of
an access key: run the phase's playbook with it before. `write` makes docs/policies/<phase>-<n>.json of it, each within
the size IAM takes; `write --check` fails when one is not current. `try` runs the playbook with nothing but these
policies, and `lint` judges all policies that there are in a sandbox. PREFIX, PLATFORM, ENVIRONMENT, REGION, RECOVERY
and ACCOUNT_ID stand for an environment's own (`render`).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.aws.actions import actions
from tools import policy_lint, policy_trial
from tools import policy_sandbox as sandbox
from tools import policy_scope as scope

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ROOT / "docs" / "policies"
SIZE = 6144
"""Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
ATTACHED = 10
"""Managed policies that a role takes, unless a higher quota was asked for: the same page."""
LENGTHS = {"PREFIX": 21, "PLATFORM": 21, "ENVIRONMENT": 10, "REGION": 14, "RECOVERY": 14, "ACCOUNT_ID": 12}
LONGEST = {name: "x" * length for name, length in LENGTHS.items()}
SANDBOX = {
    "PREFIX": "iworkz-sandbox",
    "PLATFORM": "iworkz",
    "ENVIRONMENT": "sandbox",
    "REGION": "ap-northeast-1",
    "RECOVERY": "ap-northeast-3",
    "ACCOUNT_ID": "123456789012",
}
ABOUT = (
    "# Actions that were seen to be needed, and where: recorded by `python -m tools.policies record`, not by hand.\n"
)

Statement = dict[str, Any]
Needed = Mapping[str, Collection[str]]
"""Actions, with the regions that they are called in."""


def recorded(port: int, key: str) -> dict[str, set[str]]:
    """The actions of the calls of an access key, those that were refused among them, and their regions."""
    names = _regions()
    found: dict[str, set[str]] = defaultdict(set)
    for call in sandbox.calls(port, key):
        if call["operation"] and call["error"] != "NotImplementedBySandbox":
            for action in actions(call["service"], call["operation"]):
                found[action].add(names.get(call["region"], scope.ANYWHERE))
    return found


def statements(phase: str, needed: Needed) -> list[Statement]:
    """One statement for each set of resources and conditions, with the actions that take them."""
    groups: dict[str, set[str]] = defaultdict(set)
    for action, regions in scope.with_dependents(phase, needed).items():
        for where in scope.of(phase, action, regions):
            groups[json.dumps(where, sort_keys=True)].add(action)
    found = [{"Effect": "Allow", "Action": sorted(held), **json.loads(where)} for where, held in groups.items()]
    return sorted(found, key=lambda one: (str(one["Resource"]), one["Action"]))


def documents(phase: str, needed: Needed) -> Iterator[dict[str, Any]]:
    """The policies: as many statements as fit in each. A statement that is too long by itself is halved."""
    waiting = statements(phase, needed)
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
    return re.sub("|".join(values), lambda found: values[found[0]], text)


def files(phase: str) -> dict[Path, str]:
    """Path and text of each policy of a phase."""
    return {
        POLICIES / f"{phase}-{number}.json": f"{json.dumps(document, indent=2)}\n"
        for number, document in enumerate(documents(phase, _known(phase)), 1)
    }


def _of_the_sandbox(phase: str) -> dict[str, str]:
    """Name and text of each policy of a phase, as the sandbox's account has them."""
    return {path.stem: render(text, **SANDBOX) for path, text in files(phase).items()}


def _document(held: list[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": held}


def _size(held: list[Statement]) -> int:
    """Characters of a policy in the environment with the longest names."""
    return len(render(json.dumps(_document(held), separators=(",", ":")), **LONGEST))


def _known(phase: str) -> dict[str, list[str]]:
    """What has been recorded of a phase: nothing of a new one."""
    path = POLICIES / f"{phase}.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))["actions"]) if path.exists() else {}


def _regions() -> dict[str, str]:
    """What stands for the regions of the platform in policies."""
    declared = yaml.safe_load((ROOT / "group_vars" / "all" / "platform.yml").read_text(encoding="utf-8"))
    ours = {declared["platform_region"]: "REGION", declared["platform_recovery_region"]: "RECOVERY"}
    return {**ours, "us-east-1": "us-east-1"}


def _record(phase: str, port: int, key: str) -> int:
    known, found = _known(phase), recorded(port, key)
    both = {action: sorted({*known.get(action, ()), *found.get(action, ())}) for action in sorted({*known, *found})}
    lines = [f"  {action}: {json.dumps(regions)}" for action, regions in both.items()]
    path = POLICIES / f"{phase}.yml"
    path.write_text("\n".join(["---", ABOUT + "actions:", *lines, ""]), encoding="utf-8")
    print(f"{len(both)} actions, {len(both) - len(known)} of them new: {path.relative_to(ROOT)}")
    return 0


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
    record.add_argument("--key", default=sandbox.OWNER, help="the access key that the playbook ran with")
    write = commands.add_parser("write", help="make the policies")
    write.add_argument("--check", action="store_true")
    trial = commands.add_parser("try", help="run a playbook twice with nothing but a phase's policies")
    trial.add_argument("phase")
    trial.add_argument("playbook")
    trial.add_argument("arguments", nargs=argparse.REMAINDER, help="of ansible-playbook")
    lint = commands.add_parser("lint", help="judge all policies that are in a sandbox")
    for one in (record, trial, lint):
        one.add_argument("--port", type=int, default=sandbox.PORT)
    options = parser.parse_args()
    match options.command:
        case "record":
            return _record(options.phase, options.port, options.key)
        case "write":
            return _write(options.check)
        case "try":
            return policy_trial.run(options.port, _of_the_sandbox(options.phase), options.playbook, options.arguments)
        case _:
            return policy_lint.run(options.port)


if __name__ == "__main__":
    sys.exit(main())
