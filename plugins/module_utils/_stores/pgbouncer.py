# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pooler's admin console: a database named ``pgbouncer`` that speaks SHOW, PAUSE, RESUME and the like."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg.rows import dict_row

CONSOLE = "pgbouncer"


class Admin:
    """One session on the console; use it as a context manager. What the pooler refuses raises psycopg.Error.

    :param user: one of ``admin_users``; of ``stats_users`` for ``show`` alone.
    :param ca_bundle: PEM file with the authorities to believe, or nothing for the system's.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        ca_bundle: str | None,
        *,
        connect_timeout: int = postgres.CONNECT_SECONDS,
    ) -> None:
        self._session = postgres.connect(
            host, port, user, password, CONSOLE, ca_bundle, connect_timeout=connect_timeout
        )
        self._session.row_factory = dict_row

    def __enter__(self) -> Admin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def show(self, what: str) -> list[dict[str, Any]]:
        """Rows of ``SHOW POOLS``, ``DATABASES``, ``CONFIG``, ``SERVERS``, ``CLIENTS``, ``STATS`` ... by column."""
        if not what.isalpha():
            raise ValueError(f"not a word: {what!r}")
        return self._session.execute(f"SHOW {what.upper()}".encode()).fetchall()

    def config(self) -> dict[str, str]:
        """Settings in force by name (SHOW CONFIG)."""
        return {row["key"]: row["value"] for row in self.show("config")}

    def pause(self, database: str, timeout_seconds: float) -> None:
        """Let transactions of a database end, and have new ones wait, until ``resume``.

        :raises TimeoutError: when a transaction does not end in time. New ones wait all the same: resume.
        """
        with self._at_most(timeout_seconds, f"the pooler could not pause {database}"):
            self._command("PAUSE", database)

    def resume(self, database: str) -> None:
        """End a ``pause`` or a ``kill``. One that is not paused is left as it is."""
        row = self._database(database)
        if int(row["paused"]) or int(row["disabled"]):
            self._command("RESUME", database)

    def kill(self, database: str) -> None:
        """Drop all connections of a database, clients' and servers', and have new clients wait until ``resume``."""
        self._command("KILL", database)

    def reconnect(self, database: str) -> None:
        """Open the database's server connections anew, each once it is released: its name leads elsewhere now."""
        self._command("RECONNECT", database)

    def reload(self) -> None:
        """Read the configuration files again."""
        self._session.execute(b"RELOAD")

    def _database(self, name: str) -> dict[str, Any]:
        for row in self.show("databases"):
            if row["name"] == name:
                return row
        raise LookupError(f"the pooler has no database {name}")

    def _command(self, verb: str, database: str) -> None:
        quoted = database.replace('"', '""')
        self._session.execute(f'{verb} "{quoted}"'.encode())

    @contextmanager
    def _at_most(self, seconds: float, what: str) -> Iterator[None]:
        """Cut the session when it has not answered in time: the console knows no timeouts."""
        expired = threading.Event()

        def cut() -> None:
            expired.set()
            with socket.socket(fileno=os.dup(self._session.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.start()
        try:
            yield
        except psycopg.OperationalError as error:
            if expired.is_set():
                raise TimeoutError(f"{what} within {seconds:g} s") from error
            raise
        finally:
            timer.cancel()
