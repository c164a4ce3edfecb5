"""ARNs of the resources that an operation is about, where a parameter names them.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.aws.call import Call

REGIONAL, GLOBAL = "arn:aws:{service}:{region}:{account}:", "arn:aws:{service}::{account}:"

# Service (botocore's name): parameter, and the ARN of what it names.
_NAMED: dict[str, dict[str, str]] = {
    "cloudwatch": {"AlarmName": f"{REGIONAL}alarm:{{name}}"},
    "ecr": {"repositoryName": f"{REGIONAL}repository/{{name}}"},
    "eks": {"clusterName": f"{REGIONAL}cluster/{{name}}"},
    "elasticache": {
        "ReplicationGroupId": f"{REGIONAL}replicationgroup:{{name}}",
        "CacheParameterGroupName": f"{REGIONAL}parametergroup:{{name}}",
        "CacheSubnetGroupName": f"{REGIONAL}subnetgroup:{{name}}",
        "UserGroupId": f"{REGIONAL}usergroup:{{name}}",
        "UserId": f"{REGIONAL}user:{{name}}",
    },
    "iam": {
        "RoleName": f"{GLOBAL}role/{{name}}",
        "GroupName": f"{GLOBAL}group/{{name}}",
        "UserName": f"{GLOBAL}user/{{name}}",
        "PolicyName": f"{GLOBAL}policy/{{name}}",
    },
    "logs": {"logGroupName": f"{REGIONAL}log-group:{{name}}"},
    "opensearch": {"DomainName": "arn:aws:es:{region}:{account}:domain/{name}"},
    "rds": {
        "DBInstanceIdentifier": f"{REGIONAL}db:{{name}}",
        "DBParameterGroupName": f"{REGIONAL}pg:{{name}}",
        "DBSubnetGroupName": f"{REGIONAL}subgrp:{{name}}",
        "SourceDBInstanceIdentifier": f"{REGIONAL}db:{{name}}",
    },
    "secretsmanager": {"SecretId": f"{REGIONAL}secret:{{name}}-AbCdEf"},
    "sns": {"TopicArn": "{name}"},
}
# Where a parameter is called otherwise in one operation, and operations on something else than what they name.
_CREATED = {
    ("eks", "CreateCluster"): ("name", f"{REGIONAL}cluster/{{name}}"),
    ("eks", "DescribeCluster"): ("name", f"{REGIONAL}cluster/{{name}}"),
    ("secretsmanager", "CreateSecret"): ("Name", f"{REGIONAL}secret:{{name}}-AbCdEf"),
    ("sns", "CreateTopic"): ("Name", f"{REGIONAL}{{name}}"),
    ("iam", "CreatePolicyVersion"): ("PolicyArn", "{name}"),
}
# An inline policy is no resource; what it is put into is.
_INLINE = ("RolePolicy", "GroupPolicy", "UserPolicy")
_DEFAULTS = ("default.", "default:")
"""What AWS itself provides may be named by anybody."""


def arns(call: Call) -> list[str]:
    """The ARNs; [] where no parameter names a resource, or the operation lists or describes many."""
    if call.operation.startswith(("Describe", "List")) and (call.service, call.operation) not in _CREATED:
        return []
    if call.service == "s3":
        bucket, key = call.params.get("Bucket"), call.params.get("Key")
        return [f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"] if bucket else []
    named = dict(_NAMED.get(call.service, {}))
    if call.operation.endswith(_INLINE):
        named.pop("PolicyName", None)
    if (call.service, call.operation) in _CREATED:
        named = dict([_CREATED[call.service, call.operation]])
    where = {"service": call.service, "region": call.region, "account": call.account}
    return [
        value if value.startswith("arn:") else template.format(name=value, **where)
        for parameter, template in named.items()
        if isinstance(value := call.params.get(parameter), str) and not value.startswith(_DEFAULTS)
    ]
