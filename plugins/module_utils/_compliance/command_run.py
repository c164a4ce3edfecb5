# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command ``run``: what the CronJob starts."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import run as runs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command_config import (
    DONE,
    NOT_WELL,
    add_config,
    connected,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate_task import result

LISTS = ("new", "reopened", "resolved")


def add(commands: Any) -> None:
    """Add it to a program's commands."""
    command = commands.add_parser("run", help="judge the records in the database, record what was found, tell of it")
    command.add_argument("--check", action="store_true", help="write nothing")
    add_config(command, _run, required=True)


def _run(options: argparse.Namespace) -> int:
    """1: rules could not be judged, or findings are as severe as fail_on. Raises what ``run.run`` does."""
    clients, given = connected(options.config)
    ran = runs.run(clients, given, check=options.check)
    answer: dict[str, Any] = result(ran)
    say(json.dumps(answer | {name: len(answer[name]) for name in LISTS}, ensure_ascii=False, sort_keys=True))
    severe = given.fail_on is not None and ran.violations(given.fail_on) > 0
    return NOT_WELL if severe or not ran.complete else DONE
