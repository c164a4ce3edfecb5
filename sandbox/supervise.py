"""The supervisor of a sandbox: supervisord (configuration.py), spoken to over its unix socket."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from sandbox.configuration import pid_file, render
from sandbox.programs import Program
from sandbox.settings import SandboxError, Settings

STOP_SECONDS = 40
START_SECONDS = 15


def start(settings: Settings, programs: list[Program]) -> None:
    """Start the supervisor, which starts the programs."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    settings.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    configuration = settings.state / "supervisord.conf"
    configuration.write_text(render(settings, programs), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if result.returncode:
        raise SandboxError(f"the supervisor does not start: {result.stdout}{result.stderr}".strip())
    deadline = time.monotonic() + START_SECONDS
    while not is_running(settings):
        if time.monotonic() > deadline:
            raise SandboxError(f"the supervisor does not answer; see {settings.logs / 'supervisord.log'}")
        time.sleep(0.05)


def is_running(settings: Settings) -> bool:
    try:
        _rpc(settings).getState()
    except (OSError, xmlrpc.client.Error):
        return False
    return True


def states(settings: Settings) -> dict[str, dict[str, Any]]:
    """What the supervisor knows of each program: {name: {"state": "RUNNING", "pid", "exit", "uptime_seconds"}}."""
    found: Any = _rpc(settings).getAllProcessInfo()
    return {
        info["name"]: {
            "state": info["statename"],
            "pid": info["pid"] or None,
            "exit": info["exitstatus"],
            "uptime_seconds": max(0, info["now"] - info["start"]) if info["pid"] else 0,
        }
        for info in found
    }


def start_program(settings: Settings, name: str) -> None:
    """Start a program; nothing happens when it runs."""
    with _tolerate(Faults.ALREADY_STARTED):
        _rpc(settings).startProcess(name)


def stop_program(settings: Settings, name: str) -> None:
    """Stop a program and wait for its end; nothing happens when it does not run."""
    with _tolerate(Faults.NOT_RUNNING):
        _rpc(settings).stopProcess(name)


def signal_program(settings: Settings, name: str, signal_name: str) -> None:
    """Send a signal to the process of a program ("HUP"); nothing happens when it does not run."""
    with _tolerate(Faults.NOT_RUNNING):
        _rpc(settings).signalProcess(name, signal_name)


def learn_program(settings: Settings, name: str) -> None:
    """Take up a program whose file has been added."""
    rpc = _rpc(settings)
    rpc.reloadConfig()
    with _tolerate(Faults.ALREADY_ADDED):
        rpc.addProcessGroup(name)


def forget_program(settings: Settings, name: str) -> None:
    """Drop a program that has ended."""
    _rpc(settings).removeProcessGroup(name)


def stop(settings: Settings) -> bool:
    """Stop the supervisor and its programs; False when it did not run.

    The daemon of the planes goes first, so that it does not take the end of the servers for a fault; then all the
    others at once: the supervisor by itself would stop one after the other.
    """
    pid = _pid(settings)
    if pid is None:
        return False
    if is_running(settings):
        rpc = _rpc(settings)
        if settings.planes:
            stop_program(settings, "planes")
            rpc.stopAllProcesses()
        rpc.shutdown()
    else:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_ours(settings, pid):
        if time.monotonic() > deadline:
            raise SandboxError(f"the supervisor, process {pid}, does not end")
        time.sleep(0.05)
    return True


def _pid(settings: Settings) -> int | None:
    """The supervisor's process id, when the process of that id is this sandbox's supervisor."""
    try:
        pid = int(pid_file(settings).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_ours(settings, pid) else None


def _is_ours(settings: Settings, pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(settings.state / "supervisord.conf") in command.split(b"\0")


def _rpc(settings: Settings) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{settings.socket}")
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


@contextlib.contextmanager
def _tolerate(code: int) -> Iterator[None]:
    """Take one answer of the supervisor for success; SandboxError for its other refusals."""
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != code:
            raise SandboxError(f"the supervisor refuses: {fault.faultString}") from fault
