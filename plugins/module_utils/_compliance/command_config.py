# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that may reach AWS: what they are told by a file, and the exit code that each error means."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import SourceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import Busy
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError

with suppress(ImportError):  # Clients themselves say so
    from botocore.exceptions import BotoCoreError, ClientError

DONE, NOT_WELL, WRONG, BUSY, UNREACHABLE = range(5)


def guarded(work: Callable[[], int]) -> int:
    """The exit code of a command; an error is said, and becomes one.

    2: settings, pack, signature or records are wrong; 3: another run does the same; 4: AWS, PostgreSQL or a source
    can't be reached or refuses, try again.
    """
    try:
        return work()
    except Busy as error:
        return _failed(error, BUSY)
    except InvalidInput as error:
        return _failed(error, WRONG)
    except (ReconcileError, SourceError, BotoCoreError, ClientError) as error:
        return _failed(error, UNREACHABLE)
    except ValueError as error:
        return _failed(error, WRONG)


def connected(config: Path) -> tuple[Clients, Settings]:
    """Who to ask, and what the file says. Raises PackError naming what is wrong with it."""
    given, aws = settings.load(config)
    return Clients(aws), given


def add_config(command: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int], **more: Any) -> None:
    """Have a command take such a file."""
    command.add_argument("--config", type=Path, metavar="FILE", help="settings, as JSON", **more)
    command.set_defaults(run=lambda options: guarded(lambda: run(options)))


def _failed(error: Exception, code: int) -> int:
    say(error, file=sys.stderr)
    return code
