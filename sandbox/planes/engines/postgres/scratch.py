"""PostgreSQL servers for tests and measurements: reached by a Unix socket only, and gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Self

import psycopg

from sandbox.planes.accounts import Account
from sandbox.planes.engines.postgres.binaries import program

USER = "scratch"
SECONDS = 120.0
DEFAULTS: Mapping[str, str] = MappingProxyType({})


def initdb(account: Account, data: Path, user: str, *options: str) -> None:
    """Make an empty cluster that sorts by code point, as an account.

    :param user: the superuser.
    """
    names = (f"--pgdata={data}", f"--username={user}", "--encoding=UTF8", "--locale=C.UTF-8")
    account.run(program("initdb"), *names, *options, timeout=SECONDS)


class Scratch:
    """A server of its own while the context lasts, without passwords.

    :param settings: beyond the server's defaults.
    """

    def __init__(self, settings: Mapping[str, str] = DEFAULTS) -> None:
        self._account = Account.of_servers()
        self._settings = settings
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iworkz-postgres-")))
            root.chmod(0o711)
            self._data, self._socket = (self._account.directory(root / name) for name in ("data", "socket"))
            self.fill(self._account, self._data)
            settings = {**self._settings, "listen_addresses": "''", "unix_socket_directories": str(self._socket)}
            options = " ".join(f"-c {name}={value}" for name, value in settings.items())
            self._control("start", f"--log={self._socket}/log", f"--options={options}")
            stack.callback(self._control, "stop", "--mode=immediate")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def fill(self, account: Account, data: Path) -> None:
        """Make what the server begins with."""
        initdb(account, data, USER, "--auth=trust", "--no-sync")

    @property
    def conninfo(self) -> str:
        """How to connect to it."""
        return f"host={self._socket} user={USER} dbname=postgres"

    def connect(self) -> psycopg.Connection:
        """A new autocommit connection."""
        return psycopg.connect(self.conninfo, autocommit=True, prepare_threshold=None)

    def _control(self, action: str, *options: str) -> None:
        self._account.run(program("pg_ctl"), action, f"--pgdata={self._data}", "--wait", *options, timeout=SECONDS)
