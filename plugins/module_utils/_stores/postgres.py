# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL on RDS: which instances there are, who their master is, and verified connections to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import secrets

with suppress(ImportError):  # connect() says so
    import psycopg

CONNECT_SECONDS = 10

Instance = dict[str, Any]


@dataclass(frozen=True)
class Credentials:
    """A user's name and password, as a secret holds them."""

    username: str
    password: str = field(repr=False)


def instances(clients: Any, owns: Callable[[Mapping[str, str]], bool]) -> list[Instance]:
    """The PostgreSQL instances, replicas included, whose tags ``owns`` accepts (rds:DescribeDBInstances)."""
    pages = clients.client("rds").get_paginator("describe_db_instances").paginate()
    found = [instance for page in pages for instance in page["DBInstances"]]
    return [one for one in found if one["Engine"] == "postgres" and owns(from_list(one.get("TagList")))]


def instance(clients: Any, identifier: str, region: str | None = None) -> Instance | None:
    """The instance of this name, None when there is none (rds:DescribeDBInstances)."""
    read = clients.client("rds", region).describe_db_instances
    found = answered(read, "DBInstanceNotFound", "DBInstanceNotFoundFault", DBInstanceIdentifier=identifier)
    return found and dict(found["DBInstances"][0])


def endpoint(instance: Instance) -> tuple[str, int]:
    """Host and port of an instance. Raises ReconcileError while it has none: it is being created."""
    if "Endpoint" not in instance:
        name, status = instance["DBInstanceIdentifier"], instance["DBInstanceStatus"]
        raise ReconcileError(f"{name} has no endpoint yet (it is {status}): wait until it is available")
    return instance["Endpoint"]["Address"], instance["Endpoint"]["Port"]


def master(clients: Any, identifier: str) -> Credentials:
    """The master user of an instance, from the secret that RDS keeps for it (secretsmanager:GetSecretValue)."""
    found = instance(clients, identifier)
    if found is None:
        raise ReconcileError(f"there is no DB instance {identifier}")
    return master_of(clients, found)


def master_of(clients: Any, instance: Instance) -> Credentials:
    """As ``master``, of a described instance."""
    if "MasterUserSecret" not in instance:
        name = instance["DBInstanceIdentifier"]
        raise ReconcileError(f"RDS keeps no secret for {name}: declare manage_master_user_password for it")
    return credentials(clients, instance["MasterUserSecret"]["SecretArn"])


def credentials(clients: Any, secret: str) -> Credentials:
    """The user that the secret of this name or ARN holds. Raises ReconcileError when there is no such secret."""
    found = secrets.read(clients.client("secretsmanager"), secret)
    if found is None:
        raise ReconcileError(f"there is no secret {secret}: apply the role that makes it")
    return Credentials(found["username"], found["password"])


def parameters(
    host: str,
    port: int,
    user: str,
    password: str,
    database: str,
    ca_bundle: str | None,
    *,
    application_name: str = "iworkz.platform",
    connect_timeout: int = CONNECT_SECONDS,
) -> dict[str, Any]:
    """Connection parameters: the server's certificate and name are verified against ``ca_bundle``, a PEM file, or
    against the system's authorities; nothing is prepared on the server, which a pooler in transaction mode forgets."""
    return {
        "host": host,
        "port": port,
        "user": user,
        "password": password,
        "dbname": database,
        "sslmode": "verify-full",
        "sslrootcert": ca_bundle or "system",
        "application_name": application_name,
        "connect_timeout": connect_timeout,
        "prepare_threshold": None,
    }


def connect(
    host: str,
    port: int,
    user: str,
    password: str,
    database: str,
    ca_bundle: str | None,
    *,
    autocommit: bool = True,
    application_name: str = "iworkz.platform",
    connect_timeout: int = CONNECT_SECONDS,
) -> psycopg.Connection[Any]:
    """A connection (see ``parameters``). Raises psycopg.OperationalError, and ReconcileError without psycopg."""
    require()
    given = parameters(
        host,
        port,
        user,
        password,
        database,
        ca_bundle,
        application_name=application_name,
        connect_timeout=connect_timeout,
    )
    return psycopg.connect(**given, autocommit=autocommit)


def require(libpq: int = 0) -> None:
    """Raise ReconcileError when psycopg, or this version of libpq beneath it, is not there."""
    if "psycopg" not in globals() or psycopg.pq.version() < libpq:
        raise ReconcileError("psycopg[binary] 3.3 or newer is missing: pip install -r requirements.txt")
