"""What the commands do. Each returns when it is done and raises SandboxError when it can't be."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox import control, supervise
from sandbox.programs import Program, programs
from sandbox.settings import HOST, SandboxError, Settings

READY_SECONDS = 90
ORPHAN_SECONDS = 20
RUNNING = ("STARTING", "RUNNING", "BACKOFF")


def up(settings: Settings) -> None:
    """Start what does not run and wait until all of it answers."""
    all_programs = programs(settings)
    with _only_one(settings):
        if supervise.is_running(settings):
            _refuse_other_port(settings)
            known = supervise.states(settings)
            for program in all_programs:
                if known[program.name]["state"] not in RUNNING:
                    _refuse_taken_ports(program)
                    supervise.start_program(settings, program.name)
        else:
            _stop_orphan(settings)
            for program in all_programs:
                _refuse_taken_ports(program)
            settings.record()
            supervise.start(settings, all_programs)
        _wait(settings, all_programs)


def down(settings: Settings) -> bool:
    """Stop everything; False when nothing ran."""
    if not settings.state.exists():
        return False
    with _only_one(settings):
        stopped = supervise.stop(settings)
        return _stop_orphan(settings) or stopped


def status(settings: Settings) -> dict[str, Any]:
    """{"running", "url", "port", "state", "programs": {name: {"state", "ready", "pid", "uptime_seconds", ..}}}."""
    running = supervise.is_running(settings)
    known = supervise.states(settings) if running else {}
    return {
        "running": running,
        "url": settings.url,
        "port": settings.port,
        "state": str(settings.state),
        "programs": {
            program.name: {**known.get(program.name, {"state": "STOPPED"}), "ready": program.ready()}
            for program in programs(settings)
        },
    }


def reset(settings: Settings) -> None:
    """Empty everything: by asking the programs that answer, by removing the files of the others."""
    with _only_one(settings):
        for program in programs(settings):
            if program.reset and program.ready():
                program.reset()
            else:
                for name in program.directories:
                    shutil.rmtree(settings.state / name, ignore_errors=True)


def logs(settings: Settings, name: str, lines: int) -> str:
    """The last lines of a program's log."""
    path = supervise.log_file(settings, name)
    if not path.exists():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        return "".join(deque(file, maxlen=lines))


def _wait(settings: Settings, all_programs: list[Program]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    waiting = list(all_programs)
    while waiting:
        waiting = [program for program in waiting if not program.ready()]
        known = supervise.states(settings) if waiting else {}
        for program in waiting:
            ended = known[program.name]["state"] not in RUNNING
            if ended or time.monotonic() > deadline:
                why = "ended" if ended else f"does not answer after {READY_SECONDS} s"
                last = logs(settings, program.name, 20).rstrip()
                raise SandboxError(f"{program.name} {why}; the end of its log:\n{last}")
        time.sleep(0.05)


def _stop_orphan(settings: Settings) -> bool:
    """Stop a server of this sandbox that outlived its supervisor; False when there is none."""
    health = control.health(settings)
    if health is None:
        return False
    os.kill(health["pid"], signal.SIGTERM)
    deadline = time.monotonic() + ORPHAN_SECONDS
    while Path(f"/proc/{health['pid']}").exists():
        if time.monotonic() > deadline:
            raise SandboxError(f"process {health['pid']}, left over from {settings.state}, does not end")
        time.sleep(0.05)
    return True


def _refuse_taken_ports(program: Program) -> None:
    for port in program.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                other = control.identify(port)
                by = f"the sandbox in {other['state']}" if other else "another process"
                raise SandboxError(f"port {port} ({program.name}) is in use by {by}; choose one with --port") from error


def _refuse_other_port(settings: Settings) -> None:
    recorded = Settings.of(str(settings.state), None).port if (settings.state / "sandbox.json").exists() else 0
    if recorded and recorded != settings.port:
        raise SandboxError(f"this sandbox runs on port {recorded}; stop it to use port {settings.port}")


@contextlib.contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """One command at a time for a state directory."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with (settings.state / "lock").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
