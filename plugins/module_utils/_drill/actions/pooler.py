# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection pooler, over its admin console; only the canary tenant's database is ever touched."""

from __future__ import annotations

from contextlib import suppress

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._stores import pgbouncer, postgres

with suppress(ImportError):  # connecting says so
    import psycopg

ADMIN_SECRET = "{prefix}/postgres/pgbouncer-admin"


@action("pgbouncer:PAUSE")
def pooler_pause(context: Context, *, database: str) -> None:
    """Let the database's transactions end and hold new ones."""
    with _console(context) as console:
        try:
            console.pause(database, context.timeout)
        except TimeoutError as error:
            raise StepFailed(str(error)) from error


@action("pgbouncer:RESUME")
def pooler_resume(context: Context, *, database: str) -> None:
    """Let the database's clients go on; nothing happens where none is held."""

    def resumed() -> bool:
        with _console(context) as console:
            console.resume(database)
        return True

    context.wait("the pooler", resumed, _unreachable)


@action("pgbouncer:KILL")
def pooler_kill(context: Context, *, database: str) -> None:
    """Drop all connections of the database and hold new ones, as if the server were gone."""
    with _console(context) as console:
        console.kill(database)


@action("pgbouncer:RECONNECT")
def pooler_reconnect(context: Context, *, database: str) -> None:
    """Have server connections opened anew, to where the name leads now."""

    def reconnected() -> bool:
        with _console(context) as console:
            console.reconnect(database)
        return True

    context.wait("the pooler", reconnected, _unreachable)


def _console(context: Context) -> pgbouncer.Admin:
    site = context.site
    admin = postgres.credentials(context.clients, ADMIN_SECRET.format(prefix=site.names["prefix"]))
    pooler = site.reach["pooler"]
    return pgbouncer.Admin(
        pooler["host"], int(pooler["port"]), admin.username, admin.password, site.reach["ca_bundle"] or None
    )


def _unreachable(error: Exception) -> bool:
    return isinstance(error, psycopg.OperationalError)
