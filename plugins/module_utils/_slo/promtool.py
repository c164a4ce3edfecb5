# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs promtool, Prometheus' own judge of rules."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TIMEOUT_SECONDS = 300
RULES, TESTS = "rules.json", "tests.json"


@dataclass(frozen=True)
class Outcome:
    passed: bool
    output: str


def run(*words: str, directory: Path) -> Outcome:
    """``promtool <words>``.

    :raises OSError: where there is no promtool.
    :raises subprocess.TimeoutExpired: when it does not come to an end.
    """
    done = subprocess.run(
        ["promtool", *words],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    return Outcome(done.returncode == 0, done.stdout.strip())


def test(rules: Mapping[str, Any], tests: Mapping[str, Any]) -> Outcome:
    """Whether rules pass tests whose ``rule_files`` is [RULES] (both as JSON, which YAML contains)."""
    with TemporaryDirectory(prefix="promtool-") as name:
        directory = Path(name)
        (directory / RULES).write_text(json.dumps(rules), encoding="utf-8")
        (directory / TESTS).write_text(json.dumps(tests), encoding="utf-8")
        return run("test", "rules", TESTS, directory=directory)
