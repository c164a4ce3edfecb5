from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3 import Bucket
from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3_aspects import ASPECTS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from tests.unit.aws.scripted import context

POLICY = {"Version": "2012-10-17", "Statement": []}
LOCK = {"object_lock_enabled": "Enabled", "rule": {"default_retention": {"mode": "GOVERNANCE", "days": 1}}}
API_LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
WRITES = {**{aspect.put: {} for aspect in ASPECTS}, "PutBucketPolicy": {}, "PutBucketTagging": {}}


def bucket(answers, region=None):
    clients, shared = context(answers)
    if region:
        clients.region = region
    return clients, Bucket(shared)


@pytest.mark.parametrize(
    ("desired", "call"),
    [
        (
            {"versioning_configuration": {"status": "Enabled"}},
            ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ),
        ({"object_lock_configuration": LOCK}, ("PutObjectLockConfiguration", {"ObjectLockConfiguration": API_LOCK})),
        (
            {
                "server_side_encryption_configuration": {
                    "rules": [
                        {
                            "apply_server_side_encryption_by_default": {
                                "sse_algorithm": "aws:kms",
                                "kms_master_key_id": "arn:k",
                            },
                            "bucket_key_enabled": True,
                        }
                    ]
                }
            },
            (
                "PutBucketEncryption",
                {
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": "arn:k",
                                },
                                "BucketKeyEnabled": True,
                            }
                        ]
                    }
                },
            ),
        ),
        ({"policy": POLICY}, ("PutBucketPolicy", {"Policy": json.dumps(POLICY)})),
        ({"tags": {"a": "1"}}, ("PutBucketTagging", {"Tagging": {"TagSet": [{"Key": "a", "Value": "1"}]}})),
    ],
)
def test_a_changed_setting_is_one_call(desired, call):
    clients, adapter = bucket(WRITES)
    adapter.update("b", {"tags": {}, **desired}, {"tags": {"b": "2"}}, tuple(desired))
    assert clients.made == [(call[0], {"Bucket": "b", **call[1]})]


def test_access_logging_waits_for_its_target(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    looks = iter([{"Error": {"Code": "404"}, "ResponseMetadata": {"HTTPStatusCode": 404}}, None])

    def head(asked):
        assert asked == {"Bucket": "logs"}
        missing = next(looks)
        if missing:
            raise ClientError(missing, "HeadBucket")
        return {"ResponseMetadata": {"HTTPStatusCode": 200}}

    clients, adapter = bucket({**WRITES, "HeadBucket": head})
    status = {"logging_enabled": {"target_bucket": "logs", "target_prefix": "s3/"}}
    adapter.update("b", {"tags": {}, "bucket_logging_status": status}, {"tags": {}}, ("bucket_logging_status",))
    assert [name for name, _ in clients.made] == ["HeadBucket", "HeadBucket", "PutBucketLogging"]


@pytest.mark.parametrize(
    ("region", "item", "parameters"),
    [
        ("ap-northeast-1", {}, {"CreateBucketConfiguration": {"LocationConstraint": "ap-northeast-1"}}),
        ("us-east-1", {}, {}),
        ("us-east-1", {"object_lock_configuration": LOCK}, {"ObjectLockEnabledForBucket": True}),
    ],
)
def test_a_bucket_is_made_in_the_region_of_the_task(region, item, parameters):
    clients, adapter = bucket({**WRITES, "CreateBucket": {}}, region)
    adapter.create("b", adapter.prepare({"bucket": "b", **item}, strict=True))
    assert clients.made[0] == ("CreateBucket", {"Bucket": "b", **parameters})


def absent(code):
    def answer(_parameters):
        raise ClientError({"Error": {"Code": code}}, "Get")

    return answer


BARE = {
    "ListBuckets": {"Buckets": [{"Name": "b"}, {"Name": "another"}]},
    "GetBucketLocation": {"LocationConstraint": None},
    "GetBucketPolicy": absent("NoSuchBucketPolicy"),
    "GetBucketTagging": absent("NoSuchTagSet"),
    "GetBucketVersioning": {},
    "GetBucketLogging": {},
    **{aspect.get: absent(aspect.absent) for aspect in ASPECTS if aspect.absent},
}


def test_what_a_bucket_does_not_have_is_absent_from_its_state():
    _, adapter = bucket(BARE)
    assert adapter.read(["b"]) == {
        "b": {
            "bucket": "b",
            "create_bucket_configuration": {"location_constraint": "us-east-1"},
            "tags": {},
            "versioning_configuration": {},
            "bucket_logging_status": {},
        }
    }


@pytest.mark.parametrize("operation", ["GetBucketPolicy", "GetBucketEncryption", "GetBucketVersioning"])
def test_an_unreadable_setting_is_not_taken_for_an_absent_one(operation):
    _, adapter = bucket({**BARE, operation: absent("AccessDenied")})
    with pytest.raises(ClientError, match="AccessDenied"):
        adapter.read(["b"])


def test_emptying_goes_by_page_and_lifts_governance_only_where_there_is_a_lock():
    pages = {
        "Versions": [{"Key": "k", "VersionId": "1"}],
        "DeleteMarkers": [{"Key": "k", "VersionId": "2"}],
        "IsTruncated": False,
    }
    objects = [{"Key": "k", "VersionId": "1"}, {"Key": "k", "VersionId": "2"}]
    clients, adapter = bucket({"ListObjectVersions": pages, "DeleteObjects": {}})
    adapter.unprotect("b", {})
    adapter.unprotect("b", {"object_lock_configuration": {}})
    deletion = {"Bucket": "b", "Delete": {"Objects": objects, "Quiet": True}}
    assert [given for name, given in clients.made if name == "DeleteObjects"] == [
        deletion,
        {**deletion, "BypassGovernanceRetention": True},
    ]


def test_an_empty_bucket_takes_no_deletion():
    clients, adapter = bucket({"ListObjectVersions": {"IsTruncated": False}})
    adapter.unprotect("b", {})
    assert [name for name, _ in clients.made] == ["ListObjectVersions"]


def test_objects_that_stay_are_an_error():
    errors = [{"Key": "k", "Message": "Access Denied because object protected by object lock."}]
    answers = {
        "ListObjectVersions": {"Versions": [{"Key": "k", "VersionId": "1"}], "IsTruncated": False},
        "DeleteObjects": {"Errors": errors},
    }
    _, adapter = bucket(answers)
    with pytest.raises(ReconcileError, match="1 objects stay, the first k: Access Denied"):
        adapter.unprotect("b", {})
