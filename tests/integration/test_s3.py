from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3 import ADAPTERS, Bucket
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.destroy import destroy, owned
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait import Options

LOGS, EVIDENCE = "iworkz-sandbox-logs", "iworkz-sandbox-evidence"


def policy(bucket):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "EncryptedOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def declared(bucket, **settings):
    return {
        "bucket": bucket,
        "versioning_configuration": {"status": "Enabled"},
        "ownership_controls": {"rules": [{"object_ownership": "BucketOwnerEnforced"}]},
        "public_access_block_configuration": dict.fromkeys(
            ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"), True
        ),
        "policy": policy(bucket),
        **settings,
    }


BUCKETS = [
    declared(
        LOGS,
        lifecycle_configuration={
            "rules": [
                {"id": "old", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 365}},
                {
                    "id": "abort",
                    "status": "Enabled",
                    "filter": {"prefix": "alb/"},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                },
            ]
        },
    ),
    declared(
        EVIDENCE,
        server_side_encryption_configuration={
            "rules": [
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": "alias/iworkz-sandbox-data",
                    },
                    "bucket_key_enabled": True,
                }
            ]
        },
        object_lock_configuration={
            "object_lock_enabled": "Enabled",
            "rule": {"default_retention": {"mode": "GOVERNANCE", "days": 30}},
        },
        bucket_logging_status={"logging_enabled": {"target_bucket": LOGS, "target_prefix": "s3/evidence/"}},
    ),
]


@pytest.fixture
def made(account, data_key):
    account.converges(ADAPTERS, buckets=BUCKETS)
    return account


def test_converges_on_private_encrypted_locked_buckets(made, data_key):
    client = made.client("s3")
    rule = client.get_bucket_encryption(Bucket=EVIDENCE)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == data_key
    assert client.get_bucket_location(Bucket=LOGS)["LocationConstraint"] == "ap-northeast-1"
    client.put_object(Bucket=EVIDENCE, Key="record.json", Body=b"{}")
    assert client.get_object_retention(Bucket=EVIDENCE, Key="record.json")["Retention"]["Mode"] == "GOVERNANCE"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
        ("delete_public_access_block", {}),
        ("put_bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}),
        ("delete_bucket_lifecycle", {}),
        ("delete_bucket_policy", {}),
        ("delete_bucket_tagging", {}),
    ],
)
def test_mends_one_setting(made, operation, parameters):
    getattr(made.client("s3"), operation)(Bucket=LOGS, **parameters)
    made.mends(ADAPTERS, f"bucket {LOGS}", buckets=BUCKETS)


def test_mends_lock_logging_and_encryption(made):
    client = made.client("s3")
    client.delete_bucket_encryption(Bucket=EVIDENCE)
    client.put_bucket_logging(Bucket=EVIDENCE, BucketLoggingStatus={})
    client.put_object_lock_configuration(
        Bucket=EVIDENCE,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
    )
    made.mends(ADAPTERS, f"bucket {EVIDENCE}", buckets=BUCKETS)


def test_rules_in_another_order_are_no_change(made):
    rules = list(reversed(BUCKETS[0]["lifecycle_configuration"]["rules"]))
    other = {**BUCKETS[0], "lifecycle_configuration": {"rules": rules}}
    assert not made.run(ADAPTERS, check_mode=True, buckets=[other])["changed"]


def test_tags_of_others_stay_unless_purged(made):
    client = made.client("s3")
    tags = client.get_bucket_tagging(Bucket=LOGS)["TagSet"]
    client.put_bucket_tagging(Bucket=LOGS, Tagging={"TagSet": [*tags[:-1], {"Key": "Cost", "Value": "7"}]})
    made.run(ADAPTERS, buckets=BUCKETS, purge_tags=False)
    kept = {tag["Key"] for tag in client.get_bucket_tagging(Bucket=LOGS)["TagSet"]}
    assert kept == {"Cost", "Platform", "Environment", "Component"}


def test_a_bucket_in_another_region_is_not_taken(account):
    account.client("s3", region="ap-northeast-3").create_bucket(
        Bucket=LOGS, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-3"}
    )
    with pytest.raises(InvalidInput, match=r"create_bucket_configuration.* cannot be changed in place"):
        account.run(ADAPTERS, buckets=[BUCKETS[0]])


def test_a_bucket_with_objects_is_deleted_only_when_unprotected(made):
    client = made.client("s3")
    for number in range(3):
        client.put_object(Bucket=EVIDENCE, Key="record.json", Body=str(number).encode())
    client.delete_object(Bucket=EVIDENCE, Key="record.json")
    refused = made.run(ADAPTERS, buckets=[], purge=True)
    assert "BucketNotEmpty" in refused["failed_resources"][f"bucket {EVIDENCE}"]

    adapter = Bucket(Context(Clients(made.connection), {"Platform": "iworkz"}))
    adapter.unprotect(EVIDENCE, adapter.read([EVIDENCE])[EVIDENCE])
    remaining = made.run(ADAPTERS, buckets=[BUCKETS[0]], purge=True)
    assert (remaining["deleted"], remaining["failed_resources"]) == ([f"bucket {EVIDENCE}"], {})
    # Its access logs are in the other one.
    adapter.unprotect(LOGS, adapter.read([LOGS])[LOGS])
    assert made.run(ADAPTERS, buckets=[], purge=True)["failed_resources"] == {}
    assert client.list_buckets()["Buckets"] == []


def test_teardown_takes_buckets_and_the_logs_that_still_arrive(made):
    client = made.client("s3")
    for number in range(20):
        client.put_object(Bucket=EVIDENCE, Key=f"{number}.json", Body=b"{}")
    doomed = owned([Bucket(Context(Clients(made.connection), {"Platform": "iworkz"}))])
    assert destroy(doomed, Options()).failed == {}
    assert client.list_buckets()["Buckets"] == []


def test_what_is_locked_for_good_is_named(made):
    client = made.client("s3")
    client.put_object_lock_configuration(
        Bucket=EVIDENCE,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    client.put_object(Bucket=EVIDENCE, Key="record.json", Body=b"{}")
    adapter = Bucket(Context(Clients(made.connection), {"Platform": "iworkz"}))
    with pytest.raises(ReconcileError, match=r"1 objects stay, the first record.json"):
        adapter.unprotect(EVIDENCE, adapter.read([EVIDENCE])[EVIDENCE])


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"bucket": LOGS, "acl": "private"}, "acl cannot be declared"),
        ({"bucket": LOGS, "versioning_configuration": {"state": "Enabled"}}, "unknown key state"),
        ({"bucket": LOGS, "policy": json.dumps(policy(LOGS))}, "policy must be a policy document"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, buckets=[item])
    assert error in str(caught.value)
    assert account.mutations() == []
