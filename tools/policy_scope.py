"""What an action may be limited to: resources by the platform's prefix, by its tags, or by region.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
as the package parliament carries it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import parliament

Where = dict[str, Any]

# Names of resources, with the text that stands for a name which begins with the platform's prefix. Others are known to
# the service by an identifier of its own.
_NAMED = {
    "cloudwatch": {"alarm": "PREFIX-*"},
    "ecr": {"repository": "PREFIX/*"},
    "eks": {
        "cluster": "PREFIX",
        "addon": "PREFIX/*",
        "nodegroup": "PREFIX/*",
        "access-entry": "PREFIX/*",
        "podidentityassociation": "PREFIX/*",
    },
    "elasticache": {
        "parametergroup": "PREFIX-*",
        "replicationgroup": "PREFIX-*",
        "subnetgroup": "PREFIX-*",
        "user": "PREFIX-*",
        "usergroup": "PREFIX-*",
    },
    "es": {"domain": "PREFIX-*"},
    "firehose": {"deliverystream": "PREFIX-*"},
    "iam": {"group": "PREFIX-*", "policy": "PREFIX-*", "role": "PREFIX-*"},
    "kms": {"alias": "PREFIX-*"},
    "mq": {"brokers": "PREFIX-*"},
    "rds": {"db": "PREFIX-*", "pg": "PREFIX-*", "subgrp": "PREFIX*"},
    "s3": {"bucket": "PREFIX-*", "object": "PREFIX-*/*"},
    "sns": {"topic": "PREFIX-*"},
    "sts": {"role": "PREFIX-*"},
}
# Names that are not the platform's to choose.
_OTHERS = {
    ("logs", "log-group"): ["/*PREFIX*", "/aws/amazonmq/broker/*"],
    ("secretsmanager", "Secret"): ["PREFIX/*", "rds!*"],
    # The provider of an issuer is named after it, the database's own after its major version.
    ("iam", "oidc-provider"): ["*"],
}
GLOBAL = ("iam", "route53", "s3", "sts")
LOOKS = ("List", "Describe")
UNBORN = {"security-group-rule"}
"""What an action that changes something else makes, and that has no tags before."""
CHANGES = ("CreateGrant", "CreateNetworkAclEntry", "CreateRoute")
"""Called as if they made something of its own, they change what there is."""
MAKES = ("Create", "Allocate", "Copy", "Import", "Run", "Register", "Request")

# What AWS asks for besides, and neither the emulator nor the catalogue says.
_BESIDES = {
    "cloudwatch:PutMetricAlarm": ["cloudwatch:TagResource"],
    "ec2:CreateFlowLogs": ["logs:CreateLogDelivery"],
    "ec2:CreateVpc": ["ec2:CreateTags"],
    "ecr:CreateRepository": ["ecr:TagResource", "kms:CreateGrant", "kms:DescribeKey"],
    "eks:CreateAddon": ["eks:CreatePodIdentityAssociation", "eks:TagResource", "iam:PassRole"],
    "eks:CreateCluster": ["eks:TagResource", "iam:PassRole", "kms:CreateGrant", "kms:DescribeKey"],
    "eks:CreateNodegroup": ["eks:TagResource", "iam:PassRole"],
    "elasticache:CreateReplicationGroup": ["elasticache:AddTagsToResource", "kms:CreateGrant", "kms:DescribeKey"],
    "es:CreateDomain": ["es:AddTags", "kms:CreateGrant", "kms:DescribeKey"],
    "iam:CreateOpenIDConnectProvider": ["iam:TagOpenIDConnectProvider"],
    "iam:CreatePolicy": ["iam:TagPolicy"],
    "iam:CreateRole": ["iam:TagRole"],
    "kms:CreateKey": ["kms:PutKeyPolicy", "kms:TagResource"],
    "logs:CreateLogGroup": ["logs:TagResource"],
    "mq:CreateBroker": ["mq:CreateTags", "ec2:CreateNetworkInterface", "kms:CreateGrant", "kms:DescribeKey"],
    "rds:CreateDBInstance": [
        "iam:PassRole",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "rds:AddTagsToResource",
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
    ],
    "secretsmanager:CreateSecret": ["kms:Decrypt", "kms:GenerateDataKey", "secretsmanager:TagResource"],
    "sns:CreateTopic": ["sns:TagResource"],
}


def with_dependents(needed: Sequence[str]) -> list[str]:
    """The actions with those that AWS asks for in the same call."""
    return sorted({*needed, *(other for action in needed for other in _BESIDES.get(action, ()))})


def of(action: str) -> list[Where]:
    """Resource and Condition of an action; several where some of its resources have names and others none.

    :raises KeyError: for an action that AWS does not have.
    """
    service, name = action.split(":")
    taken = [one["resource_type"].rstrip("*") for one in _privilege(service, name)["resource_types"]]
    required = [
        one["resource_type"].rstrip("*")
        for one in _privilege(service, name)["resource_types"]
        if one["resource_type"].endswith("*")
    ]
    named = sorted(arn for resource in set(taken) for arn in _arns(service, resource))
    if action == "iam:PassRole":
        return [{"Resource": named, "Condition": {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}}]
    if action == "iam:CreateServiceLinkedRole":
        return [{"Resource": "arn:aws:iam::ACCOUNT_ID:role/aws-service-role/*"}]
    makes = name.startswith(MAKES) and name not in CHANGES
    if (name.startswith(LOOKS) and service != "s3") or not any(taken):
        return [_anywhere(service)]
    if named and set(required) <= {resource for resource in taken if _arns(service, resource)}:
        return [{"Resource": named}]
    if service == "kms" and not makes:
        return [_tagged("arn:aws:kms:REGION:ACCOUNT_ID:key/*"), *([{"Resource": named}] if named else [])]
    if required and not makes and all(_has_tags(service, resource) for resource in required):
        there = sorted({resource for resource in taken if resource} - UNBORN)
        made = sorted(_arn(service, resource, "*") for resource in set(taken) & UNBORN)
        return [
            _tagged(*(_arn(service, resource, "*") for resource in there)),
            *([{"Resource": made}] if made else []),
        ]
    if required and not makes:
        return [{"Resource": sorted(_arn(service, resource, "*") for resource in set(required))}]
    return [_anywhere(service)]


def _anywhere(service: str) -> Where:
    region = {"StringEquals": {"aws:RequestedRegion": "REGION"}}
    return {"Resource": "*"} if service in GLOBAL else {"Resource": "*", "Condition": region}


def _tagged(*arns: str) -> Where:
    tags = {"aws:ResourceTag/Platform": "PLATFORM", "aws:ResourceTag/Environment": "ENVIRONMENT"}
    return {"Resource": sorted(arns), "Condition": {"StringEquals": tags}}


def _arns(service: str, resource: str) -> list[str]:
    names = _OTHERS.get((service, resource)) or [_NAMED.get(service, {}).get(resource, "")]
    return [_arn(service, resource, name) for name in names if name]


def _arn(service: str, resource: str, name: str) -> str:
    """The ARN of a type of resource, its variables replaced: the first by the name, which covers those behind it."""
    template = next(one["arn"] for one in _service(service)["resources"] if one["resource"] == resource)
    for variable, value in (("Partition", "aws"), ("Region", "REGION"), ("Account", "ACCOUNT_ID")):
        template = template.replace(f"${{{variable}}}", value)
    start = re.split(r"\$\{\w+\}", template)[0]
    return f"{start}{name}"


def _has_tags(service: str, resource: str) -> bool:
    found = next(one for one in _service(service)["resources"] if one["resource"] == resource)
    return any(key.startswith("aws:ResourceTag") for key in found["condition_keys"])


def _privilege(service: str, name: str) -> dict[str, Any]:
    privileges: Iterable[dict[str, Any]] = _service(service)["privileges"]
    found = next((one for one in privileges if one["privilege"] == name), None)
    if found is None:
        raise KeyError(f"{service}:{name}")
    return found


def _service(prefix: str) -> dict[str, Any]:
    return _catalogue()[prefix]


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    path = Path(parliament.__file__).parent / "iam_definition.json"
    return {one["prefix"]: one for one in json.loads(path.read_text(encoding="utf-8"))}
