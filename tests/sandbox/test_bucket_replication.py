from __future__ import annotations

import json
import uuid

import pytest

from tests.sandbox.support import code_of

HERE, THERE = "ap-northeast-1", "ap-northeast-3"


@pytest.fixture
def pair(sandbox):
    """A versioned bucket, its replica in another region, and the ARN of a role for S3."""
    found = [f"source-{uuid.uuid4().hex[:8]}", f"replica-{uuid.uuid4().hex[:8]}"]
    for bucket, region in zip(found, (HERE, THERE), strict=True):
        s3 = sandbox.client("s3", region=region)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = sandbox.client("iam").create_role(RoleName=found[0], AssumeRolePolicyDocument=document)["Role"]["Arn"]
    return (*found, role)


def configuration(replica, role, **changes):
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": f"arn:aws:s3:::{replica}",
            "StorageClass": "STANDARD_IA",
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
        },
        **changes,
    }
    return {"Role": role, "Rules": [rule]}


def test_what_is_put_appears_in_the_other_region(sandbox, pair):
    source, replica, role = pair
    s3, far = sandbox.client("s3"), sandbox.client("s3", region=THERE)
    s3.put_object(Bucket=source, Key="before", Body=b"x")
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration(replica, role))
    found = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
    assert found == configuration(replica, role)
    version = s3.put_object(Bucket=source, Key="a", Body=b"y", Metadata={"k": "v"})["VersionId"]
    assert s3.head_object(Bucket=source, Key="a")["ReplicationStatus"] == "COMPLETED"
    copied = far.get_object(Bucket=replica, Key="a")
    assert (copied["Body"].read(), copied["VersionId"], copied["Metadata"]) == (b"y", version, {"k": "v"})
    assert (copied["ReplicationStatus"], copied["StorageClass"]) == ("REPLICA", "STANDARD_IA")
    assert [one["Key"] for one in far.list_objects_v2(Bucket=replica)["Contents"]] == ["a"]
    s3.delete_bucket_replication(Bucket=source)
    missing = code_of(lambda: s3.get_bucket_replication(Bucket=source))
    assert missing == "ReplicationConfigurationNotFoundError"


def test_markers_are_replicated_and_deletions_of_versions_are_not(sandbox, pair):
    source, replica, role = pair
    s3, far = sandbox.client("s3"), sandbox.client("s3", region=THERE)
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration(replica, role))
    kept = s3.put_object(Bucket=source, Key="kept", Body=b"x")["VersionId"]
    s3.put_object(Bucket=source, Key="hidden", Body=b"x")
    s3.delete_object(Bucket=source, Key="kept", VersionId=kept)
    s3.delete_object(Bucket=source, Key="hidden")
    assert [one["Key"] for one in far.list_objects_v2(Bucket=replica)["Contents"]] == ["kept"]
    assert len(far.list_object_versions(Bucket=replica)["Versions"]) == 2


def test_without_a_role_nothing_is_replicated(sandbox, pair):
    source, replica, role = pair
    s3 = sandbox.client("s3")
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration(replica, f"{role}-none"))
    s3.put_object(Bucket=source, Key="a", Body=b"x")
    assert s3.head_object(Bucket=source, Key="a")["ReplicationStatus"] == "FAILED"


def test_configurations_that_are_refused(sandbox, pair):
    source, replica, role = pair
    s3 = sandbox.client("s3")

    def refused(bucket, wanted):
        return code_of(lambda: s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=wanted))

    assert refused(source, configuration("no-such-bucket-anywhere", role)) == "InvalidRequest"
    encrypted = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert refused(source, configuration(replica, role, SourceSelectionCriteria=encrypted)) == "InvalidRequest"
    s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Suspended"})
    assert refused(source, configuration(replica, role)) == "InvalidRequest"
