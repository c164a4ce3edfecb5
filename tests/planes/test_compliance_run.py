"""A run of the compliance engine on a real primary and replica, as the role of the engine and with no more rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import records
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import run as runs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import SourceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import configure, options
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.databases import MASTER, Database, discard, make
from tests.planes.test_compliance_engine import pack_files
from tests.unit.compliance import packs

PREFIX = "judged"
NAME, REPLICA = f"{PREFIX}-postgres", f"{PREFIX}-postgres-replica-1"
KEY, BUCKET = f"alias/{PREFIX}-compliance", f"{PREFIX}-evidence-123456789012"
OWNER, USER = f"{PREFIX}/postgres/compliance-migrate", f"{PREFIX}/postgres/compliance_engine"
DATABASE, MIGRATIONS, ENGINE = "compliance", "compliance_migrate", "compliance_engine"


@pytest.fixture(scope="module")
def database(planes_sandbox: PlanesSandbox) -> Iterator[Database]:
    made = make(planes_sandbox, NAME)
    client = planes_sandbox.client
    client("rds").create_db_instance_read_replica(DBInstanceIdentifier=REPLICA, SourceDBInstanceIdentifier=NAME)
    key = client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName=KEY, TargetKeyId=key)
    client("s3").create_bucket(
        Bucket=BUCKET,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"},
    )
    client("sns").create_topic(Name=f"{PREFIX}-compliance")
    follower = Database(planes_sandbox, REPLICA)
    wait_for(lambda: follower.describe()["DBInstanceStatus"] == "available", what=REPLICA)
    yield made
    discard(follower)
    discard(made)


@pytest.fixture
def settings(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The engine as its role leaves it, with one employer and one month of 110 hours."""
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)
    made = database.run(
        roles=[
            {"name": MIGRATIONS, "login": True, "secret": OWNER},
            {"name": ENGINE, "login": True, "secret": USER, "settings": {"lock_timeout": "5s"}},
        ],
        databases=[
            {"name": DATABASE, "owner": MIGRATIONS, "schemas": [{"name": DATABASE}, {"name": "employment"}]},
        ],
        grants=[
            {"database": DATABASE, "schema": DATABASE, "role": ENGINE, "access": "write"},
            {"database": DATABASE, "schema": "employment", "role": ENGINE, "access": "read"},
        ],
    )
    assert made["failed_resources"] == {}
    with database.session(DATABASE, MIGRATIONS, database.secret(OWNER)["password"]) as connection:
        connection.execute("DROP TABLE IF EXISTS employment.employers, employment.months")
        connection.execute("CREATE TABLE employment.employers AS SELECT 'E1' AS employer_id, 'large' AS size_class")
        columns = "worker_id text, employer_id text, month date, overtime_min int"
        connection.execute(f"CREATE TABLE employment.months ({columns})")
    add(database, "W1")
    registry = {
        "instance": NAME,
        "secret": OWNER,
        "ca_bundle": database.sandbox.ca,
        "bucket": BUCKET,
        "signing_key": KEY,
        "pack": str(packs.write(tmp_path / "pack", pack_files())),
        "recipients": [{"name": "operations", "kind": "sns", "address": f"{PREFIX}-compliance"}],
    }
    validated = ArgumentSpecValidator(options.SPEC).validate(registry)
    configure.run({**validated.validated_parameters, **database.sandbox.connection}, False)
    return Settings(PREFIX, ca_bundle=database.sandbox.ca)


def add(database: Database, worker: str) -> None:
    with database.session(DATABASE, MIGRATIONS, database.secret(OWNER)["password"]) as connection:
        connection.execute("INSERT INTO employment.months VALUES (%s, 'E1', %s, 6600)", (worker, date(2026, 6, 1)))


def test_records_come_from_the_replica_and_none_is_missing(database: Database, settings: Settings) -> None:
    clients = Clients(database.sandbox.connection)
    for number in range(1, 4):
        ran = runs.run(clients, settings)
        assert ran.evaluated.snapshot.taken_from["replica"] is True
        assert ran.evaluated.found["cases"]["violation"] == number
        assert (len(ran.merged.new), ran.told.messages) == (1, 1)
        add(database, f"P{number}")
    assert not runs.run(clients, replace(settings, rules=("CAP",)), check=True).merged.resolved


def test_a_replica_that_is_far_behind_is_not_read(database: Database, settings: Settings) -> None:
    user = database.secret(USER)
    with (
        Database(database.sandbox, REPLICA).session(DATABASE, ENGINE, user["password"]) as connection,
        pytest.raises(SourceError, match=r"is more than 0\.2 s behind the primary"),
    ):
        records.await_replay(connection, "FFFFFFFF/0", 0.2)
