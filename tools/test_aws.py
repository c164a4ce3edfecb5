"""Runs the scenarios of phase 1 in a real AWS account: apply, apply again without a change, verify, tear down by tag.

Nothing is touched before the account id was typed and AWS confirmed that the credentials belong to that account.
The staging inventory is used under a platform name of its own, so that the teardown finds nothing but what a scenario
made. Times and costs are estimates; no scenario has been run in a real account yet.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = "inventories/staging"
ENVIRONMENT = "staging"
PLATFORM = "iworkztest"
CHANGED = re.compile(r"\bok=\d+ +changed=(\d+)")


@dataclass(frozen=True)
class Scenario:
    """A part of phase 1 by its tags (what it builds on included) and items, with expected minutes and US dollars."""

    name: str
    tags: str
    items: str
    minutes: int
    dollars: float


SCENARIOS = (
    Scenario("network", "base,network", "1.2.1.3,2.1.3", 10, 1),
    Scenario("ecr", "base,ecr", "1.2.2", 5, 1),
    Scenario("mq", "base,network,mq", "1.3.2", 50, 3),
    Scenario("elasticache", "base,network,elasticache", "1.1.2", 50, 3),
    Scenario("rds", "base,network,rds", "1.1.1", 80, 6),
    Scenario("opensearch", "base,network,opensearch", "1.1.3", 100, 6),
)


@dataclass(frozen=True)
class Outcome:
    """How a playbook ended: its exit code, and the changed tasks of its recap."""

    code: int
    changed: int = 0


Run = Callable[[Sequence[str]], Outcome]


def announcement(scenarios: Sequence[Scenario]) -> list[str]:
    """Return what will be spent, one line per scenario."""
    rows = [f"  {one.name:<12} about {one.minutes:>3} minutes, {one.dollars:>4.0f} USD" for one in scenarios]
    minutes, dollars = sum(one.minutes for one in scenarios), sum(one.dollars for one in scenarios)
    return [
        "These scenarios create real resources and cost money. They also set the image registry's scanning and",
        "replication, of which an account has one: use an account that holds nothing else. Estimates:",
        *rows,
        f"  total {minutes} minutes, {dollars:.0f} USD",
    ]


def playbook(name: str, account: str, *more: str) -> list[str]:
    """Return the command of a playbook in that account."""
    variables = f"platform_account_id={account} platform_name={PLATFORM}"
    return ["ansible-playbook", "-i", INVENTORY, "-e", variables, f"playbooks/{name}.yml", *more]


def rehearse(scenario: Scenario, account: str, run: Run) -> bool:
    """Apply, apply again, verify, and tear down whatever happened; return whether all of it was as it should be."""
    tags = ("--tags", scenario.tags)
    try:
        done = (
            run(playbook("site", account, *tags)).code == 0
            and run(playbook("site", account, *tags)) == Outcome(0, changed=0)
            and run(playbook("verify", account, "-e", f"items={scenario.items} fail_on=fail,unknown")).code == 0
        )
    finally:
        sure = f"confirm={ENVIRONMENT} destroy_protected={ENVIRONMENT}"
        removed = run(playbook("teardown", account, "-e", sure)).code == 0
        if not removed:
            print(f"Resources tagged Platform={PLATFORM} may be left in account {account}: look and remove them.")
    return done and removed


def _run(command: Sequence[str]) -> Outcome:
    print("+", *command, flush=True)
    changed = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            changed += sum(int(count) for count in CHANGED.findall(line))
    return Outcome(process.returncode, changed)


def _asked() -> str:
    try:
        return input("Type the AWS account id to run them in, or nothing to stop: ").strip()
    except EOFError:
        return ""


def main() -> int:
    """Ask for the account, check it and run the scenarios; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"which: {', '.join(one.name for one in SCENARIOS)}; default all")
    names = parser.parse_args().scenario
    chosen = [one for one in SCENARIOS if not names or one.name in names]
    if unknown := set(names) - {one.name for one in chosen}:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    print(*announcement(chosen), sep="\n")
    account = _asked()
    if not account:
        print("Nothing was done.")
        return 1
    actual = boto3.client("sts").get_caller_identity()["Account"]
    if account != actual:
        print(f"The credentials belong to account {actual}, not {account}: nothing was done.")
        return 1
    failed = [one.name for one in chosen if not rehearse(one, account, _run)]
    print(f"Failed: {', '.join(failed)}" if failed else f"All {len(chosen)} scenarios passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
