from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.kms import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

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


def test_the_kind_of_key_cannot_be_changed(made):
    with pytest.raises(InvalidInput, match="multi_region cannot be changed in place"):
        made.run(ADAPTERS, keys=[{**KEY, "multi_region": True}])


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
        ({"alias_name": ALIAS, "descripton": "x"}, "unknown key descripton; did you mean description?"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, keys=[item])
    assert error in str(caught.value)
    assert account.mutations() == []
