from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.compare import same_key, same_version
from ansible_collections.iworkz.platform.plugins.module_utils._aws.parameter_groups import as_text
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds import (
    Instance,
    ParameterGroup,
    Replica,
    SubnetGroup,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds_state import described, logs_change
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState
from tests.unit.aws.scripted import context

KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/0f0e"


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        ("17.6", "17", True),
        ("17.6", "17.5", True),
        ("17.6", "17.6", True),
        ("17.5", "17.6", False),
        ("16.9", "17", False),
        ("17.6", "16", False),
        ("17.10", "17.9", True),
    ],
)
def test_a_declared_version_is_the_least_within_its_major(current, desired, same):
    assert same_version(current, desired) is same


@pytest.mark.parametrize(
    ("current", "desired", "same"), [(KEY, KEY, True), (KEY, "0f0e", True), (KEY, "ffff", False), (None, KEY, False)]
)
def test_keys_are_one_by_id_or_arn(current, desired, same):
    assert same_key(current, desired) is same


@pytest.mark.parametrize(
    ("current", "desired", "change"),
    [
        (["a"], ["a", "b"], {"EnableLogTypes": ["b"]}),
        (["a", "b"], ["b"], {"DisableLogTypes": ["a"]}),
        (["a"], ["b"], {"EnableLogTypes": ["b"], "DisableLogTypes": ["a"]}),
    ],
)
def test_log_types_are_enabled_and_disabled(current, desired, change):
    assert logs_change(current, desired) == change


@pytest.mark.parametrize(("value", "text"), [(True, "1"), (False, "0"), (500, "500"), ("ddl,role", "ddl,role")])
def test_parameter_values_are_text(value, text):
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("answer", "name", "value"),
    [
        ({"performance_insights_enabled": True}, "enable_performance_insights", True),
        ({"iam_database_authentication_enabled": True}, "enable_iam_database_authentication", True),
        ({"endpoint": {"address": "db", "port": 5433}}, "port", 5433),
        ({}, "port", None),
        ({"db_subnet_group": {"db_subnet_group_name": "data"}}, "db_subnet_group_name", "data"),
        (
            {"vpc_security_groups": [{"vpc_security_group_id": "sg-1", "status": "active"}]},
            "vpc_security_group_ids",
            ["sg-1"],
        ),
        ({"master_user_secret": {"secret_arn": "s", "kms_key_id": KEY}}, "manage_master_user_password", True),
        ({"master_user_secret": {"secret_arn": "s", "kms_key_id": KEY}}, "master_user_secret_kms_key_id", KEY),
        ({}, "manage_master_user_password", False),
        ({"tag_list": [{"key": "a", "value": "b"}, {"key": "aws:x", "value": "y"}]}, "tags", {"a": "b"}),
        (
            {"db_parameter_groups": [{"db_parameter_group_name": "g", "parameter_apply_status": "pending-reboot"}]},
            "parameter_apply_status",
            "pending-reboot",
        ),
        ({"multi_az": False, "pending_modified_values": {"multi_az": True}}, "multi_az", True),
        (
            {"iam_database_authentication_enabled": False}
            | {"pending_modified_values": {"iam_database_authentication_enabled": True}},
            "enable_iam_database_authentication",
            True,
        ),
        (
            {"enabled_cloudwatch_logs_exports": ["a", "b"]}
            | {
                "pending_modified_values": {
                    "pending_cloudwatch_logs_exports": {"log_types_to_enable": ["c"], "log_types_to_disable": ["a"]}
                }
            },
            "enable_cloudwatch_logs_exports",
            ["b", "c"],
        ),
        (
            {"pending_modified_values": {"master_user_password": "****"}},
            "pending_modified_values",
            {"master_user_password": "****"},
        ),
    ],
)
def test_answers_are_told_in_declared_names_with_pending_values_over_them(answer, name, value):
    assert described(answer)[name] == value


def database(**changes: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": "db",
        "DBInstanceArn": "arn:aws:rds:ap-northeast-1:123456789012:db:db",
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "EngineVersion": "17.6",
        "AllocatedStorage": 100,
        "MultiAZ": True,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring",
        "DeletionProtection": True,
        "EnabledCloudwatchLogsExports": ["postgresql"],
        "PreferredBackupWindow": "17:00-18:00",
        "TagList": [{"Key": "Platform", "Value": "iworkz"}],
        **changes,
    }


@pytest.mark.parametrize(
    ("item", "fields", "call"),
    [
        ({"multi_az": False}, ("multi_az",), {"MultiAZ": False}),
        ({"port": 5433}, ("port",), {"DBPortNumber": 5433}),
        (
            {"monitoring_interval": 30, "monitoring_role_arn": "monitoring"},
            ("monitoring_interval",),
            {"MonitoringInterval": 30, "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring"},
        ),
        (
            {"enable_cloudwatch_logs_exports": ["upgrade"]},
            ("enable_cloudwatch_logs_exports",),
            {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["upgrade"], "DisableLogTypes": ["postgresql"]}},
        ),
        (
            {"engine_version": "18", "allow_major_version_upgrade": True, "apply_immediately": True},
            ("engine_version",),
            {"EngineVersion": "18", "AllowMajorVersionUpgrade": True, "ApplyImmediately": True},
        ),
        (
            {"preferred_maintenance_window": "Sat:18:30-Sat:19:30"},
            ("preferred_maintenance_window",),
            {"PreferredMaintenanceWindow": "sat:18:30-sat:19:30"},
        ),
    ],
)
def test_an_update_sends_what_differs_and_what_goes_with_it(item, fields, call):
    clients, ctx = context({"ModifyDBInstance": {}})
    adapter = Instance(ctx)
    current = described(adapter.snake("DescribeDBInstances", ("DBInstances",), database()))
    desired = adapter.prepare({"db_instance_identifier": "db", **item}, strict=True)
    adapter.update("db", desired, current, fields)
    wanted = {"DBInstanceIdentifier": "db", "ApplyImmediately": False, **call}
    assert clients.made == [("ModifyDBInstance", wanted)]


def test_a_busy_instance_is_waited_for_before_it_is_changed_and_a_source_before_it_is_followed():
    answers = {
        "ModifyDBInstance": {},
        "CreateDBInstanceReadReplica": {},
        "DescribeDBInstances": {"DBInstances": [database()]},
    }
    clients, ctx = context(answers)
    adapter = Instance(ctx)
    busy = described(adapter.snake("DescribeDBInstances", ("DBInstances",), database(DBInstanceStatus="modifying")))
    adapter.update(
        "db", adapter.prepare({"db_instance_identifier": "db", "multi_az": False}, True), busy, ("multi_az",)
    )
    Replica(ctx).create("replica", {"source_db_instance_identifier": "db", "tags": {}})
    assert [operation for operation, _ in clients.made] == [
        "DescribeDBInstances", "ModifyDBInstance", "DescribeDBInstances", "CreateDBInstanceReadReplica",
    ]  # fmt: skip


ABROAD = "arn:aws:rds:ap-northeast-1:123456789012:db:db"


def test_a_source_in_another_region_is_waited_for_there_and_named_to_boto3(monkeypatch):
    clients, ctx = context(
        {"CreateDBInstanceReadReplica": {}, "DescribeDBInstances": {"DBInstances": [database()]}}, tags={}
    )
    regions = []
    client = clients.client
    monkeypatch.setattr(clients, "client", lambda service, region=None: regions.append(region) or client(service))
    monkeypatch.setattr(clients, "region", "ap-northeast-3")
    Replica(ctx).create("replica", {"source_db_instance_identifier": ABROAD, "kms_key_id": "key", "tags": {}})
    assert "ap-northeast-1" in regions
    given = {"SourceDBInstanceIdentifier": ABROAD, "KmsKeyId": "key", "SourceRegion": "ap-northeast-1", "Tags": []}
    assert clients.made[-1] == ("CreateDBInstanceReadReplica", given)


@pytest.mark.parametrize("missing", ["kms_key_id", "db_subnet_group_name"])
def test_a_source_in_another_region_needs_a_key_and_a_network_of_this_one(missing, monkeypatch):
    clients, ctx = context({})
    item = {
        "db_instance_identifier": "replica",
        "source_db_instance_identifier": ABROAD,
        "kms_key_id": "alias/data",
        "db_subnet_group_name": "db",
    }
    assert Replica(ctx).validate(item) == []
    monkeypatch.setattr(clients, "region", "ap-northeast-3")
    assert Replica(ctx).validate(item) == []
    del item[missing]
    (error,) = Replica(ctx).validate(item)
    assert error.startswith("its source is in ap-northeast-1: declare")


def test_an_instance_without_an_endpoint_yet_is_no_difference():
    _, ctx = context({})
    assert Instance(ctx).equal["port"](None, 5432)
    assert not Instance(ctx).equal["port"](5433, 5432)


def test_only_tags_differ_so_only_tags_are_written():
    clients, ctx = context({"AddTagsToResource": {}, "RemoveTagsFromResource": {}})
    adapter = Instance(ctx)
    current = described(adapter.snake("DescribeDBInstances", ("DBInstances",), database()))
    desired = adapter.prepare({"db_instance_identifier": "db", "tags": {"Component": "rds"}}, strict=True)
    adapter.update("db", desired, {**current, "tags": {"Old": "x"}}, ("tags",))
    assert [operation for operation, _ in clients.made] == ["RemoveTagsFromResource", "AddTagsToResource"]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"master_user_password": "secret"}, "master_user_password is not taken"),
        ({"db_instance_clas": "db.t4g.small"}, "unknown key db_instance_clas; did you mean db_instance_class?"),
        ({"allocated_storage": "20"}, "Invalid type for parameter AllocatedStorage"),
        ({"db_instance_identifier": "DB"}, "must be in lower case"),
        ({}, None),
    ],
)
def test_errors_in_an_instance_are_found_without_a_call(item, error):
    clients, ctx = context({})
    given = {"db_instance_identifier": "db", "engine": "postgres", "db_instance_class": "db.t4g.small", **item}
    errors = "; ".join(Instance(ctx).validate(given))
    assert error in errors if error else not errors
    assert clients.made == []


@pytest.mark.parametrize(
    ("changes", "ready"),
    [
        ({}, True),
        ({"DBInstanceStatus": "storage-optimization"}, True),
        ({"DBInstanceStatus": "creating"}, False),
        ({"DBInstanceStatus": "modifying"}, False),
        ({"PendingModifiedValues": {"MultiAZ": True}}, True),
    ],
)
def test_an_instance_is_ready_when_it_can_be_used(changes, ready):
    _, ctx = context({})
    adapter = Instance(ctx)
    state = described(adapter.snake("DescribeDBInstances", ("DBInstances",), database(**changes)))
    assert adapter.ready(state) is ready


def test_after_a_change_made_at_once_nothing_may_be_pending():
    _, ctx = context({"ModifyDBInstance": {}})
    adapter = Instance(ctx)
    pending = database(PendingModifiedValues={"MultiAZ": False})
    state = described(adapter.snake("DescribeDBInstances", ("DBInstances",), pending))
    desired = adapter.prepare(
        {"db_instance_identifier": "db", "multi_az": False, "apply_immediately": True}, strict=True
    )
    adapter.update("db", desired, state, ("multi_az",))
    assert not adapter.ready(state)


def test_a_state_it_will_not_leave_ends_the_wait():
    _, ctx = context({})
    adapter = Replica(ctx)
    stuck = described(
        adapter.snake("DescribeDBInstances", ("DBInstances",), database(DBInstanceStatus="incompatible-network"))
    )
    with pytest.raises(TerminalState, match="is incompatible-network"):
        adapter.ready(stuck)
    broken = database(StatusInfos=[{"StatusType": "read replication", "Status": "error", "Message": "disk full"}])
    with pytest.raises(TerminalState, match="replication failed: disk full"):
        adapter.ready(described(adapter.snake("DescribeDBInstances", ("DBInstances",), broken)))


def test_all_of_a_kind_or_the_named_of_any():
    replica = database(DBInstanceIdentifier="replica", ReadReplicaSourceDBInstanceIdentifier="db")
    _, ctx = context({"DescribeDBInstances": {"DBInstances": [database(), replica]}})
    assert set(Instance(ctx).read(None)) == {"db"}
    assert set(Replica(ctx).read(None)) == {"replica"}
    # A promoted replica is found by its name, and seen to have another source than declared.
    assert Replica(ctx).read({"db"})["db"].get("source_db_instance_identifier") is None


def test_deletion_of_an_instance_takes_a_snapshot_and_keeps_backups_of_a_replica_not():
    clients, ctx = context({"DeleteDBInstance": {}})
    Instance(ctx).delete("db", {})
    Replica(ctx).delete("replica", {})
    (_, instance), (_, replica) = clients.made
    assert instance["FinalDBSnapshotIdentifier"].startswith("db-final-2")
    assert instance["SkipFinalSnapshot"] is False
    assert instance["DeleteAutomatedBackups"] is False
    assert replica == {"DBInstanceIdentifier": "replica", "SkipFinalSnapshot": True}


@pytest.mark.parametrize(("protected", "calls"), [(True, 1), (False, 0)])
def test_protection_is_lifted_only_where_there_is_some(protected, calls):
    clients, ctx = context({"ModifyDBInstance": {}})
    Instance(ctx).unprotect("db", {"deletion_protection": protected})
    # Not at once, which would also make every change that waits for the window.
    lifted = {"DBInstanceIdentifier": "db", "DeletionProtection": False, "ApplyImmediately": False}
    assert clients.made == [("ModifyDBInstance", lifted)] * calls


def test_an_instance_without_a_name_is_an_error_not_a_crash():
    _, ctx = context({})
    errors = Instance(ctx).validate({"engine": "postgres", "db_instance_class": "db.t4g.small"})
    assert errors == ['Missing required parameter in input: "DBInstanceIdentifier"']


def test_an_instance_in_the_middle_of_a_change_is_asked_again():
    _, ctx = context({})
    busy = ClientError({"Error": {"Code": "InvalidDBInstanceState", "Message": ""}}, "DeleteDBInstance")
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "DeleteDBInstance")
    assert Instance(ctx).transient(busy)
    assert not Instance(ctx).transient(denied)


def parameter(name: str, apply_type: str = "dynamic", value: str | None = None) -> dict[str, Any]:
    return {"ParameterName": name, "ApplyType": apply_type, **({"ParameterValue": value} if value else {})}


def group_answers(user: dict[str, str], catalogue: list[dict[str, Any]]) -> dict[str, Any]:
    def parameters(params: dict[str, Any]) -> dict[str, Any]:
        if params.get("Source") == "user":
            return {"Parameters": [parameter(name, value=value) for name, value in user.items()]}
        return {"Parameters": catalogue}

    group = {
        "DBParameterGroupName": "g",
        "DBParameterGroupFamily": "postgres17",
        "Description": "d",
        "DBParameterGroupArn": "arn:g",
    }
    return {
        "DescribeDBParameterGroups": {"DBParameterGroups": [group]},
        "DescribeDBParameters": parameters,
        "ListTagsForResource": {"TagList": []},
        "ModifyDBParameterGroup": {},
        "CreateDBParameterGroup": {},
    }


def test_parameters_go_in_batches_of_twenty_each_applied_by_its_type():
    catalogue = [parameter(f"p{index:02}", "static" if index % 2 else "dynamic") for index in range(45)]
    clients, ctx = context(group_answers({}, catalogue))
    adapter = ParameterGroup(ctx)
    item = {
        "db_parameter_group_name": "g",
        "db_parameter_group_family": "postgres17",
        "description": "d",
        "parameters": {f"p{index:02}": index for index in range(45)},
    }
    adapter.read({"other"})
    adapter.create("g", adapter.prepare(item, strict=True))
    calls = [parameters for operation, parameters in clients.made if operation == "ModifyDBParameterGroup"]
    assert [len(call["Parameters"]) for call in calls] == [20, 20, 5]
    methods = {p["ParameterName"]: p["ApplyMethod"] for call in calls for p in call["Parameters"]}
    assert methods["p00"] == "immediate"
    assert methods["p01"] == "pending-reboot"


def test_a_parameter_that_has_its_value_by_default_is_nothing_to_set():
    catalogue = [parameter("timezone", value="UTC"), parameter("log_connections")]
    clients, ctx = context(group_answers({"log_connections": "1"}, catalogue))
    adapter = ParameterGroup(ctx)
    assert adapter.read({"g"})["g"]["parameters"] == {"log_connections": "1"}
    declared = {"db_parameter_group_name": "g", "parameters": {"timezone": "UTC", "log_connections": True}}
    assert adapter.prepare(declared, strict=True)["parameters"] == {"log_connections": "1"}
    declared["parameters"] = {"timezone": "Asia/Tokyo"}
    assert adapter.prepare(declared, strict=True)["parameters"] == {"timezone": "Asia/Tokyo"}
    everything = [p for operation, p in clients.made if operation == "DescribeDBParameters" and "Source" not in p]
    assert len(everything) == 1


def test_a_group_whose_parameters_are_all_set_is_read_without_its_catalogue():
    clients, ctx = context(group_answers({"log_connections": "1"}, []))
    adapter = ParameterGroup(ctx)
    adapter.read({"g"})
    adapter.prepare({"db_parameter_group_name": "g", "parameters": {"log_connections": 1}}, strict=True)
    assert [p["Source"] for operation, p in clients.made if operation == "DescribeDBParameters"] == ["user"]


def test_an_unknown_parameter_is_named_with_what_was_meant():
    clients, ctx = context(group_answers({}, [parameter("log_connections")]))
    adapter = ParameterGroup(ctx)
    state = adapter.read({"g"})["g"]
    desired = adapter.prepare({"db_parameter_group_name": "g", "parameters": {"log_conections": 1}}, strict=True)
    with pytest.raises(ReconcileError, match="unknown parameter log_conections; did you mean log_connections"):
        adapter.update("g", desired, state, ("parameters",))
    assert clients.mutating() == []


def test_a_subnet_group_is_updated_whole():
    clients, ctx = context({"ModifyDBSubnetGroup": {}, "AddTagsToResource": {}})
    adapter = SubnetGroup(ctx)
    desired = {
        "db_subnet_group_name": "g",
        "db_subnet_group_description": "d",
        "subnet_ids": ["subnet-00000001"],
        "tags": {"a": "b"},
    }
    adapter.update("g", desired, {"_arn": "arn:g", "tags": {}}, ("subnet_ids", "tags"))
    modified = {
        "DBSubnetGroupName": "g",
        "DBSubnetGroupDescription": "d",
        "SubnetIds": ["subnet-00000001"],
    }
    tagged = {"ResourceName": "arn:g", "Tags": [{"Key": "a", "Value": "b"}]}
    assert clients.made == [("ModifyDBSubnetGroup", modified), ("AddTagsToResource", tagged)]
