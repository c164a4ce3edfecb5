# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command ``snapshot``: records as they are now, in a directory that never changes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake, opening, pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command_config import (
    DONE,
    add_config,
    connected,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Directory


def add(commands: Any) -> None:
    """Add it to a program's commands."""
    command = commands.add_parser("snapshot", help="take a snapshot of the database, or of files")
    command.add_argument("out", type=Path, metavar="DIR", help="where it goes; must not exist yet")
    command.add_argument("--pack", type=Path, metavar="DIR", help="whose tables files are of")
    command.add_argument("--files", type=Path, metavar="DIR", help="CSV or Parquet files, named as the tables")
    add_config(command, _snapshot)


def _snapshot(options: argparse.Namespace) -> int:
    """Raises SourceError, IntakeError, SnapshotError, and of the database what ``opening`` does."""
    taken = _of_database(options) if options.config is not None else _of_files(options)
    rows = {name: table["rows"] for name, table in taken.tables.items()}
    doubts = sum(1 for _finding in taken.findings())
    say(json.dumps({"snapshot": taken.id, "rows": rows, "findings": doubts}, sort_keys=True))
    return DONE


def _of_database(options: argparse.Namespace) -> Snapshot:
    if options.pack is not None or options.files is not None:
        raise PackError("--config is of the database and the pack in force: leave out --pack and --files")
    with opening.opened(*connected(options.config)) as opened:
        return opened.snapshot(opened.pack(), options.out)[0]


def _of_files(options: argparse.Namespace) -> Snapshot:
    if options.pack is None or options.files is None:
        raise PackError("give --config, or --pack and --files")
    return intake.take(Directory(options.files), pack.load(options.pack).schema, options.out)
