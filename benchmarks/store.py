"""A PostgreSQL server of its own for a measurement: on a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import psycopg

BINARIES = Path("/usr/lib/postgresql/15/bin")
ACCOUNT = "postgres"


class Store:
    """Runs as the account postgres where the caller is root, which the server refuses; else as the caller."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="iworkz-bench-pg-"))
        self._as: tuple[str, ...] = ()
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.directory, account.pw_uid, account.pw_gid)
            self._as = ("runuser", "-u", ACCOUNT, "--")
        self._data = self.directory / "data"

    def __enter__(self) -> Store:
        self._run("initdb", "--auth=trust", "--username=bench", "--no-instructions", "-D", str(self._data))
        options = f"-c listen_addresses='' -c unix_socket_directories={self.directory}"
        log = str(self.directory / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")
        shutil.rmtree(self.directory)

    def connect(self) -> psycopg.Connection:
        """A new autocommit connection."""
        return psycopg.connect(
            host=str(self.directory), user="bench", dbname="postgres", autocommit=True, prepare_threshold=None
        )

    def _run(self, binary: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as, str(BINARIES / binary), *arguments], cwd=self.directory, check=True, stdout=subprocess.DEVNULL
        )
