"""A bucket and a key that security services may write to."""

from __future__ import annotations

import json
from typing import Any

BUCKET = "iworkz-sandbox-security-123456789012"
ALIAS = "alias/iworkz-sandbox-security"


def allow(service: str, actions: list[str], resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Resource": resource}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def make_store(account: Any, service: str) -> str:
    """The bucket, whose policy lets a service in, and the key likewise; ARN of the key."""
    s3, kms = account.client("s3"), account.client("kms")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": account.region})
    arn = f"arn:aws:s3:::{BUCKET}"
    actions = ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:PutObject"]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(allow(service, actions, [arn, f"{arn}/*"])))
    key = kms.create_key(Policy=policy(allow(service, ["kms:GenerateDataKey"], "*")))["KeyMetadata"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=key["KeyId"])
    return str(key["Arn"])
