from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws import session
from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3 import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

THERE = "ap-northeast-3"
SOURCE = "iworkz-sandbox-documents-123456789012"
ROLE = "iworkz-sandbox-replication"
ALIAS = "alias/iworkz-sandbox-backup"
RULE = {
    "id": "recovery",
    "priority": 1,
    "status": "Enabled",
    "filter": {"prefix": ""},
    "delete_marker_replication": {"status": "Enabled"},
    "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
    "destination": {
        "bucket": f"arn:aws:s3:::{SOURCE}-replica",
        "encryption_configuration": {"replica_kms_key_id": f"arn:aws:kms:{THERE}:123456789012:{ALIAS}"},
        "replication_time": {"status": "Enabled", "time": {"minutes": 15}},
        "metrics": {"status": "Enabled", "event_threshold": {"minutes": 15}},
    },
}
REPLICATION = {"bucket": SOURCE, "role": ROLE, "rules": [RULE]}


def role_of(account, name, service):
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)


@pytest.fixture
def made(account):
    for name, region in ((SOURCE, account.region), (f"{SOURCE}-replica", THERE)):
        s3 = account.client("s3", region)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    kms = account.client("kms", THERE)
    kms.create_alias(AliasName=ALIAS, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    role_of(account, ROLE, "s3.amazonaws.com")
    account.converges(ADAPTERS, replications=[REPLICATION])
    return account


def test_converges_on_replication_that_replicates(made):
    s3 = made.client("s3")
    found = s3.get_bucket_replication(Bucket=SOURCE)["ReplicationConfiguration"]
    assert found["Role"].endswith(f":role/{ROLE}")
    (rule,) = found["Rules"]
    key = made.client("kms", THERE).describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"]
    assert rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"] == key
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"x")
    copied = made.client("s3", THERE).head_object(Bucket=f"{SOURCE}-replica", Key="a")
    assert (copied["ReplicationStatus"], copied["SSEKMSKeyId"]) == ("REPLICA", key)


def test_mends_what_was_weakened_or_deleted(made):
    s3 = made.client("s3")
    found = s3.get_bucket_replication(Bucket=SOURCE)["ReplicationConfiguration"]
    found["Rules"][0]["DeleteMarkerReplication"]["Status"] = "Disabled"
    s3.put_bucket_replication(Bucket=SOURCE, ReplicationConfiguration=found)
    made.mends(ADAPTERS, f"replication {SOURCE}", replications=[REPLICATION])
    s3.delete_bucket_replication(Bucket=SOURCE)
    made.mends(ADAPTERS, f"replication {SOURCE}", replications=[REPLICATION])


def test_what_was_there_before_is_copied_once(made):
    s3 = made.client("s3")
    s3.delete_bucket_replication(Bucket=SOURCE)
    versions = [s3.put_object(Bucket=SOURCE, Key="early", Body=body)["VersionId"] for body in (b"1", b"2")]
    role_of(made, "batch", "batchoperations.s3.amazonaws.com")
    made.converges(ADAPTERS, replications=[{**REPLICATION, "existing_objects_role": "batch"}])
    assert made.mutations().count("s3control:CreateJob") == 1
    found = made.client("s3", THERE).list_object_versions(Bucket=f"{SOURCE}-replica", Prefix="early")["Versions"]
    assert [(one["VersionId"], one["IsLatest"]) for one in found] == [(versions[1], True), (versions[0], False)]
    assert s3.head_object(Bucket=SOURCE, Key="early")["ReplicationStatus"] == "COMPLETED"


def test_announces_what_is_not_there_yet_and_refuses_what_is_wrong(account):
    assert account.run(ADAPTERS, check_mode=True, replications=[REPLICATION])["created"] == [f"replication {SOURCE}"]
    with pytest.raises(InvalidInput, match="did you mean rules"):
        account.run(ADAPTERS, replications=[{"bucket": SOURCE, "role": ROLE, "rule": []}])
    assert account.mutations() == []
    failed = account.run(ADAPTERS, replications=[REPLICATION])["failed_resources"]
    assert "apply it first" in failed[f"replication {SOURCE}"]


def test_a_job_that_cannot_be_done_is_refused(made):
    control = made.client("s3control")
    control.meta.events.register("before-sign.s3-control", session._without_account)
    wanted = {
        "AccountId": made.account_id,
        "Operation": {"S3ReplicateObject": {}},
        "Report": {"Enabled": False},
        "Priority": 1,
        "ClientRequestToken": "once",
    }

    def refused(bucket, role):
        manifest = {"SourceBucket": f"arn:aws:s3:::{bucket}", "EnableManifestOutput": False}
        with pytest.raises(ClientError) as caught:
            control.create_job(
                **wanted,
                ManifestGenerator={"S3JobManifestGenerator": manifest},
                RoleArn=f"arn:aws:iam::123456789012:role/{role}",
            )
        return caught.value.response["Error"]["Message"]

    assert "can't assume the role" in refused(SOURCE, ROLE)
    role_of(made, "batch", "batchoperations.s3.amazonaws.com")
    assert "no replication configuration" in refused(f"{SOURCE}-replica", "batch")
    with pytest.raises(ClientError, match="does not exist"):
        control.describe_job(AccountId=made.account_id, JobId="00000000-0000-0000-0000-000000000000")
