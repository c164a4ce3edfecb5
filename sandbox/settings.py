"""Where a sandbox lives and listens."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
DEFAULT_STATE = ".sandbox"

# sun_path of AF_UNIX holds 108 bytes, and supervisord appends its process id to the path while it binds.
SOCKET_PATH_LIMIT = 90


class SandboxError(Exception):
    """What keeps a command from being done, for the person who gave it."""


@dataclass(frozen=True)
class Settings:
    state: Path
    """Absolute path of the state directory."""
    port: int
    """Port of the AWS APIs."""

    @classmethod
    def of(cls, state: str | None, port: int | None) -> Settings:
        """Explicit values, else IWORKZ_SANDBOX_STATE and IWORKZ_SANDBOX_PORT, else the port this state directory was
        last used with, else the defaults."""
        directory = Path(state or os.environ.get("IWORKZ_SANDBOX_STATE") or DEFAULT_STATE).resolve()
        number = port or int(os.environ.get("IWORKZ_SANDBOX_PORT") or 0) or _recorded_port(directory) or DEFAULT_PORT
        return cls(directory, number)

    def record(self) -> None:
        """Note the port in the state directory."""
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / "sandbox.json").write_text(json.dumps({"port": self.port}) + "\n", encoding="utf-8")

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def socket(self) -> Path:
        """The supervisor's socket: in the state directory unless its path is too long for one."""
        path = self.state / "supervisor.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        name = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"iworkz-sandbox-{os.getuid()}" / f"{name}.sock"


def _recorded_port(directory: Path) -> int:
    try:
        return int(json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))["port"])
    except FileNotFoundError:
        return 0
