from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox"
THERE = "ap-northeast-3"
ACCOUNT = "123456789012"
ROLE = f"{NAME}-backup"
FAR = f"arn:aws:backup:{THERE}:{ACCOUNT}:backup-vault:{NAME}"
VAULT = {
    "backup_vault_name": NAME,
    "encryption_key_arn": "alias/iworkz-sandbox-data",
    "lock": {"min_retention_days": 7, "max_retention_days": 35},
    "access_policy": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}],
    },
    "notifications": {
        "sns_topic_arn": "iworkz-sandbox-alerts",
        "backup_vault_events": ["COPY_JOB_FAILED", "BACKUP_JOB_FAILED"],
    },
}
RULE = {
    "rule_name": "daily",
    "target_backup_vault_name": NAME,
    "schedule_expression": "cron(0 2 * * ? *)",
    "schedule_expression_timezone": "Asia/Tokyo",
    "lifecycle": {"delete_after_days": 30},
    "copy_actions": [{"destination_backup_vault_arn": FAR, "lifecycle": {"delete_after_days": 30}}],
}
PLAN = {"backup_plan_name": f"{NAME}-nightly", "rules": [RULE]}
SELECTION = {
    "backup_plan_name": f"{NAME}-nightly",
    "selection_name": "platform",
    "iam_role_arn": ROLE,
    "resources": ["arn:aws:rds:*:*:db:*", "arn:aws:elasticfilesystem:*:*:file-system/*"],
    "conditions": {
        "string_equals": [
            {"condition_key": "aws:ResourceTag/Platform", "condition_value": "iworkz"},
            {"condition_key": "aws:ResourceTag/Environment", "condition_value": "sandbox"},
        ]
    },
}
TEST_PLAN = "iworkz_sandbox_weekly"
TESTING = {
    "restore_testing_plans": [
        {
            "restore_testing_plan_name": TEST_PLAN,
            "schedule_expression": "cron(0 4 ? * SUN *)",
            "schedule_expression_timezone": "Asia/Tokyo",
            "recovery_point_selection": {
                "algorithm": "LATEST_WITHIN_WINDOW",
                "include_vaults": ["*"],
                "recovery_point_types": ["SNAPSHOT"],
                "selection_window_days": 7,
            },
        }
    ],
    "restore_testing_selections": [
        {
            "restore_testing_plan_name": TEST_PLAN,
            "restore_testing_selection_name": "databases",
            "protected_resource_type": "RDS",
            "iam_role_arn": ROLE,
            "protected_resource_arns": ["*"],
            "validation_window_hours": 8,
        }
    ],
}
ALL = {"vaults": [VAULT], "plans": [PLAN], "selections": [SELECTION], **TESTING}


@pytest.fixture
def ready(account, data_key):
    """A role that AWS Backup may take."""
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    account.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)
    return account


@pytest.fixture
def made(ready):
    ready.converges(ADAPTERS, **ALL)
    return ready


@pytest.fixture
def database(made):
    rds = made.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="root",
        MasterUserPassword="password-of-a-test",
    )
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 1})
    made.client("backup", THERE).create_backup_vault(BackupVaultName=NAME)
    return f"arn:aws:rds:{made.region}:{ACCOUNT}:db:db"


def first(arn, **changes):
    point = {
        "resource_arn": arn,
        "backup_vault_name": NAME,
        "iam_role_arn": ROLE,
        "lifecycle": {"delete_after_days": 30},
    }
    point |= changes
    return {"recovery_points": [point], "copies": [{**point, "destination_backup_vault_arn": FAR}]}


def test_converges_on_vault_plan_and_selection(made, data_key):
    backup = made.client("backup")
    vault = backup.describe_backup_vault(BackupVaultName=NAME)
    assert (vault["EncryptionKeyArn"], vault["Locked"], vault["MaxRetentionDays"]) == (data_key, True, 35)
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    assert backup.list_tags(ResourceArn=plan["BackupPlanArn"])["Tags"]["Platform"] == "iworkz"
    (selection,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    assert selection["IamRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"


def test_mends_the_vault(made):
    backup = made.client("backup")
    arn = backup.describe_backup_vault(BackupVaultName=NAME)["BackupVaultArn"]
    for drift in (
        lambda: backup.delete_backup_vault_lock_configuration(BackupVaultName=NAME),
        lambda: backup.put_backup_vault_lock_configuration(BackupVaultName=NAME, MinRetentionDays=1),
        lambda: backup.put_backup_vault_lock_configuration(
            BackupVaultName=NAME, MinRetentionDays=7, MaxRetentionDays=35, ChangeableForDays=3
        ),
        lambda: backup.delete_backup_vault_access_policy(BackupVaultName=NAME),
        lambda: backup.delete_backup_vault_notifications(BackupVaultName=NAME),
        lambda: backup.untag_resource(ResourceArn=arn, TagKeyList=["Platform"]),
    ):
        drift()
        made.mends(ADAPTERS, f"vault {NAME}", **ALL)


def test_a_lock_in_compliance_mode_and_none(made):
    compliance = {**VAULT, "lock": {**VAULT["lock"], "changeable_for_days": 3}}
    assert made.run(ADAPTERS, vaults=[compliance])["updated"] == [f"vault {NAME}"]
    assert not made.run(ADAPTERS, vaults=[compliance])["changed"]
    assert made.run(ADAPTERS, vaults=[{**VAULT, "lock": {}}])["updated"] == [f"vault {NAME}"]
    assert not made.client("backup").describe_backup_vault(BackupVaultName=NAME)["Locked"]


def test_mends_plan_and_selection(made):
    backup = made.client("backup")
    (plan,) = [one["BackupPlanId"] for one in backup.list_backup_plans()["BackupPlansList"]]
    rule = {"RuleName": "daily", "TargetBackupVaultName": NAME}
    backup.update_backup_plan(BackupPlanId=plan, BackupPlan={"BackupPlanName": f"{NAME}-nightly", "Rules": [rule]})
    made.mends(ADAPTERS, f"backup_plan {NAME}-nightly", **ALL)
    (selection,) = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=selection["SelectionId"])
    narrow = {"SelectionName": "platform", "IamRoleArn": selection["IamRoleArn"], "Resources": ["arn:aws:rds:*:*:db:a"]}
    backup.create_backup_selection(BackupPlanId=plan, BackupSelection=narrow)
    made.mends(ADAPTERS, f"selection {NAME}-nightly/platform", **ALL)


def test_mends_restore_testing(made):
    backup = made.client("backup")
    backup.update_restore_testing_plan(
        RestoreTestingPlanName=TEST_PLAN, RestoreTestingPlan={"ScheduleExpression": "cron(0 4 ? * MON *)"}
    )
    made.mends(ADAPTERS, f"restore_testing_plan {TEST_PLAN}", **ALL)
    backup.update_restore_testing_selection(
        RestoreTestingPlanName=TEST_PLAN,
        RestoreTestingSelectionName="databases",
        RestoreTestingSelection={"IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "ValidationWindowHours": 1},
    )
    made.mends(ADAPTERS, f"restore_testing_selection {TEST_PLAN}/databases", **ALL)


def test_settings_that_are_not_declared_stay(ready):
    settings = {"resource_type_opt_in_preference": {"S3": True}}
    assert ready.run(ADAPTERS, region_settings=settings)["updated"] == ["region_settings region_settings"]
    assert not ready.run(ADAPTERS, region_settings=settings)["changed"]
    assert ready.client("backup").describe_region_settings()["ResourceTypeOptInPreference"]["RDS"]


def test_the_first_recovery_point_and_its_copy_are_made_once(made, database):
    made.converges(ADAPTERS, **first(database))
    (point,) = made.client("backup").list_recovery_points_by_backup_vault(BackupVaultName=NAME)["RecoveryPoints"]
    assert (point["Status"], point["ResourceArn"]) == ("COMPLETED", database)
    (copy,) = made.client("backup", THERE).list_recovery_points_by_backup_vault(BackupVaultName=NAME)["RecoveryPoints"]
    assert (copy["Status"], copy["ResourceArn"]) == ("COMPLETED", database)


def test_a_job_that_fails_is_told(made, database):
    told = made.run(ADAPTERS, **first(database, lifecycle={"delete_after_days": 1}))
    assert "no recovery point was made: Retention of 1 days" in told["failed_resources"][f"recovery_point {database}"]
    assert "there is no recovery point" in told["failed_resources"][f"copy {database}"]


def test_a_snapshot_of_the_cache_until_there_is_one_of_its_own(account, network):
    cache = account.client("elasticache")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName="redis", CacheSubnetGroupDescription="redis", SubnetIds=list(network["subnets"].values())
    )
    cache.create_replication_group(
        ReplicationGroupId="redis",
        ReplicationGroupDescription="redis",
        Engine="redis",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        CacheSubnetGroupName="redis",
    )
    cache.get_waiter("replication_group_available").wait(ReplicationGroupId="redis", WaiterConfig={"Delay": 1})
    wanted = {"cache_snapshots": [{"replication_group_id": "redis"}]}
    account.converges(ADAPTERS, **wanted)
    kept = account.application.store.data[ACCOUNT, account.region, "elasticache.snapshots"]
    kept["automatic.redis"] = {**kept["redis-first"], "SnapshotName": "automatic.redis", "SnapshotSource": "automated"}
    account.mends(ADAPTERS, "cache_snapshot redis", **wanted)
    assert [one["SnapshotName"] for one in cache.describe_snapshots()["Snapshots"]] == ["automatic.redis"]


def test_purge_deletes_only_what_is_ours(made):
    backup = made.client("backup")
    backup.create_backup_vault(BackupVaultName="someone-elses")
    told = made.run(ADAPTERS, vaults=[], plans=[], selections=[], purge=True)
    assert told["failed_resources"] == {}
    assert [one["BackupVaultName"] for one in backup.list_backup_vaults()["BackupVaultList"]] == ["someone-elses"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"vaults": [{**VAULT, "lock": {"min_retention": 7}}]}, "did you mean min_retention_days?"),
        ({"plans": [{**PLAN, "rule": []}]}, "did you mean rules?"),
        ({"plans": [{"backup_plan_name": "x", "rules": [{"rule_name": "x"}]}]}, "TargetBackupVaultName"),
        ({"selections": [{"selection_name": "x"}]}, "has no name"),
        ({"recovery_points": [{"resource_arn": "x"}]}, "BackupVaultName"),
        ({"restore_testing_plans": [{"restore_testing_plan_name": "x"}]}, "RecoveryPointSelection"),
    ],
)
def test_refuses_before_the_first_call(account, options, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, **options)
    assert error in str(caught.value)
    assert account.mutations() == []
