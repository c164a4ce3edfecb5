"""The policies that AWS manages, made when one is first asked for.

moto keeps either all of them, which makes every save of the account slow, or none.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

AWS_OWNED = ":iam::aws:policy/"
ARN_PARAMETERS = ("PolicyArn", "PermissionsBoundary")


@operation(
    "iam",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateRole",
    "CreateUser",
    "GetPolicy",
    "GetPolicyVersion",
    "ListEntitiesForPolicy",
    "ListPolicyVersions",
    "PutRolePermissionsBoundary",
    "PutUserPermissionsBoundary",
)
def with_aws_policy(call: Call) -> dict[str, Any]:
    for parameter in ARN_PARAMETERS:
        arn = call.params.get(parameter, "")
        if AWS_OWNED in arn:
            _provide(call.backend(), arn)
    return call.moto()


def _provide(backend: Any, arn: str) -> None:
    from moto.iam.models import AWSManagedPolicy

    name = arn.rsplit("/", 1)[-1]
    if arn in backend.managed_policies or name not in _catalogue():
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _catalogue()[name])
    if policy.arn == arn:
        backend.aws_managed_policies.append(policy)
        backend.managed_policies[arn] = policy


@cache
def _catalogue() -> dict[str, Any]:
    """Every policy AWS manages, by name; moto carries a copy."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return dict(json.loads(aws_managed_policies_data))
