"""Backups at the end of a platform: they go when told twice, unless a lock that nobody can lift holds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.backends import get_backend

from ansible_collections.iworkz.platform.plugins.module_utils._aws import backup, iam, kms, teardown
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.test_backup import FAR, NAME, PLAN, ROLE, SELECTION, VAULT
from tests.integration.test_teardown import KEY_POLICY, TAGS

THERE = "ap-northeast-3"
ACCOUNT = "123456789012"
ALIAS = f"alias/{NAME}-backup"


@pytest.fixture
def made(account):
    """A locked vault in each region, with a recovery point and its copy, and a plan."""
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"role_name": ROLE, "assume_role_policy_document": {"Version": "2012-10-17", "Statement": [trust]}}
    run(account, iam.ADAPTERS, roles=[role])
    vault = {**VAULT, "encryption_key_arn": ALIAS}
    vault.pop("notifications")
    for region in (account.region, THERE):
        run(account, kms.ADAPTERS, region, keys=[{"alias_name": ALIAS, "policy": KEY_POLICY}])
        run(account, backup.ADAPTERS, region, vaults=[vault])
    run(account, backup.ADAPTERS, plans=[PLAN], selections=[SELECTION])
    account.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    point = {
        "resource_arn": f"arn:aws:dynamodb:{account.region}:{ACCOUNT}:table/table",
        "backup_vault_name": NAME,
        "iam_role_arn": ROLE,
        "lifecycle": {"delete_after_days": 30},
    }
    first = {"recovery_points": [point], "copies": [{**point, "destination_backup_vault_arn": FAR}]}
    run(account, backup.ADAPTERS, **first)
    return account


def run(account: Any, adapters: Any, region: str | None = None, **options: Any) -> None:
    where = {"region": region} if region else {}
    told = account.run(adapters, tags=TAGS, **where, **options)
    assert told["failed_resources"] == {}


def torn_down(account: Any, **options: Any) -> dict[str, Any]:
    given = {
        "environment": "sandbox",
        "confirm": "sandbox",
        "recovery_region": THERE,
        "tags": TAGS,
        "wait_timeout": 20,
        **options,
    }
    return teardown.run({**account.connection, **given}, check_mode=False)


def vaults(account: Any, region: str) -> list[str]:
    return [one["BackupVaultName"] for one in account.client("backup", region).list_backup_vaults()["BackupVaultList"]]


def test_backups_go_only_when_told_twice(made):
    with pytest.raises(InvalidInput, match=f"vault {NAME}"):
        torn_down(made)
    assert vaults(made, made.region) == [NAME]
    told = torn_down(made, destroy_protected="sandbox")
    assert told["failed_resources"] == {}
    assert told["kept"] == {}
    assert vaults(made, made.region) == vaults(made, THERE) == []
    assert made.client("backup").list_backup_plans()["BackupPlansList"] == []


def test_what_nobody_can_unlock_stays_with_its_key(made):
    far = made.client("backup", THERE)
    far.put_backup_vault_lock_configuration(BackupVaultName=NAME, MinRetentionDays=7, ChangeableForDays=3)
    vault = get_backend("backup")[ACCOUNT][THERE].vaults[NAME]
    vault.lock_date = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    told = torn_down(made, destroy_protected="sandbox")
    assert told["failed_resources"] == {}
    assert "locked in compliance mode" in told["kept"][f"vault {NAME}"]
    assert vaults(made, made.region) == []
    assert vaults(made, THERE) == [NAME]
    states = {
        region: made.client("kms", region).describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyState"]
        for region in (made.region, THERE)
    }
    assert states == {made.region: "PendingDeletion", THERE: "Enabled"}
