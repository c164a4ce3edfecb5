"""One person in S3: the copies in another region go, too, for S3 replicates no deletion of a version."""

from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._privacy import objects
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Objects
from tests.integration.conftest import REGION, Account

RECOVERY = "ap-northeast-3"


@pytest.fixture
def replicated(account: Account) -> Account:
    """Two objects of one person and one of another, written to a bucket that is replicated."""
    for bucket, region in (("documents", REGION), ("copies", RECOVERY)):
        s3 = account.client("s3", region)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = account.client("iam").create_role(RoleName="copies", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": "arn:aws:s3:::copies"},
    }
    s3 = account.client("s3")
    s3.put_bucket_replication(Bucket="documents", ReplicationConfiguration={"Role": role, "Rules": [rule]})
    for key in ("people/S-1/resume.pdf", "people/S-1/photo.png", "people/S-2/resume.pdf"):
        s3.put_object(Bucket="documents", Key=key, Body=b"x")
    return account


def test_erasing_reaches_the_replica(replicated: Account) -> None:
    place = Objects("documents", "documents", "people/{subject_id}/")
    s3, far = replicated.client("s3"), replicated.client("s3", RECOVERY)
    assert far.list_objects_v2(Bucket="copies")["KeyCount"] == 3
    assert objects.erase(s3, place, "S-1") == 4
    for client, bucket in ((s3, "documents"), (far, "copies")):
        left = client.list_object_versions(Bucket=bucket)
        assert [one["Key"] for one in left["Versions"]] == ["people/S-2/resume.pdf"]
        assert "DeleteMarkers" not in left
