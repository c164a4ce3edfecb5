"""The role that AWS Backup acts by."""

from __future__ import annotations

from sandbox.aws.call import AwsError, Call
from sandbox.aws.documents import assumable

SERVICE = "backup.amazonaws.com"


# https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
def require_role(call: Call, arn: str) -> None:
    """There must be such a role, and it must let AWS Backup take it."""
    if not assumable(call.backend("iam").roles.values(), arn, SERVICE):
        message = f"IAM role {arn} does not exist, or cannot be assumed by AWS Backup"
        raise AwsError("InvalidParameterValueException", message)
