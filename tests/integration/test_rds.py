from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds import ADAPTERS, Instance
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

PREFIX = "iworkz-sandbox"
TAGS = {"Platform": "iworkz", "Environment": "sandbox"}
DB = f"{PREFIX}-postgres"
REPLICA = f"{DB}-replica-1"
MONITORING = {
    "monitoring_interval": 60,
    "monitoring_role_arn": f"{PREFIX}-rds-monitoring",
    "enable_performance_insights": True,
    "performance_insights_kms_key_id": f"alias/{PREFIX}-data",
    "performance_insights_retention_period": 7,
    "enable_cloudwatch_logs_exports": ["postgresql", "upgrade"],
}
DESIRED: dict[str, list[dict[str, Any]]] = {
    "subnet_groups": [
        {
            "db_subnet_group_name": DB,
            "db_subnet_group_description": "Data subnets",
            "subnet_ids": [f"{PREFIX}-data-{zone}" for zone in ("1a", "1c", "1d")],
        }
    ],
    "parameter_groups": [
        {
            "db_parameter_group_name": f"{DB}15",
            "db_parameter_group_family": "postgres15",
            "description": "Parameters",
            "parameters": {
                "rds.force_ssl": 1,
                "shared_preload_libraries": "pg_stat_statements,pgaudit",
                "log_min_duration_statement": 500,
            },
        }
    ],
    "instances": [
        {
            "db_instance_identifier": DB,
            "engine": "postgres",
            "engine_version": "15",
            "db_instance_class": "db.t4g.medium",
            "allocated_storage": 20,
            "max_allocated_storage": 100,
            "storage_type": "gp3",
            "storage_encrypted": True,
            "kms_key_id": f"alias/{PREFIX}-data",
            "db_name": "iworkz",
            "master_username": "iworkz_admin",
            "manage_master_user_password": True,
            "master_user_secret_kms_key_id": f"alias/{PREFIX}-data",
            "db_subnet_group_name": DB,
            "db_parameter_group_name": f"{DB}15",
            "vpc_security_group_ids": [f"{PREFIX}-store"],
            "port": 5432,
            "multi_az": True,
            "backup_retention_period": 35,
            "preferred_backup_window": "17:00-18:00",
            "preferred_maintenance_window": "Sat:18:30-Sat:19:30",
            "deletion_protection": True,
            **MONITORING,
        }
    ],
    "replicas": [
        {
            "db_instance_identifier": REPLICA,
            "source_db_instance_identifier": DB,
            "db_instance_class": "db.t4g.medium",
            "availability_zone": "ap-northeast-1c",
            "deletion_protection": True,
            **MONITORING,
        }
    ],
}


@pytest.fixture
def made(account, network, data_key):
    account.converges(ADAPTERS, **DESIRED)
    return account


def desired(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """What is declared, with changes to the instance."""
    changed = copy.deepcopy(DESIRED)
    changed["instances"][0].update(changes)
    return changed


def instance(account, name=DB):
    return account.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def by_hand(account, **changes):
    """Modify the instance as a person would, and wait until it has taken."""
    rds = account.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier=DB, ApplyImmediately=True, **changes)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=DB, WaiterConfig={"Delay": 1})


def test_the_instance_is_as_declared_and_its_replica_follows(made):
    state = made.run(ADAPTERS, **DESIRED)["resources"]["instances"][DB]
    assert state["db_instance_status"] == "available"
    assert state["engine_version"].startswith("15.")
    assert state["parameter_apply_status"] == "in-sync"
    assert state["master_user_secret"]["secret_status"] == "active"
    assert {state["availability_zone"], state["secondary_availability_zone"]} == {"ap-northeast-1a", "ap-northeast-1c"}
    replica = instance(made, REPLICA)
    assert replica["StatusInfos"] == [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    assert replica["DBParameterGroups"][0]["DBParameterGroupName"] == f"{DB}15"


def test_drift_by_hand_is_seen_key_by_key_and_mended(made):
    by_hand(
        made,
        BackupRetentionPeriod=1,
        DeletionProtection=False,
        PreferredBackupWindow="03:00-04:00",
        PreferredMaintenanceWindow="mon:05:00-mon:06:00",
        MonitoringInterval=0,
        MonitoringRoleArn="",
        EnablePerformanceInsights=False,
        CloudwatchLogsExportConfiguration={"DisableLogTypes": ["upgrade"]},
        MultiAZ=False,
        DBInstanceClass="db.t4g.small",
        DBPortNumber=5433,
    )
    (diff,) = made.run(ADAPTERS, check_mode=True, **DESIRED)["diff"]
    assert diff["after"].keys() == {
        "backup_retention_period",
        "db_instance_class",
        "deletion_protection",
        "enable_cloudwatch_logs_exports",
        "enable_performance_insights",
        "monitoring_interval",
        "monitoring_role_arn",
        "multi_az",
        "port",
        "preferred_backup_window",
        "preferred_maintenance_window",
    }
    made.mends(ADAPTERS, f"db_instance {DB}", **desired(apply_immediately=True))
    assert instance(made)["PendingModifiedValues"] == {}


def test_drift_of_parameters_subnets_and_tags_is_mended(made):
    rds = made.client("rds")
    changed = {"ParameterName": "log_min_duration_statement", "ParameterValue": "-1", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName=f"{DB}15", Parameters=[changed])
    subnets = rds.describe_db_subnet_groups(DBSubnetGroupName=DB)["DBSubnetGroups"][0]["Subnets"]
    rds.modify_db_subnet_group(DBSubnetGroupName=DB, SubnetIds=[s["SubnetIdentifier"] for s in subnets[:2]])
    rds.remove_tags_from_resource(ResourceName=instance(made, REPLICA)["DBInstanceArn"], TagKeys=["Environment"])
    labels = [f"db_subnet_group {DB}", f"db_parameter_group {DB}15", f"db_replica {REPLICA}"]
    made.mends(ADAPTERS, *labels, **DESIRED)


def test_a_run_that_was_cut_short_is_taken_up_by_the_next(account, network, data_key):
    first = {option: items for option, items in DESIRED.items() if option != "replicas"}
    assert account.run(ADAPTERS, wait=False, **first)["created"][-1] == f"db_instance {DB}"
    again = account.run(ADAPTERS, **DESIRED)
    assert again["failed_resources"] == {}
    assert again["created"] == [f"db_replica {REPLICA}"]
    assert not account.run(ADAPTERS, **DESIRED)["changed"]


def test_a_change_that_waits_for_the_window_counts_as_made_and_is_shown(made):
    bigger = desired(db_instance_class="db.t4g.large")
    result = made.run(ADAPTERS, **bigger)
    assert result["updated"] == [f"db_instance {DB}"]
    assert result["failed_resources"] == {}
    pending = result["resources"]["instances"][DB]["pending_modified_values"]
    assert pending == {"db_instance_class": "db.t4g.large"}
    assert not made.run(ADAPTERS, **bigger)["changed"]
    assert instance(made)["DBInstanceClass"] == "db.t4g.medium"


def test_grown_storage_and_newer_minor_versions_are_no_drift(made):
    by_hand(made, AllocatedStorage=40)
    assert not made.run(ADAPTERS, **desired(engine_version="15.5"))["changed"]


def test_parameters_are_applied_by_their_type_and_an_unknown_one_is_named_with_what_was_meant(made):
    changed = copy.deepcopy(DESIRED)
    parameters = changed["parameter_groups"][0]["parameters"]
    parameters["shared_preload_libraries"] = "pg_stat_statements,pg_cron"
    assert made.run(ADAPTERS, **changed)["failed_resources"] == {}
    state = made.run(ADAPTERS, **changed)["resources"]["instances"][DB]
    assert state["parameter_apply_status"] == "pending-reboot"
    parameters["log_min_duration_statment"] = 500
    result = made.run(ADAPTERS, **changed)
    assert "unknown parameter log_min_duration_statment; did you mean log_min_duration_statement?" in result["msg"]


def test_what_cannot_be_changed_in_place_is_refused(made):
    before = made.mutations()
    with pytest.raises(InvalidInput, match=f"db_instance {DB}: master_username cannot be changed in place"):
        made.run(ADAPTERS, **desired(master_username="other"))
    assert made.mutations() == before


def test_purge_leaves_what_is_protected_and_takes_a_final_snapshot_of_the_rest(made):
    refused = made.run(ADAPTERS, purge=True, instances=[], replicas=[])
    assert set(refused["failed_resources"]) == {f"db_instance {DB}", f"db_replica {REPLICA}"}
    context = Context(Clients(made.connection), TAGS)
    adapter = Instance(context)
    for name, state in adapter.read({DB, REPLICA}).items():
        adapter.unprotect(name, state)
    context.close()
    result = made.run(ADAPTERS, purge=True, **{option: [] for option in DESIRED})
    assert result["failed_resources"] == {}
    assert len(result["deleted"]) == 4
    snapshots = made.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert [s["DBSnapshotIdentifier"].startswith(f"{DB}-final-") for s in snapshots] == [True]
