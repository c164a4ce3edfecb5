"""Programs of one plane: started as they are to run, ended, and given configurations that were found right."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.planes.engine import Plane
from sandbox.planes.engines.observation import placing
from sandbox.planes.host import Host

ROOT = Path(__file__).resolve().parents[4]
START_SECONDS = 60.0
OWN = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
THRIFTY = {"GOMAXPROCS": "1", "GOGC": "50"}


class Programs:
    """Kept in the plane's data: {"programs": [name], "taken": {name: {"digest", "refused"}}, "reloads", "error": {name:
    why its configuration is not in effect}}."""

    def __init__(self, host: Host, plane: Plane) -> None:
        self._host, self._plane = host, plane

    def directory(self, program: str) -> Path:
        """A program's own, with `data` for what it keeps."""
        directory = self._host.account.directory(self._host.directory(self._plane) / program)
        self._host.account.directory(directory / "data")
        return directory

    def run(
        self,
        program: str,
        command: tuple[str, ...],
        listens: tuple[str, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run a program, unless it runs like that; modules of the sandbox run as its caller."""
        own = command[0] == sys.executable
        self._host.programs.add(
            program,
            command,
            environment={**(OWN if own else THRIFTY), **(environment or {})},
            stop_signal="TERM",
            autorestart=True,
            listens=listens,
            as_caller=own,
        )
        if self._host.programs.state(program) != "RUNNING":
            self._host.programs.start(program)
        known = self._plane.data["programs"]
        if program not in known:
            self._plane.data["programs"] = [*known, program]

    def end(self, program: str) -> None:
        self._host.programs.remove(program)
        left = [each for each in self._plane.data["programs"] if each != program]
        self._plane.data["programs"] = left
        self._plane.data["taken"].pop(program, None)

    def take_up(self, program: str, at: str, render: Callable[[], Mapping[str, str]], take: Callable[[], None]) -> None:
        """Take a configuration into use, unless it is, or was refused; a refused one leaves the old one in effect."""
        data = self._plane.data
        known = data["taken"].get(program, {"digest": "", "refused": ""})
        error = ""
        digest = ""
        try:
            digest = placing.digest(render())
            if digest == known["digest"]:
                known["refused"] = ""
            elif digest == known["refused"]:
                return
            else:
                take()
                if self._host.programs.pid(program):
                    _reload(at)
                    data["reloads"] += 1
                known = {"digest": digest, "refused": ""}
        except (RuntimeError, KeyError, ValueError, OSError) as failure:
            error = f"{type(failure).__name__}: {failure}"
            known["refused"] = digest
            print(f"{program}: {error}", flush=True)
        data["taken"][program] = known
        data["error"] = {**data["error"], program: error}


def _reload(at: str) -> None:
    """RuntimeError with what the program says of its new configuration; one that starts is waited for."""
    request = urllib.request.Request(f"http://{at}/-/reload", method="POST")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(request, timeout=START_SECONDS).close()
            return
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode(errors="replace").strip()) from error
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
