from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.kms import Key
from tests.unit.aws.scripted import context

POLICY = {"Version": "2012-10-17", "Statement": []}
CURRENT = {"_id": "k", "key_state": "Enabled", "tags": {"Platform": "iworkz"}}
ANSWERS = {
    key: {}
    for key in (
        "CancelKeyDeletion",
        "EnableKey",
        "UpdateKeyDescription",
        "PutKeyPolicy",
        "EnableKeyRotation",
        "DisableKeyRotation",
        "TagResource",
        "UntagResource",
        "CreateAlias",
        "ScheduleKeyDeletion",
    )
}


@pytest.mark.parametrize(
    ("current", "desired", "calls"),
    [
        (
            {"key_state": "PendingDeletion"},
            {"key_state": "Enabled"},
            [("CancelKeyDeletion", {"KeyId": "k"}), ("EnableKey", {"KeyId": "k"})],
        ),
        (
            {"key_state": "PendingReplicaDeletion"},
            {"key_state": "Enabled"},
            [("CancelKeyDeletion", {"KeyId": "k"}), ("EnableKey", {"KeyId": "k"})],
        ),
        ({"key_state": "Creating"}, {"key_state": "Enabled"}, []),
        ({"key_state": "Disabled"}, {"key_state": "Enabled"}, [("EnableKey", {"KeyId": "k"})]),
        ({}, {"description": "d"}, [("UpdateKeyDescription", {"KeyId": "k", "Description": "d"})]),
        (
            {},
            {"policy": POLICY},
            [("PutKeyPolicy", {"KeyId": "k", "PolicyName": "default", "Policy": json.dumps(POLICY)})],
        ),
        (
            {},
            {"key_rotation_enabled": True, "rotation_period_in_days": 180},
            [("EnableKeyRotation", {"KeyId": "k", "RotationPeriodInDays": 180})],
        ),
        ({}, {"key_rotation_enabled": True}, [("EnableKeyRotation", {"KeyId": "k"})]),
        ({}, {"key_rotation_enabled": False}, [("DisableKeyRotation", {"KeyId": "k"})]),
        (
            {"tags": {"Stray": "1"}},
            {"tags": {"Platform": "iworkz"}},
            [
                ("UntagResource", {"KeyId": "k", "TagKeys": ["Stray"]}),
                ("TagResource", {"KeyId": "k", "Tags": [{"TagKey": "Platform", "TagValue": "iworkz"}]}),
            ],
        ),
    ],
)
def test_an_update_makes_exactly_these_calls(current, desired, calls):
    clients, shared = context(ANSWERS)
    Key(shared).update("alias/a", desired, {**CURRENT, **current}, tuple(desired))
    assert clients.made == calls


def creating(keys, tags, **declared):
    answers = {
        **ANSWERS,
        "ListAliases": {"Aliases": [{"AliasName": "alias/b", "TargetKeyId": "aliased"}]},
        "ListKeys": {"Keys": [{"KeyId": key} for key in keys]},
        "DescribeKey": lambda asked: {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": keys[asked["KeyId"]]}},
        "ListResourceTags": {"Tags": [{"TagKey": k, "TagValue": v} for k, v in tags.items()]},
        "CreateKey": {"KeyMetadata": {"KeyId": "new"}},
        "ReplicateKey": {"ReplicaKeyMetadata": {"KeyId": "mrk-a"}},
    }
    clients, shared = context(answers)
    adapter = Key(shared)
    adapter.create("alias/a", adapter.prepare({"alias_name": "alias/a", "policy": POLICY, **declared}, strict=True))
    return clients.mutating()


OURS = {"Platform": "iworkz", "Name": "a"}


def test_a_key_is_created_with_its_tags_then_named():
    tags = [{"TagKey": "Name", "TagValue": "a"}, {"TagKey": "Platform", "TagValue": "iworkz"}]
    assert creating({"aliased": "Enabled"}, OURS) == [
        ("CreateKey", {"Policy": json.dumps(POLICY), "Tags": tags}),
        ("CreateAlias", {"AliasName": "alias/a", "TargetKeyId": "new"}),
    ]


def test_a_replica_is_made_of_its_primary_key_and_has_nothing_of_rotation():
    primary = "arn:aws:kms:ap-northeast-3:123456789012:key/mrk-a"
    tags = [{"TagKey": "Name", "TagValue": "a"}, {"TagKey": "Platform", "TagValue": "iworkz"}]
    given = {"KeyId": primary, "ReplicaRegion": "ap-northeast-1", "Description": "d", "Policy": json.dumps(POLICY)}
    assert creating({}, {}, replica_of=primary, description="d") == [
        ("ReplicateKey", {**given, "Tags": tags}),
        ("CreateAlias", {"AliasName": "alias/a", "TargetKeyId": "mrk-a"}),
    ]


@pytest.mark.parametrize(
    ("keys", "tags", "used"),
    [
        ({"left": "Enabled"}, OURS, "left"),
        ({"left": "Creating"}, OURS, "left"),
        ({"left": "PendingDeletion"}, OURS, "new"),
        ({"left": "Enabled"}, {"Platform": "iworkz", "Name": "b"}, "new"),
        ({"left": "Enabled"}, {"Name": "a"}, "new"),
    ],
)
def test_only_our_own_nameless_enabled_key_is_used_again(keys, tags, used):
    assert creating(keys, tags)[-1] == ("CreateAlias", {"AliasName": "alias/a", "TargetKeyId": used})


def test_deletion_takes_the_longest_window():
    clients, shared = context(ANSWERS)
    Key(shared).delete("alias/a", CURRENT)
    assert clients.made == [("ScheduleKeyDeletion", {"KeyId": "k", "PendingWindowInDays": 30})]


@pytest.mark.parametrize(
    ("state", "owned"),
    [("Enabled", True), ("Disabled", True), ("PendingDeletion", False), ("PendingReplicaDeletion", False)],
)
def test_a_key_on_its_way_out_is_not_deleted_again(state, owned):
    _, shared = context({})
    assert Key(shared).owns({"key_state": state, "tags": {"Platform": "iworkz"}}) is owned
