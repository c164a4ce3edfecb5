# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections to one DB instance as its master user: read-only where the source is read, pooled by database."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

with suppress(ImportError):  # postgres.require() says so
    import psycopg

MAINTENANCE = "postgres"
# Rows are compared as text: both sides must write it alike. What a policy would hide must fail instead.
SETTINGS = """
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'iso_8601';
SET TimeZone = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET row_security = off;
SET search_path = pg_catalog;
SET lock_timeout = '10s';
SET statement_timeout = {milliseconds};
SET default_transaction_read_only = {read_only}
"""
DATABASES = """
SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'rdsadmin' ORDER BY datname
"""


class Unreadable(StepFailed):
    """A server refused, or could not read what it has."""

    def __init__(self, instance: str, error: Exception) -> None:
        super().__init__(f"{instance}: {type(error).__name__}: {' '.join(str(error).split())}")
        self.instance = instance
        self.connecting = isinstance(error, psycopg.OperationalError)
        self.forbidden = isinstance(error, psycopg.errors.InsufficientPrivilege)


class Sessions:
    """Use it as a context manager. A connection serves one thread at a time. Errors of psycopg become Unreadable."""

    def __init__(self, context: Context, instance: Mapping[str, Any], *, read_only: bool = True) -> None:
        postgres.require()
        self.name: str = instance["DBInstanceIdentifier"]
        self._context = context
        self._where = postgres.endpoint(dict(instance))
        self._user = postgres.master_of(context.clients, dict(instance))
        self._read_only = read_only
        self._lock = threading.Lock()
        self._idle: dict[str, list[psycopg.Connection[Any]]] = {}

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *_raised: object) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    @contextmanager
    def session(self, database: str = MAINTENANCE) -> Iterator[psycopg.Connection[Any]]:
        """An autocommit connection."""
        with self._lock:
            idle = self._idle.setdefault(database, [])
            connection = idle.pop() if idle else None
        try:
            connection = connection or self._connect(database)
            yield connection
        except psycopg.Error as error:
            if connection:
                connection.close()
            raise Unreadable(self.name, error) from error
        with self._lock:
            idle.append(connection)

    def rows(self, query: Any, params: Sequence[Any] = (), database: str = MAINTENANCE) -> list[tuple[Any, ...]]:
        with self.session(database) as connection:
            return list(connection.execute(query, params or None).fetchall())

    def databases(self) -> list[str]:
        return [row[0] for row in self.rows(DATABASES)]

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        user, site = self._user, self._context.site
        connection = postgres.connect(
            *self._where,
            user.username,
            user.password,
            database,
            site.ca_bundle,
            application_name="iworkz.restore_test",
        )
        seconds, read_only = site.limits.statement_seconds, "on" if self._read_only else "off"
        connection.execute(SETTINGS.format(milliseconds=int(seconds * 1000), read_only=read_only).encode())
        return connection
