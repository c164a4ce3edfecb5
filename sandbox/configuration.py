"""supervisord's configuration: the file of the sandbox's own programs, and one file for each server."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Mapping
from pathlib import Path

from sandbox.programs import Program
from sandbox.settings import Settings


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
        f"pidfile = {_quote(pid_file(settings))}",
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
    sections += ["", "[include]", f"files = {_quote(settings.servers / '*.conf')}"] if settings.planes else []
    text = "\n".join(sections) + "\n"
    for program in programs:
        text += "\n" + section(
            settings,
            program.name,
            program.command,
            {"PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1", **program.environment},
            directory=settings.state,
            stop_signal=program.stop_signal,
            stop_seconds=program.stop_seconds,
            exit_codes=(0, *program.failures),
            priority=program.priority,
        )
    return text


def section(
    settings: Settings,
    name: str,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    directory: Path,
    user: str | None = None,
    stop_signal: str = "TERM",
    stop_seconds: int = 20,
    exit_codes: tuple[int, ...] = (0,),
    autostart: bool = True,
    autorestart: str = "unexpected",
    priority: int = 100,
    as_group: bool = True,
    listens: tuple[str, int] | None = None,
) -> str:
    """The part of the configuration that defines a program.

    autorestart: true, false, or unexpected (exit codes). as_group: whether the process group gets the stop signal, or
    the process only. listens: (address, port), in a section of its own that
    `listening` reads and supervisord leaves alone.
    """
    lines = [
        f"[program:{name}]",
        f"command = {_quote(shlex.join(command))}",
        "environment = " + ",".join(f'{key}="{_quote(value)}"' for key, value in environment.items()),
        f"directory = {_quote(directory)}",
        f"priority = {priority}",
        "startsecs = 0",
        f"autostart = {str(autostart).lower()}",
        f"autorestart = {autorestart}",
        f"exitcodes = {','.join(map(str, exit_codes))}",
        f"stopsignal = {stop_signal}",
        f"stopwaitsecs = {stop_seconds}",
        f"stopasgroup = {str(as_group).lower()}",
        "killasgroup = true",
        "redirect_stderr = true",
        f"stdout_logfile = {_quote(log_file(settings, name))}",
        "stdout_logfile_maxbytes = 10MB",
        "stdout_logfile_backups = 1",
    ]
    lines += [f"user = {user}"] if user else []
    lines += ["", f"[listens:{name}]", f"address = {listens[0]}", f"port = {listens[1]}"] if listens else []
    return "\n".join(lines) + "\n"


def log_file(settings: Settings, name: str) -> Path:
    return settings.logs / f"{name}.log"


def pid_file(settings: Settings) -> Path:
    return settings.state / "supervisord.pid"


def server_file(settings: Settings, name: str) -> Path:
    """Where the definition of a server's program is."""
    return settings.servers / f"{name}.conf"


def listening(settings: Settings) -> dict[str, tuple[str, int]]:
    """{program: (address, port)} of the servers."""
    parser = configparser.RawConfigParser()
    parser.read(sorted(settings.servers.glob("*.conf")), encoding="utf-8")
    prefix = "listens:"
    return {
        name.removeprefix(prefix): (parser[name]["address"], int(parser[name]["port"]))
        for name in parser.sections()
        if name.startswith(prefix)
    }


def _quote(value: object) -> str:
    """Keep supervisord from expanding `%`."""
    return str(value).replace("%", "%%")
