"""Copies of the evidence in an object-locked bucket, which nobody can change with write access to the disk alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.bucket import publish
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from tests.unit.evidence.support import draft

BUCKET = "iworkz-sandbox-evidence-123456789012"
KEY = "evidence/sandbox/1.1.1.1/000001.json"


@pytest.fixture
def s3(account):
    client = account.client("s3")
    place = {"LocationConstraint": account.region}
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    return client


def test_records_are_locked_and_copied_once(s3, tmp_path):
    store = Store(tmp_path)
    store.append([draft("1.1.1.1")])
    now = datetime.now(UTC)
    assert publish(s3, BUCKET, "sandbox", store, now, retention_days=30) == [KEY]
    assert publish(s3, BUCKET, "sandbox", store, now, retention_days=30) == []
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == store.path("1.1.1.1", 1).read_bytes()
    version = s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=version)
