# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the values of cached keys come from: declared rows, or a query in the database of the service they are for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sets import KeySet, Row

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg.rows import dict_row

STATEMENT_SECONDS = 60


class NotYetThere(Exception):
    """The service's secret, schema or table does not exist yet."""


@dataclass(frozen=True)
class Sources:
    """
    :param host: address of the pooler, in which each service's database has the service's name.
    """

    clients: Any
    prefix: str
    host: str
    port: int
    ca_bundle: str | None

    def rows(self, keys: KeySet) -> Sequence[Row]:
        """The rows of a set.

        :raises NotYetThere: when what is queried has not been made.
        :raises ReconcileError: when the query fails.
        """
        if keys.items is not None:
            return keys.items
        postgres.require()
        name = f"{self.prefix}/postgres/{keys.service}"
        secret = secrets.read(self.clients.client("secretsmanager"), name)
        if secret is None:
            raise NotYetThere(f"there is no secret {name}")
        try:
            return self._query(str(keys.query), secret, keys.service.replace("-", "_"))
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise NotYetThere(_first_line(error)) from error
        except psycopg.Error as error:
            raise ReconcileError(f"the query failed: {_first_line(error)}") from error

    def _query(self, sql: str, secret: dict[str, str], database: str) -> list[Row]:
        """Read only, whatever the query says."""
        with postgres.connect(
            self.host, self.port, secret["username"], secret["password"], database, self.ca_bundle, autocommit=False
        ) as connection:
            connection.read_only = True
            with connection.cursor(row_factory=dict_row) as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
                cursor.execute(sql.encode())
                return list(cursor.fetchall())


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
