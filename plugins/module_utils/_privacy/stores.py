# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stores of a platform, opened where and as whom a request about a person needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Places
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.relational import Relational
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch, postgres, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores import redis as caches
from ansible_collections.iworkz.platform.plugins.module_utils._stores.cache_warm import Cache

with suppress(ImportError):  # postgres.require() says so
    import psycopg
    from psycopg.rows import dict_row

ROLE = "data_protector"
REGISTERS = "compliance"
"""The service in whose database the registers are."""
APPLICATION = "iworkz.platform data protection"


class Stores:
    """Use it as a context manager.

    :param clients: hands out boto3 clients.
    :param prefix: what the names of the platform's resources and secrets begin with.
    :param search_role: ARN of the role that requests to OpenSearch are signed as.
    """

    def __init__(
        self, clients: Any, prefix: str, places: Places, ca_bundle: str | None, search_role: str | None, region: str
    ) -> None:
        postgres.require()
        self.clients = clients
        self.prefix = prefix
        self.places = places
        self._ca_bundle = ca_bundle
        self._search_role = search_role
        self._region = region
        self._connections: dict[str, Any] = {}
        self._cache: Cache | None = None

    def __enter__(self) -> Stores:
        return self

    def __exit__(self, *_error: object) -> None:
        for connection in self._connections.values():
            connection.close()
        if self._cache is not None:
            self._cache.close()

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.clients.client(service)

    @property
    def reachable(self) -> bool:
        """Whether there is a server and a user for it yet; not so in check mode on an empty account."""
        found = postgres.instance(self.clients, f"{self.prefix}-postgres")
        secret = secrets.read(self.client("secretsmanager"), f"{self.prefix}/postgres/{ROLE}")
        return found is not None and "Endpoint" in found and secret is not None

    @cached_property
    def instance(self) -> Mapping[str, Any]:
        """The primary, as DescribeDBInstances tells it."""
        found = postgres.instance(self.clients, f"{self.prefix}-postgres")
        if found is None:
            raise ReconcileError(f"there is no DB instance {self.prefix}-postgres: apply the role rds first")
        return found

    def connection(self, service: str) -> Any:
        """A session in a service's database as the role that may use all of them; kept open."""
        if service not in self._connections:
            host, port = postgres.endpoint(dict(self.instance))
            user = self._user
            made = postgres.connect(
                host, port, user.username, user.password, service.replace("-", "_"), self._ca_bundle,
                application_name=APPLICATION,
            )  # fmt: skip
            made.row_factory = dict_row
            # No limit of time for looking through all tables; nobody else's lock is waited for long.
            made.execute("SET statement_timeout = 0; SET lock_timeout = '30s'; SET search_path = pg_catalog")
            self._connections[service] = made
        return self._connections[service]

    def relational(self, service: str) -> Relational:
        """A person's rows in a service's database."""
        return Relational(self.connection(service), service, self.places)

    def registers(self) -> Any:
        """A session in the database with the registers."""
        return self.connection(REGISTERS)

    def cache(self, service: str) -> Any:
        """Redis as the user of a service."""
        if self._cache is None:
            group = caches.replication_group(self.clients, f"{self.prefix}-redis")
            if group is None:
                raise ReconcileError(
                    f"there is no replication group {self.prefix}-redis: apply the role elasticache first"
                )
            self._cache = Cache(self.clients, group, self.prefix, self._ca_bundle)
        return self._cache.client(service)

    @cached_property
    def search(self) -> opensearch.Api:
        """The domain."""
        found = opensearch.domain(self.clients, f"{self.prefix}-search")
        if found is None or not self._search_role:
            raise ReconcileError(
                f"there is no domain {self.prefix}-search, or no search_role: apply the role opensearch"
            )
        credentials = opensearch.assume(self.clients, self._search_role)
        return opensearch.Api(found, self._region, credentials, self._ca_bundle)

    @cached_property
    def _user(self) -> postgres.Credentials:
        return postgres.credentials(self.clients, f"{self.prefix}/postgres/{ROLE}")


@contextmanager
def translated() -> Iterator[None]:
    """What a store says, without the values that PostgreSQL puts into its details: they may be a person's."""
    try:
        yield
    except psycopg.Error as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        where = getattr(error, "diag", None)
        table = f" ({where.schema_name}.{where.table_name})" if where and where.table_name else ""
        said = where.message_primary if where and where.message_primary else first
        raise ReconcileError(f"PostgreSQL: {type(error).__name__}: {said}{table}") from None
    except LookupError as error:
        raise ReconcileError(str(error)) from error
