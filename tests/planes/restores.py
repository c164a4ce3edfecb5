"""What the tests of restore tests share: sources with the platform's tags, and the module's task."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._restore import markers, record
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison
from ansible_collections.iworkz.platform.plugins.module_utils._restore.task import Task
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import connect

REGION, RECOVERY_REGION = "ap-northeast-1", "ap-northeast-3"
ENVIRONMENT = "restores"
PREFIX = f"iworkz-{ENVIRONMENT}"
TAGS = {"Platform": "iworkz", "Environment": ENVIRONMENT}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
DATABASE = f"{PREFIX}-postgres"


@dataclass(frozen=True)
class Restores:
    sandbox: PlanesSandbox

    def task(self, directory: Path, **changes: Any) -> Task:
        given = {
            "stores": ["postgres"],
            "kinds": ["snapshot", "point_in_time", "definitions", "replica"],
            "point_in_time": None,
            "confirm": ENVIRONMENT,
            "due": False,
            "resume": False,
            "platform": {
                "name": "iworkz",
                "environment": ENVIRONMENT,
                "account_id": "123456789012",
                "tags": TAGS,
                "region": REGION,
                "recovery_region": RECOVERY_REGION,
            },
            "freeze": {"timezone": "Asia/Tokyo", "windows": []},
            "drills_dir": str(directory),
            "revision": "tests",
            "fail_on": [],
            "language": "en",
            "ca_bundle": self.sandbox.ca,
            "controllers": ["127.0.0.0/8"],
            "definitions_bucket": "",
            "broker_secret": "",
            "search_role": "",
            "limits": {
                "age_hours": dict.fromkeys(("postgres", "redis", "rabbitmq", "s3", "opensearch"), 1.0),
                "restore_seconds": 60.0,
                "statement_seconds": 30.0,
                "objects": 10,
            },
            "shelf_life_hours": 24.0,
            **changes,
        }
        return Task(given, Clients(self.sandbox.connection))

    def test(self, directory: Path, **changes: Any) -> dict[str, Any]:
        """What the module answers."""
        return self.task(directory, **changes).run(False)

    @property
    def rds(self) -> Any:
        return self.sandbox.client("rds")

    def described(self, name: str = DATABASE) -> dict[str, Any]:
        return dict(self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])

    @contextmanager
    def session(self, database: str = "app", name: str = DATABASE) -> Iterator[psycopg.Connection[Any]]:
        found = self.described(name)
        secrets = self.sandbox.client("secretsmanager")
        secret = secrets.get_secret_value(SecretId=found["MasterUserSecret"]["SecretArn"])
        user = json.loads(secret["SecretString"])
        where = (found["Endpoint"]["Address"], found["Endpoint"]["Port"])
        options = {"user": user["username"], "password": user["password"], "dbname": database}
        with connect(self.sandbox, *where, **options) as connection:
            yield connection

    def mark(self, directory: Path) -> None:
        """Leave a marker, as a test of a point in time does."""
        with self.session() as connection:
            marker = markers.plant(connection)
        now = datetime.now(UTC)
        heading = record.Heading(
            id="marking", test="marking", store="postgres", kind="point_in_time", source=DATABASE, copy=None,
            environment=ENVIRONMENT, account="123456789012", region=REGION, revision="tests", caller="tests",
            started_at=now.isoformat(),
        )  # fmt: skip
        outcome = record.Outcome(None, "pass", (), Comparison(marker=marker.document()))
        record.save(record.compose(heading, outcome, now, 1.0), directory / record.DIRECTORY)
        time.sleep(max(0.0, (marker.at - datetime.now(UTC)).total_seconds()) + 0.001)

    def snapshot(self, name: str) -> Path:
        """Take one; the directory of its files."""
        self.rds.create_db_snapshot(DBInstanceIdentifier=DATABASE, DBSnapshotIdentifier=name)
        found = self.rds.describe_db_snapshots
        wait_for(lambda: found(DBSnapshotIdentifier=name)["DBSnapshots"][0]["Status"] == "available", what=name)
        return self.sandbox.settings.planes_directory / "data" / f"postgres_snapshot-{REGION}-{name}" / "data"

    def forget(self, name: str) -> None:
        self.rds.delete_db_snapshot(DBSnapshotIdentifier=name)
        wait_for(lambda: self.sandbox.planes.describe("postgres_snapshot", f"{REGION}/{name}") is None, what=name)

    def left(self) -> list[str]:
        """What tests have made and is still there."""
        instances = [one["DBInstanceIdentifier"] for one in self.rds.describe_db_instances()["DBInstances"]]
        groups = [one["GroupName"] for one in self.sandbox.client("ec2").describe_security_groups()["SecurityGroups"]]
        return [name for name in instances + groups if "restore-test" in name]


def make_database(sandbox: PlanesSandbox) -> Restores:
    made = Restores(sandbox)
    ec2, rds = sandbox.client("ec2"), made.rds
    vpc = ec2.create_vpc(CidrBlock="10.87.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.87.{at}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for at, zone in enumerate("ac")
    ]
    rds.create_db_subnet_group(
        DBSubnetGroupName=PREFIX, DBSubnetGroupDescription="d", SubnetIds=[one["SubnetId"] for one in subnets]
    )
    rds.create_db_instance(
        DBInstanceIdentifier=DATABASE,
        Engine="postgres",
        EngineVersion="17",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="boss",
        ManageMasterUserPassword=True,
        DBSubnetGroupName=PREFIX,
        DBName="app",
        BackupRetentionPeriod=7,
        Tags=TAG_LIST,
    )
    wait_for(lambda: made.described()["DBInstanceStatus"] == "available", what=DATABASE)
    return made


def discard(made: Restores) -> None:
    made.rds.delete_db_instance(DBInstanceIdentifier=DATABASE, SkipFinalSnapshot=True)
    made.rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier=DATABASE, WaiterConfig={"Delay": 1})
    made.rds.delete_db_subnet_group(DBSubnetGroupName=PREFIX)


def ids(answer: dict[str, Any]) -> list[str]:
    return [reason["id"] for reason in answer["reasons"]]


def unit(record: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in record["units"] if each["name"] == name]
    return dict(found)
