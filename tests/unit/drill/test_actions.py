"""Actions and preconditions against scripted answers: the exact calls they make, and what they make of the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.iworkz.platform.plugins.module_utils._drill import alarms, instances
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.recovery_replica import replica_request
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.stores import node_group_of
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS, perform
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, StepFailed, TimedOut
from ansible_collections.iworkz.platform.plugins.module_utils._drill.instances import Follower, Replication
from ansible_collections.iworkz.platform.plugins.module_utils._drill.preconditions import answered
from tests.unit.drill.simulation import Platform, site

NOW = datetime(2026, 11, 22, 3, 16, 40, tzinfo=UTC)  # what the simulation's clock tells at its beginning
PLATFORM_TAGS = [{"Key": "Platform", "Value": "iworkz"}, {"Key": "Environment", "Value": "sandbox"}]
REPLICA = {
    "DBInstanceIdentifier": "db-recovery",
    "DBInstanceStatus": "available",
    "ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:ap-northeast-1:123456789012:db:db",
    "DBInstanceClass": "db.t4g.medium",
    "MultiAZ": False,
    "DeletionProtection": True,
    "IAMDatabaseAuthenticationEnabled": True,
    "EnabledCloudwatchLogsExports": ["postgresql"],
    "DBSubnetGroup": {"DBSubnetGroupName": "group"},
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "parameters"}],
    "Endpoint": {"Address": "x", "Port": 5432},
    "TagList": PLATFORM_TAGS,
}
REQUEST = {
    "DBInstanceIdentifier": "db-recovery",
    "SourceDBInstanceIdentifier": "arn:aws:rds:ap-northeast-1:123456789012:db:db",
    "SourceRegion": "ap-northeast-1",
    "DBInstanceClass": "db.t4g.medium",
    "DeletionProtection": True,
    "EnableIAMDatabaseAuthentication": True,
    "EnableCloudwatchLogsExports": ["postgresql"],
    "DBSubnetGroupName": "group",
    "VpcSecurityGroupIds": ["sg-1"],
    "DBParameterGroupName": "parameters",
    "Port": 5432,
    "Tags": PLATFORM_TAGS,
}
PROMOTED = {k: v for k, v in REPLICA.items() if k != "ReadReplicaSourceDBInstanceIdentifier"}


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "X")


class Scripted:
    """A client that answers each operation from its list; the last answer stays. It keeps the calls that change."""

    class exceptions:  # as botocore names it
        ClientError = ClientError

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.changes: list[tuple[str, dict[str, Any]]] = []
        self.renewed = 0

    def client(self, _service: str, _region: str | None = None) -> Scripted:
        return self

    def renew(self) -> None:
        self.renewed += 1

    def __getattr__(self, operation: str) -> Any:
        def call(**params: Any) -> Any:
            if not operation.startswith(("describe", "list", "get")):
                self.changes.append((operation, params))
            answers = self.answers.get(operation, [{}])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def context(clients: Scripted, before: dict[str, Any] | None = None, **changes: Any) -> Context:
    made = Context(clients, site(**changes), Platform(now=1000.0).clock, step="it", timeout=60)
    made.before = {"it": before} if before is not None else {}
    return made


def described(**changes: Any) -> dict[str, Any]:
    instance = {"DBInstanceIdentifier": "db", "DBInstanceStatus": "available", "AvailabilityZone": "1a", **changes}
    return {"DBInstances": [instance]}


def test_the_fault_is_one_call() -> None:
    scripted = Scripted()
    perform(context(scripted), "rds_failover", {"database": "db"})
    assert scripted.changes == [("reboot_db_instance", {"DBInstanceIdentifier": "db", "ForceFailover": True})]


def test_a_failover_has_happened_only_in_another_zone() -> None:
    seen = [described(DBInstanceStatus="rebooting"), described(), described(), described(AvailabilityZone="1c")]
    facts = perform(
        context(Scripted(describe_db_instances=seen), {"zone": "1a"}), "wait_database_failed_over", {"database": "db"}
    )
    assert facts == {"zone": "1c"}


def test_a_restart_in_place_is_no_failover() -> None:
    with pytest.raises(TimedOut, match="the failover of db did not come about within 60 s"):
        perform(
            context(Scripted(describe_db_instances=[described()]), {"zone": "1a"}),
            "wait_database_failed_over",
            {"database": "db"},
        )


def test_replication_is_in_step_when_rds_names_the_standby_that_the_server_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = Replication((replace(STREAM, synchronous=True),), True)
    seen = iter([Replication((), False), Replication((STREAM,), False), Replication((STREAM,), True), waiting])
    monkeypatch.setattr(instances, "replication", lambda _context, _instance: next(seen))
    unnamed, named = described(MultiAZ=True), described(MultiAZ=True, SecondaryAvailabilityZone="1c")
    scripted = Scripted(describe_db_instances=[named, unnamed, named])
    facts = perform(context(scripted, {"streaming": 1}), "wait_replication", {"database": "db"})
    assert facts == {"followers": [STREAM.name]}
    assert next(seen, None) is None


def test_without_multi_az_there_is_no_standby_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "replication", lambda _context, _instance: Replication((STREAM,), False))
    scripted = Scripted(describe_db_instances=[described(MultiAZ=False)])
    facts = perform(context(scripted, {"streaming": 1}), "wait_replication", {"database": "db"})
    assert facts == {"followers": [STREAM.name]}


def test_a_state_without_return_ends_the_wait() -> None:
    with pytest.raises(StepFailed, match="db is failed"):
        perform(
            context(Scripted(describe_db_instances=[described(DBInstanceStatus="failed")])),
            "wait_database_available",
            {"database": "db"},
        )


@pytest.mark.parametrize("error", [EndpointConnectionError(endpoint_url="x"), client_error("ExpiredToken")])
def test_waiting_goes_on_through_a_lost_way_and_expired_credentials(error: Exception) -> None:
    scripted = Scripted(describe_db_instances=[error, described()])
    perform(context(scripted), "wait_database_available", {"database": "db"})
    assert scripted.renewed == isinstance(error, ClientError)


def test_waiting_does_not_go_on_through_a_refusal() -> None:
    with pytest.raises(ClientError):
        perform(
            context(Scripted(describe_db_instances=[client_error("AccessDenied"), described()])),
            "wait_database_available",
            {"database": "db"},
        )


def test_promotion_is_over_when_the_source_is_gone() -> None:
    scripted = Scripted(
        promote_read_replica=[client_error("InvalidDBInstanceState"), {}],
        describe_db_instances=[
            {"DBInstances": [REPLICA]},
            {"DBInstances": [{**REPLICA, "DBInstanceStatus": "modifying"}]},
            {"DBInstances": [PROMOTED]},
        ],
    )
    perform(context(scripted), "rds_promote_replica", {"database": "db-recovery", "region": "r"})
    assert [name for name, _params in scripted.changes] == ["promote_read_replica", "promote_read_replica"]


def test_a_promotion_that_ends_as_a_replica_has_failed() -> None:
    busy = {"DBInstances": [{**REPLICA, "DBInstanceStatus": "modifying"}]}
    scripted = Scripted(describe_db_instances=[busy, {"DBInstances": [REPLICA]}])
    with pytest.raises(StepFailed, match="was not promoted: it still follows"):
        perform(context(scripted), "rds_promote_replica", {"database": "db-recovery", "region": "r"})


def test_a_replica_is_requested_as_it_was() -> None:
    assert replica_request(REPLICA, "ap-northeast-1") == REQUEST


RECREATE = {"database": "db-recovery", "region": "r", "source_region": "ap-northeast-1"}


def test_a_promoted_replica_is_deleted_and_made_anew() -> None:
    gone = client_error("DBInstanceNotFound")
    seen = [{"DBInstances": [{**PROMOTED, "DBInstanceStatus": "modifying"}]}, {"DBInstances": [PROMOTED]}, gone]
    scripted = Scripted(describe_db_instances=[*seen, {"DBInstances": [REPLICA]}])
    facts = perform(context(scripted, {"request": REQUEST}), "rds_recreate_replica", RECREATE)
    assert facts == {"recreated": True}
    assert scripted.changes == [
        (
            "modify_db_instance",
            {"DBInstanceIdentifier": "db-recovery", "DeletionProtection": False, "ApplyImmediately": True},
        ),
        (
            "delete_db_instance",
            {"DBInstanceIdentifier": "db-recovery", "SkipFinalSnapshot": True, "DeleteAutomatedBackups": True},
        ),
        ("create_db_instance_read_replica", REQUEST),
    ]


def test_what_still_is_a_replica_is_left_alone() -> None:
    scripted = Scripted(describe_db_instances=[{"DBInstances": [REPLICA]}])
    assert perform(context(scripted, {"request": REQUEST}), "rds_recreate_replica", RECREATE) == {"recreated": False}
    assert scripted.changes == []


def test_one_that_was_deleted_before_the_kill_is_made_anew() -> None:
    scripted = Scripted(describe_db_instances=[client_error("DBInstanceNotFound"), {"DBInstances": [REPLICA]}])
    perform(context(scripted, {"request": REQUEST}), "rds_recreate_replica", RECREATE)
    assert scripted.changes == [("create_db_instance_read_replica", REQUEST)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"TagList": []}, "does not carry the platform's tags"),
        ({"ReadReplicaDBInstanceIdentifiers": ["other"]}, "has replicas of its own"),
    ],
)
def test_what_is_not_surely_the_drills_is_never_deleted(changes: dict[str, Any], error: str) -> None:
    scripted = Scripted(describe_db_instances=[{"DBInstances": [{**PROMOTED, **changes}]}])
    with pytest.raises(StepFailed, match=error):
        perform(context(scripted, {"request": REQUEST}), "rds_recreate_replica", RECREATE)
    assert scripted.changes == []


ZONES = {
    "HostedZones": [
        {"Id": "/hostedzone/PUBLIC", "Name": "d.internal.", "Config": {"PrivateZone": False}},
        {"Id": "/hostedzone/Z1", "Name": "d.internal.", "Config": {"PrivateZone": True}},
    ]
}


def record(value: str) -> dict[str, Any]:
    return {
        "Name": "postgres-canary.d.internal.",
        "Type": "CNAME",
        "TTL": 5,
        "ResourceRecords": [{"Value": value}],
    }


def test_the_record_is_repointed_and_waited_for() -> None:
    scripted = Scripted(
        describe_db_instances=[{"DBInstances": [REPLICA]}],
        list_hosted_zones_by_name=[ZONES],
        list_resource_record_sets=[{"ResourceRecordSets": [record("old")]}],
        change_resource_record_sets=[{"ChangeInfo": {"Id": "C1"}}],
        get_change=[{"ChangeInfo": {"Status": "PENDING"}}, {"ChangeInfo": {"Status": "INSYNC"}}],
    )
    params = {"record": "postgres-canary.d.internal", "domain": "d.internal", "instance": "db-recovery", "region": "r"}
    assert perform(context(scripted), "route53_repoint", params) == {"address": "x"}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record("x")}]}
    assert scripted.changes == [("change_resource_record_sets", {"HostedZoneId": "Z1", "ChangeBatch": batch})]


@pytest.mark.parametrize(("value", "changes"), [("new", 1), ("old", 0)])
def test_the_record_is_restored_only_where_it_differs(value: str, changes: int) -> None:
    scripted = Scripted(
        list_resource_record_sets=[{"ResourceRecordSets": [record(value)]}],
        change_resource_record_sets=[{"ChangeInfo": {"Id": "C1"}}],
        get_change=[{"ChangeInfo": {"Status": "INSYNC"}}],
    )
    params = {"record": "postgres-canary.d.internal", "domain": "d.internal"}
    noted = {"zone": "Z1", "record_set": record("old")}
    assert perform(context(scripted, noted), "route53_restore", params) == {"changed": bool(changes)}
    assert len(scripted.changes) == changes


def group(status: str, primary: str) -> dict[str, Any]:
    members = [
        {"CacheClusterId": name, "CurrentRole": "primary" if name == primary else "replica"} for name in ("r-1", "r-2")
    ]
    node_group = {"NodeGroupId": "0001", "NodeGroupMembers": members}
    return {"ReplicationGroups": [{"Status": status, "AutomaticFailover": "enabled", "NodeGroups": [node_group]}]}


def test_a_cache_has_failed_over_with_another_primary() -> None:
    noted = {"primary": "r-1", "node_group": "0001", "failovers": 0}
    seen = [group("modifying", "r-1"), group("available", "r-1"), group("available", "r-2")]
    scripted = Scripted(describe_replication_groups=seen)
    assert perform(context(scripted, noted), "wait_cache_failed_over", {"cache": "r"}) == {"primary": "r-2"}
    perform(context(scripted, noted), "elasticache_test_failover", {"cache": "r"})
    assert scripted.changes == [("test_failover", {"ReplicationGroupId": "r", "NodeGroupId": "0001"})]


def test_in_a_cluster_the_node_group_with_the_canaries_is_failed_over() -> None:
    groups = [
        {"NodeGroupId": "0001", "Slots": "0-5461"},
        {"NodeGroupId": "0002", "Slots": "5462-6000,6400-10922"},
        {"NodeGroupId": "0003", "Slots": "6001-6399,10923-16383"},
    ]
    assert node_group_of({"NodeGroups": groups})["NodeGroupId"] == "0002"


def test_only_actions_that_change_something_say_so() -> None:
    assert all(bool(entry.calls) != name.startswith("wait_") for name, entry in ACTIONS.items())


FRESH = {"MultiAZ": True, "SecondaryAvailabilityZone": "1c", "LatestRestorableTime": NOW - timedelta(minutes=5)}
STREAM = Follower("replica-1", "streaming", False, 0, 0.0, 3.0)


@pytest.mark.parametrize(
    ("check", "instance", "replication", "breaches"),
    [
        ("database_available", FRESH, None, []),
        ("database_available", {"DBInstanceStatus": "modifying"}, None, ["drill.not_available"]),
        ("standby_present", FRESH, Replication((), False), []),
        ("standby_present", {"MultiAZ": True}, None, ["drill.no_standby"]),
        ("standby_present", {**FRESH, "MultiAZ": False}, None, ["drill.no_standby"]),
        ("standby_present", FRESH, Replication((STREAM,), True), ["drill.no_standby"]),
        ("standby_present", FRESH, Replication((Follower("s", "streaming", True, 0, 0, 0),), True), []),
        ("replicas_in_step", {"ReadReplicaDBInstanceIdentifiers": ["a"]}, Replication((STREAM,), False), []),
        (
            "replicas_in_step",
            {"ReadReplicaDBInstanceIdentifiers": ["a", "b"]},
            Replication((STREAM,), False),
            ["drill.replica_absent"],
        ),
        (
            "replicas_in_step",
            {},
            Replication((Follower("r", "streaming", False, 9, 31.0, 0),), False),
            ["drill.lagging"],
        ),
        (
            "replicas_in_step",
            {},
            Replication((Follower("r", "streaming", False, 9, 0.0, 99),), False),
            ["drill.lagging"],
        ),
        ("replicas_in_step", {}, Replication((Follower("r", "streaming", False, 0, 0.0, 99),), False), []),
        ("backup_fresh", FRESH, None, []),
        ("backup_fresh", {}, None, ["drill.no_backup"]),
        ("backup_fresh", {"LatestRestorableTime": NOW - timedelta(minutes=31)}, None, ["drill.backup_old"]),
    ],
)
def test_preconditions_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
    check: str,
    instance: dict[str, Any],
    replication: Replication | None,
    breaches: list[str],
) -> None:
    monkeypatch.setattr(instances, "replication", lambda _context, _instance: replication)
    scripted = Scripted(describe_db_instances=[described(**instance)])
    assert [breach.id for breach in answered(context(scripted), check, {"database": "db"})] == breaches


def test_a_precondition_that_names_nothing_real_is_a_breach() -> None:
    scripted = Scripted(describe_db_instances=[client_error("DBInstanceNotFound")])
    (breach,) = answered(context(scripted), "database_available", {"database": "db"})
    assert (breach.id, breach.params["check"]) == ("drill.unreadable", "database_available")


@pytest.mark.parametrize(
    ("check", "params", "answers", "breaches"),
    [
        (
            "recovery_replica_present",
            {"database": "db-recovery", "region": "r"},
            {"describe_db_instances": [{"DBInstances": [REPLICA]}]},
            [],
        ),
        (
            "recovery_replica_present",
            {"database": "db-recovery", "region": "r"},
            {"describe_db_instances": [{"DBInstances": [PROMOTED]}]},
            ["drill.no_recovery_replica"],
        ),
        ("cache_ready", {"cache": "r"}, {"describe_replication_groups": [group("available", "r-1")]}, []),
        (
            "cache_ready",
            {"cache": "r"},
            {"describe_replication_groups": [group("modifying", "r-1")]},
            ["drill.not_available"],
        ),
        ("recovery_network", {"region": "r"}, {"describe_vpcs": [{"Vpcs": []}]}, ["drill.recovery_lacks"]),
        ("recovery_network", {"region": "r"}, {"describe_vpcs": [{"Vpcs": [{}]}]}, []),
        (
            "recovery_key",
            {"alias": "a", "region": "r"},
            {"describe_key": [client_error("NotFoundException")]},
            ["drill.recovery_lacks"],
        ),
        ("recovery_key", {"alias": "a", "region": "r"}, {"describe_key": [{"KeyMetadata": {"Enabled": True}}]}, []),
        (
            "recovery_key",
            {"alias": "a", "region": "r"},
            {"describe_key": [client_error("AccessDenied")]},
            ["drill.unreadable"],
        ),
        (
            "record_present",
            {"record": "postgres-canary.d.internal", "domain": "d.internal", "database": "db"},
            {
                "list_hosted_zones_by_name": [ZONES],
                "list_resource_record_sets": [{"ResourceRecordSets": [record("elsewhere")]}],
                "describe_db_instances": [described(Endpoint={"Address": "here"})],
            },
            ["drill.record_elsewhere"],
        ),
    ],
)
def test_other_preconditions(check: str, params: dict[str, str], answers: dict[str, Any], breaches: list[str]) -> None:
    scripted = Scripted(**answers)
    assert [breach.id for breach in answered(context(scripted), check, params)] == breaches
    assert scripted.changes == []


def test_alarms_go_by_region_in_batches() -> None:
    scripted = Scripted()
    names = [f"ap-northeast-1/a{n}" for n in range(101)] + ["ap-northeast-3/b"]
    alarms.silence(context(scripted), names)
    assert [(name, len(params["AlarmNames"])) for name, params in scripted.changes] == [
        *(("disable_alarm_actions", count) for count in (100, 1, 1)),
    ]
