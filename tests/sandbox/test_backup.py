from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime

import pytest

from tests.sandbox.support import code_of

ACCOUNT = "123456789012"
HERE, THERE = "ap-northeast-1", "ap-northeast-3"


def name(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def backup(sandbox):
    return sandbox.client("backup")


@pytest.fixture
def role(sandbox):
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = sandbox.client("iam").create_role(RoleName=name("backup"), AssumeRolePolicyDocument=document)
    return made["Role"]["Arn"]


@pytest.fixture
def vault(backup):
    made = name("vault")
    backup.create_backup_vault(BackupVaultName=made)
    return made


@pytest.fixture
def database(sandbox):
    made = name("db")
    rds = sandbox.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier=made,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="password-of-a-test",
    )
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=made, WaiterConfig={"Delay": 1})
    return made


def settled(ask, state):
    for _attempt in range(100):
        answer = ask()
        if answer["State"] in state:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def rule(vault, **more):
    return {"RuleName": "daily", "TargetBackupVaultName": vault, "ScheduleExpression": "cron(0 2 * * ? *)", **more}


def test_an_unknown_vault_is_told_like_one_that_one_may_not_see(backup):
    assert code_of(lambda: backup.describe_backup_vault(BackupVaultName="none")) == "AccessDeniedException"
    assert code_of(lambda: backup.get_backup_vault_access_policy(BackupVaultName="none")) == "AccessDeniedException"


def test_what_a_vault_lacks_is_not_found(backup, vault):
    for ask in (backup.get_backup_vault_access_policy, backup.get_backup_vault_notifications):
        assert code_of(lambda ask=ask: ask(BackupVaultName=vault)) == "ResourceNotFoundException"
    backup.put_backup_vault_access_policy(BackupVaultName=vault, Policy='{"Statement": []}')
    assert json.loads(backup.get_backup_vault_access_policy(BackupVaultName=vault)["Policy"]) == {"Statement": []}
    topic = f"arn:aws:sns:{HERE}:{ACCOUNT}:alerts"
    events = ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED"]
    backup.put_backup_vault_notifications(BackupVaultName=vault, SNSTopicArn=topic, BackupVaultEvents=events)
    assert backup.get_backup_vault_notifications(BackupVaultName=vault)["BackupVaultEvents"] == events


def test_governance_can_be_lifted_and_compliance_can_until_its_day(backup, vault):
    backup.put_backup_vault_lock_configuration(BackupVaultName=vault, MinRetentionDays=7, MaxRetentionDays=35)
    found = backup.describe_backup_vault(BackupVaultName=vault)
    assert (found["Locked"], found["MinRetentionDays"], found["MaxRetentionDays"]) == (True, 7, 35)
    assert "LockDate" not in found
    backup.delete_backup_vault_lock_configuration(BackupVaultName=vault)
    assert not backup.describe_backup_vault(BackupVaultName=vault)["Locked"]
    lock = {"BackupVaultName": vault, "MinRetentionDays": 7}
    too_soon = code_of(lambda: backup.put_backup_vault_lock_configuration(**lock, ChangeableForDays=2))
    assert too_soon == "InvalidParameterValueException"
    backup.put_backup_vault_lock_configuration(**lock, ChangeableForDays=3)
    assert "LockDate" in backup.describe_backup_vault(BackupVaultName=vault)
    backup.delete_backup_vault_lock_configuration(BackupVaultName=vault)


def test_a_plan_is_updated_and_goes_only_without_selections(backup, vault, role):
    plan = {"BackupPlanName": name("plan"), "Rules": [rule(vault, Lifecycle={"DeleteAfterDays": 30})]}
    identifier = backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"]
    assert code_of(lambda: backup.create_backup_plan(BackupPlan=plan)) == "AlreadyExistsException"
    timed = {**plan, "Rules": [rule(vault, ScheduleExpressionTimezone="Asia/Tokyo")]}
    backup.update_backup_plan(BackupPlanId=identifier, BackupPlan=timed)
    (told,) = backup.get_backup_plan(BackupPlanId=identifier)["BackupPlan"]["Rules"]
    assert (told["ScheduleExpressionTimezone"], told["StartWindowMinutes"]) == ("Asia/Tokyo", 480)
    selection = {"SelectionName": "all", "IamRoleArn": role, "Resources": ["*"]}
    made = backup.create_backup_selection(BackupPlanId=identifier, BackupSelection=selection)["SelectionId"]
    assert code_of(lambda: backup.delete_backup_plan(BackupPlanId=identifier)) == "InvalidRequestException"
    (one,) = backup.list_backup_selections(BackupPlanId=identifier)["BackupSelectionsList"]
    assert (one["SelectionName"], one["SelectionId"]) == ("all", made)
    backup.delete_backup_selection(BackupPlanId=identifier, SelectionId=made)
    unknown = code_of(lambda: backup.get_backup_selection(BackupPlanId=identifier, SelectionId=made))
    assert unknown == "InvalidParameterValueException"
    backup.delete_backup_plan(BackupPlanId=identifier)
    assert code_of(lambda: backup.get_backup_plan(BackupPlanId=identifier)) == "ResourceNotFoundException"
    assert identifier not in {one["BackupPlanId"] for one in backup.list_backup_plans()["BackupPlansList"]}


@pytest.mark.parametrize(
    "broken",
    [
        {"ScheduleExpression": "every night"},
        {"ScheduleExpressionTimezone": "Asia/Edo"},
        {"StartWindowMinutes": 30},
        {"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 90}},
        {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 90}},
    ],
)
def test_rules_that_are_refused(backup, vault, broken):
    plan = {"BackupPlanName": name("plan"), "Rules": [rule(vault, **broken)]}
    assert code_of(lambda: backup.create_backup_plan(BackupPlan=plan)) == "InvalidParameterValueException"


def test_a_job_makes_a_snapshot_and_a_copy_of_it_in_another_region(sandbox, backup, vault, role, database):
    arn = f"arn:aws:rds:{HERE}:{ACCOUNT}:db:{database}"
    job = backup.start_backup_job(
        BackupVaultName=vault, ResourceArn=arn, IamRoleArn=role, Lifecycle={"DeleteAfterDays": 30}
    )
    ended = settled(lambda: backup.describe_backup_job(BackupJobId=job["BackupJobId"]), {"COMPLETED", "FAILED"})
    assert ended["State"] == "COMPLETED"
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    mine = {"ByResourceArn": arn, "ByState": "COMPLETED"}
    assert len(backup.list_backup_jobs(**mine, ByCreatedAfter=long_ago)["BackupJobs"]) == 1
    assert backup.list_backup_jobs(**mine, ByCreatedBefore=long_ago)["BackupJobs"] == []
    (point,) = backup.list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
    assert (point["Status"], point["ResourceArn"]) == ("COMPLETED", arn)
    assert "DeleteAt" in point["CalculatedLifecycle"]
    (snapshot,) = sandbox.client("rds").describe_db_snapshots(SnapshotType="awsbackup", DBInstanceIdentifier=database)[
        "DBSnapshots"
    ]
    assert snapshot["DBSnapshotArn"] == point["RecoveryPointArn"]
    assert arn in {one["ResourceArn"] for one in backup.list_protected_resources()["Results"]}
    far = sandbox.client("backup", region=THERE)
    there = far.create_backup_vault(BackupVaultName=vault)["BackupVaultArn"]
    copy = backup.start_copy_job(
        RecoveryPointArn=point["RecoveryPointArn"],
        SourceBackupVaultName=vault,
        DestinationBackupVaultArn=there,
        IamRoleArn=role,
    )
    ended = settled(lambda: backup.describe_copy_job(CopyJobId=copy["CopyJobId"])["CopyJob"], {"COMPLETED", "FAILED"})
    assert ended["State"] == "COMPLETED"
    (copied,) = far.list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
    assert copied["ResourceArn"] == arn
    assert copied["RecoveryPointArn"].startswith(f"arn:aws:rds:{THERE}:")
    assert code_of(lambda: backup.delete_backup_vault(BackupVaultName=vault)) == "InvalidRequestException"
    backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=point["RecoveryPointArn"])
    backup.delete_backup_vault(BackupVaultName=vault)


def test_a_locked_vault_keeps_its_points_and_fails_jobs_of_another_retention(backup, vault, role, sandbox):
    table = name("table")
    sandbox.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    start = {
        "BackupVaultName": vault,
        "ResourceArn": f"arn:aws:dynamodb:{HERE}:{ACCOUNT}:table/{table}",
        "IamRoleArn": role,
    }
    backup.put_backup_vault_lock_configuration(BackupVaultName=vault, MinRetentionDays=7, MaxRetentionDays=35)
    short = backup.start_backup_job(**start, Lifecycle={"DeleteAfterDays": 1})
    assert backup.describe_backup_job(BackupJobId=short["BackupJobId"])["State"] == "FAILED"
    kept = backup.start_backup_job(**start, Lifecycle={"DeleteAfterDays": 7})
    settled(lambda: backup.describe_backup_job(BackupJobId=kept["BackupJobId"]), {"COMPLETED"})
    point = {"BackupVaultName": vault, "RecoveryPointArn": kept["RecoveryPointArn"]}
    assert code_of(lambda: backup.delete_recovery_point(**point)) == "InvalidRequestException"


def test_jobs_need_a_role_and_a_resource(backup, vault, role):
    arn = f"arn:aws:rds:{HERE}:{ACCOUNT}:db:none"
    for given in ({"IamRoleArn": role}, {"IamRoleArn": f"{role}-none"}):
        start = {"BackupVaultName": vault, "ResourceArn": arn, **given}
        assert code_of(lambda start=start: backup.start_backup_job(**start)) == "InvalidParameterValueException"


def test_restore_testing_plans_and_what_they_restore(backup, role):
    plan = f"weekly_{uuid.uuid4().hex[:8]}"
    points = {"Algorithm": "LATEST_WITHIN_WINDOW", "IncludeVaults": ["*"], "RecoveryPointTypes": ["SNAPSHOT"]}
    wanted = {
        "RestoreTestingPlanName": plan,
        "ScheduleExpression": "cron(0 5 ? * SUN *)",
        "RecoveryPointSelection": points,
    }
    backup.create_restore_testing_plan(RestoreTestingPlan=wanted)
    assert code_of(lambda: backup.create_restore_testing_plan(RestoreTestingPlan=wanted)) == "AlreadyExistsException"
    backup.update_restore_testing_plan(RestoreTestingPlanName=plan, RestoreTestingPlan={"StartWindowHours": 1})
    found = backup.get_restore_testing_plan(RestoreTestingPlanName=plan)["RestoreTestingPlan"]
    assert (found["StartWindowHours"], found["RecoveryPointSelection"]["SelectionWindowDays"]) == (1, 30)
    selection = {
        "RestoreTestingSelectionName": "databases",
        "ProtectedResourceType": "RDS",
        "IamRoleArn": role,
        "ProtectedResourceArns": ["*"],
    }
    backup.create_restore_testing_selection(RestoreTestingPlanName=plan, RestoreTestingSelection=selection)
    assert code_of(lambda: backup.delete_restore_testing_plan(RestoreTestingPlanName=plan)) == "InvalidRequestException"
    (one,) = backup.list_restore_testing_selections(RestoreTestingPlanName=plan)["RestoreTestingSelections"]
    assert one["ProtectedResourceType"] == "RDS"


def test_settings_of_a_region_and_tags(backup, vault):
    assert not backup.describe_region_settings()["ResourceTypeOptInPreference"]["S3"]
    backup.update_region_settings(ResourceTypeOptInPreference={"S3": True})
    assert backup.describe_region_settings()["ResourceTypeOptInPreference"]["S3"]
    unknown = code_of(lambda: backup.update_region_settings(ResourceTypeOptInPreference={"Tape": True}))
    assert unknown == "InvalidParameterValueException"
    arn = backup.describe_backup_vault(BackupVaultName=vault)["BackupVaultArn"]
    backup.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    backup.untag_resource(ResourceArn=arn, TagKeyList=["a"])
    assert backup.list_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert code_of(lambda: backup.list_tags(ResourceArn=f"{arn}-none")) == "ResourceNotFoundException"
