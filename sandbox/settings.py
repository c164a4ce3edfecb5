"""Where a sandbox lives and listens."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    planes: bool = True
    """Whether real servers stand behind the emulated resources."""

    @classmethod
    def of(cls, state: str | None, port: int | None, planes: bool | None = None) -> Settings:
        """Explicit values, else IWORKZ_SANDBOX_STATE and IWORKZ_SANDBOX_PORT, else what this state directory was last
        used with, else the defaults."""
        directory = Path(state or os.environ.get("IWORKZ_SANDBOX_STATE") or DEFAULT_STATE).resolve()
        recorded = _recorded(directory)
        number = port or int(os.environ.get("IWORKZ_SANDBOX_PORT") or 0) or recorded.get("port") or DEFAULT_PORT
        return cls(directory, number, recorded.get("planes", True) if planes is None else planes)

    def recorded(self) -> Settings:
        """What this state directory was last used with."""
        found = _recorded(self.state)
        return Settings(self.state, found.get("port", self.port), found.get("planes", True))

    def record(self) -> None:
        """Note port and planes in the state directory."""
        self.state.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"port": self.port, "planes": self.planes})
        (self.state / "sandbox.json").write_text(content + "\n", encoding="utf-8")

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def socket(self) -> Path:
        """The supervisor's socket."""
        return self._socket("supervisor")

    @property
    def planes_socket(self) -> Path:
        """The socket of the daemon of the data planes."""
        return self._socket("planes")

    @property
    def planes_directory(self) -> Path:
        return self.state / "planes"

    @property
    def servers(self) -> Path:
        """Where the definitions of the servers' programs are."""
        return self.planes_directory / "programs"

    def _socket(self, name: str) -> Path:
        """In the state directory, unless its path is too long for a socket."""
        path = self.state / f"{name}.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        digest = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"iworkz-sandbox-{os.getuid()}" / f"{digest}-{name}.sock"


def _recorded(directory: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((directory / "sandbox.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
