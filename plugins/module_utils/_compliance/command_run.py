# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command ``run``: what the CronJob starts."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import run as runs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import SourceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate_task import result
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

with suppress(ImportError):  # Clients themselves say so
    from botocore.exceptions import BotoCoreError, ClientError

DONE, NOT_WELL, WRONG, BUSY, UNREACHABLE = range(5)
LISTS = ("new", "reopened", "resolved")


def run(config: Path, check: bool) -> int:
    """Judge the records in the database as the file says, record what was found, and tell of it.

    0: done; 1: rules could not be judged, or findings are as severe as fail_on; 2: settings, pack or records are wrong;
    3: another evaluation runs; 4: AWS or PostgreSQL can't be reached or refuses, try again.
    """
    try:
        given, aws = settings.load(config)
        ran = runs.run(Clients(aws), given, check=check)
    except runs.Busy as error:
        return _failed(error, BUSY)
    except (ReconcileError, SourceError, BotoCoreError, ClientError) as error:
        return _failed(error, UNREACHABLE)
    except ValueError as error:
        return _failed(error, WRONG)
    answer: dict[str, Any] = result(ran)
    say(json.dumps(answer | {name: len(answer[name]) for name in LISTS}, ensure_ascii=False, sort_keys=True))
    severe = given.fail_on is not None and ran.violations(given.fail_on) > 0
    return NOT_WELL if severe or not ran.complete else DONE


def _failed(error: Exception, code: int) -> int:
    say(error, file=sys.stderr)
    return code
