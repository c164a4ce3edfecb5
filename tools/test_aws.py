"""Runs the scenarios of phase 1 in a real AWS account: apply, apply again, verify, tear down by tag.

Nothing is touched before the account id was typed and AWS confirmed that the credentials belong to that account.
The staging inventory is used. Costs are list prices of ap-northeast-1, rounded up, for the time a scenario takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = "inventories/staging"
ENVIRONMENT = "staging"


@dataclass(frozen=True)
class Scenario:
    """A part of phase 1 by its tags (what it builds on included), with expected minutes and US dollars."""

    name: str
    tags: str
    minutes: int
    dollars: float


SCENARIOS = (
    Scenario("network", "base,network", 10, 1),
    Scenario("ecr", "base,ecr", 5, 1),
    Scenario("mq", "base,network,mq", 50, 3),
    Scenario("elasticache", "base,network,elasticache", 50, 3),
    Scenario("rds", "base,network,rds", 80, 6),
    Scenario("opensearch", "base,network,opensearch", 100, 6),
)

Run = Callable[[Sequence[str]], int]


def announcement(scenarios: Sequence[Scenario]) -> list[str]:
    """Return what will be spent, one line per scenario."""
    rows = [f"  {one.name:<12} about {one.minutes:>3} minutes, {one.dollars:>4.0f} USD" for one in scenarios]
    minutes, dollars = sum(one.minutes for one in scenarios), sum(one.dollars for one in scenarios)
    return [
        "These scenarios create real resources and cost money:",
        *rows,
        f"  total {minutes} minutes, {dollars:.0f} USD",
    ]


def playbook(name: str, account: str, *more: str) -> list[str]:
    """Return the command of a playbook in that account."""
    return ["ansible-playbook", "-i", INVENTORY, "-e", f"platform_account_id={account}", f"playbooks/{name}.yml", *more]


def rehearse(scenario: Scenario, account: str, run: Run) -> bool:
    """Apply twice, verify, and tear down whatever happened; return whether all of it succeeded."""
    tags = ("--tags", scenario.tags)
    try:
        done = all(run(playbook(name, account, *tags)) == 0 for name in ("site", "site", "verify"))
    finally:
        removed = run(playbook("teardown", account, "-e", f"confirm={ENVIRONMENT}")) == 0
        if not removed:
            print(f"Resources tagged Environment={ENVIRONMENT} may be left in account {account}: look and remove them.")
    return done and removed


def _run(command: Sequence[str]) -> int:
    print("+", *command, flush=True)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    """Ask for the account, check it and run the scenarios; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"which: {', '.join(one.name for one in SCENARIOS)}; default all")
    names = parser.parse_args().scenario
    chosen = [one for one in SCENARIOS if not names or one.name in names]
    if unknown := set(names) - {one.name for one in chosen}:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    print(*announcement(chosen), sep="\n")
    account = input("Type the AWS account id to run them in, or nothing to stop: ").strip()
    if not account:
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
