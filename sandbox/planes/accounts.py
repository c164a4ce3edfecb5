"""The unprivileged account that the servers run as."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.settings import SandboxError

SERVERS = "postgres"
"""The account when the caller is root: servers refuse to run as root. Debian's postgresql-common makes it."""


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int
    home: str
    other: bool
    """Whether it is another one than the caller's."""

    @classmethod
    def of_servers(cls) -> Account:
        """The caller's account, or `postgres` when the caller is root."""
        if os.geteuid():
            entry = pwd.getpwuid(os.geteuid())
            return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, other=False)
        try:
            entry = pwd.getpwnam(SERVERS)
        except KeyError as error:
            raise SandboxError(
                f"there is no account {SERVERS} for the servers to run as: install postgresql"
            ) from error
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, other=True)

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": self.home, "USER": self.name, "LOGNAME": self.name, "LC_ALL": "C.UTF-8"}

    def check_can_enter(self, directory: Path) -> None:
        """SandboxError that names the directory which keeps this account from reaching another one."""
        if not self.other:
            return
        for part in (*reversed(directory.parents), directory):
            if part.exists() and self._call("test", "-x", str(part)).returncode:
                raise SandboxError(
                    f"the servers run as the account {self.name}, which can't enter {part} (on the way to the state "
                    f"directory): chmod o+x {part}, or choose another state directory (IWORKZ_SANDBOX_STATE)"
                )

    def directory(self, path: Path) -> Path:
        """Make a directory of this account, mode 0700, when it isn't there."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.give(path)
        return path

    def give(self, path: Path) -> None:
        """Let a file belong to this account."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def run(
        self, *command: str | Path, input: str | None = None, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> str:
        """The output of a command run as this account; RuntimeError with what it said when it fails."""
        result = self._call(*map(str, command), input=input, env=env, timeout=timeout)
        if result.returncode:
            said = (result.stderr or result.stdout).strip()
            raise RuntimeError(f"{Path(command[0]).name} failed with {result.returncode}: {said}")
        return result.stdout

    def _call(
        self, *command: str, input: str | None = None, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        identity: dict[str, Any] = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}
        return subprocess.run(
            command,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), **self.environment, **(env or {})},
            **identity,
        )
