"""Which actions of IAM an operation needs: usually its own name behind the prefix of its service, in S3 often not.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from functools import cache

from moto.core.utils import get_service_model

# Where the prefix of actions is not the name that requests are signed with.
PREFIXES = {
    "cloudwatch": "cloudwatch",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "service-quotas": "servicequotas",
    "sesv2": "ses",
}

# No policy is asked about these.
FREE = {("sts", "GetCallerIdentity"), ("sts", "AssumeRoleWithWebIdentity")}

_S3 = {
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}
_BY_METHOD = ("apigateway", "apigatewayv2")
"""Services whose actions are HTTP's methods."""
_BUDGETS = ("Budget", "Notification", "Subscriber")
_BUDGETS_READ = ("Budget", "Budgets", "NotificationsForBudget", "SubscribersForNotification")
_ELSEWHERE = {
    **{("budgets", f"{verb}{of}"): "ModifyBudget" for verb in ("Create", "Update", "Delete") for of in _BUDGETS},
    **{("budgets", f"Describe{of}"): "ViewBudget" for of in _BUDGETS_READ},
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3control", "DeletePublicAccessBlock"): "PutAccountPublicAccessBlock",
    ("s3control", "GetPublicAccessBlock"): "GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "PutAccountPublicAccessBlock",
}


def actions(service: str, operation: str) -> tuple[str, ...]:
    """Actions for an operation of a service (botocore's name); none where no policy is asked."""
    if (service, operation) in FREE:
        return ()
    if (service, operation) == ("s3", "CopyObject"):
        return ("s3:GetObject", "s3:PutObject")
    if service in _BY_METHOD:
        return (f"apigateway:{get_service_model(service).operation_model(operation).http['method']}",)
    name = _S3.get(operation, operation) if service == "s3" else _ELSEWHERE.get((service, operation), operation)
    return (f"{prefix_of(service)}:{name}",)


@cache
def prefix_of(service: str) -> str:
    """The prefix of a service's actions: es of opensearch, elasticloadbalancing of elbv2."""
    if service in PREFIXES:
        return PREFIXES[service]
    return str(get_service_model(service).signing_name)
