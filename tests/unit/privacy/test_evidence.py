"""Records of what was done for people: sealed and signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey, SignatureError
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Broken
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.evidence import Archive

BUCKET = "evidence"
CONTENT = {"kind": "data_subject_erased", "at": "2026-11-22T00:00:00+00:00", "caller": "me", "proof": {"found": 0}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = {name: boto3.client(name, region_name="us-east-1") for name in ("s3", "kms")}
        made["s3"].create_bucket(Bucket=BUCKET)
        yield made


def _key(aws: dict[str, Any]) -> KmsKey:
    key = aws["kms"].create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return KmsKey(aws["kms"], key["KeyMetadata"]["KeyId"])


def test_a_record_is_read_back_with_the_key_that_signed_it_alone(aws):
    key, other = _key(aws), _key(aws)
    archive = Archive(aws["s3"], BUCKET, key)
    archive.put("privacy/rehearsals/r-erased", CONTENT)
    assert list(archive.stems("privacy/")) == ["privacy/rehearsals/r-erased"]
    assert archive.get("privacy/rehearsals/r-erased", key.public_key)["proof"] == {"found": 0}
    with pytest.raises(SignatureError):
        archive.get("privacy/rehearsals/r-erased", other.public_key)


def test_a_record_that_was_changed_or_not_signed_is_refused(aws):
    key = _key(aws)
    Archive(aws["s3"], BUCKET, None).put("plain", CONTENT)
    with pytest.raises(Broken, match="has no signature"):
        Archive(aws["s3"], BUCKET, None).get("plain", key.public_key)
    body = aws["s3"].get_object(Bucket=BUCKET, Key="plain.json")["Body"].read()
    aws["s3"].put_object(Bucket=BUCKET, Key="plain.json", Body=body.replace(b'"found": 0', b'"found": 1'))
    with pytest.raises(Broken, match="seal"):
        Archive(aws["s3"], BUCKET, None).get("plain")
