"""S3: what moto answers as if another operation had been asked for, refuses though S3 takes it, or lacks.

moto finds out the operation by looking for the query parameters it knows, so that PutBucketRequestPayment, say,
creates a bucket and GetBucketMetricsConfiguration lists objects.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

moto ignores the conditions of a bucket policy, so that "deny unless by TLS" denies everything. Statements with a
condition are left out here: who may do what is not what the sandbox rehearses.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, PublicAccessBlock

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import bucket_replication, operation

__all__ = ["bucket_replication"]


@operation(
    "s3",
    "CreateBucketMetadataConfiguration",
    "CreateBucketMetadataTableConfiguration",
    "CreateSession",
    "DeleteBucketAnalyticsConfiguration",
    "DeleteBucketIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration",
    "DeleteBucketMetadataConfiguration",
    "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration",
    "DeleteObjectAnnotation",
    "GetBucketAbac",
    "GetBucketAnalyticsConfiguration",
    "GetBucketIntelligentTieringConfiguration",
    "GetBucketMetadataConfiguration",
    "GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration",
    "GetBucketRequestPayment",
    "GetObjectAnnotation",
    "GetObjectTorrent",
    "ListBucketAnalyticsConfigurations",
    "ListBucketIntelligentTieringConfigurations",
    "ListBucketMetricsConfigurations",
    "ListDirectoryBuckets",
    "ListObjectAnnotations",
    "PutBucketAbac",
    "PutBucketAnalyticsConfiguration",
    "PutBucketIntelligentTieringConfiguration",
    "PutBucketMetricsConfiguration",
    "PutBucketRequestPayment",
    "PutObjectAnnotation",
    "RenameObject",
    "UpdateBucketMetadataAnnotationTableConfiguration",
    "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration",
    "UpdateObjectEncryption",
    "WriteGetObjectResponse",
)
def refuse(call: Call) -> dict[str, Any]:
    raise UnsupportedError("moto takes it for another operation")


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
@operation("s3", "CreateBucket")
def create_bucket(call: Call) -> dict[str, Any]:
    """A new bucket is private: public access blocked, access control lists off."""
    name = call.params["Bucket"]
    if name in call.backend().buckets:
        message = "Your previous request to create the named bucket succeeded and you already own it."
        raise AwsError("BucketAlreadyOwnedByYou", message, 409, BucketName=name)
    answer = call.moto()
    bucket = _bucket(call, name)
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    if bucket.ownership_rule is None:
        owner = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        call.ask("s3", "PutBucketOwnershipControls", Bucket=name, OwnershipControls=owner)
    return answer


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
@operation("s3", "GetBucketEncryption")
def get_bucket_encryption(call: Call) -> dict[str, Any]:
    """Every bucket is encrypted, by S3's own key where no other was chosen."""
    if _bucket(call, call.params["Bucket"]).encryption:
        return call.moto()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
@operation("s3", "GetObjectLockConfiguration")
def get_object_lock_configuration(call: Call) -> dict[str, Any]:
    """Days or years, never both; no rule where there is no default."""
    configuration = call.moto()["ObjectLockConfiguration"]
    retention = configuration.get("Rule", {}).get("DefaultRetention", {})
    kept = {name: value for name, value in retention.items() if value}
    return {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": configuration["ObjectLockEnabled"],
            **({"Rule": {"DefaultRetention": kept}} if kept else {}),
        }
    }


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html
def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What the unconditional statements of a bucket's policy say; takes the place of moto's method."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    plain = [statement for statement in statements if "Condition" not in statement]
    return IAMPolicy(json.dumps({**policy, "Statement": plain})).is_action_permitted(action, resource)


FakeBucket.get_permission = permission


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
@operation("s3", "PutBucketLogging")
def put_bucket_logging(call: Call) -> dict[str, Any]:
    bucket = _bucket(call, call.params["Bucket"])
    wanted = call.params["BucketLoggingStatus"].get("LoggingEnabled")
    if wanted:
        target = call.backend().buckets.get(wanted["TargetBucket"])
        if target is None:
            raise AwsError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400)
        if target.region_name != bucket.region_name:
            message = "Cross S3 location logging not allowed."
            raise AwsError("CrossLocationLoggingProhibitted", message, 403)
    bucket.logging = wanted or {}
    return {}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html
@operation("s3", "GetBucketLogging")
def get_bucket_logging(call: Call) -> dict[str, Any]:
    logging = _bucket(call, call.params["Bucket"]).logging
    return {"LoggingEnabled": logging} if logging else {}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
@operation("s3", "PutObjectLockConfiguration")
def put_object_lock_configuration(call: Call) -> dict[str, Any]:
    """moto takes it for empty buckets only; S3 for every versioned one, and it holds for objects put from now on."""
    bucket = _bucket(call, call.params["Bucket"])
    wanted = call.params.get("ObjectLockConfiguration", {})
    retention = wanted.get("Rule", {}).get("DefaultRetention", {})
    if wanted.get("ObjectLockEnabled") != "Enabled" or (retention and len({"Days", "Years"} & retention.keys()) != 1):
        raise AwsError("MalformedXML", "The XML you provided was not well-formed", 400)
    if not bucket.is_versioned:
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise AwsError("InvalidBucketState", message, 409)
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = retention.get("Mode", "")
    bucket.default_lock_days = retention.get("Days", 0)
    bucket.default_lock_years = retention.get("Years", 0)
    return {}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
@operation("s3", "GetObjectRetention")
def get_object_retention(call: Call) -> dict[str, Any]:
    bucket = _bucket(call, call.params["Bucket"])
    name = call.params["Key"]
    key = call.backend().get_object(bucket.name, name, version_id=call.params.get("VersionId"))
    if key is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=name)
    if not key.lock_mode:
        message = "The specified object does not have a ObjectLock configuration"
        raise AwsError("NoSuchObjectLockConfiguration", message, 404)
    return {"Retention": {"Mode": key.lock_mode, "RetainUntilDate": datetime.fromisoformat(key.lock_until)}}


def _bucket(call: Call, name: str) -> Any:
    bucket = call.backend().buckets.get(name)
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
    return bucket
