"""IAM roles that EKS is told to use."""

from __future__ import annotations

from sandbox.aws import documents
from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.eks.models import Item


def find(call: Call, arn: str) -> Item | None:
    """The role as GetRole tells it; None when there is none of this ARN."""
    name = arn.rpartition("/")[2]
    try:
        role: Item = call.ask("iam", "GetRole", RoleName=name)["Role"]
    except AwsError:
        return None
    return role if role["Arn"] == arn else None


def trusts(role: Item, service: str) -> bool:
    """Whether a service may assume a role."""
    return documents.trusts(role["AssumeRolePolicyDocument"], service)
