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

from sandbox import configuration, control, orphans, supervise
from sandbox.planes import requirements
from sandbox.planes.processes import kill_tree
from sandbox.programs import Program, programs
from sandbox.settings import HOST, SandboxError, Settings

READY_SECONDS = 90
ORPHAN_SECONDS = 20
RUNNING = ("STARTING", "RUNNING", "BACKOFF")


def up(settings: Settings) -> None:
    """Start what does not run and wait until all of it answers."""
    all_programs = programs(settings)
    with _only_one(settings):
        if settings.planes:
            requirements.check(settings)
        if supervise.is_running(settings):
            _refuse_other_settings(settings)
            known = supervise.states(settings)
            for program in all_programs:
                if program.trouble():
                    supervise.stop_program(settings, program.name)
                    known[program.name]["state"] = "STOPPED"
                if known[program.name]["state"] not in RUNNING:
                    _refuse_taken_ports(program)
                    supervise.start_program(settings, program.name)
        else:
            _stop_orphan(settings)
            for program in all_programs:
                _refuse_taken_ports(program)
            settings.record()
            if settings.planes:
                settings.servers.mkdir(parents=True, exist_ok=True)
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
    """{"running", "url", "port", "planes", "state", "programs": {name: {"state", "ready", "pid", ..}}}.

    Servers of the data planes are ready when they take connections.
    """
    running = supervise.is_running(settings)
    known = supervise.states(settings) if running else {}
    found = {
        program.name: {**known.get(program.name, {"state": "STOPPED"}), "ready": program.ready()}
        for program in programs(settings)
    }
    listening = configuration.listening(settings)
    for name in sorted(set(known) - set(found)):
        found[name] = {**known[name], "ready": bool(known[name]["pid"]) and _answers(listening.get(name))}
    return {
        "running": running,
        "url": settings.url,
        "port": settings.port,
        "planes": settings.planes,
        "state": str(settings.state),
        "programs": found,
    }


def start(settings: Settings, name: str) -> None:
    """Start one program."""
    _known(settings, name)
    supervise.start_program(settings, name)


def stop(settings: Settings, name: str) -> None:
    """Stop one program; it stays so until it is started, or the sandbox is."""
    _known(settings, name)
    supervise.stop_program(settings, name)


def kill(settings: Settings, name: str) -> None:
    """Kill one program with all its processes, as a fault would."""
    kill_tree(_known(settings, name)["pid"])


def reset(settings: Settings) -> None:
    """Empty everything: by asking the programs that answer, by removing the files of the others."""
    with _only_one(settings):
        # The planes first: what the others empty may be waiting for them.
        for program in reversed(programs(settings)):
            if program.reset and program.ready():
                program.reset()
            else:
                for name in program.directories:
                    shutil.rmtree(settings.state / name, ignore_errors=True)


def logs(settings: Settings, name: str, lines: int) -> str:
    """The last lines of a program's log."""
    path = configuration.log_file(settings, name)
    if not path.exists():
        written = sorted(file.stem for file in settings.logs.glob("*.log"))
        raise SandboxError(f"{name} has written no log; there are logs of: {', '.join(written) or 'nothing'}")
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
            trouble = program.trouble()
            if ended or trouble or time.monotonic() > deadline:
                why = "ended" if ended else f"failed: {trouble}" if trouble else f"is not ready after {READY_SECONDS} s"
                last = logs(settings, program.name, 20).rstrip()
                raise SandboxError(f"{program.name} {why}; the end of its log:\n{last}")
        time.sleep(0.05)


def _stop_orphan(settings: Settings) -> bool:
    """Stop what outlived its supervisor; False when there is nothing."""
    health = control.health(settings)
    stopped = orphans.stop(settings)
    if health is None:
        return stopped
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


def _refuse_other_settings(settings: Settings) -> None:
    recorded = settings.recorded()
    if recorded.port != settings.port:
        raise SandboxError(f"this sandbox runs on port {recorded.port}; stop it to use port {settings.port}")
    if recorded.planes != settings.planes:
        runs, other = ("with", "without") if recorded.planes else ("without", "with")
        raise SandboxError(f"this sandbox runs {runs} data planes; stop it to run it {other} them")


def _known(settings: Settings, name: str) -> dict[str, Any]:
    if not supervise.is_running(settings):
        raise SandboxError("the sandbox is not running")
    known = supervise.states(settings)
    if name not in known:
        raise SandboxError(f"there is no program {name}; there are: {', '.join(sorted(known))}")
    return known[name]


def _answers(address: tuple[str, int] | None) -> bool:
    """Whether connections are taken there; True for what does not listen."""
    if address is None:
        return True
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


@contextlib.contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """One command at a time for a state directory."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with (settings.state / "lock").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
