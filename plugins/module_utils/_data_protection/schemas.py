# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schemas that data protection needs in the services' databases, made as the role of each service's migrations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import migrate, registry
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg import sql

MIGRATIONS: Mapping[str, Path] = {
    "privacy": Path(__file__).parent / "migrations" / "registers",
    "data_protection": Path(__file__).parent / "migrations" / "probes",
}
"""Directories of migrations by schema. Other schemas are only made: their tables are for the service's migrations."""

SESSIONS = 8


class Session(registry.Registry):
    """As a registry's, with a schema of any database as its search path."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]], who: str, schema: str) -> None:
        super().__init__(connection, who)
        self.look_at(schema)

    def look_at(self, schema: str) -> None:
        """Find names without a schema in this one."""
        self.rows("SELECT set_config('search_path', %s, false)", (schema,))


@dataclass(frozen=True)
class Server:
    """The services' databases on one instance.

    :param prefix: of the secrets' names, with its slash.
    """

    clients: Any
    instance: str
    prefix: str
    ca_bundle: str | None

    @cached_property
    def who(self) -> str:
        """ARN of the caller."""
        return str(self.clients.caller()["arn"])

    def has(self, service: str) -> bool:
        """Whether a service's database can be looked at; not before the role rds was applied."""
        found = postgres.instance(self.clients, self.instance)
        client = self.clients.client("secretsmanager")
        return found is not None and secrets.read(client, self._secret(service)) is not None

    @contextmanager
    def session(self, service: str, schema: str) -> Iterator[Session]:
        """As the role of a service's migrations, in its database.

        Raises ReconcileError when there is no such instance or secret, or the server refuses.
        """
        place = (self.clients, self.instance, self._secret(service), self.ca_bundle)
        with registry.connect(*place, who=self.who, database=database_of(service)) as found:
            yield Session(found.connection, self.who, schema)

    def _secret(self, service: str) -> str:
        return f"{self.prefix}{service}-migrate"


def database_of(service: str) -> str:
    """The database of a service, which its role is named after, too."""
    return service.replace("-", "_")


class Schemas(StoreResource):
    """``lacking`` names the schemas that are missing, and migrations that were not applied as ``schema/file``."""

    kind: ClassVar[str] = "schema"
    option: ClassVar[str] = "schemas"
    key: ClassVar[str] = "service"

    def __init__(self, server: Server, declared: Collection[Mapping[str, Any]], *, check_mode: bool) -> None:
        self._server = server
        self._wanted = {item["service"]: list(item["names"]) for item in declared}
        self._check_mode = check_mode

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {**super().prepare(item, strict), "lacking": []}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        services = [service for service in self._wanted if keys is None or service in keys]
        with ThreadPoolExecutor(SESSIONS) as pool:
            states = dict(zip(services, pool.map(self._state, services), strict=True))
        return {service: state for service, state in states.items() if state is not None}

    def create(self, key: str, desired: State) -> None:
        names = desired["names"]
        with self._server.session(key, names[0]) as session, session.transaction():
            for name in names:
                session.connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
                if name in MIGRATIONS:
                    session.look_at(name)
                    migrate.apply(session, migrate.pending(session, MIGRATIONS[name]))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def _state(self, service: str) -> State | None:
        names = self._wanted[service]
        if self._check_mode and not self._server.has(service):
            return None
        with self._server.session(service, names[0]) as session:
            there = {row["nspname"] for row in session.rows("SELECT nspname FROM pg_catalog.pg_namespace")}
            lacking = [name for name in names if name not in there]
            for name in names:
                session.look_at(name)
                if name in MIGRATIONS:
                    lacking += [f"{name}/{path.name}" for path in migrate.pending(session, MIGRATIONS[name])]
        return {"service": service, "names": names, "lacking": lacking}
