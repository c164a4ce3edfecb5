"""A sandbox to measure in, and how to measure."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOKS = ROOT / "benchmarks" / "playbooks"


@dataclass(frozen=True)
class Row:
    """One line of the table; ``missed`` when the target is not met."""

    what: str
    measured: str
    against: str
    ratio: str
    target: str
    missed: bool


class Bench:
    """A sandbox on its own port, with Ansible and Python processes measured against it."""

    def __init__(self, directory: Path, port: int, runs: int) -> None:
        directory.chmod(0o755)  # servers run as an account of their own
        self.port = port
        self.runs = runs
        self.environment = {
            **os.environ,
            "IWORKZ_SANDBOX_PORT": str(port),
            "IWORKZ_SANDBOX_STATE": str(directory / "state"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def __enter__(self) -> Bench:
        self.run(sys.executable, "-m", "sandbox", "up", "--planes")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.run(sys.executable, "-m", "sandbox", "down")

    def playbook(self, path: Path | str, **variables: Any) -> float:
        """CPU seconds of a playbook run."""
        extra = ["-e", json.dumps(variables)] if variables else []
        command = [sys.executable, "-m", "ansible", "playbook"]
        return self.run(*command, "-i", str(ROOT / "inventories/sandbox"), str(path), *extra)

    def raw(self, *arguments: str) -> float:
        """CPU seconds of the raw boto3 reader (``benchmarks/raw.py``)."""
        return self.run(sys.executable, "-m", "benchmarks.raw", *arguments)

    def least(self, measure: Any, *arguments: Any, **options: Any) -> float:
        return min(measure(*arguments, **options) for _ in range(self.runs))

    def run(self, *command: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)

    def reset(self) -> None:
        """Empty the account, its servers included."""
        self.run(sys.executable, "-m", "sandbox", "reset")

    def calls(self) -> dict[str, int]:
        """API calls by operation since the last ``forget_calls``."""
        return dict(self._control("GET", "calls")["counts"]["operations"])

    def forget_calls(self) -> None:
        self._control("POST", "calls/reset")

    def _control(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sandbox/{path}", b"{}", method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)


def ratio_row(what: str, measured: float, against: float, at_most: float) -> Row:
    """A cost in CPU seconds that may be at most ``at_most`` times another."""
    ratio = measured / against
    return Row(what, f"{measured:.2f}", f"{against:.2f}", f"{ratio:.2f}", f"<= {at_most:g} x", ratio > at_most)
