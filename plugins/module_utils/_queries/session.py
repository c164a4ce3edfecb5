# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions with one server that read only, whatever is asked in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import MARK
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg.rows import dict_row

STATEMENT_SECONDS = 60
APPLICATION = "iworkz.platform advisor"
_DATABASES = """
SELECT datname AS name FROM pg_database
WHERE datallowconn AND NOT datistemplate AND datname NOT IN ('rdsadmin', 'postgres') ORDER BY 1
"""


@dataclass(frozen=True)
class Server:
    """An instance, and who reads it: the master user, whom a replica shares with its primary."""

    instance: Mapping[str, Any]
    user: postgres.Credentials
    ca_bundle: str | None

    @property
    def name(self) -> str:
        return str(self.instance["DBInstanceIdentifier"])

    def databases(self) -> list[str]:
        """Names of those that services may have something in."""
        with self.session("postgres") as session:
            return [row["name"] for row in rows(session, _DATABASES)]

    @contextmanager
    def session(self, database: str, *, read_only: bool = True) -> Iterator[psycopg.Connection[Any]]:
        """A session in autocommit mode, in which no statement waits long for a lock.

        :raises psycopg.Error: when it can't be had.
        """
        where = postgres.endpoint(dict(self.instance))
        given: tuple[Any, ...] = (self.user.username, self.user.password, database, self.ca_bundle)
        with postgres.connect(*where, *given, application_name=APPLICATION) as session:
            session.row_factory = dict_row
            session.execute(b"SET lock_timeout = '5s'")
            session.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'".encode())
            session.execute(b"SET search_path = pg_catalog")
            if read_only:
                session.execute(b"SET default_transaction_read_only = on")
            yield session


def rows(session: psycopg.Connection[Any], query: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """What a query of ours returns."""
    return session.execute(f"{MARK} {query}".encode(), params or None).fetchall()
