"""Resources that an operation is about, where a parameter names them, and the roles that it passes on.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.aws.call import Call

REGIONAL, GLOBAL = "arn:aws:{service}:{region}:{account}:", "arn:aws:{service}::{account}:"

# Service (botocore's name): parameter, and the ARN of what it names.
_NAMED: dict[str, dict[str, str]] = {
    "accessanalyzer": {"analyzerName": "arn:aws:access-analyzer:{region}:{account}:analyzer/{name}"},
    "cloudtrail": {"Name": f"{REGIONAL}trail/{{name}}", "TrailName": f"{REGIONAL}trail/{{name}}"},
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
    "events": {"Name": f"{REGIONAL}rule/{{name}}", "Rule": f"{REGIONAL}rule/{{name}}"},
    "firehose": {"DeliveryStreamName": f"{REGIONAL}deliverystream/{{name}}"},
    "iam": {
        "RoleName": f"{GLOBAL}role/{{name}}",
        "GroupName": f"{GLOBAL}group/{{name}}",
        "UserName": f"{GLOBAL}user/{{name}}",
        "PolicyName": f"{GLOBAL}policy/{{name}}",
    },
    "kms": {"AliasName": f"{REGIONAL}{{name}}"},
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
    "sqs": {"QueueName": f"{REGIONAL}{{name}}", "QueueUrl": f"{REGIONAL}{{last}}"},
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


# What EC2 names by an identifier of its own: where parameters do, and types by the identifier's prefix.
_EC2_PARAMETERS = ("GroupId", "InternetGatewayId", "NetworkAclId", "RouteTableId", "SubnetId", "VpcId")
_EC2_TYPES = {
    "acl": "network-acl",
    "eipalloc": "elastic-ip",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "vpce": "vpc-endpoint",
}
_ROLES = ("role", "rolearn", "logspermissionarn")
"""Ends of the names of parameters that are roles to be passed."""
_KEYS = ("KeyId", "TargetKeyId")
_WAF_TYPES = {"IPSet": "ipset", "RegexPatternSet": "regexpatternset", "RuleGroup": "rulegroup", "WebACL": "webacl"}
_PASSED = re.compile(r"arn:aws:iam::\d{12}:role/.+")


def arns(call: Call) -> list[str]:
    """The ARNs; [] where no parameter names a resource, or the operation lists or describes many."""
    if call.operation.startswith(("Describe", "List")) and (call.service, call.operation) not in _CREATED:
        return []
    if call.service == "s3":
        bucket, key = call.params.get("Bucket"), call.params.get("Key")
        keys = [one["Key"] for one in call.params.get("Delete", {}).get("Objects", [])] or [key]
        return [f"arn:aws:s3:::{bucket}/{one}" if one else f"arn:aws:s3:::{bucket}" for one in keys] if bucket else []
    return [*_named(call), *_identified(call)]


def passed(call: Call) -> set[str]:
    """ARNs of the roles that the operation passes to a service: iam:PassRole is asked for each of them."""
    if call.service in ("iam", "sts") or not call.target.mutating:
        return set()
    return set(_passed(call.params))


def _named(call: Call) -> Iterator[str]:
    named = dict(_NAMED.get(call.service, {}))
    if call.operation.endswith(_INLINE):
        named.pop("PolicyName", None)
    if (call.service, call.operation) in _CREATED:
        named = dict([_CREATED[call.service, call.operation]])
    where = {"service": call.service, "region": call.region, "account": call.account}
    for parameter, template in named.items():
        value = call.params.get(parameter)
        if isinstance(value, str) and not value.startswith(_DEFAULTS):
            last = value.rpartition("/")[2]
            yield value if value.startswith("arn:") else template.format(name=value, last=last, **where)


def _identified(call: Call) -> Iterator[str]:
    """What services know by identifiers: resources of EC2, of WAF by name besides, and keys, also by an alias."""
    start = f"arn:aws:{call.service}:{call.region}:{call.account}:"
    if call.service == "ec2":
        named = [call.params[one] for one in _EC2_PARAMETERS if one in call.params]
        for identifier in call.params["Resources"] if call.operation == "CreateTags" else named:
            prefix = identifier.partition("-")[0]
            yield f"{start}{_EC2_TYPES.get(prefix, prefix)}/{identifier}"
    if call.service == "wafv2" and call.operation.endswith(tuple(_WAF_TYPES)) and "Name" in call.params:
        scope = "global" if call.params.get("Scope") == "CLOUDFRONT" else "regional"
        kind = next(one for end, one in _WAF_TYPES.items() if call.operation.endswith(end))
        yield f"{start}{scope}/{kind}/{call.params['Name']}/{call.params.get('Id', 'new')}"
    if call.service == "kms":
        keys = call.backend()
        for key in (keys.get_alias_name(call.params[one]) for one in _KEYS if one in call.params):
            if not key.startswith("alias/") or keys.alias_exists(key):
                yield f"{start}key/{keys.any_id_to_key_id(key)}"


def _passed(value: Any, name: str = "") -> Iterator[str]:
    """Roles that a parameter, or what it holds, is named as."""
    if isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _passed(one, inner)
    elif isinstance(value, list):
        for one in value:
            yield from _passed(one, name)
    elif isinstance(value, str) and _PASSED.fullmatch(value) and name.lower().endswith(_ROLES):
        yield value
