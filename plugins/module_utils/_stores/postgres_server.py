# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One RDS instance as its master user sees it: a connection per database, made when needed, shared by threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, postgres_scram

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg import sql
    from psycopg.rows import dict_row

# The first libpq that takes SCRAM keys instead of a password.
LIBPQ = 180000
# Every instance has it; no service does.
MAINTENANCE = "postgres"
# No statement waits long for somebody else's lock, and extensions go to public whatever a database's own path is.
SESSION = b"SET lock_timeout = '10s'; SET search_path = public"
WRONG_PASSWORD = "password authentication failed"


class Server:
    """Use it as a context manager.

    :param clients: hands out boto3 clients.
    :param check_mode: an instance that is not there yet, or has no endpoint yet, counts as empty.
    :raises ReconcileError: when there is no such instance, unless in check mode.
    """

    def __init__(self, clients: Any, identifier: str, ca_bundle: str | None, *, check_mode: bool) -> None:
        postgres.require(LIBPQ)
        self.clients = clients
        self._ca_bundle = ca_bundle
        self._instance = postgres.instance(clients, identifier)
        self._lock = threading.RLock()
        self._sessions: dict[str, tuple[psycopg.Connection[Any], threading.Lock]] = {}
        if check_mode and (self._instance is None or "Endpoint" not in self._instance):
            self._instance = None
        elif self._instance is None:
            raise ReconcileError(f"there is no DB instance {identifier}: declare it with aws_rds first")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_error: object) -> None:
        for session, _lock in self._sessions.values():
            session.close()

    @property
    def exists(self) -> bool:
        return self._instance is not None

    def databases(self) -> set[str]:
        """Names of the databases that can be connected to."""
        return {row["datname"] for row in self.rows("SELECT datname FROM pg_database WHERE datallowconn")}

    def rows(self, query: str, params: Sequence[Any] = (), database: str = MAINTENANCE) -> list[dict[str, Any]]:
        """What a query returns."""
        session, lock = self._session(database)
        with lock:
            return session.execute(query.encode(), params or None).fetchall()

    def execute(self, statements: Sequence[sql.Composed], database: str = MAINTENANCE) -> None:
        """Run statements in one transaction."""
        session, lock = self._session(database)
        with lock, session.transaction():
            for statement in statements:
                session.execute(statement)

    def execute_alone(self, statement: sql.Composed) -> None:
        """Run a statement that PostgreSQL refuses inside a transaction (CREATE DATABASE)."""
        session, lock = self._session(MAINTENANCE)
        with lock:
            session.execute(statement)

    def accepts(self, user: str, secret: Mapping[str, str]) -> bool:
        """Whether the user's password in force is the one whose verifier is in the secret.

        The stored verifiers (pg_authid) are nobody's to read on RDS, so this logs in. What else keeps the user out,
        such as its limit of connections, comes after the password.
        """
        keys = postgres_scram.keys(secret["password"], secret["verifier"])
        given = {**self._parameters(user, "", MAINTENANCE), **keys}
        del given["password"]
        try:
            psycopg.connect(**given).close()
        except psycopg.OperationalError as error:
            if WRONG_PASSWORD in str(error):
                return False
            if "FATAL" not in str(error):
                raise
        return True

    def _parameters(self, user: str, password: str, database: str) -> dict[str, Any]:
        host, port = postgres.endpoint(self._instance or {})
        return postgres.parameters(host, port, user, password, database, self._ca_bundle)

    @cached_property
    def _master(self) -> postgres.Credentials:
        return postgres.master_of(self.clients, self._instance or {})

    def _session(self, database: str) -> tuple[psycopg.Connection[Any], threading.Lock]:
        with self._lock:
            if database not in self._sessions:
                given = self._parameters(self._master.username, self._master.password, database)
                session: psycopg.Connection[Any] = psycopg.connect(**given, autocommit=True, row_factory=dict_row)
                session.execute(SESSION)
                self._sessions[database] = (session, threading.Lock())
            return self._sessions[database]
