"""RDS calls act on real servers, and describe calls tell where they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import connect
from tests.sandbox.support import code_of

FAR = "ap-northeast-3"


def make_network(sandbox: PlanesSandbox, region: str, net: str) -> Any:
    """A subnet group `planes` over two zones; the client of RDS in that region."""
    ec2, rds = sandbox.client("ec2", region=region), sandbox.client("rds", region=region)
    vpc = ec2.create_vpc(CidrBlock=f"{net}.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{net}.{i}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for i, zone in enumerate(zones)
    ]
    rds.create_db_subnet_group(DBSubnetGroupName="planes", DBSubnetGroupDescription="d", SubnetIds=subnets)
    return rds


def settled(rds: Any, name: str = "bound", state: str = "available") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return dict(found) if found["DBInstanceStatus"] in ("available", "failed") else None

    found: dict[str, Any] = wait_for(look, 90, name)
    assert found["DBInstanceStatus"] == state
    return found


def protected(rds: Any, name: str = "bound") -> dict[str, Any]:
    """Once its standby is in sync."""
    return dict(
        wait_for(lambda: (found := settled(rds, name)).get("SecondaryAvailabilityZone") and found, 40, "standby")
    )


@pytest.fixture(scope="module")
def regions(planes_sandbox: PlanesSandbox) -> Iterator[tuple[Any, Any]]:
    """RDS in both regions, with the Multi-AZ instance `bound` in the first."""
    near, far = make_network(planes_sandbox, "ap-northeast-1", "10.81"), make_network(planes_sandbox, FAR, "10.83")
    near.create_db_parameter_group(DBParameterGroupName="planes", DBParameterGroupFamily="postgres17", Description="d")
    set_parameters(near, max_connections="80")
    near.create_db_instance(
        DBInstanceIdentifier="bound", Engine="postgres", EngineVersion="17", DBInstanceClass="db.m7g.large",
        AllocatedStorage=20, MasterUsername="chief", ManageMasterUserPassword=True, DBSubnetGroupName="planes",
        DBParameterGroupName="planes", MultiAZ=True, DBName="app", BackupRetentionPeriod=7,
    )  # fmt: skip
    protected(near)
    yield near, far
    for rds in (far, near):
        for instance in rds.describe_db_instances()["DBInstances"]:
            rds.delete_db_instance(DBInstanceIdentifier=instance["DBInstanceIdentifier"], SkipFinalSnapshot=True)
        wait_for(lambda rds=rds: not rds.describe_db_instances()["DBInstances"], 60, "deletion")
    assert planes_sandbox.planes.describe_all("postgres") == {}


@pytest.fixture
def rds(regions: tuple[Any, Any]) -> Any:
    protected(regions[0])
    return regions[0]


@pytest.fixture
def session(planes_sandbox: PlanesSandbox, rds: Any) -> Callable[..., psycopg.Connection[Any]]:
    """Connects to a described instance as the master user, with the password of its secret."""

    def open_session(instance: dict[str, Any] | None = None, **options: Any) -> psycopg.Connection[Any]:
        bound = settled(rds)
        secret = planes_sandbox.client("secretsmanager").get_secret_value(
            SecretId=bound["MasterUserSecret"]["SecretArn"]
        )
        known = json.loads(secret["SecretString"])
        endpoint = (instance or bound)["Endpoint"]
        wanted = {"user": known["username"], "password": known["password"], **options}
        return connect(planes_sandbox, endpoint["Address"], endpoint["Port"], **wanted)

    return open_session


def set_parameters(rds: Any, **values: str) -> None:
    static = {"max_connections"}
    rds.modify_db_parameter_group(
        DBParameterGroupName="planes",
        Parameters=[
            {
                "ParameterName": name,
                "ParameterValue": value,
                "ApplyMethod": "pending-reboot" if name in static else "immediate",
            }
            for name, value in values.items()
        ],
    )


def test_the_secret_has_the_password_and_the_endpoint_is_real(rds, session):
    with session() as connection:
        assert connection.execute("SELECT current_user, current_setting('max_connections')").fetchone() == (
            "chief", "80",
        )  # fmt: skip
    assert settled(rds)["Endpoint"]["Port"] == 5432


def test_a_forced_failover_swaps_the_zones_and_needs_a_standby_in_sync(rds, session):
    before = protected(rds)
    rds.reboot_db_instance(DBInstanceIdentifier="bound", ForceFailover=True)
    again = {"DBInstanceIdentifier": "bound", "ForceFailover": True}
    assert code_of(lambda: rds.reboot_db_instance(**again)) == "InvalidDBInstanceState"
    after = settled(rds)
    assert after["AvailabilityZone"] == before["SecondaryAvailabilityZone"]
    assert after["Endpoint"] == before["Endpoint"]
    with session() as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    assert protected(rds)["SecondaryAvailabilityZone"] == before["AvailabilityZone"]
    events = rds.describe_events(SourceType="db-instance", SourceIdentifier="bound", EventCategories=["failover"])
    assert [event["Message"] for event in events["Events"]][-2:] == [
        "Multi-AZ instance failover started", "Multi-AZ instance failover completed",
    ]  # fmt: skip


def test_a_standby_that_is_away_can_not_be_failed_over_to(rds, planes_sandbox):
    planes_sandbox.planes.ask("postgres", "ap-northeast-1/bound", "stop_standby")
    try:
        wait_for(lambda: "SecondaryAvailabilityZone" not in settled(rds), 20, "loss")
        wanted = {"DBInstanceIdentifier": "bound", "ForceFailover": True}
        assert code_of(lambda: rds.reboot_db_instance(**wanted)) == "InvalidDBInstanceState"
    finally:
        planes_sandbox.planes.ask("postgres", "ap-northeast-1/bound", "start_standby")


def test_parameters_reach_the_server(rds, session):
    set_parameters(rds, log_min_duration_statement="777", max_connections="90")

    def shown(name: str) -> str:
        with session() as connection:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        assert row is not None
        return str(row[0])

    wait_for(lambda: shown("log_min_duration_statement") == "777ms", 5)
    assert shown("max_connections") == "80"
    assert settled(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"
    rds.reboot_db_instance(DBInstanceIdentifier="bound")
    assert settled(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    assert shown("max_connections") == "90"


def test_a_rotated_password_is_the_servers_too(rds, session, planes_sandbox):
    arn = settled(rds)["MasterUserSecret"]["SecretArn"]
    secrets = planes_sandbox.client("secretsmanager")
    old = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"]
    rds.modify_db_instance(DBInstanceIdentifier="bound", RotateMasterUserPassword=True, ApplyImmediately=True)
    settled(rds)
    with session() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        session(password=old)


def test_a_replica_in_another_region_is_promoted(rds, regions, session):
    far = regions[1]
    with session() as connection:
        connection.execute("CREATE TABLE travels (i int)")
    arn = settled(rds)["DBInstanceArn"]
    far.create_db_instance_read_replica(
        DBInstanceIdentifier="away", SourceDBInstanceIdentifier=arn, DBSubnetGroupName="planes"
    )
    replica = settled(far, "away")
    assert replica["StatusInfos"] == [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == arn
    assert replica["AvailabilityZone"].startswith(FAR)
    assert settled(rds)["ReadReplicaDBInstanceIdentifiers"] == [replica["DBInstanceArn"]]
    assert replica["Endpoint"]["Address"] != settled(rds)["Endpoint"]["Address"]
    far.promote_read_replica(DBInstanceIdentifier="away", BackupRetentionPeriod=7)
    promoted = settled(far, "away")
    assert promoted["Endpoint"] == replica["Endpoint"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert settled(rds)["ReadReplicaDBInstanceIdentifiers"] == []
    with session(promoted) as connection:
        connection.execute("INSERT INTO travels VALUES (1)")


def test_a_snapshot_is_restored(rds, session):
    with session() as connection:
        connection.execute("CREATE TABLE photographed AS SELECT 1 AS i")
    rds.create_db_snapshot(DBInstanceIdentifier="bound", DBSnapshotIdentifier="picture")
    early = {"DBInstanceIdentifier": "early", "DBSnapshotIdentifier": "picture", "DBSubnetGroupName": "planes"}
    assert code_of(lambda: rds.restore_db_instance_from_db_snapshot(**early)) == "InvalidDBSnapshotState"
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="picture", WaiterConfig={"Delay": 1})
    with session() as connection:
        connection.execute("DROP TABLE photographed")
    wanted = {**early, "DBInstanceIdentifier": "developed"}
    assert rds.restore_db_instance_from_db_snapshot(**wanted)["DBInstance"]["DBInstanceStatus"] == "creating"
    restored = settled(rds, "developed")
    assert restored["MultiAZ"] is False
    with session(restored) as connection:
        assert connection.execute("SELECT i FROM photographed").fetchone() == (1,)
    rds.delete_db_instance(DBInstanceIdentifier="developed", FinalDBSnapshotIdentifier="last")
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="developed", WaiterConfig={"Delay": 1})
    for name in ("picture", "last"):
        assert rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]["Status"] == "available"
        rds.delete_db_snapshot(DBSnapshotIdentifier=name)


def test_a_failed_promotion_shows(rds, planes_sandbox):
    planes_sandbox.planes.ask("postgres", "ap-northeast-1/bound", "fail_promotion")
    rds.reboot_db_instance(DBInstanceIdentifier="bound", ForceFailover=True)
    settled(rds, state="failed")
    planes_sandbox.planes.act("postgres", "ap-northeast-1/bound", "recover")
    wait_for(lambda: planes_sandbox.planes.settled("postgres", "ap-northeast-1/bound"))
    protected(rds)
