from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.account import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

BLOCK = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
SETTINGS: dict[str, Any] = {
    "public_access_block": dict.fromkeys(BLOCK, True),
    "ebs_encryption": {"ebs_encryption_by_default": True},
    "snapshot_public_access": {"state": "block-all-sharing"},
    "image_public_access": {"image_block_public_access_state": "block-new-sharing"},
    "instance_metadata_defaults": {"http_tokens": "required", "http_put_response_hop_limit": 2},
}


def s3control(account: Any) -> Any:
    """Plain boto3 puts the account's number before the emulator's address."""
    return Clients(account.connection).client("s3control")


def test_converges_and_mends(account):
    account.client("ec2").disable_image_block_public_access()
    applied = account.converges(ADAPTERS, **SETTINGS)
    assert sorted(applied["updated"]) == sorted(f"{option} {option}" for option in SETTINGS)
    ec2 = account.client("ec2")
    ec2.disable_ebs_encryption_by_default()
    ec2.disable_snapshot_block_public_access()
    ec2.disable_image_block_public_access()
    ec2.modify_instance_metadata_defaults(HttpTokens="no-preference")
    s3control(account).delete_public_access_block(AccountId=account.account_id)
    account.mends(ADAPTERS, *(f"{option} {option}" for option in SETTINGS), **SETTINGS)


def test_leaves_what_is_not_declared(account):
    account.run(ADAPTERS, **SETTINGS)
    account.client("ec2").modify_instance_metadata_defaults(InstanceMetadataTags="enabled")
    account.run(ADAPTERS, public_access_block={"block_public_acls": False})
    block = s3control(account).get_public_access_block(AccountId=account.account_id)
    assert block["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": False,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    assert not account.run(ADAPTERS, **{**SETTINGS, "public_access_block": {"block_public_acls": False}})["changed"]


def test_each_region_has_its_own(account):
    account.run(ADAPTERS, **SETTINGS)
    osaka = account.client("ec2", "ap-northeast-3")
    assert not osaka.get_ebs_encryption_by_default()["EbsEncryptionByDefault"]
    assert osaka.get_snapshot_block_public_access_state()["State"] == "unblocked"


def test_purge_changes_nothing(account):
    account.run(ADAPTERS, **SETTINGS)
    assert not account.run(ADAPTERS, purge=True)["changed"]


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        ("public_access_block", {"block_public_acl": True}, "did you mean block_public_acls"),
        ("ebs_encryption", {"enabled": True}, "enabled"),
        ("snapshot_public_access", {}, "State"),
        ("instance_metadata_defaults", {"http_put_response_hop_limit": "two"}, "Invalid type"),
    ],
)
def test_refuses_before_the_first_call(account, option, value, error):
    with pytest.raises(InvalidInput, match=error):
        account.run(ADAPTERS, **{option: value})
    assert account.mutations() == []
