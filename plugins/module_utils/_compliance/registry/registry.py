# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session with the registry: the schema ``compliance`` of the database of the same name, on the primary.

Rows get who and when by themselves (see migrations/), and so does the table ``history``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg.rows import dict_row
    from psycopg.types.json import Jsonb

SCHEMA = "compliance"
DATABASE = "compliance"
APPLICATION = "iworkz.platform compliance"
# Who changes the registry takes this first, so that two don't plan on what the other is about to change.
LOCK = 0x69576F726B7A
_EXISTS = "SELECT to_regclass('compliance.packs') IS NOT NULL AS there"

Row = dict[str, Any]


class Registry:
    """Statements on the registry; tables are named without their schema.

    :param connection: one whose rows are dictionaries, in autocommit.
    :param who: ARN of the caller, kept with what is written.
    """

    def __init__(self, connection: psycopg.Connection[Row], who: str) -> None:
        self.connection = connection
        self.who = who
        connection.execute(
            "SELECT set_config('search_path', %s, false), set_config('compliance.who', %s, false)", (SCHEMA, who)
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone: another that changes the registry waits."""
        with self.connection.transaction():
            self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            yield

    def rows(self, query: LiteralString, params: Sequence[Any] = ()) -> list[Row]:
        """What a query returns. Raises psycopg.Error."""
        return self.connection.execute(query, params or None).fetchall()

    def execute(self, statement: LiteralString, params: Sequence[Any] = ()) -> int:
        """Return the number of rows that were changed. Raises psycopg.Error."""
        return self.connection.execute(statement, params or None).rowcount

    @property
    def exists(self) -> bool:
        """Whether it was ever made."""
        return bool(self.rows(_EXISTS)[0]["there"])

    def active_pack(self) -> Row | None:
        """The row of the pack in force, None when there is none."""
        found = self.rows("SELECT * FROM packs WHERE active")
        return found[0] if found else None

    def overrides(self) -> dict[str, Any]:
        """The overrides in force as ``evaluate`` takes them: value by ``RULE.parameter``."""
        found = self.rows("SELECT parameter, value FROM overrides WHERE removed_at IS NULL ORDER BY parameter")
        return {row["parameter"]: row["value"] for row in found}

    def schedules(self) -> dict[str, Row]:
        """``{name, cron, timezone, command, changed_at, changed_by}`` by name."""
        return {row["name"]: row for row in self.rows("SELECT * FROM schedules ORDER BY name")}

    def recipients(self) -> dict[str, Row]:
        """``{name, kind, address, min_severity, language, changed_at, changed_by}`` by name."""
        return {row["name"]: row for row in self.rows("SELECT * FROM recipients ORDER BY name")}

    def retention(self) -> dict[str, int]:
        """Days by kind of what is kept."""
        return {row["kind"]: row["days"] for row in self.rows("SELECT kind, days FROM retention ORDER BY kind")}

    def last_evaluation(self, *, complete: bool = True) -> Row | None:
        """The last evaluation, of those that judged every rule or of all; None when there is none.

        Of the latest day, that is: what is made of an earlier one says nothing of findings as they are now.
        """
        found = self.rows(
            "SELECT * FROM evaluations WHERE complete OR NOT %s ORDER BY as_of DESC, finished_at DESC LIMIT 1",
            (complete,),
        )
        return found[0] if found else None


def document(value: Any) -> Any:
    """A value for a column of type jsonb."""
    return Jsonb(value)


@contextmanager
def connect(
    clients: Any, instance: str, secret: str, ca_bundle: str | None, *, who: str, database: str = DATABASE
) -> Iterator[Registry]:
    """A session with the registry on an instance of RDS, as the user in a secret.

    :param clients: hands out boto3 clients; rds:DescribeDBInstances, secretsmanager:GetSecretValue.
    :param who: ARN of the caller (sts:GetCallerIdentity).

    Raises ReconcileError when there is no such instance or secret, or the server refuses.
    """
    found = postgres.instance(clients, instance)
    if found is None:
        raise ReconcileError(f"there is no DB instance {instance}: declare it with aws_rds first")
    user = postgres.credentials(clients, secret)
    with translated(instance):
        host, port = postgres.endpoint(found)
        given = (host, port, user.username, user.password, database, ca_bundle)
        with postgres.connect(*given, application_name=APPLICATION) as connection:
            connection.row_factory = dict_row
            yield Registry(connection, who)


@contextmanager
def translated(instance: str) -> Iterator[None]:
    """Raise errors of the database as ReconcileError."""
    postgres.require()
    try:
        yield
    except psycopg.Error as error:
        raise ReconcileError(f"{instance}: {str(error).strip()}") from error
