"""What the tests of roles and pools inside PostgreSQL share: an instance made over the API, and who logs in to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, postgres_config
from tests.planes.conftest import PlanesSandbox, wait_for

REGION = "ap-northeast-1"
TAGS = {"Platform": "iworkz", "Environment": "sandbox"}
# As little as the master user of RDS may, unlike that of the sandbox.
MASTER = postgres.Credentials("like_rds", "a-password-of-the-tests")


@dataclass(frozen=True)
class Database:
    """An instance of RDS with a real server behind it."""

    sandbox: PlanesSandbox
    name: str

    def describe(self) -> dict[str, Any]:
        return dict(self.sandbox.client("rds").describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0])

    def run(self, check_mode: bool = False, **declared: Any) -> dict[str, Any]:
        """What the module postgres_config does."""
        options = {"instance": self.name, "ca_bundle": self.sandbox.ca, "tags": TAGS, **declared}
        validated = ArgumentSpecValidator(postgres_config.SPEC).validate(options)
        assert not validated.error_messages
        return postgres_config.run({**validated.validated_parameters, **self.sandbox.connection}, check_mode)

    def secret(self, name: str) -> dict[str, str]:
        client = self.sandbox.client("secretsmanager")
        return dict(json.loads(client.get_secret_value(SecretId=name)["SecretString"]))

    @contextmanager
    def session(self, database: str, user: str, password: str) -> Iterator[psycopg.Connection[Any]]:
        where = postgres.endpoint(self.describe())
        with postgres.connect(*where, user, password, database, self.sandbox.ca) as connection:
            yield connection

    @contextmanager
    def by_hand(self, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        """As the instance's own master user."""
        secret = self.secret(self.describe()["MasterUserSecret"]["SecretArn"])
        with self.session(database, secret["username"], secret["password"]) as connection:
            yield connection


def make(sandbox: PlanesSandbox, name: str, tags: dict[str, str] = TAGS) -> Database:
    made = Database(sandbox, name)
    sandbox.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        EngineVersion="15",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="boss",
        ManageMasterUserPassword=True,
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    wait_for(lambda: made.describe()["DBInstanceStatus"] == "available", what=name)
    with made.by_hand() as connection:
        connection.execute(
            f"CREATE ROLE {MASTER.username} LOGIN CREATEROLE CREATEDB PASSWORD '{MASTER.password}'"
            " IN ROLE pg_monitor, rds_superuser".encode()
        )
    return made


def discard(made: Database) -> None:
    made.sandbox.client("rds").delete_db_instance(DBInstanceIdentifier=made.name, SkipFinalSnapshot=True)
