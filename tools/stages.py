"""Runs what CI runs, cheap stages first, as many at a time as there are cores; stops at the first failure.

In CI, whose output is all there is of a run, the other stages run nevertheless.

Tests run in one process a stage: two stages side by side need less time than two workers in one after the other, which
collect every test and start every sandbox twice, and wait for the last one of each stage. The output of a stage goes to
build/test/<stage>.log; a failed one is printed in full. Python code of ours is measured in every process of the stages
marked so.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import scenarios

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test"
COVERAGE = ROOT / "build" / "coverage"
CORES = 2
OUTCOMES = ("passed", "failed")


@dataclass(frozen=True)
class Stage:
    """A command, its set, the cores it keeps busy (0: it waits), whether coverage is measured and tests are counted."""

    name: str
    command: Sequence[str]
    group: str = "test"
    cores: int = 1
    measured: bool = False
    counted: bool = False


def pytest(name: str, *arguments: str, cores: int = 1) -> Stage:
    """A pytest stage."""
    command = (sys.executable, "-m", "pytest", "-q", *arguments)
    return Stage(name, command, cores=cores, measured=True, counted=True)


def tool(name: str, *command: str, group: str = "lint") -> Stage:
    """A command-line tool on one core."""
    return Stage(name, command, group=group)


STAGES: tuple[Stage, ...] = (
    tool("ruff", "ruff", "check", "."),
    tool("format", "ruff", "format", "--check", "."),
    tool("yamllint", "yamllint", "--strict", "."),
    tool("argument specs", sys.executable, "-m", "tools.lint_argument_specs"),
    tool("role docs", sys.executable, "-m", "tools.role_docs", "--check"),
    tool("rule docs", sys.executable, "-m", "tools.rule_docs", "--check"),
    tool("policies", sys.executable, "-m", "tools.policies", "write", "--check"),
    tool("runbooks", sys.executable, "-m", "tools.runbooks", "--check"),
    tool("changelog", "antsibull-changelog", "lint"),
    tool("shellcheck", "shellcheck", ".ci/run", *(str(path) for path in sorted(ROOT.glob("tools/*.sh")))),
    tool("mypy", "mypy"),
    tool("ansible-lint", "ansible-lint", "--offline", "--profile", "production"),
    tool("collection docs", "tools/docs.sh", "lint"),
    tool("playbook syntax", "tools/syntax.sh"),
    # It waits for servers most of the time, so it takes no core from the others.
    pytest("planes", "tests/planes", cores=0),
    # The longest first, or a core would have nothing to do at the end. Measuring would double its time, all of which is
    # Ansible's, for lines that other stages reach, too.
    Stage("molecule", ("molecule", "test", *scenarios.flags())),
    pytest("unit", "tests/unit"),
    pytest("integration", "tests/integration"),
    pytest("compliance", "tests/compliance"),
    pytest("sandbox", "tests/sandbox"),
    pytest("kube", "tests/kube"),
    pytest("awx", "tests/awx"),
    pytest("browser", "tests/browser"),
    tool("sanity", "tools/sanity.sh", group="test"),
    tool("galaxy-importer", "tools/galaxy_import.sh", group="test"),
)


@dataclass
class Running:
    """A started stage."""

    stage: Stage
    process: subprocess.Popen[bytes]
    began: float

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return log_of(self.stage)


def log_of(stage: Stage) -> Path:
    """Return the log file of a stage."""
    return LOGS / f"{stage.name.replace(' ', '-')}.log"


def start(stage: Stage) -> Running:
    """Start a stage in a process group of its own."""
    environment = dict(os.environ)
    if stage.measured:
        environment |= {
            "COVERAGE_FILE": str(COVERAGE / "data"),
            "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
            "COVERAGE_ROOT": str(ROOT),
        }
    # What keeps a core busy gives way to what waits, whose tests are about how long servers take.
    command = ("nice", *stage.command) if stage.cores else stage.command
    with log_of(stage).open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(stage, process, time.monotonic())


def stop(running: Running) -> None:
    """Ask the whole process group of a stage to end."""
    if running.process.poll() is None:
        os.killpg(running.process.pid, signal.SIGTERM)
        running.process.wait()


def run(stages: Sequence[Stage], cores: int = CORES, keep_going: bool = False) -> tuple[dict[str, float], list[Stage]]:
    """Run stages in order on so many cores; return the seconds of each finished one, and those that failed."""
    waiting = list(stages)
    active: list[Running] = []
    seconds: dict[str, float] = {}
    failed: list[Stage] = []
    try:
        while waiting or active:
            free = cores - sum(running.stage.cores for running in active)
            while waiting and min(waiting[0].cores, cores) <= free:
                active.append(start(waiting.pop(0)))
                free -= active[-1].stage.cores
            time.sleep(0.05)
            for running in list(active):
                cpu = -cpu_seconds()
                if running.process.poll() is None:
                    continue
                cpu += cpu_seconds()
                active.remove(running)
                seconds[running.stage.name] = time.monotonic() - running.began
                if not report(running, seconds[running.stage.name], cpu):
                    failed.append(running.stage)
                    if not keep_going:
                        return seconds, failed
    finally:
        for running in active:
            stop(running)
    return seconds, failed


def cpu_seconds() -> float:
    """Seconds of CPU of all that has ended so far; what a stage leaves to run by itself, as a sandbox, isn't in it."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report(running: Running, seconds: float, cpu: float) -> bool:
    """Print the outcome of a finished stage: its last line, or everything when it failed. Return whether it passed."""
    output = running.log.read_text(encoding="utf-8", errors="replace").rstrip()
    code = running.process.returncode
    if code:
        print(f"{output}\nFAILED  {running.stage.name} after {seconds:.0f} s (exit code {code})", flush=True)
        return False
    last = output.splitlines()[-1].strip("= ") if output else ""
    print(f"ok      {running.stage.name:<18}{seconds:6.1f} s  {cpu:6.1f} s of CPU  {last[:90]}", flush=True)
    return True


def coverage() -> int:
    """Combine what all stages measured and print lines covered per file; the exit code says whether it suffices."""
    environment = os.environ | {"COVERAGE_FILE": str(COVERAGE / "data"), "COVERAGE_ROOT": str(ROOT)}
    command = [sys.executable, "-m", "coverage"]
    subprocess.run([*command, "combine", "--quiet"], cwd=ROOT, env=environment, check=True)
    return subprocess.run([*command, "report"], cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Run all stages, or those of one group or name; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a group (lint, test) or the name of a stage")
    only = parser.parse_args().only
    stages = [stage for stage in STAGES if only in (None, stage.group, stage.name)]
    if not stages:
        parser.error(f"no stage or group is called {only!r}")
    shutil.rmtree(COVERAGE, ignore_errors=True)
    COVERAGE.mkdir(parents=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    # A stop from outside unwinds, too, so that no stage is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    seconds, failed = run(stages, keep_going="CI" in os.environ)
    code = 1 if failed else coverage() if only is None else 0
    if failed:
        print(f"FAILED  {', '.join(stage.name for stage in failed)}")
    print(f"{len(seconds)} of {len(stages)} stages in {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    if any(stage.counted for stage in stages):
        passed, broken = (sum(counted(stage, word) for stage in stages if stage.name in seconds) for word in OUTCOMES)
        print(f"{passed} passed, {broken} failed", flush=True)
    return code


def counted(stage: Stage, outcome: str) -> int:
    """Tests of a finished stage with this outcome, as pytest's last line counts them."""
    if not stage.counted:
        return 0
    last = log_of(stage).read_text(encoding="utf-8", errors="replace").rstrip().rpartition("\n")[2]
    found = re.search(rf"(\d+) {outcome}", last)
    return int(found.group(1)) if found else 0


if __name__ == "__main__":
    sys.exit(main())
