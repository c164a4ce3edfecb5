"""What the tests of drills share: a platform with a real database, its pooler and its names, and drills upon it."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import read
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.kit import StoreKit
from ansible_collections.iworkz.platform.plugins.module_utils._drill.task import Task
from ansible_collections.iworkz.platform.plugins.module_utils._stores import pgbouncer, postgres, postgres_scram
from tests.planes.conftest import PlanesSandbox, wait_for

DrillProcess = multiprocessing.process.BaseProcess
ROOT = Path(__file__).resolve().parents[3]
REGION, RECOVERY_REGION = "ap-northeast-1", "ap-northeast-3"
ENVIRONMENT = "drills"
PREFIX = f"iworkz-{ENVIRONMENT}"
TAGS = {"Platform": "iworkz", "Environment": ENVIRONMENT}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
DATABASE, REPLICA = f"{PREFIX}-postgres", f"{PREFIX}-postgres-recovery"
DOMAIN = f"{ENVIRONMENT}.iworkz.internal"
RECORD = f"postgres-canary.{DOMAIN}"
ALARM = f"{PREFIX}-rds-cpu"
PASSWORD = "a-password-of-the-tests"
TENANT = """
CREATE ROLE canary LOGIN PASSWORD '{verifier}';
GRANT pg_monitor TO canary;
"""
STREAMING = """
SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn <= pg_current_wal_lsn()
"""
POOLER = """
[databases]
canary = host={canary} port=5432 dbname=canary pool_size=5
[pgbouncer]
listen_addr = {address}
listen_port = 6432
auth_type = scram-sha-256
auth_file = {inbox}/userlist.txt
admin_users = pgbouncer_admin
client_tls_sslmode = require
client_tls_cert_file = {inbox}/tls/tls.crt
client_tls_key_file = {inbox}/tls/tls.key
server_tls_sslmode = verify-full
server_tls_ca_file = {ca}
pool_mode = transaction
max_client_conn = 100
server_login_retry = 0.1
server_connect_timeout = 3
query_wait_timeout = 60
dns_max_ttl = 1
"""


@dataclass(frozen=True)
class Drilled:
    """A platform that can be drilled, and looked at from behind."""

    sandbox: PlanesSandbox

    @property
    def net(self) -> str:
        return f"127.{self.sandbox.port // 256}.{self.sandbox.port % 256}"

    @cached_property
    def credentials(self) -> postgres.Credentials:
        return postgres.master(Clients(self.sandbox.connection), DATABASE)

    def options(self, directory: Path, **changes: Any) -> dict[str, Any]:
        """Options of the module, small enough for tests."""
        target = {"rto_seconds": 60.0, "rpo_seconds": 0.0}
        given = {
            **self.sandbox.connection,
            "scenario": "database_az",
            "variants": [],
            "repeat": 1,
            "rate": 100.0,
            "resume": False,
            "due": False,
            "steady_seconds": 0.3,
            "settle_seconds": 0.3,
            "confirm": ENVIRONMENT,
            "intervals": {},
            "canary": "canary",
            "platform": {
                "name": "iworkz",
                "environment": ENVIRONMENT,
                "account_id": "123456789012",
                "tags": TAGS,
                "region": REGION,
                "recovery_region": RECOVERY_REGION,
            },
            "reach": {"ca_bundle": self.sandbox.ca, "pooler": {"host": f"{self.net}.4", "port": 6432}},
            "resources": {
                "database": DATABASE,
                "recovery_database": REPLICA,
                "cache": f"{PREFIX}-redis",
                "broker": f"{PREFIX}-mq",
                "domain": DOMAIN,
                "canary_record": RECORD,
            },
            "targets": {
                "zone": target,
                "region": {"rto_seconds": 120.0, "rpo_seconds": 60.0},
                "cache": target,
                "queue": target,
            },
            "limits": {
                "lag_seconds": 20.0,
                "backup_age_minutes": 30.0,
                "unacknowledged_seconds": 40.0,
                "duration_seconds": 120.0,
            },
            "freeze": {"timezone": "Asia/Tokyo", "windows": []},
            "drills_dir": str(directory),
            "scenarios_dir": None,
            "revision": "tests",
            "fail_on": [],
            "language": "en",
        }
        return {**given, **changes}

    def task(self, directory: Path, kit: Any = None, clock: Any = None, **changes: Any) -> Task:
        more = {"clock": clock} if clock else {}
        options = self.options(directory, **changes)
        return Task(options, Clients(self.sandbox.connection), kit=kit, **more)

    def drill(self, directory: Path, **changes: Any) -> dict[str, Any]:
        """What the module answers."""
        return self.task(directory, **changes).run(False)

    def ask(self, question: str, **params: Any) -> dict[str, Any]:
        return self.sandbox.planes.ask("postgres", f"{REGION}/{DATABASE}", question, **params)

    @contextmanager
    def late(self, milliseconds: int) -> Iterator[None]:
        """WAL takes so long to the standby."""
        self.ask("delay", milliseconds=milliseconds)
        try:
            yield
        finally:
            self.ask("delay", milliseconds=0)

    def exists(self, name: str, region: str) -> bool:
        answer = self.sandbox.client("rds", region=region).describe_db_instances()
        return name in [instance["DBInstanceIdentifier"] for instance in answer["DBInstances"]]

    def describe(self, name: str = DATABASE, region: str = REGION) -> dict[str, Any]:
        answer = self.sandbox.client("rds", region=region).describe_db_instances(DBInstanceIdentifier=name)
        return dict(answer["DBInstances"][0])

    def await_in_step(self) -> None:
        """Until the database is as the tests begin with it."""

        def in_step() -> bool:
            found = self.describe()
            whole = found["DBInstanceStatus"] == "available" and "SecondaryAvailabilityZone" in found
            return whole and self.streaming()

        wait_for(in_step, 90, "the standby")

    def streaming(self) -> bool:
        """Whether standby and replica follow the primary."""
        with suppress(psycopg.OperationalError), self.behind("postgres") as connection:
            (count,) = connection.execute(STREAMING).fetchone() or (0,)
            return bool(count >= self.followers)
        return False

    @property
    def followers(self) -> int:
        return 1 + len(self.describe()["ReadReplicaDBInstanceIdentifiers"])

    @contextmanager
    def behind(self, database: str = "canary") -> Iterator[psycopg.Connection[Any]]:
        """As the master user, past the pooler."""
        where = postgres.endpoint(self.describe())
        user = self.credentials
        with postgres.connect(*where, user.username, user.password, database, self.sandbox.ca) as connection:
            yield connection

    def canary_tables(self) -> list[str]:
        with self.behind() as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'drill%'").fetchall()
        return [row[0] for row in rows]

    def paused(self) -> bool:
        with pgbouncer.Admin(f"{self.net}.4", 6432, "pgbouncer_admin", PASSWORD, self.sandbox.ca) as console:
            (row,) = [row for row in console.show("databases") if row["name"] == "canary"]
        return bool(int(row["paused"]) or int(row["disabled"]))

    @property
    def zone(self) -> str:
        found = self.sandbox.client("route53").list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"][0]
        return str(found["Id"])

    def record(self) -> dict[str, Any]:
        found = self.sandbox.client("route53").list_resource_record_sets(
            HostedZoneId=self.zone, StartRecordName=RECORD, StartRecordType="CNAME"
        )
        return dict(found["ResourceRecordSets"][0])

    def point_at(self, address: str | None) -> None:
        """Let the canary's name lead there, or remove it and its zone."""
        client = self.sandbox.client("route53")
        change = (
            {"Action": "DELETE", "ResourceRecordSet": self.record()}
            if address is None
            else {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": RECORD,
                    "Type": "CNAME",
                    "TTL": 5,
                    "ResourceRecords": [{"Value": address}],
                },
            }
        )
        client.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": [change]})
        if address is None:
            client.delete_hosted_zone(Id=self.zone)

    def nothing_is_left(self) -> dict[str, Any]:
        """What a drill might have left, to be compared with NOTHING."""
        alarms = self.sandbox.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
        return {
            "tables": self.canary_tables(),
            "paused": self.paused(),
            "silenced": [alarm["AlarmName"] for alarm in alarms if not alarm["ActionsEnabled"]],
            "repointed": self.record()["ResourceRecords"][0]["Value"] != self.describe()["Endpoint"]["Address"],
            "promoted": self.promoted(),
            "standby": "SecondaryAvailabilityZone" in self.describe(),
        }

    def promoted(self) -> bool:
        """Whether what should be a replica is none any more."""
        there = self.exists(REPLICA, RECOVERY_REGION)
        return there and not self.describe(REPLICA, RECOVERY_REGION).get("ReadReplicaSourceDBInstanceIdentifier")

    @contextmanager
    def pooler_gone(self) -> Iterator[None]:
        """The pooler answers nobody."""
        (node,) = self.sandbox.planes.describe("pgbouncer", "pooler")["nodes"]  # type: ignore[index]
        os.kill(node["pid"], 19)
        try:
            yield
        finally:
            os.kill(node["pid"], 18)

    def start(self, directory: Path, **changes: Any) -> DrillProcess:
        """A drill in a process of its own, that can be killed; it ends with 0 when it has passed."""

        def run() -> None:
            sys.exit(0 if self.drill(directory, **changes)["verdicts"] == ["pass"] else 1)

        process = multiprocessing.get_context("fork").Process(target=run)
        process.start()
        return process


NOTHING = {
    "tables": [],
    "paused": False,
    "silenced": [],
    "repointed": False,
    "promoted": False,
    "standby": True,
}


@dataclass
class CountingKit(StoreKit):
    """Counts what is missing right before canaries are removed: with SQL of its own, past pooler and drill."""

    drilled: Drilled
    counted: list[int] = field(default_factory=list)

    def canary(self, context: Any, store: Any, identifier: str, variant: Any) -> Any:
        canary = super().canary(context, store, identifier, variant)
        remove, kit = canary.remove, self

        def count_and_remove() -> None:
            kit.counted.append(kit.missing(f"acks.{store}.{identifier}", canary.table))
            remove()

        canary.remove = count_and_remove  # type: ignore[method-assign]
        return canary

    def probe(self, store: Any, canary: Any, rate: float, directory: Path, identifier: str) -> Any:
        self.directory = directory
        return super().probe(store, canary, rate, directory, identifier)

    def missing(self, tape: str, table: str) -> int:
        """Rows of an anti-join between what was acknowledged and what is there."""
        lines = (self.directory / tape).read_text().splitlines()
        acknowledged = [(line.split()[1],) for line in lines if line.startswith("A ")]
        with self.drilled.behind() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE acknowledged (seq bigint)")
            cursor.executemany("INSERT INTO acknowledged VALUES (%s)", acknowledged)
            query = f"SELECT count(*) FROM acknowledged a WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.seq = a.seq)"
            (count,) = cursor.execute(query.encode()).fetchone() or (-1,)
        return int(count)


def make(sandbox: PlanesSandbox) -> Drilled:
    """A Multi-AZ database with a replica in the recovery region, the canary's tenant, its pooler and its name."""
    made = Drilled(sandbox)
    rds = sandbox.client("rds")
    common = {"DBInstanceClass": "db.t4g.medium", "Tags": TAG_LIST}
    vpc, groups = {}, {}
    for region in (REGION, RECOVERY_REGION):
        ec2 = sandbox.client("ec2", region=region)
        vpc[region] = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
        zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
        subnets = [
            ec2.create_subnet(VpcId=vpc[region], CidrBlock=f"10.99.{n}.0/24", AvailabilityZone=zone)["Subnet"][
                "SubnetId"
            ]
            for n, zone in enumerate(zones)
        ]
        groups[region] = f"{PREFIX}-{region}"
        sandbox.client("rds", region=region).create_db_subnet_group(
            DBSubnetGroupName=groups[region], DBSubnetGroupDescription="tests", SubnetIds=subnets
        )
    rds.create_db_instance(
        DBInstanceIdentifier=DATABASE,
        Engine="postgres",
        EngineVersion="15",
        AllocatedStorage=20,
        MasterUsername="boss",
        ManageMasterUserPassword=True,
        MultiAZ=True,
        BackupRetentionPeriod=7,
        **{"DBSubnetGroupName": groups[REGION], **common},
    )
    made.await_in_step()
    verifier = postgres_scram.verifier(PASSWORD)
    with made.behind("postgres") as connection:
        connection.execute(TENANT.format(verifier=verifier).encode())
        connection.execute("CREATE DATABASE canary")
    with made.behind() as connection:
        connection.execute("CREATE SCHEMA canary AUTHORIZATION canary")
    for name, user in (("canary", "canary"), ("pgbouncer-admin", "pgbouncer_admin")):
        secret = json.dumps({"username": user, "password": PASSWORD, "verifier": verifier})
        sandbox.client("secretsmanager").create_secret(Name=f"{PREFIX}/postgres/{name}", SecretString=secret)
    _name(made, vpc[REGION])
    _pooler(made, verifier)
    sandbox.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="AWS/RDS",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=5,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        ActionsEnabled=True,
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": DATABASE}],
    )
    made.await_in_step()
    return made


def replicate(made: Drilled) -> None:
    """Make the replica in the recovery region; returns when it is there."""
    client = made.sandbox.client("rds", region=RECOVERY_REGION)
    client.create_db_instance_read_replica(
        DBInstanceIdentifier=REPLICA,
        SourceDBInstanceIdentifier=made.describe()["DBInstanceArn"],
        DBSubnetGroupName=f"{PREFIX}-{RECOVERY_REGION}",
        DBInstanceClass="db.t4g.medium",
        DeletionProtection=True,
        Tags=TAG_LIST,
    )
    wait_for(lambda: made.describe(REPLICA, RECOVERY_REGION)["DBInstanceStatus"] == "available", 120, REPLICA)
    made.await_in_step()


def remove_replica(made: Drilled) -> None:
    _delete(made, REPLICA, RECOVERY_REGION)
    made.await_in_step()


def _delete(made: Drilled, name: str, region: str) -> None:
    client = made.sandbox.client("rds", region=region)
    if made.describe(name, region).get("DeletionProtection"):
        client.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True)
    wait_for(lambda: made.describe(name, region)["DBInstanceStatus"] == "available", 120, name)
    client.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    wait_for(lambda: not made.exists(name, region), 120, f"end of {name}")


def discard(made: Drilled) -> None:
    _delete(made, DATABASE, REGION)
    for region in (REGION, RECOVERY_REGION):
        made.sandbox.client("rds", region=region).delete_db_subnet_group(DBSubnetGroupName=f"{PREFIX}-{region}")
    for name in ("canary", "pgbouncer-admin"):
        made.sandbox.client("secretsmanager").delete_secret(
            SecretId=f"{PREFIX}/postgres/{name}", ForceDeleteWithoutRecovery=True
        )
    made.sandbox.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    made.point_at(None)
    for name in ("pgbouncer.ini", "userlist.txt"):
        with suppress(FileNotFoundError):
            (made.sandbox.state / "planes" / "pooler" / name).unlink()


def scenario_file(directory: Path, name: str, **stages: Any) -> Path:
    """A scenario of the tests' own in a directory beside the shipped ones; step texts are filled in."""
    shipped = yaml.safe_load((ROOT / "roles/dr/files/scenarios/database_az.yml").read_text(encoding="utf-8"))
    document = {**shipped, "name": name, **stages}
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return directory


def step(identifier: str, action: str, seconds: int = 60, **params: str) -> dict[str, Any]:
    text = {"en": identifier, "ja": identifier}
    return {
        "id": identifier,
        "action": action,
        "params": params,
        "what": text,
        "manual": text,
        "timeout_seconds": seconds,
    }


def began(directory: Path) -> list[tuple[str, str]]:
    """(stage, step) of each step that the one drill in a directory has begun."""
    found: list[tuple[str, str]] = []
    for path in (directory / "journal").glob("*/journal.jsonl"):
        with suppress(OSError):
            found += [(e["stage"], e["step"]) for e in read(path.parent) if e["event"] == "began"]
    return found


def only(answer: Mapping[str, Any]) -> dict[str, Any]:
    (drill,) = answer["drills"]
    return dict(drill)


def _name(made: Drilled, vpc: str) -> None:
    made.sandbox.client("route53").create_hosted_zone(
        Name=DOMAIN,
        CallerReference=DOMAIN,
        VPC={"VPCRegion": REGION, "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True, "Comment": "tests"},
    )
    made.point_at(made.describe()["Endpoint"]["Address"])


def _pooler(made: Drilled, verifier: str) -> None:
    inbox = made.sandbox.state / "planes" / "pooler"
    (inbox / "userlist.txt").write_text(f'"canary" "{verifier}"\n"pgbouncer_admin" "{verifier}"\n')
    settings = {"canary": f"{made.net}.3", "address": f"{made.net}.4", "inbox": inbox, "ca": made.sandbox.ca}
    (inbox / "pgbouncer.ini").write_text(POOLER.format(**settings))

    def answers() -> bool:
        with suppress(psycopg.Error):
            return not made.paused()
        return False

    wait_for(answers, 30, "the pooler")
