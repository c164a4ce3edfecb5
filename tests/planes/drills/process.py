"""A drill as a process that can be killed: the module's options come as JSON on standard input."""

from __future__ import annotations

import json
import sys

import tests.conftest  # noqa: F401  # makes the collection importable
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._drill.task import Task

params = json.load(sys.stdin)
answer = Task(params, Clients(params)).run(False)
sys.exit(0 if answer["verdicts"] == ["pass"] else 1)
