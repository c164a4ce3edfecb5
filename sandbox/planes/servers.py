"""The programs of the servers, run by the sandbox's supervisor: one file each in <state>/planes/programs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox import configuration, supervise
from sandbox.planes.accounts import Account
from sandbox.planes.processes import kill_tree
from sandbox.settings import Settings

PRIORITY = 200


class Servers:
    """Programs by name. They run as the unprivileged account, their log is <state>/logs/<name>.log."""

    def __init__(self, settings: Settings, account: Account) -> None:
        self._settings = settings
        self._account = account
        self._lock = threading.Lock()

    def add(
        self,
        name: str,
        command: tuple[str | Path, ...],
        *,
        environment: Mapping[str, str] | None = None,
        stop_signal: str = "INT",
        stop_seconds: int = 20,
        autorestart: bool = False,
        listens: tuple[str, int] | None = None,
        as_caller: bool = False,
    ) -> None:
        """Make a program known, without starting it; one that is there with another definition is replaced.

        stop_seconds: after which a stopping program is killed. listens: (address, port) that answers once it is ready,
        for `python -m sandbox status`. as_caller: run as the daemon's own account, for programs of the sandbox itself,
        whose interpreter the servers' account may not be able to reach.
        """
        text = configuration.section(
            self._settings,
            name,
            tuple(map(str, command)),
            {**({} if as_caller else self._account.environment), **(environment or {})},
            directory=self._settings.planes_directory / "data",
            user=self._account.name if self._account.other and not as_caller else None,
            stop_signal=stop_signal,
            stop_seconds=stop_seconds,
            autostart=False,
            autorestart="true" if autorestart else "false",
            priority=PRIORITY,
            as_group=False,
            listens=listens,
        )
        with self._lock:
            path = configuration.server_file(self._settings, name)
            known = name in self.states()
            if known and path.exists() and path.read_text(encoding="utf-8") == text:
                return
            # Its environment may hold what a server signs in with.
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            if known:
                supervise.stop_program(self._settings, name)
                supervise.forget_program(self._settings, name)
            supervise.learn_program(self._settings, name)

    def start(self, name: str) -> None:
        """Start a program; nothing happens when it runs. Returns once the process is there, not when it answers."""
        supervise.start_program(self._settings, name)

    def stop(self, name: str, signal: str | None = None) -> None:
        """Stop a program and wait for its end; with another signal than its own when one is given ("QUIT")."""
        if signal:
            supervise.signal_program(self._settings, name, signal)
        supervise.stop_program(self._settings, name)

    def signal(self, name: str, signal: str) -> None:
        """Send a signal to a program's process ("HUP"); it must run."""
        supervise.signal_program(self._settings, name, signal)

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all its descendants, and wait until they are gone."""
        kill_tree(self.pid(name))

    def remove(self, name: str) -> None:
        """Stop a program and forget it; nothing happens without one. Its log stays."""
        with self._lock:
            if name in self.states():
                supervise.stop_program(self._settings, name)
                supervise.forget_program(self._settings, name)
            configuration.server_file(self._settings, name).unlink(missing_ok=True)

    def pid(self, name: str) -> int | None:
        found = self.states().get(name)
        return found["pid"] if found else None

    def state(self, name: str) -> str:
        """RUNNING, STOPPED (by request), EXITED (by itself or killed), FATAL (did not start), UNKNOWN (no such one)."""
        found = self.states().get(name)
        return str(found["state"]) if found else "UNKNOWN"

    def states(self) -> dict[str, dict[str, Any]]:
        """Of all programs of the sandbox: {name: {"state", "pid", "exit", "uptime_seconds"}}."""
        return supervise.states(self._settings)
