# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schemas that requests and the log of consent need in the services' databases, made as the role that uses them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import migrate
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.schemas import Session
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

MIGRATIONS = Path(__file__).parent / "migrations"
EVERYWHERE = "restricted"
CONSENT = "consent"
HOLDER = "identity"
"""The service whose people give consent."""


def ensure(stores: Stores, services: tuple[str, ...], who: str, *, check_mode: bool) -> list[str]:
    """Make what is missing, each database in a transaction of its own; return it as ``service: schema/file``."""
    return [line for service in services for line in _ensure(stores, service, who, check_mode)]


def _ensure(stores: Stores, service: str, who: str, check_mode: bool) -> list[str]:
    done = []
    connection = stores.connection(service)
    for schema in (EVERYWHERE, CONSENT) if service == HOLDER else (EVERYWHERE,):
        session = Session(connection, who, schema)
        missing = migrate.pending(session, MIGRATIONS / schema)
        if missing and not check_mode:
            with session.transaction():
                connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
                migrate.apply(session, missing)
        done += [f"{service}: {schema}/{path.name}" for path in missing]
    connection.execute("SET search_path = pg_catalog")
    return done
