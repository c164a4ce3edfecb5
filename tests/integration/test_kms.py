from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ansible_collections.iworkz.platform.plugins.module_utils._aws.kms import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from sandbox.rehearsal import vault

THERE = "ap-northeast-3"
ALIAS = "alias/iworkz-sandbox-data"
ROOT = "arn:aws:iam::123456789012:root"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Admin", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": ["kms:*"], "Resource": "*"},
    ],
}
KEY = {
    "alias_name": ALIAS,
    "description": "Data at rest",
    "policy": POLICY,
    "key_rotation_enabled": True,
    "rotation_period_in_days": 180,
}


@pytest.fixture
def made(account):
    account.converges(ADAPTERS, keys=[KEY])
    return account


def key(account):
    return account.client("kms").describe_key(KeyId=ALIAS)["KeyMetadata"]


def test_converges_on_a_rotated_tagged_key(made):
    client = made.client("kms")
    key_id = key(made)["KeyId"]
    rotation = client.get_key_rotation_status(KeyId=key_id)
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 180)
    tags = {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key_id)["Tags"]}
    assert tags["Name"] == "iworkz-sandbox-data"
    assert tags["Component"] == "test"


def test_mends_policy_rotation_description_and_tags(made):
    client = made.client("kms")
    key_id = key(made)["KeyId"]
    open_policy = {"Version": "2012-10-17", "Statement": [{**POLICY["Statement"][0], "Principal": "*"}]}
    client.put_key_policy(KeyId=key_id, PolicyName="default", Policy=json.dumps(open_policy))
    client.disable_key_rotation(KeyId=key_id)
    client.update_key_description(KeyId=key_id, Description="?")
    client.untag_resource(KeyId=key_id, TagKeys=["Platform"])
    made.mends(ADAPTERS, f"key {ALIAS}", keys=[KEY])
    assert json.loads(client.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]) == POLICY


def test_a_policy_in_other_words_is_no_change(made):
    statement = {**POLICY["Statement"][0], "Action": "kms:*", "Principal": {"AWS": [ROOT]}}
    same = {"Version": "2012-10-17", "Statement": statement}
    assert not made.run(ADAPTERS, check_mode=True, keys=[{**KEY, "policy": same}])["changed"]


def test_a_key_scheduled_for_deletion_is_brought_back(made):
    client = made.client("kms")
    key_id = key(made)["KeyId"]
    client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    made.mends(ADAPTERS, f"key {ALIAS}", keys=[KEY])
    assert (key(made)["KeyId"], key(made)["KeyState"]) == (key_id, "Enabled")


def test_a_disabled_key_is_enabled(made):
    made.client("kms").disable_key(KeyId=key(made)["KeyId"])
    made.mends(ADAPTERS, f"key {ALIAS}", keys=[KEY])


def test_a_key_left_without_its_alias_by_a_killed_run_is_used(made):
    key_id = key(made)["KeyId"]
    made.client("kms").delete_alias(AliasName=ALIAS)
    assert made.run(ADAPTERS, keys=[KEY])["failed_resources"] == {}
    assert key(made)["KeyId"] == key_id


@pytest.mark.parametrize("options", [{}, {"check_mode": True}, {"allow_replace": True}])
def test_the_kind_of_key_cannot_be_changed(made, options):
    before = made.mutations()
    with pytest.raises(InvalidInput) as refused:
        made.run(ADAPTERS, keys=[{**KEY, "multi_region": True}], **options)
    for text in (ALIAS, key(made)["Arn"], "multi_region cannot be changed", "Nothing was changed", "kms:ReEncrypt"):
        assert text in str(refused.value)
    assert made.mutations() == before


def test_a_key_without_an_alias_that_is_of_another_kind_is_left_alone(made):
    former = key(made)["KeyId"]
    made.client("kms").delete_alias(AliasName=ALIAS)
    assert made.run(ADAPTERS, keys=[{**KEY, "multi_region": True}])["failed_resources"] == {}
    assert key(made)["KeyId"].startswith("mrk-")
    assert made.client("kms").describe_key(KeyId=former)["KeyMetadata"]["KeyState"] == "Enabled"


# -- replicas ------------------------------------------------------------------------------------------------------

REPLICA = {
    "alias_name": ALIAS,
    "description": "Data at rest",
    "policy": POLICY,
    "replica_of": f"arn:aws:kms:ap-northeast-1:123456789012:{ALIAS}",
}


@pytest.fixture
def replicated(account):
    account.converges(ADAPTERS, keys=[{**KEY, "multi_region": True}])
    account.converges(ADAPTERS, region=THERE, keys=[REPLICA])
    return account


def replica(account):
    return account.client("kms", THERE).describe_key(KeyId=ALIAS)["KeyMetadata"]


def test_my_numbers_of_the_home_region_are_read_in_the_recovery_region(replicated):
    plain = vault.rows()
    rows = vault.sealed(plain, replicated.client("kms"), ALIAS)["my_number.numbers"]
    there, numbers = replicated.client("kms", THERE), []
    for row in rows:
        opened = there.decrypt(CiphertextBlob=row["data_key"])
        assert opened["KeyId"] == replica(replicated)["Arn"]
        nonce, text = row["ciphertext"][:12], row["ciphertext"][12:]
        numbers.append(AESGCM(opened["Plaintext"]).decrypt(nonce, text, row["record_id"].encode()).decode())
    assert numbers == [row["ciphertext"] for row in plain["my_number.numbers"]]


def test_a_replica_is_the_same_key_with_an_alias_policy_and_tags_of_its_own(replicated):
    client, found = replicated.client("kms", THERE), replica(replicated)
    assert (found["KeyId"], found["KeyState"]) == (key(replicated)["KeyId"], "Enabled")
    assert found["MultiRegionConfiguration"]["PrimaryKey"]["Arn"] == key(replicated)["Arn"]
    assert client.get_key_rotation_status(KeyId=found["KeyId"])["RotationPeriodInDays"] == 180
    open_policy = {"Version": "2012-10-17", "Statement": [{**POLICY["Statement"][0], "Principal": "*"}]}
    client.put_key_policy(KeyId=found["KeyId"], PolicyName="default", Policy=json.dumps(open_policy))
    client.update_key_description(KeyId=found["KeyId"], Description="?")
    client.untag_resource(KeyId=found["KeyId"], TagKeys=["Platform"])
    client.disable_key(KeyId=found["KeyId"])
    assert not replicated.run(ADAPTERS, keys=[{**KEY, "multi_region": True}])["changed"]
    replicated.mends(ADAPTERS, f"key {ALIAS}", region=THERE, keys=[REPLICA])
    assert json.loads(client.get_key_policy(KeyId=found["KeyId"], PolicyName="default")["Policy"]) == POLICY


def test_a_replica_that_its_region_does_not_know_yet_is_named_later(account):
    account.run(ADAPTERS, keys=[{**KEY, "multi_region": True}])
    account.application.faults.configure(
        {"service": "kms", "operation": "CreateAlias", "code": "NotFoundException", "status": 400, "times": 2}
    )
    assert account.run(ADAPTERS, region=THERE, keys=[REPLICA])["failed_resources"] == {}
    assert replica(account)["KeyId"] == key(account)["KeyId"]


def test_a_replica_left_without_its_alias_by_a_killed_run_is_used(replicated):
    replicated.client("kms", THERE).delete_alias(AliasName=ALIAS)
    assert replicated.run(ADAPTERS, region=THERE, keys=[REPLICA])["failed_resources"] == {}
    assert replica(replicated)["KeyId"] == key(replicated)["KeyId"]


def test_a_key_of_its_own_is_not_made_a_replica(account):
    account.run(ADAPTERS, keys=[{**KEY, "multi_region": True}])
    account.run(ADAPTERS, region=THERE, keys=[KEY])
    before = account.mutations()
    with pytest.raises(InvalidInput, match="replica_of cannot be changed"):
        account.run(ADAPTERS, region=THERE, keys=[REPLICA], allow_replace=True)
    assert account.mutations() == before


def test_a_key_of_one_region_is_not_replicated(made):
    failed = made.run(ADAPTERS, region=THERE, keys=[REPLICA])["failed_resources"]
    assert "UnsupportedOperationException" in failed[f"key {ALIAS}"]


def test_a_primary_key_that_is_not_there_is_announced_and_named(account):
    assert account.run(ADAPTERS, region=THERE, keys=[REPLICA], check_mode=True)["created"] == [f"key {ALIAS}"]
    failed = account.run(ADAPTERS, region=THERE, keys=[REPLICA])["failed_resources"]
    assert "does not exist in ap-northeast-1: apply it first" in failed[f"key {ALIAS}"]


def test_a_primary_key_that_waits_for_its_replica_is_deleted_once_and_comes_back(replicated):
    for _ in range(2):
        purged = replicated.run(ADAPTERS, keys=[], purge=True)
        assert purged["failed_resources"] == {}
    assert (purged["changed"], key(replicated)["KeyState"]) == (False, "PendingReplicaDeletion")
    replicated.mends(ADAPTERS, f"key {ALIAS}", keys=[{**KEY, "multi_region": True}])


def test_purge_schedules_the_deletion_once(made):
    purged = made.run(ADAPTERS, keys=[], purge=True)
    assert purged["deleted"] == [f"key {ALIAS}"]
    assert purged["failed_resources"] == {}
    assert key(made)["KeyState"] == "PendingDeletion"
    assert not made.run(ADAPTERS, keys=[], purge=True)["changed"]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"alias_name": "data"}, "alias_name must start with alias/"),
        ({"alias_name": "alias/aws/s3"}, "not with alias/aws/"),
        ({"alias_name": ALIAS, "policy": "{}"}, "policy must be a policy document"),
        (
            {"alias_name": ALIAS, "replica_of": ALIAS},
            "replica_of must be the ARN of a multi-Region key, or of its alias",
        ),
        ({**REPLICA, "replica_of": f"arn:aws:kms:ap-northeast-1:123456789012:key/{'0' * 36}"}, "replica_of must be"),
        ({**REPLICA, "key_rotation_enabled": True}, "key_rotation_enabled is the primary key's, whose replica this is"),
        (REPLICA, "in another region"),
        ({"alias_name": ALIAS, "descripton": "x"}, "unknown key descripton; did you mean description?"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, keys=[item])
    assert error in str(caught.value)
    assert account.mutations() == []
