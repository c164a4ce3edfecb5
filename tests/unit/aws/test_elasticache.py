from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache import (
    ParameterGroup,
    ReplicationGroup,
    SubnetGroup,
    User,
    UserGroup,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache_state import described, logs_change
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import plan
from tests.unit.aws.scripted import context

MEMBER = {
    "engine": "redis",
    "engine_version": "7.1.0",
    "cache_subnet_group_name": "data",
    "preferred_maintenance_window": "sun:18:30-sun:19:30",
    "cache_parameter_group": {"cache_parameter_group_name": "params", "parameter_apply_status": "in-sync"},
    "security_groups": [{"security_group_id": "sg-1", "status": "active"}],
    "notification_configuration": {"topic_arn": "arn:topic"},
    "pending_modified_values": {},
}


@pytest.mark.parametrize(
    ("answer", "member", "name", "value"),
    [
        ({"description": "d"}, {}, "replication_group_description", "d"),
        ({"automatic_failover": "enabling"}, {}, "automatic_failover_enabled", True),
        ({"automatic_failover": "disabled"}, {}, "automatic_failover_enabled", False),
        (
            {"automatic_failover": "disabled", "pending_modified_values": {"automatic_failover_status": "enabled"}},
            {},
            "automatic_failover_enabled",
            True,
        ),
        ({"multi_az": "enabled"}, {}, "multi_az_enabled", True),
        ({"node_groups": [{"node_group_members": [{}, {}, {}]}] * 2}, {}, "num_node_groups", 2),
        ({"node_groups": [{"node_group_members": [{}, {}, {}]}] * 2}, {}, "replicas_per_node_group", 2),
        ({"node_groups": [{"primary_endpoint": {"port": 6380}}]}, {}, "port", 6380),
        ({"configuration_endpoint": {"port": 6381}}, {}, "port", 6381),
        ({}, {}, "port", None),
        ({}, {}, "cache_parameter_group_name", "params"),
        ({}, {}, "security_group_ids", ["sg-1"]),
        ({}, {}, "notification_topic_arn", "arn:topic"),
        ({}, {"pending_modified_values": {"engine_version": "7.2.0"}}, "engine_version", "7.2.0"),
        ({"cache_node_type": "a"}, {"pending_modified_values": {"cache_node_type": "b"}}, "cache_node_type", "b"),
        (
            {"user_group_ids": ["a", "b"]}
            | {
                "pending_modified_values": {
                    "user_groups": {"user_group_ids_to_add": ["c"], "user_group_ids_to_remove": ["a"]}
                }
            },
            {},
            "user_group_ids",
            ["b", "c"],
        ),
    ],
)
def test_a_group_is_told_by_itself_and_its_members_with_pending_values_over_both(answer, member, name, value):
    assert described(answer, [{**MEMBER, **member}])[name] == value


def test_what_a_group_in_creation_does_not_tell_yet_is_no_difference():
    _, ctx = context({})
    adapter = ReplicationGroup(ctx)
    item = {
        "replication_group_id": "g",
        "engine": "redis",
        "engine_version": "7.1",
        "cache_subnet_group_name": "data",
        "num_node_groups": 3,
        "replicas_per_node_group": 2,
        "port": 6379,
    }
    desired = {name: value for name, value in adapter.prepare(item, strict=True).items() if name != "tags"}
    new = described({"replication_group_id": "g", "status": "creating"}, [])
    (change,) = plan("g", {"g": new}, {"g": desired}, immutable=adapter.immutable, equal=adapter.equal)
    assert change.action == "unchanged"


def test_logs_that_are_not_declared_are_turned_off():
    current = [{"log_type": "slow-log"}, {"log_type": "engine-log"}]
    assert logs_change(current, [{"log_type": "slow-log", "log_format": "json"}]) == [
        {"log_type": "slow-log", "log_format": "json", "enabled": True},
        {"log_type": "engine-log", "enabled": False},
    ]


def state(**changes: Any) -> dict[str, Any]:
    return {
        "arn": "arn:g",
        "status": "available",
        "tags": {},
        "replicas_per_node_group": 1,
        "user_group_ids": ["old"],
        "log_delivery_configurations": [],
        **changes,
    }


AVAILABLE = {"ReplicationGroups": [{"ReplicationGroupId": "g", "Status": "available"}]}
ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeReplicationGroups": AVAILABLE,
    "ModifyReplicationGroup": {},
    "IncreaseReplicaCount": {},
    "DecreaseReplicaCount": {},
    "AddTagsToResource": {},
}


@pytest.mark.parametrize(
    ("item", "fields", "calls"),
    [
        (
            {"snapshot_window": "17:00-18:00", "apply_immediately": True},
            ("snapshot_window",),
            [("ModifyReplicationGroup", {"ApplyImmediately": True, "SnapshotWindow": "17:00-18:00"})],
        ),
        (
            {"user_group_ids": ["new"]},
            ("user_group_ids",),
            [
                (
                    "ModifyReplicationGroup",
                    {"ApplyImmediately": False, "UserGroupIdsToAdd": ["new"], "UserGroupIdsToRemove": ["old"]},
                )
            ],
        ),
        (
            {"replicas_per_node_group": 2, "automatic_failover_enabled": True, "multi_az_enabled": True},
            ("replicas_per_node_group", "multi_az_enabled"),
            [
                ("IncreaseReplicaCount", {"NewReplicaCount": 2, "ApplyImmediately": True}),
                (
                    "ModifyReplicationGroup",
                    {"ApplyImmediately": False, "AutomaticFailoverEnabled": True, "MultiAZEnabled": True},
                ),
            ],
        ),
        (
            {"replicas_per_node_group": 0, "automatic_failover_enabled": False},
            ("replicas_per_node_group", "automatic_failover_enabled"),
            [
                ("ModifyReplicationGroup", {"ApplyImmediately": False, "AutomaticFailoverEnabled": False}),
                ("DecreaseReplicaCount", {"NewReplicaCount": 0, "ApplyImmediately": True}),
            ],
        ),
    ],
)
def test_an_update_makes_the_calls_in_the_order_in_which_they_can_succeed(item, fields, calls):
    clients, ctx = context(ANSWERS)
    adapter = ReplicationGroup(ctx)
    desired = adapter.prepare({"replication_group_id": "g", **item}, strict=True)
    adapter.update("g", desired, state(), fields)
    assert clients.mutating() == [(operation, {"ReplicationGroupId": "g", **params}) for operation, params in calls]


def test_tags_of_a_group_that_did_not_tell_them_are_set_once_it_is_available():
    clients, ctx = context(ANSWERS)
    adapter = ReplicationGroup(ctx)
    current = {name: value for name, value in state().items() if name != "tags"}
    adapter.update("g", adapter.prepare({"replication_group_id": "g"}, strict=True), current, ("tags",))
    assert [operation for operation, _ in clients.made] == ["DescribeReplicationGroups", "AddTagsToResource"]


def busy(_params: dict[str, Any]) -> dict[str, Any]:
    raise ClientError({"Error": {"Code": "InvalidReplicationGroupState", "Message": ""}}, "ListTagsForResource")


def denied(_params: dict[str, Any]) -> dict[str, Any]:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ListTagsForResource")


def test_a_busy_group_is_read_without_its_tags_and_any_other_error_is_one():
    answers = {
        "DescribeScalableTargets": {"ScalableTargets": []},
        "DescribeReplicationGroups": {
            "ReplicationGroups": [{"ReplicationGroupId": "g", "Status": "modifying", "ARN": "arn:g"}]
        },
        "DescribeCacheClusters": {"CacheClusters": []},
        "ListTagsForResource": busy,
    }
    _, ctx = context(answers)
    assert "tags" not in ReplicationGroup(ctx).read({"g"})["g"]
    _, ctx = context({**answers, "ListTagsForResource": denied})
    with pytest.raises(ClientError, match="AccessDenied"):
        ReplicationGroup(ctx).read({"g"})


def test_members_are_not_asked_for_when_there_is_no_group():
    clients, ctx = context({"DescribeReplicationGroups": {"ReplicationGroups": []}})
    assert ReplicationGroup(ctx).read(None) == {}
    assert [operation for operation, _ in clients.made] == ["DescribeReplicationGroups"]


@pytest.mark.parametrize(("status", "ready"), [("available", True), ("creating", False), ("modifying", False)])
def test_a_group_is_ready_when_it_is_available(status, ready):
    _, ctx = context({})
    assert ReplicationGroup(ctx).ready(state(status=status)) is ready


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "create-failed"}, "could not be created"),
        (
            {"log_delivery_configurations": [{"log_type": "slow-log", "status": "error", "message": "no group"}]},
            "log slow-log cannot be delivered: no group",
        ),
    ],
)
def test_a_state_it_will_not_leave_ends_the_wait(changes, message):
    _, ctx = context({})
    with pytest.raises(TerminalState, match=message):
        ReplicationGroup(ctx).ready(state(**changes))


def test_a_wait_survives_a_busy_group():
    _, ctx = context({})
    with pytest.raises(ClientError) as caught:
        busy({})
    assert ReplicationGroup(ctx).transient(caught.value)
    with pytest.raises(ClientError) as caught:
        denied({})
    assert not ReplicationGroup(ctx).transient(caught.value)


@pytest.mark.parametrize(
    ("adapter", "item", "error"),
    [
        (ReplicationGroup, {"auth_token": "secret"}, "auth_token is not taken"),
        (ReplicationGroup, {"num_cache_clusters": 2}, "instead of num_cache_clusters"),
        (ReplicationGroup, {"replication_group_id": "G"}, "must be in lower case"),
        (ReplicationGroup, {"snapshot_windw": "x"}, "did you mean snapshot_window?"),
        (User, {"passwords": ["a"]}, "passwords are not taken"),
        (User, {"authentication_mode": {"type": "password", "passwords": ["a"]}}, "passwords are not taken"),
        (User, {"authentication_mode": {"type": "password"}}, "goes with a secret"),
        (User, {"authentication_mode": {"type": "iam"}, "secret": {"name": "s"}}, "a secret with no other type"),
        (User, {"no_password_required": True}, "declare authentication_mode"),
    ],
)
def test_errors_are_found_without_a_call(adapter, item, error):
    clients, ctx = context({})
    given = (
        {"replication_group_id": "g", "replication_group_description": "d"}
        if adapter is ReplicationGroup
        else {"user_id": "u", "user_name": "u", "engine": "redis", "access_string": "off"}
    )
    assert adapter(ctx).validate(given) == []
    assert error in "; ".join(adapter(ctx).validate({**given, **item}))
    assert clients.made == []


BY_PASSWORD = {
    "user_id": "m",
    "user_name": "m",
    "engine": "redis",
    "access_string": "on -@all +info",
    "authentication_mode": {"type": "password"},
    "secret": {"name": "iworkz/redis/m", "kms_key_id": "alias/data"},
}


def test_a_password_is_made_and_kept_by_secrets_manager():
    clients, ctx = context(
        {
            "DescribeSecret": missing_secret,
            "GetRandomPassword": {"RandomPassword": "made-by-aws-and-long"},
            "CreateSecret": {},
            "CreateUser": {},
        }
    )
    adapter = User(ctx)
    assert adapter.validate(BY_PASSWORD) == []
    adapter.create("m", adapter.prepare(BY_PASSWORD, strict=True))
    (kept,) = [call for operation, call in clients.made if operation == "CreateSecret"]
    assert (kept["Name"], kept["KmsKeyId"]) == ("iworkz/redis/m", "alias/data")
    assert json.loads(kept["SecretString"]) == {"username": "m", "password": "made-by-aws-and-long"}
    (made,) = [call for operation, call in clients.made if operation == "CreateUser"]
    assert made["AuthenticationMode"] == {"Type": "password", "Passwords": ["made-by-aws-and-long"]}


def test_a_user_who_is_to_have_a_password_gets_the_one_that_is_kept():
    secret = {"SecretString": json.dumps({"username": "m", "password": "kept-since-then-1"})}
    clients, ctx = context({"DescribeSecret": {}, "GetSecretValue": secret, "ModifyUser": {}})
    adapter = User(ctx)
    desired = adapter.prepare(BY_PASSWORD, strict=True)
    adapter.update("m", desired, {"_arn": "arn"}, ("authentication_mode",))
    assert clients.made[-1] == (
        "ModifyUser",
        {"UserId": "m", "AuthenticationMode": {"Type": "password", "Passwords": ["kept-since-then-1"]}},
    )
    adapter.update("m", desired, {"_arn": "arn"}, ("access_string",))
    assert clients.made[-1] == ("ModifyUser", {"UserId": "m", "AccessString": "on -@all +info"})


def missing_secret(parameters):
    raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "none"}}, "DescribeSecret")


def test_a_group_without_a_name_is_an_error_not_a_crash():
    _, ctx = context({})
    errors = ReplicationGroup(ctx).validate({"replication_group_description": "d"})
    assert errors == ['Missing required parameter in input: "ReplicationGroupId"']


def test_a_group_is_deleted_with_a_snapshot():
    clients, ctx = context({"DeleteReplicationGroup": {}})
    ReplicationGroup(ctx).delete("g", {})
    ((_, params),) = clients.made
    assert params["FinalSnapshotIdentifier"].startswith("g-final-2")


def test_a_user_changes_only_what_differs():
    clients, ctx = context({"ModifyUser": {}, "AddTagsToResource": {}})
    adapter = User(ctx)
    item = {"user_id": "u", "access_string": "on  ~a:*   +@all", "authentication_mode": {"type": "iam"}}
    desired = adapter.prepare(item, strict=True)
    adapter.update("u", desired, {"tags": {}, "_arn": "arn:u"}, ("access_string", "tags"))
    assert clients.made[0] == ("ModifyUser", {"UserId": "u", "AccessString": "on ~a:* +@all"})
    assert clients.made[1][0] == "AddTagsToResource"


def test_users_on_their_way_count_as_there():
    group = {
        "UserGroupId": "g",
        "Engine": "redis",
        "UserIds": ["a", "b"],
        "PendingChanges": {"UserIdsToAdd": ["c"], "UserIdsToRemove": ["a"]},
        "Status": "modifying",
        "ARN": "arn:g",
    }
    clients, ctx = context(
        {"DescribeUserGroups": {"UserGroups": [group]}, "ListTagsForResource": {"TagList": []}, "ModifyUserGroup": {}}
    )
    adapter = UserGroup(ctx)
    current = adapter.read({"g"})["g"]
    assert current["user_ids"] == ["b", "c"]
    assert not adapter.ready(current)
    adapter.update("g", {"user_ids": ["c", "d"]}, current, ("user_ids",))
    assert clients.mutating() == [
        ("ModifyUserGroup", {"UserGroupId": "g", "UserIdsToAdd": ["d"], "UserIdsToRemove": ["b"]})
    ]


def test_parameters_are_sent_as_names_and_values():
    catalogue = [{"ParameterName": name, "ChangeType": "immediate"} for name in ("timeout", "databases")]
    clients, ctx = context({"DescribeCacheParameters": {"Parameters": catalogue}, "ModifyCacheParameterGroup": {}})
    adapter = ParameterGroup(ctx)
    desired = {"parameters": {"timeout": "600", "databases": "16"}}
    adapter.update("g", desired, {"parameters": {"databases": "16"}}, ("parameters",))
    values = [{"ParameterName": "timeout", "ParameterValue": "600"}]
    assert clients.mutating() == [
        ("ModifyCacheParameterGroup", {"CacheParameterGroupName": "g", "ParameterNameValues": values})
    ]


def test_a_subnet_group_is_updated_whole():
    clients, ctx = context({"ModifyCacheSubnetGroup": {}})
    desired = {
        "cache_subnet_group_name": "g",
        "cache_subnet_group_description": "d",
        "subnet_ids": ["subnet-00000001"],
        "tags": {},
    }
    SubnetGroup(ctx).update("g", desired, {"_arn": "arn:g", "tags": {}}, ("subnet_ids",))
    wanted = {
        "CacheSubnetGroupName": "g",
        "CacheSubnetGroupDescription": "d",
        "SubnetIds": ["subnet-00000001"],
    }
    assert clients.made == [("ModifyCacheSubnetGroup", wanted)]
