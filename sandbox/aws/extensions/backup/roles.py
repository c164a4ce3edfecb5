"""The role that AWS Backup acts by."""

from __future__ import annotations

import json

from sandbox.aws.call import AwsError, Call
from sandbox.aws.documents import as_list

SERVICE = "backup.amazonaws.com"


# https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
def require_role(call: Call, arn: str) -> None:
    """There must be such a role, and it must let AWS Backup take it."""
    found = next((role for role in call.backend("iam").roles.values() if role.arn == arn), None)
    document = found.assume_role_policy_document if found else "{}"
    statements = as_list(json.loads(document).get("Statement", []))
    if not any(SERVICE in as_list(one.get("Principal", {}).get("Service", [])) for one in statements):
        message = f"IAM role {arn} does not exist, or cannot be assumed by AWS Backup"
        raise AwsError("InvalidParameterValueException", message)
