from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def bucket(sandbox, name, region="ap-northeast-1", **more):
    location = {"LocationConstraint": region}
    sandbox.client("s3", region=region).create_bucket(Bucket=name, CreateBucketConfiguration=location, **more)
    return name


def logging_to(target):
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "s3/"}}


def deny(name, **condition):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        **condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_logging_to_a_bucket_whose_policy_denies_everybody_something(sandbox):
    s3 = sandbox.client("s3")
    source, target = bucket(sandbox, "logging-source"), bucket(sandbox, "logging-target")
    s3.put_bucket_policy(Bucket=target, Policy=deny(target, Condition={"Bool": {"aws:SecureTransport": "false"}}))
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus=logging_to(target))
    assert s3.get_bucket_logging(Bucket=source)["LoggingEnabled"] == logging_to(target)["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=source)


def test_logging_to_nowhere_and_to_another_region(sandbox):
    s3 = sandbox.client("s3")
    source = bucket(sandbox, "logging-alone")
    far = bucket(sandbox, "logging-far", region="ap-northeast-3")
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(Bucket=source, BucketLoggingStatus=logging_to("no-such-bucket-anywhere"))
    with pytest.raises(ClientError, match="CrossLocationLoggingProhibitted"):
        s3.put_bucket_logging(Bucket=source, BucketLoggingStatus=logging_to(far))
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.get_bucket_logging(Bucket="no-such-bucket-anywhere")


def test_only_unconditional_statements_of_a_policy_are_judged(sandbox):
    s3 = sandbox.client("s3")
    name = bucket(sandbox, "policy-conditions")
    s3.put_bucket_policy(Bucket=name, Policy=deny(name, Condition={"Bool": {"aws:SecureTransport": "false"}}))
    s3.put_object(Bucket=name, Key="a", Body=b"x")
    s3.put_bucket_policy(Bucket=name, Policy=deny(name))
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket=name, Key="a", Body=b"y")


def test_retention_of_an_object(sandbox):
    s3 = sandbox.client("s3")
    name = bucket(sandbox, "retention", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=name, Key="free", Body=b"x")
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 2}},
        },
    )
    s3.put_object(Bucket=name, Key="locked", Body=b"x")
    found = s3.get_object_retention(Bucket=name, Key="locked")["Retention"]
    modified = s3.head_object(Bucket=name, Key="locked")["LastModified"]
    assert found["Mode"] == "COMPLIANCE"
    assert (found["RetainUntilDate"] - modified).total_seconds() == pytest.approx(2 * 86400, abs=60)
    with pytest.raises(ClientError, match="NoSuchObjectLockConfiguration"):
        s3.get_object_retention(Bucket=name, Key="free")
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object_retention(Bucket=name, Key="absent")


def test_a_lock_needs_versions_and_one_unit(sandbox):
    s3 = sandbox.client("s3")
    name = bucket(sandbox, "lock-later")
    wanted = {"ObjectLockEnabled": "Enabled"}
    with pytest.raises(ClientError, match="InvalidBucketState"):
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=wanted)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="before", Body=b"x")
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=wanted)
    assert s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"] == wanted
    both = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}}
    with pytest.raises(ClientError, match="MalformedXML"):
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={**wanted, "Rule": both})
