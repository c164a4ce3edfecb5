# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command ``report``: what ``compliance_report`` does, by the file that ``run`` reads."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command_config import (
    DONE,
    add_config,
    connected,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import command as reports
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.task import result

SAID = ("changed", "as_of", "snapshot", "states", "overdue", "messages")


def add(commands: Any) -> None:
    """Add it to a program's commands."""
    command = commands.add_parser("report", help="make the reports that are due, and keep their register")
    command.add_argument("--report", action="append", default=[], metavar="REPORT", help="look after only these")
    command.add_argument("--employer", action="append", default=[], metavar="ID", help="look after only theirs")
    command.add_argument("--check", action="store_true", help="upload, write and tell nothing")
    add_config(command, _report, required=True)


def _report(options: argparse.Namespace) -> int:
    """Raises what ``reports.command.run`` does. What is overdue is told of by SNS, and is no failure of the command."""
    clients, given = connected(options.config)
    wanted = reports.Wanted(reports=tuple(options.report), employers=tuple(options.employer))
    made = result(reports.run(clients, given, wanted, check=options.check))
    answer = {name: made[name] for name in SAID} | {"built": len(made["built"])}
    say(json.dumps(answer, ensure_ascii=False, sort_keys=True))
    return DONE
