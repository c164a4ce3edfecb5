"""The supervisor of a sandbox: supervisord with a rendered configuration, spoken to over its unix socket."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
import xmlrpc.client
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from sandbox.programs import Program
from sandbox.settings import SandboxError, Settings

STOP_SECONDS = 40
START_SECONDS = 15


def render(settings: Settings, programs: list[Program]) -> str:
    """supervisord's configuration."""
    root = Path(__file__).resolve().parent.parent
    sections = [
        "[supervisord]",
        "nodaemon = false",
        f"directory = {_quote(settings.state)}",
        f"logfile = {_quote(settings.logs / 'supervisord.log')}",
        "logfile_maxbytes = 5MB",
        "logfile_backups = 1",
        f"pidfile = {_quote(_pid_file(settings))}",
        f"childlogdir = {_quote(settings.logs)}",
        "",
        "[unix_http_server]",
        f"file = {_quote(settings.socket)}",
        "chmod = 0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
        "",
        "[supervisorctl]",
        f"serverurl = {_quote('unix://' + str(settings.socket))}",
    ]
    for program in programs:
        environment = {"PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1", **program.environment}
        sections += [
            "",
            f"[program:{program.name}]",
            f"command = {_quote(shlex.join(program.command))}",
            "environment = " + ",".join(f'{name}="{_quote(value)}"' for name, value in environment.items()),
            f"priority = {program.priority}",
            "startsecs = 0",
            "autorestart = unexpected",
            f"exitcodes = {','.join(str(code) for code in (0, *program.failures))}",
            f"stopsignal = {program.stop_signal}",
            f"stopwaitsecs = {program.stop_seconds}",
            "stopasgroup = true",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = {_quote(log_file(settings, program.name))}",
            "stdout_logfile_maxbytes = 10MB",
            "stdout_logfile_backups = 1",
        ]
    return "\n".join(sections) + "\n"


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
    """Start a program that has ended."""
    _rpc(settings).startProcess(name, False)


def stop(settings: Settings) -> bool:
    """Stop the supervisor and its programs; False when it did not run."""
    pid = _pid(settings)
    if pid is None:
        return False
    if is_running(settings):
        _rpc(settings).shutdown()
    else:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_ours(settings, pid):
        if time.monotonic() > deadline:
            raise SandboxError(f"the supervisor, process {pid}, does not end")
        time.sleep(0.05)
    return True


def log_file(settings: Settings, name: str) -> Path:
    return settings.logs / f"{name}.log"


def _pid_file(settings: Settings) -> Path:
    return settings.state / "supervisord.pid"


def _pid(settings: Settings) -> int | None:
    """The supervisor's process id, when the process of that id is this sandbox's supervisor."""
    try:
        pid = int(_pid_file(settings).read_text(encoding="ascii"))
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


def _quote(value: object) -> str:
    """Keep supervisord from expanding `%`."""
    return str(value).replace("%", "%%")
