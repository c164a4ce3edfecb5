"""RDS as AWS answers: groups, parameters, instances in transition, replicas, modifications that wait."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.support import code_of


@pytest.fixture
def rds(local, clock) -> Iterator[Any]:
    ec2, client = local.client("ec2"), local.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{i}.0/24", AvailabilityZone=f"ap-northeast-{zone}")["Subnet"]
        for i, zone in enumerate(("1a", "1c"))
    ]
    client.create_db_subnet_group(
        DBSubnetGroupName="data", DBSubnetGroupDescription="d", SubnetIds=[s["SubnetId"] for s in subnets]
    )
    client.create_db_parameter_group(DBParameterGroupName="pg", DBParameterGroupFamily="postgres17", Description="d")
    return client


def create(rds, name="db", **changes: Any) -> None:
    rds.create_db_instance(
        **{
            "DBInstanceIdentifier": name,
            "Engine": "postgres",
            "EngineVersion": "17",
            "DBInstanceClass": "db.m7g.large",
            "AllocatedStorage": 20,
            "StorageType": "gp3",
            "MasterUsername": "admin_user",
            "ManageMasterUserPassword": True,
            "DBSubnetGroupName": "data",
            "DBParameterGroupName": "pg",
            "MultiAZ": True,
            **changes,
        }
    )


def settled(rds, name="db") -> dict[str, Any]:
    for _ in range(500):
        instance = look(rds, name)
        if instance["DBInstanceStatus"] == "available":
            return instance
        time.sleep(0.02)
    raise AssertionError(f"{name} stays {instance['DBInstanceStatus']}")


def look(rds, name="db") -> dict[str, Any]:
    (instance,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return dict(instance)


def set_parameter(rds, name: str, value: str, method: str = "immediate") -> None:
    rds.modify_db_parameter_group(
        DBParameterGroupName="pg",
        Parameters=[{"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}],
    )


def test_an_instance_is_creating_without_an_endpoint_and_then_complete(rds):
    create(rds, EnablePerformanceInsights=True, PerformanceInsightsRetentionPeriod=7)
    new = look(rds)
    assert new["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in new
    done = settled(rds)
    assert done["EngineVersion"] == "17.6"
    assert (done["AvailabilityZone"], done["SecondaryAvailabilityZone"]) == ("ap-northeast-1a", "ap-northeast-1c")
    assert (done["Iops"], done["StorageThroughput"]) == (3000, 125)
    assert done["PerformanceInsightsEnabled"] is True
    assert done["PerformanceInsightsRetentionPeriod"] == 7
    assert done["DBParameterGroups"] == [{"DBParameterGroupName": "pg", "ParameterApplyStatus": "in-sync"}]
    assert done["MasterUserSecret"]["SecretArn"]
    assert done["LatestRestorableTime"] >= done["InstanceCreateTime"]
    assert done["DbiResourceId"].startswith("db-")
    assert done["PendingModifiedValues"] == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"EngineVersion": "99"}, "InvalidParameterCombination"),
        ({"MasterUserPassword": "a-password"}, "InvalidParameterCombination"),
        ({"AvailabilityZone": "ap-northeast-1a"}, "InvalidParameterCombination"),
        ({"PerformanceInsightsRetentionPeriod": 8}, "InvalidParameterValue"),
        ({"DBParameterGroupName": "missing"}, "DBParameterGroupNotFound"),
        ({"DBSubnetGroupName": "missing"}, "DBSubnetGroupNotFoundFault"),
        ({"MonitoringInterval": 60}, "InvalidParameterCombination"),
    ],
)
def test_what_aws_refuses_to_create(rds, changes, code):
    assert code_of(lambda: create(rds, **changes)) == code


def test_modifications_at_once_those_that_wait_and_those_that_take_a_moment(rds):
    create(rds)
    settled(rds)
    rds.modify_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.m7g.xlarge", DBPortNumber=5433)
    later = settled(rds)
    assert later["DBInstanceClass"] == "db.m7g.large"
    assert later["Endpoint"]["Port"] == 5433
    assert later["PendingModifiedValues"] == {"DBInstanceClass": "db.m7g.xlarge"}
    rds.modify_db_instance(DBInstanceIdentifier="db", MultiAZ=False, ApplyImmediately=True)
    now = look(rds)
    assert now["DBInstanceStatus"] == "modifying"
    assert now["PendingModifiedValues"] == {"DBInstanceClass": "db.m7g.xlarge", "MultiAZ": False}
    done = settled(rds)
    assert (done["DBInstanceClass"], done["MultiAZ"], done["PendingModifiedValues"]) == ("db.m7g.xlarge", False, {})
    assert "SecondaryAvailabilityZone" not in done


def test_storage_is_optimised_and_never_shrinks(rds):
    create(rds)
    settled(rds)
    rds.modify_db_instance(DBInstanceIdentifier="db", AllocatedStorage=40, ApplyImmediately=True)
    states = set()
    while (state := look(rds)["DBInstanceStatus"]) != "available":
        states.add(state)
        time.sleep(0.1)
    assert states == {"modifying", "storage-optimization"}
    shrink = {"DBInstanceIdentifier": "db", "AllocatedStorage": 20}
    assert code_of(lambda: rds.modify_db_instance(**shrink)) == "InvalidParameterCombination"


def test_a_major_upgrade_needs_consent_and_there_is_no_way_back(rds):
    rds.create_db_parameter_group(DBParameterGroupName="pg16", DBParameterGroupFamily="postgres16", Description="d")
    create(rds, EngineVersion="16.4", DBParameterGroupName="pg16")
    settled(rds)
    upgrade = {"DBInstanceIdentifier": "db", "EngineVersion": "17", "ApplyImmediately": True}
    assert code_of(lambda: rds.modify_db_instance(**upgrade)) == "InvalidParameterCombination"
    rds.modify_db_instance(**upgrade, AllowMajorVersionUpgrade=True)
    assert settled(rds)["EngineVersion"] == "17.6"
    other = {"DBInstanceIdentifier": "db", "DBParameterGroupName": "missing"}
    assert code_of(lambda: rds.modify_db_instance(**other)) == "DBParameterGroupNotFound"
    back = {**upgrade, "EngineVersion": "16", "AllowMajorVersionUpgrade": True}
    assert code_of(lambda: rds.modify_db_instance(**back)) == "InvalidParameterCombination"


def test_a_replica_follows_is_promoted_and_shares_nothing_with_its_source(rds):
    create(rds, Tags=[{"Key": "a", "Value": "b"}], BackupRetentionPeriod=7, DeletionProtection=True)
    settled(rds)
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db", AvailabilityZone="ap-northeast-1c"
    )
    replica = settled(rds, "replica")
    assert replica["StatusInfos"] == [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    assert replica["AvailabilityZone"] == "ap-northeast-1c"
    assert (replica["MultiAZ"], replica["BackupRetentionPeriod"], replica["DeletionProtection"]) == (False, 0, False)
    assert replica["TagList"] == []
    assert "MasterUserSecret" not in replica
    assert "LatestRestorableTime" not in replica
    assert look(rds)["ReadReplicaDBInstanceIdentifiers"] == ["replica"]
    assert code_of(lambda: rds.promote_read_replica(DBInstanceIdentifier="db")) == "InvalidDBInstanceState"
    rds.promote_read_replica(DBInstanceIdentifier="replica", BackupRetentionPeriod=7)
    promoted = settled(rds, "replica")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert promoted["BackupRetentionPeriod"] == 7
    assert look(rds)["ReadReplicaDBInstanceIdentifiers"] == []


def test_replicas_need_backups_and_a_name_of_their_own(rds):
    create(rds, BackupRetentionPeriod=0)
    settled(rds)
    wanted = {"DBInstanceIdentifier": "replica", "SourceDBInstanceIdentifier": "db"}
    assert code_of(lambda: rds.create_db_instance_read_replica(**wanted)) == "InvalidDBInstanceState"
    taken = {**wanted, "DBInstanceIdentifier": "db"}
    assert code_of(lambda: rds.create_db_instance_read_replica(**taken)) == "DBInstanceAlreadyExists"
    lost = {**wanted, "SourceDBInstanceIdentifier": "missing"}
    assert code_of(lambda: rds.create_db_instance_read_replica(**lost)) == "DBInstanceNotFound"


def test_a_failover_swaps_the_zones(rds):
    create(rds)
    before = settled(rds)
    rds.reboot_db_instance(DBInstanceIdentifier="db", ForceFailover=True)
    assert look(rds)["DBInstanceStatus"] == "rebooting"
    after = settled(rds)
    assert after["AvailabilityZone"] == before["SecondaryAvailabilityZone"]
    assert after["SecondaryAvailabilityZone"] == before["AvailabilityZone"]


def test_deletion_is_refused_asked_for_and_over(rds):
    create(rds, DeletionProtection=True)
    settled(rds)
    plain = {"DBInstanceIdentifier": "db", "SkipFinalSnapshot": True}
    assert code_of(lambda: rds.delete_db_instance(**plain)) == "InvalidParameterCombination"
    rds.modify_db_instance(DBInstanceIdentifier="db", DeletionProtection=False)
    settled(rds)
    assert code_of(lambda: rds.delete_db_instance(DBInstanceIdentifier="db")) == "InvalidParameterCombination"
    assert code_of(lambda: rds.delete_db_parameter_group(DBParameterGroupName="pg")) == "InvalidDBParameterGroupState"
    assert code_of(lambda: rds.delete_db_subnet_group(DBSubnetGroupName="data")) == "InvalidDBSubnetGroupStateFault"
    rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="last")
    assert look(rds)["DBInstanceStatus"] == "deleting"
    assert code_of(lambda: rds.delete_db_instance(**plain)) == "InvalidDBInstanceState"
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 1})
    assert code_of(lambda: look(rds)) == "DBInstanceNotFound"
    assert [s["DBSnapshotIdentifier"] for s in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]] == [
        "last"
    ]


def test_replicas_of_a_deleted_source_stand_alone(rds):
    create(rds, BackupRetentionPeriod=7)
    settled(rds)
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")
    settled(rds, "replica")
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in settled(rds, "replica")


def test_parameters_know_who_set_them(rds):
    set_parameter(rds, "log_min_duration_statement", "500")
    (mine,) = rds.describe_db_parameters(DBParameterGroupName="pg", Source="user")["Parameters"]
    assert (mine["ParameterName"], mine["ParameterValue"], mine["ApplyType"]) == (
        "log_min_duration_statement", "500", "dynamic",
    )  # fmt: skip
    pages = rds.get_paginator("describe_db_parameters").paginate(
        DBParameterGroupName="pg", PaginationConfig={"PageSize": 20}
    )
    listed = [parameter for page in pages for parameter in page["Parameters"]]
    assert len(listed) == len({parameter["ParameterName"] for parameter in listed}) > 60
    system = {p["ParameterName"]: p["ParameterValue"] for p in listed if p["Source"] == "system"}
    assert system["rds.force_ssl"] == "1"
    rds.reset_db_parameter_group(DBParameterGroupName="pg", ResetAllParameters=True)
    assert rds.describe_db_parameters(DBParameterGroupName="pg", Source="user")["Parameters"] == []


def test_a_changed_static_parameter_waits_for_a_reboot(rds):
    create(rds)
    settled(rds)
    set_parameter(rds, "log_connections", "1")
    assert look(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    set_parameter(rds, "max_connections", "500", "pending-reboot")
    assert look(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"
    rds.reboot_db_instance(DBInstanceIdentifier="db")
    assert settled(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"


@pytest.mark.parametrize(
    ("name", "value", "method", "code"),
    [
        ("no_such_parameter", "1", "immediate", "InvalidParameterValue"),
        ("max_connections", "500", "immediate", "InvalidParameterCombination"),
        ("max_connections", "5", "pending-reboot", "InvalidParameterValue"),
        ("max_connections", "many", "pending-reboot", "InvalidParameterValue"),
        ("log_statement", "some", "immediate", "InvalidParameterValue"),
        ("log_temp_files", "-2", "immediate", "InvalidParameterValue"),
    ],
)
def test_what_aws_refuses_to_set(rds, name, value, method, code):
    assert code_of(lambda: set_parameter(rds, name, value, method)) == code


def test_parameters_are_set_twenty_at_a_time_and_only_in_groups_of_ones_own(rds):
    many = [{"ParameterName": "work_mem", "ParameterValue": "64", "ApplyMethod": "immediate"}] * 21
    assert code_of(lambda: rds.modify_db_parameter_group(DBParameterGroupName="pg", Parameters=many)) == (
        "InvalidParameterValue"
    )
    for call in (rds.describe_db_parameter_groups, rds.describe_db_parameters):
        assert code_of(lambda call=call: call(DBParameterGroupName="missing")) == "DBParameterGroupNotFound"
    unknown = {"DBParameterGroupName": "x", "DBParameterGroupFamily": "postgres9", "Description": "d"}
    assert code_of(lambda: rds.create_db_parameter_group(**unknown)) == "InvalidParameterValue"


def test_a_subnet_group_survives_its_modification_and_spans_zones(rds):
    (group,) = rds.describe_db_subnet_groups(DBSubnetGroupName="data")["DBSubnetGroups"]
    ids = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
    one = {"DBSubnetGroupName": "data", "SubnetIds": ids[:1]}
    assert code_of(lambda: rds.modify_db_subnet_group(**one)) == "DBSubnetGroupDoesNotCoverEnoughAZs"
    rds.modify_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="new", SubnetIds=ids)
    (group,) = rds.describe_db_subnet_groups(DBSubnetGroupName="data")["DBSubnetGroups"]
    assert group["DBSubnetGroupDescription"] == "new"
    again = {"DBSubnetGroupName": "data", "DBSubnetGroupDescription": "d", "SubnetIds": ids}
    assert code_of(lambda: rds.create_db_subnet_group(**again)) == "DBSubnetGroupAlreadyExists"
    missing = {"DBSubnetGroupName": "missing", "SubnetIds": ids}
    assert code_of(lambda: rds.modify_db_subnet_group(**missing)) == "DBSubnetGroupNotFoundFault"


@pytest.mark.parametrize(
    ("params", "first", "count"),
    [
        ({"Engine": "postgres", "EngineVersion": "17"}, "17.1", 6),
        ({"Engine": "postgres", "EngineVersion": "16.3"}, "16.3", 1),
        ({"Engine": "postgres", "DBParameterGroupFamily": "postgres15"}, "15.5", 10),
        ({"Engine": "postgres", "EngineVersion": "17", "DefaultOnly": True}, "17.6", 1),
    ],
)
def test_engine_versions(rds, params, first, count):
    versions = rds.describe_db_engine_versions(**params)["DBEngineVersions"]
    assert (versions[0]["EngineVersion"], len(versions)) == (first, count)


def test_upgrade_targets_are_later_versions(rds):
    (version,) = rds.describe_db_engine_versions(Engine="postgres", EngineVersion="17.5")["DBEngineVersions"]
    assert [target["EngineVersion"] for target in version["ValidUpgradeTarget"]] == ["17.6"]
    assert rds.describe_db_engine_versions(Engine="mysql")["DBEngineVersions"] == []


def test_every_managed_password_is_another_one(rds, local):
    create(rds)
    create(rds, "other")
    values = [
        json.loads(
            local.client("secretsmanager").get_secret_value(
                SecretId=settled(rds, name)["MasterUserSecret"]["SecretArn"]
            )["SecretString"]
        )
        for name in ("db", "other")
    ]
    assert [value["username"] for value in values] == ["admin_user", "admin_user"]
    assert len({value["password"] for value in values}) == 2
    rds.modify_db_instance(DBInstanceIdentifier="db", RotateMasterUserPassword=True, ApplyImmediately=True)
    arn = settled(rds)["MasterUserSecret"]["SecretArn"]
    rotated = json.loads(local.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert rotated["password"] != values[0]["password"]
    later = {"DBInstanceIdentifier": "db", "RotateMasterUserPassword": True}
    assert code_of(lambda: rds.modify_db_instance(**later)) == "InvalidParameterCombination"


def test_a_replica_in_another_region_uses_what_is_there(rds, local):
    create(rds, BackupRetentionPeriod=7, MultiAZ=True)
    arn = settled(rds)["DBInstanceArn"]
    far = local.client("rds", region="ap-northeast-3")
    missing = {"DBInstanceIdentifier": "far", "SourceDBInstanceIdentifier": arn, "DBSubnetGroupName": "missing"}
    assert code_of(lambda: far.create_db_instance_read_replica(**missing)) == "DBSubnetGroupNotFoundFault"
    far.create_db_instance_read_replica(DBInstanceIdentifier="far", SourceDBInstanceIdentifier=arn)
    replica = settled(far, "far")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == arn
    assert replica["AvailabilityZone"].startswith("ap-northeast-3")
    assert replica["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres17"
    assert look(rds)["ReadReplicaDBInstanceIdentifiers"] == [replica["DBInstanceArn"]]
    far.delete_db_instance(DBInstanceIdentifier="far", SkipFinalSnapshot=True)
    far.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="far", WaiterConfig={"Delay": 1})
    assert look(rds)["ReadReplicaDBInstanceIdentifiers"] == []


def test_a_snapshot_takes_a_moment_and_is_restored_to_a_single_zone(rds):
    create(rds, DeletionProtection=True)
    settled(rds)
    rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="shot")

    def status() -> str:
        return str(rds.describe_db_snapshots(DBSnapshotIdentifier="shot")["DBSnapshots"][0]["Status"])

    assert status() == "creating"
    wanted = {"DBInstanceIdentifier": "back", "DBSnapshotIdentifier": "shot", "DBSubnetGroupName": "data"}
    assert code_of(lambda: rds.restore_db_instance_from_db_snapshot(**wanted)) == "InvalidDBSnapshotState"
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="shot", WaiterConfig={"Delay": 1})
    rds.restore_db_instance_from_db_snapshot(**wanted)
    assert look(rds, "back")["DBInstanceStatus"] == "creating"
    restored = settled(rds, "back")
    assert (restored["MultiAZ"], restored["DeletionProtection"]) == (False, False)
    assert rds.delete_db_snapshot(DBSnapshotIdentifier="shot")["DBSnapshot"]["Status"] == "deleted"


def test_automated_snapshots_are_of_instances_that_keep_backups(rds):
    create(rds, "kept", BackupRetentionPeriod=7)
    create(rds, "unkept", BackupRetentionPeriod=0)
    (snapshot,) = rds.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
    assert snapshot["DBInstanceIdentifier"] == "kept"
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="back",
        DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"],
        DBSubnetGroupName="data",
        BackupRetentionPeriod=0,
    )
    assert settled(rds, "back")["BackupRetentionPeriod"] == 0


def test_an_instance_without_backups_can_not_be_restored_to_a_time(rds):
    create(rds, BackupRetentionPeriod=0)
    created = settled(rds)["InstanceCreateTime"]
    wanted = {"SourceDBInstanceIdentifier": "db", "TargetDBInstanceIdentifier": "then"}
    assert code_of(lambda: rds.restore_db_instance_to_point_in_time(**wanted)) == "InvalidDBInstanceState"
    rds.modify_db_instance(DBInstanceIdentifier="db", BackupRetentionPeriod=7, ApplyImmediately=True)
    settled(rds)
    before = {**wanted, "RestoreTime": created - timedelta(hours=1)}
    assert code_of(lambda: rds.restore_db_instance_to_point_in_time(**before)) == "InvalidRestoreFault"
    rds.restore_db_instance_to_point_in_time(**wanted, UseLatestRestorableTime=True, DBSubnetGroupName="data")
    assert settled(rds, "then")["DBInstanceIdentifier"] == "then"
