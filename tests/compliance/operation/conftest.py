"""Runs of the engine: a PostgreSQL server, an emulated account, and a pack of one rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import run as runs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import migrate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import Settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from tests.compliance.postgres import server
from tests.integration.conftest import Account, _account, account  # noqa: F401
from tests.planes.conftest import wait_for
from tests.unit.compliance import packs as small

PREFIX = "iworkz-sandbox"
BUCKET = f"{PREFIX}-evidence-123456789012"
KEY = f"alias/{PREFIX}-compliance"
TOPIC = f"arn:aws:sns:ap-northeast-1:123456789012:{PREFIX}-compliance"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
JUNE = date(2026, 6, 1)
# Minutes of overtime in June: a violation, a warning, an unknown and an ok.
MONTHS = {"W1": 5430, "W2": 4500, "W3": None, "W4": 60}


@pytest.fixture(scope="session")
def conninfo() -> Iterator[str]:
    with server() as found:
        with psycopg.connect(found, autocommit=True) as connection:
            connection.execute("CREATE ROLE compliance_engine LOGIN")
            connection.execute("CREATE DATABASE compliance")
        yield found.replace("dbname=postgres", "dbname=compliance")


@dataclass
class Engine:
    """The engine of an account whose database is a server of the tests."""

    account: Account
    conninfo: str
    settings: Settings
    now: datetime = NOW
    inbox: list[dict[str, Any]] = field(default_factory=list)

    def run(self, check: bool = False, **changes: Any) -> runs.Ran:
        given = replace(self.settings, **changes)
        return runs.run(Clients(self.account.connection), given, check=check, clock=lambda: self.now)

    def sql(self, statement: str, *params: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.conninfo, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), params or None)
            return cursor.fetchall() if cursor.description else []

    def work(self, worker: str, minutes: int | None, month: date = JUNE) -> None:
        """Make a worker's month so."""
        self.sql("DELETE FROM employment.months WHERE worker_id = %s AND month = %s", worker, month)
        self.sql("INSERT INTO employment.months VALUES (%s, 'E1', %s, %s, 'general')", worker, month, minutes)

    def findings(self) -> dict[str, dict[str, Any]]:
        """By worker."""
        return {
            row["key"]["worker_id"]: row for row in self.sql("SELECT * FROM compliance.findings WHERE rule = 'CAP'")
        }

    def register(self, root: Path) -> packs.Pack:
        """Publish the pack of a directory, and make it the active one."""
        pack = packs.load(root)
        signer = KmsKey(self.account.client("kms"), KEY)
        row = Shelf(self.account.client("s3"), BUCKET, signer.public_key).publish(root, pack, {}, signer)
        self.sql("UPDATE compliance.packs SET active = false")
        self.sql(
            "INSERT INTO compliance.packs (id, version, hash, artefact_key, artefact_version_id, signature_key_id,"
            " tests, active) VALUES (%s, %s, %s, %s, %s, %s, %s, true)",
            *(row[name] for name in ("id", "version", "hash", "artefact_key", "artefact_version_id")),
            row["signature_key_id"],
            Jsonb(row["tests"]),
        )
        return pack

    def listen(self, language: str = "en", severities: tuple[str, ...] = ("critical", "high")) -> str:
        """Subscribe a queue as a recipient is subscribed; return its URL."""
        sqs = self.account.client("sqs")
        url = str(sqs.create_queue(QueueName=f"inbox-{language}-{severities[-1]}")["QueueUrl"])
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"severity": list(severities), "language": [language], "canary": [{"exists": False}]}
        self.account.client("sns").subscribe(
            TopicArn=TOPIC,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"FilterPolicy": json.dumps(policy), "RawMessageDelivery": "true"},
        )
        return url

    def recipient(self, name: str, severity: str = "high", language: str = "en", **more: Any) -> None:
        given = {"kind": "email", "address": f"{name}@iworkz.jp", **more}
        self.sql(
            "INSERT INTO compliance.recipients (name, kind, address, min_severity, language)"
            " VALUES (%s, %s, %s, %s, %s)",
            name, given["kind"], given["address"], severity, language,
        )  # fmt: skip

    def received(self, url: str) -> list[dict[str, Any]]:
        """The messages that came meanwhile, and no more: {body, and the attributes}."""
        sqs = self.account.client("sqs")
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
                attributes = {name: each["StringValue"] for name, each in one["MessageAttributes"].items()}
                found.append({"body": one["Body"], **attributes})
        return found

    def objects(self, prefix: str = "compliance/evaluations/") -> list[str]:
        found = self.account.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found]


@pytest.fixture
def engine(
    account: Account,  # noqa: F811
    conninfo: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Engine:
    """One whose pack is active, whose records are MONTHS, and whom nobody listens to."""
    made = Engine(account, conninfo, Settings(PREFIX, read_primary=True, directory=str(tmp_path / "scratch")))
    _platform(account)
    made.sql("DROP SCHEMA IF EXISTS compliance, employment CASCADE")
    made.sql("CREATE SCHEMA compliance AUTHORIZATION compliance_engine")
    made.sql("CREATE SCHEMA employment")
    made.sql("GRANT USAGE ON SCHEMA employment TO compliance_engine")
    made.sql("CREATE TABLE employment.employers AS SELECT 'E1' AS employer_id, 'large' AS size_class")
    made.sql(
        "CREATE TABLE employment.months (worker_id text, employer_id text, month date, overtime_min int, sector text)"
    )
    made.sql("GRANT SELECT ON ALL TABLES IN SCHEMA employment TO compliance_engine")

    def connect(_host: str, _port: int, user: str, _password: str, *_rest: Any, **_more: Any) -> Any:
        return psycopg.connect(conninfo, user=user, autocommit=True)

    monkeypatch.setattr(postgres, "connect", connect)
    with psycopg.connect(conninfo, user="compliance_engine", autocommit=True, row_factory=dict_row) as connection:
        registry = Registry(connection, "arn:aws:iam::123456789012:role/tests")
        with registry.transaction():
            migrate.apply(registry, migrate.pending(registry))
    for worker, minutes in MONTHS.items():
        made.work(worker, minutes)
    made.register(small.write(tmp_path / "pack", small.FILES))
    return made


def _platform(account: Account) -> None:  # noqa: F811
    kms, rds = account.client("kms"), account.client("rds")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=KEY, TargetKeyId=key)
    account.client("s3").create_bucket(
        Bucket=BUCKET,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"},
    )
    account.client("secretsmanager").create_secret(
        Name=f"{PREFIX}/postgres/compliance_engine",
        SecretString=json.dumps({"username": "compliance_engine", "password": "unused", "verifier": "unused"}),
    )
    account.client("sns").create_topic(Name=f"{PREFIX}-compliance")
    rds.create_db_instance(
        DBInstanceIdentifier=f"{PREFIX}-postgres",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="boss",
        MasterUserPassword="unused-by-the-tests",
    )
    wait_for(
        lambda: "Endpoint" in rds.describe_db_instances(DBInstanceIdentifier=f"{PREFIX}-postgres")["DBInstances"][0]
    )
