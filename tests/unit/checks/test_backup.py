"""Group 6.1.1 on a made-up account: what is right, and one fault at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _at_rest,
    _bucket_copies,
    _mq_facts,
    _postgres,
    _restores,
    _search_facts,
    backup,
    elasticache,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarms, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks._backup_facts import Store, selected, stores
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._drill import results
from ansible_collections.iworkz.platform.plugins.module_utils._stores.opensearch_snapshots import Snapshot
from tests.unit.checks.fake_account import ACCOUNT_ID, NOW, TAGS, TOPIC, Client, alarm, broken

HERE, THERE = "ap-northeast-1", "ap-northeast-3"
P = "iworkz-sandbox"
DB = f"arn:aws:rds:{HERE}:{ACCOUNT_ID}:db:{P}-postgres"
VAULT = f"{P}-nightly"
HOUR = timedelta(hours=1)
FAR_TOPIC = TOPIC.replace(HERE, THERE)
DOCUMENTS = f"{P}-documents-{ACCOUNT_ID}"
SELECTION = {
    "SelectionName": "platform",
    "IamRoleArn": "arn:role",
    "Resources": ["arn:aws:rds:*:*:db:*", "arn:aws:elasticfilesystem:*:*:file-system/*"],
    "NotResources": ["arn:aws:rds:*:*:db:*-replica-*"],
    "Conditions": {
        "StringEquals": [
            {"ConditionKey": f"aws:ResourceTag/{name}", "ConditionValue": TAGS[name]}
            for name in ("Platform", "Environment")
        ]
    },
}
PATTERN = {
    "source": ["aws.backup"],
    "detail-type": ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
    "detail": {"state": ["FAILED"]},
}

Facts = dict[str, Any]


def vault_arn(region: str) -> str:
    return f"arn:aws:backup:{region}:{ACCOUNT_ID}:backup-vault:{VAULT}"


def point(hours: float) -> dict[str, Any]:
    return {"ResourceArn": DB, "Status": "COMPLETED", "CreationDate": NOW - hours * HOUR}


def vault(region: str, hours: float) -> dict[str, Any]:
    return {
        "BackupVaultName": VAULT,
        "BackupVaultArn": vault_arn(region),
        "Locked": True,
        "MinRetentionDays": 14,
        "points": [point(hours), {**point(0), "Status": "CREATING"}],
    }


def bucket(region: str = HERE, **changes: Any) -> dict[str, Any]:
    return {"region": region, "versioned": True, "locked": False, "logged": True, "rules": [], **changes}


def rule() -> dict[str, Any]:
    return {
        "ID": "recovery",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{DOCUMENTS}-replica",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": f"arn:aws:kms:{THERE}:{ACCOUNT_ID}:key/1"},
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
            "Metrics": {"Status": "Enabled"},
        },
    }


def record(store: str, source: str, kind: str, sequence: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{sequence}-{store}-{kind}",
        "store": store,
        "kind": kind,
        "source": source,
        "environment": "sandbox",
        "account": ACCOUNT_ID,
        "ended_at": (NOW - HOUR).isoformat(),
        "expires_at": (NOW + 200 * HOUR).isoformat(),
        "restore_seconds": 12.5,
        "data_age_seconds": 60.0,
        "rows": {"compared": 9, "differences": 0, "moved": 0},
        "destroyed": True,
        "verdict": "pass",
        "reasons": [],
        **changes,
    }


def snapshot(hours: float | None) -> Snapshot | None:
    return None if hours is None else Snapshot("cs-automated-enc", "s", NOW - hours * HOUR, ())


PROOFS = (
    ("postgres", f"{P}-postgres", "snapshot"),
    ("postgres", f"{P}-postgres", "point_in_time"),
    ("redis", f"{P}-redis", "snapshot"),
    ("rabbitmq", f"{P}-mq", "definitions"),
    ("s3", DOCUMENTS, "replica"),
    ("opensearch", f"{P}-search", "snapshot"),
)


def good() -> Facts:
    return {
        "stores": [Store("RDS", f"{P}-postgres", DB, TAGS)],
        "opted": {"RDS": True, "EFS": True},
        "rules": [
            {
                "RuleName": "nightly",
                "TargetBackupVaultName": VAULT,
                "Lifecycle": {"DeleteAfterDays": 30},
                "CopyActions": [
                    {"DestinationBackupVaultArn": vault_arn(THERE), "Lifecycle": {"DeleteAfterDays": 30}}
                ],
            }
        ],
        "selection": copy.deepcopy(SELECTION),
        "vaults": {vault_arn(HERE): vault(HERE, 5), vault_arn(THERE): vault(THERE, 4)},
        "redis": {"ReplicationGroupId": f"{P}-redis", "SnapshotRetentionLimit": 14},
        "redis_hours": 5.0,
        "mq_hours": 5.0,
        "search_hours": 1.0,
        "buckets": {
            DOCUMENTS: bucket(rules=[rule()]),
            f"{DOCUMENTS}-replica": bucket(THERE),
        },
        "status": "COMPLETED",
        "alarms": [
            alarm("search", "AWS/ES", "AutomatedSnapshotFailure", DomainName=f"{P}-search", ClientId=ACCOUNT_ID),
            *(
                alarm(metric, "AWS/S3", metric, SourceBucket=DOCUMENTS, DestinationBucket=f"{DOCUMENTS}-replica",
                      RuleId="recovery")
                for metric in _bucket_copies.METRICS
            ),
            *(
                alarm(metric, "AWS/Backup", metric, BackupVaultName=VAULT)
                for metric in ("NumberOfBackupJobsFailed", "NumberOfCopyJobsFailed")
            ),
        ],
        "pattern": {HERE: copy.deepcopy(PATTERN), THERE: copy.deepcopy(PATTERN)},
        "jobs": [],
        "records": [record(*proof, at) for at, proof in enumerate(PROOFS)],
    }  # fmt: skip


class Made(World):
    """An account and what is read of it, from one dict of facts."""

    def __init__(self, facts: Facts, drills: str = "") -> None:
        declared = {"data_inventory": {"document": {"objects": [{"bucket": DOCUMENTS}]}}}
        platform = Platform("iworkz", "sandbox", ACCOUNT_ID, HERE, THERE, TAGS, declared, drills_dir=drills)
        super().__init__(platform, None, NOW)  # type: ignore[arg-type]
        instance = {"DBInstanceIdentifier": f"{P}-postgres", "DBInstanceArn": DB, "TagList": []}
        self.facts = facts
        self.known: dict[Callable[[World], Any], Any] = {
            stores: facts["stores"],
            elasticache.groups: [facts["redis"]],
            _search_facts.domains: [{"DomainName": f"{P}-search"}],
            _search_facts.snapshots: {f"{P}-search": snapshot(facts["search_hours"])},
            _mq_facts.brokers: [{"BrokerName": f"{P}-mq"}],
            _postgres.instances: [instance],
            _at_rest.buckets: facts["buckets"],
            _bucket_copies.copies: facts["buckets"],
            alarms: facts["alarms"],
            topics: {TOPIC},
            _restores.records: facts["records"],
        }
        if drills:
            del self.known[_restores.records]

    def once(self, fn: Callable[[World], Any]) -> Any:
        return self.known[fn] if fn in self.known else super().once(fn)

    def client(self, service: str, region: str | None = None) -> Any:
        region = region or HERE
        return Client(getattr(self, f"_{service}")(region))

    def _backup(self, region: str) -> dict[str, Any]:
        facts = self.facts
        mine = [one for arn, one in facts["vaults"].items() if f":{region}:" in arn]
        listed = [{"BackupPlanName": VAULT, "BackupPlanId": "p", "BackupPlanArn": "arn:plan"}] if facts["rules"] else []
        return {
            "list_backup_plans": {"BackupPlansList": listed},
            "list_tags": {"Tags": TAGS},
            "get_backup_plan": {"BackupPlan": {"Rules": facts["rules"]}},
            "list_backup_selections": {"BackupSelectionsList": [{"SelectionId": "s"}]},
            "get_backup_selection": {"BackupSelection": facts["selection"]},
            "describe_region_settings": {"ResourceTypeOptInPreference": facts["opted"]},
            "list_backup_vaults": {"BackupVaultList": mine},
            "list_recovery_points_by_backup_vault": lambda BackupVaultName: {"RecoveryPoints": mine[0]["points"]},
            "list_backup_jobs": {"BackupJobs": facts["jobs"]},
        }

    def _elasticache(self, region: str) -> dict[str, Any]:
        taken = NOW - self.facts["redis_hours"] * HOUR
        snapshot = {"SnapshotStatus": "available", "NodeSnapshots": [{"SnapshotCreateTime": taken}]}
        failed = {"SnapshotStatus": "failed", "NodeSnapshots": [{"SnapshotCreateTime": NOW}]}
        return {"describe_snapshots": {"Snapshots": [snapshot, failed]}}

    def _s3(self, region: str) -> dict[str, Any]:
        definitions = {"Key": "rabbitmq/x", "LastModified": NOW - self.facts["mq_hours"] * HOUR}
        return {
            "list_objects_v2": lambda Bucket, Prefix="": {"Contents": [definitions]},
            "head_object": {"ReplicationStatus": self.facts["status"]},
        }

    def _events(self, region: str) -> dict[str, Any]:
        pattern = self.facts["pattern"][region]
        listed = [{"Name": "failures", "State": "ENABLED", "EventPattern": json.dumps(pattern)}] if pattern else []

        def test(EventPattern: str, Event: str) -> dict[str, bool]:
            event, wanted = json.loads(Event), json.loads(EventPattern)
            fits = event["detail-type"] in wanted["detail-type"] and event["source"] in wanted["source"]
            return {"Result": fits and event["detail"]["state"] in wanted["detail"]["state"]}

        arn = TOPIC if region == HERE else FAR_TOPIC
        return {
            "list_rules": {"Rules": listed},
            "test_event_pattern": test,
            "list_targets_by_rule": {"Targets": [{"Arn": self.facts.get("target", arn)}]},
        }

    def _sns(self, region: str) -> dict[str, Any]:
        return {"list_topics": {"Topics": [{"TopicArn": TOPIC if region == HERE else FAR_TOPIC}]}}


CHECKS: dict[str, Callable[[World, dict[str, Any]], Finding]] = {
    "6.1.1.1": backup.every_store_is_backed_up,
    "6.1.1.2": backup.backups_are_in_another_region,
    "6.1.1.3": backup.files_are_backed_up,
    "6.1.1.4": backup.watched_and_proven,
}


def judged(item: str, facts: Facts, drills: str = "") -> Finding:
    return CHECKS[item](Made(facts, drills), load_requirements().resolve(item).required)


def put(path: tuple[Any, ...], value: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        place: Any = facts
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return change


def without(*path: Any) -> Callable[[Facts], None]:
    def change(facts: Facts) -> None:
        place: Any = facts
        for part in path[:-1]:
            place = place[part]
        del place[path[-1]]

    return change


NIGHTLY = ("rules", 0)
COPY = (*NIGHTLY, "CopyActions", 0)
HERE_POINTS, THERE_POINTS = ("vaults", vault_arn(HERE), "points"), ("vaults", vault_arn(THERE), "points")
RULE = ("buckets", DOCUMENTS, "rules", 0)
DESTINATION = (*RULE, "Destination")

# (item, drift, breaches)
DRIFTS: list[tuple[str, Callable[[Facts], None], list[str]]] = [
    ("6.1.1.1", put(("opted", "RDS"), False), ["backup.not_opted_in"]),
    ("6.1.1.1", put(("selection", "Resources"), ["arn:x"]), ["backup.not_selected", "backup.no_recovery_point"]),
    ("6.1.1.1", put(("selection", "NotResources"), [DB]), ["backup.not_selected", "backup.no_recovery_point"]),
    ("6.1.1.1", put((*NIGHTLY, "Lifecycle", "DeleteAfterDays"), 7), ["backup.kept_short"]),
    ("6.1.1.1", without("vaults", vault_arn(HERE)), ["backup.no_vault", "backup.no_recovery_point"]),
    ("6.1.1.1", put(("vaults", vault_arn(HERE), "Locked"), False), ["backup.unlocked"]),
    ("6.1.1.1", put(("vaults", vault_arn(HERE), "MinRetentionDays"), 1), ["backup.lock_short"]),
    ("6.1.1.1", put(HERE_POINTS, []), ["backup.no_recovery_point"]),
    ("6.1.1.1", put((*HERE_POINTS, 0, "Status"), "EXPIRED"), ["backup.no_recovery_point"]),
    ("6.1.1.1", put((*HERE_POINTS, 0, "CreationDate"), NOW - 27 * HOUR), ["backup.old_recovery_point"]),
    ("6.1.1.1", put(("redis", "SnapshotRetentionLimit"), 1), ["backup.kept_short"]),
    ("6.1.1.1", put(("redis_hours",), 27.0), ["backup.old_recovery_point"]),
    ("6.1.1.1", put(("mq_hours",), 27.0), ["backup.old_recovery_point"]),
    ("6.1.1.1", put(("search_hours",), 27.0), ["backup.old_recovery_point"]),
    ("6.1.1.1", put(("search_hours",), None), ["backup.no_recovery_point"]),
    ("6.1.1.1", without("alarms", 0), ["alarms.missing"]),
    ("6.1.1.1", put(("stores",), []), ["backup.nothing"]),
    ("6.1.1.2", put((*NIGHTLY, "CopyActions"), []), ["backup.not_copied"]),
    ("6.1.1.2", put((*COPY, "DestinationBackupVaultArn"), vault_arn(HERE)), ["backup.not_copied"]),
    ("6.1.1.2", put((*COPY, "Lifecycle", "DeleteAfterDays"), 1), ["backup.kept_short"]),
    ("6.1.1.2", without("vaults", vault_arn(THERE)), ["backup.no_vault", "backup.no_copy"]),
    ("6.1.1.2", put(("vaults", vault_arn(THERE), "Locked"), False), ["backup.unlocked"]),
    ("6.1.1.2", put(THERE_POINTS, []), ["backup.no_copy"]),
    ("6.1.1.2", put((*THERE_POINTS, 0, "CreationDate"), NOW - 51 * HOUR), ["backup.old_copy"]),
    ("6.1.1.2", put(("stores",), []), ["backup.no_store"]),
    ("6.1.1.3", put(("buckets",), {}), ["backup.no_bucket"]),
    ("6.1.1.3", put(("buckets", DOCUMENTS, "versioned"), False), ["backup.not_versioned"]),
    ("6.1.1.3", put(("buckets", DOCUMENTS, "rules"), []), ["backup.bucket_not_copied"]),
    ("6.1.1.3", put((*RULE, "Status"), "Disabled"), ["backup.bucket_not_copied"]),
    ("6.1.1.3", put((*RULE, "Filter", "Prefix"), "public/"), ["backup.bucket_not_copied"]),
    ("6.1.1.3", put((*RULE, "Filter"), {"Tag": {"Key": "a", "Value": "b"}}), ["backup.bucket_not_copied"]),
    ("6.1.1.3", put((*RULE, "DeleteMarkerReplication", "Status"), "Disabled"), ["backup.copy_fault"]),
    ("6.1.1.3", without(*RULE, "SourceSelectionCriteria"), ["backup.copy_fault"]),
    ("6.1.1.3", without(*DESTINATION, "EncryptionConfiguration"), ["backup.copy_fault"]),
    ("6.1.1.3", without(*DESTINATION, "ReplicationTime"), ["backup.copy_fault"]),
    ("6.1.1.3", without(*DESTINATION, "Metrics"), ["backup.copy_fault"]),
    ("6.1.1.3", put(("buckets", f"{DOCUMENTS}-replica", "versioned"), False), ["backup.copy_fault"]),
    ("6.1.1.3", put(("buckets", DOCUMENTS, "locked"), True), ["backup.copy_fault"]),
    ("6.1.1.3", put(("buckets", f"{DOCUMENTS}-replica", "logged"), False), ["backup.copy_fault"]),
    ("6.1.1.3", without("buckets", f"{DOCUMENTS}-replica"), ["backup.copy_fault"]),
    ("6.1.1.3", put(("status",), "FAILED"), ["backup.object_not_copied"]),
    ("6.1.1.3", without("alarms", 1), ["alarms.missing"]),
    ("6.1.1.3", put(("stores",), [Store("EFS", "fs-1", "arn:aws:elasticfilesystem:x:y:file-system/fs-1", {})]),
     ["backup.not_selected"]),
    ("6.1.1.4", put(("rules",), []), ["backup.no_plan"]),
    ("6.1.1.4", without("alarms", 3), ["alarms.missing"]),
    ("6.1.1.4", put(("pattern", THERE), {}), ["backup.not_routed"] * 3),
    ("6.1.1.4", put(("pattern", HERE, "detail", "state"), ["EXPIRED"]), ["backup.not_routed"] * 3),
    ("6.1.1.4", put(("target",), "arn:aws:sns:x:y:gone"), ["backup.not_routed"] * 6),
    ("6.1.1.4", put(("jobs",), [{"ResourceArn": DB, "CreationDate": NOW, "State": "FAILED"}]), ["backup.job_failed"]),
    ("6.1.1.4", without("records", 1), ["backup.not_restored"]),
    ("6.1.1.4", put(("records", 0, "environment"), "staging"), []),
    ("6.1.1.4", put(("records", 0, "verdict"), "fail"), ["backup.restore_failed"]),
    ("6.1.1.4", put(("records", 0, "rows", "differences"), 1), ["backup.restored_differs"]),
    ("6.1.1.4", put(("records", 0, "restore_seconds"), 3601), ["backup.restored_slowly"]),
    ("6.1.1.4", put(("records", 0, "restore_seconds"), None), ["backup.restored_slowly"]),
    ("6.1.1.4", put(("records", 0, "destroyed"), False), ["backup.copy_left"]),
    ("6.1.1.4", put(("records", 0, "ended_at"), (NOW - 9 * 24 * HOUR).isoformat()), ["backup.restored_long_ago"]),
    ("6.1.1.4", put(("records", 0, "expires_at"), NOW.isoformat()), ["backup.restored_long_ago"]),
    ("6.1.1.4", put(("records", 0, "ended_at"), (NOW + HOUR).isoformat()), ["backup.restored_in_future"]),
]  # fmt: skip


@pytest.mark.parametrize("item", CHECKS)
def test_nothing_is_wrong(item: str) -> None:
    finding = judged(item, good())
    assert broken(finding) == []
    assert finding.observed


@pytest.mark.parametrize(("item", "drift", "expected"), DRIFTS)
def test_drift(item: str, drift: Callable[[Facts], None], expected: list[str]) -> None:
    facts = good()
    drift(facts)
    assert [breach.id for breach in broken(judged(item, facts))] == expected


def test_a_job_that_succeeded_since_is_no_breach() -> None:
    facts = good()
    facts["jobs"] = [
        {"ResourceArn": DB, "CreationDate": NOW - HOUR, "State": "FAILED"},
        {"ResourceArn": DB, "CreationDate": NOW, "State": "COMPLETED"},
    ]
    assert broken(judged("6.1.1.4", facts)) == []


def test_records_are_read_from_the_drills_of_this_account(tmp_path: Path) -> None:
    for at, proof in enumerate(PROOFS):
        made = record(*proof, at, schema=1, started_at=NOW.isoformat())
        results.save(made, tmp_path / "restores", lambda _document: None)
    aborted = record(*PROOFS[0], 9, schema=1, started_at=NOW.isoformat(), verdict="aborted")
    elsewhere = record(*PROOFS[1], 10, schema=1, started_at=NOW.isoformat(), account="1", verdict="fail")
    for made in (aborted, elsewhere):
        results.save(made, tmp_path / "restores", lambda _document: None)
    assert broken(judged("6.1.1.4", good(), str(tmp_path))) == []
    (file,) = tmp_path.glob("restores/results/000001.json")
    file.write_text(file.read_text().replace('"pass"', '"fail"'))
    told = {breach.id for breach in broken(judged("6.1.1.4", good(), str(tmp_path)))}
    assert {"dr.result_changed", "backup.not_restored"} <= told


STORE = Store("RDS", "db", "arn:aws:rds:r:1:db:db", {"Platform": "iworkz", "Environment": "sandbox"})


def on(operator: str, tag: str, value: str) -> dict[str, Any]:
    return {"Conditions": {operator: [{"ConditionKey": f"aws:ResourceTag/{tag}", "ConditionValue": value}]}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"Resources": []}, False),
        ({"Resources": [], "ListOfTags": [{"ConditionKey": "Platform", "ConditionValue": "iworkz"}]}, True),
        ({"NotResources": ["arn:aws:rds:*:*:db:d*"]}, False),
        ({"Conditions": {}}, True),
        (on("StringLike", "Platform", "iw*"), True),
        (on("StringNotEquals", "Platform", "x"), True),
        (on("StringNotLike", "Platform", "i*"), False),
        (on("StringNotEquals", "None", "x"), False),
        (on("StringEquals", "None", "x"), False),
    ],
)
def test_what_a_selection_selects(changes: dict[str, Any], expected: bool) -> None:
    assert selected({**SELECTION, **changes}, STORE) is expected


def test_a_replica_is_left_out() -> None:
    replica = Store("RDS", "r", "arn:aws:rds:r:1:db:db-replica-1", STORE.tags)
    assert not selected(SELECTION, replica)
