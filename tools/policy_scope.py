"""What an action may be limited to: resources by the platform's prefix, by its tags, or by region.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
as the package parliament carries it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import parliament

Where = dict[str, Any]

# Names of resources, with the text that stands for a name which begins with the platform's prefix. Others are known to
# the service by an identifier of its own.
_NAMED = {
    "access-analyzer": {"Analyzer": "PREFIX-*"},
    "backup": {"backupVault": "PREFIX-*"},
    "budgets": {"budget": "PREFIX*"},
    "cloudtrail": {"trail": "PREFIX-*"},
    "cloudwatch": {"alarm": "PREFIX-*", "dashboard": "PREFIX-*"},
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
    "events": {"rule-on-default-event-bus": "PREFIX-*"},
    "firehose": {"deliverystream": "PREFIX-*"},
    "iam": {"group": "PREFIX-*", "policy": "PREFIX-*", "role": "PREFIX-*"},
    "kms": {"alias": "PREFIX-*"},
    "mq": {"brokers": "PREFIX-*"},
    "rds": {"db": "PREFIX-*", "es": "PREFIX-*", "pg": "PREFIX-*", "subgrp": "PREFIX*"},
    "s3": {"bucket": "PREFIX-*", "object": "PREFIX-*/*"},
    "sns": {"topic": "PREFIX-*"},
    "sqs": {"queue": "PREFIX-*"},
    "sts": {"role": "PREFIX-*"},
    "xray": {"group": "PREFIX-*", "sampling-rule": "PREFIX*"},
    "wafv2": {"ipset": "*/ipset/PREFIX*", "managedruleset": "*/managedruleset/*", "webacl": "*/webacl/PREFIX*"},
}
# Names that are not the platform's to choose.
_OTHERS = {
    ("logs", "log-group"): ["/*PREFIX*", "/aws/amazonmq/broker/*", "aws-waf-logs-PREFIX*"],
    ("secretsmanager", "Secret"): ["PREFIX/*"],
    # The provider of an issuer is named after it, the database's own after its major version.
    ("iam", "oidc-provider"): ["*"],
    ("rds", "og"): ["default:*"],
}
# Resources of actions that are narrower than their types, or have none in the catalogue.
_SECRETS, _OBJECTS = "arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret", "arn:aws:s3:::PREFIX"
_ROLES = "arn:aws:iam::ACCOUNT_ID:role"
_CONFIG, _QUEUES = "arn:aws:config:REGION:ACCOUNT_ID", "arn:aws:sqs:REGION:ACCOUNT_ID:PREFIX"
_BALANCERS = "arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:loadbalancer/app/PREFIX-*"
_LISTENERS = "arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener/app/PREFIX-*"
_TARGETS = "arn:aws:application-autoscaling:REGION:ACCOUNT_ID:scalable-target/*"
_MONITORS, _SUBSCRIPTIONS = (f"arn:aws:ce::ACCOUNT_ID:anomaly{kind}/*" for kind in ("monitor", "subscription"))
_STORED = [f"{_OBJECTS}-documents-ACCOUNT_ID/*", f"{_OBJECTS}-evidence-ACCOUNT_ID/*"]
_CANARIES = [f"{_QUEUES}-compliance-canary", f"{_QUEUES}-security-canary"]
_FIXED = {
    # Known by identifiers that they do not have before.
    "application-autoscaling:PutScalingPolicy": [_TARGETS],
    "application-autoscaling:RegisterScalableTarget": [_TARGETS],
    # All there are are listed.
    "ce:GetAnomalyMonitors": [_MONITORS],
    "ce:GetAnomalySubscriptions": [_SUBSCRIPTIONS],
    "ce:ListTagsForResource": [_MONITORS, _SUBSCRIPTIONS],
    "ce:TagResource": [_MONITORS, _SUBSCRIPTIONS],
    # Listed by what is asked for: REST APIs, and HTTP and WebSocket APIs.
    "apigateway:GET": ["arn:aws:apigateway:REGION::/restapis", "arn:aws:apigateway:REGION::/apis"],
    # Recovery points of databases are snapshots, others have no kind.
    "backup:StartCopyJob": [
        "arn:aws:backup:REGION:ACCOUNT_ID:recovery-point:*",
        "arn:aws:rds:REGION:ACCOUNT_ID:snapshot:awsbackup*",
    ],
    # Known by identifiers that they do not have before; the recorder has no tags.
    "config:PutConfigRule": [f"{_CONFIG}:config-rule/*"],
    "config:PutConformancePack": [f"{_CONFIG}:conformance-pack/*"],
    "config:StartConfigurationRecorder": [f"{_CONFIG}:configuration-recorder/*"],
    "elasticloadbalancing:AddTags": [_BALANCERS, _LISTENERS],
    "elasticloadbalancing:CreateListener": [_BALANCERS],
    "elasticloadbalancing:CreateLoadBalancer": [_BALANCERS],
    # The catalogue wants both kinds of listeners.
    "elasticloadbalancing:ModifyListenerAttributes": [_LISTENERS, _LISTENERS.replace("/app/", "/net/")],
    "elasticloadbalancing:ModifyLoadBalancerAttributes": [_BALANCERS],
    "iam:CreateServiceLinkedRole": [f"{_ROLES}/aws-service-role/*"],
    # What is written, and taken away, is evidence, and what a rehearsal of somebody's rights makes.
    "s3:DeleteObject": [f"{_OBJECTS}-documents-ACCOUNT_ID/*"],
    "s3:GetObject": _STORED,
    "s3:PutObject": _STORED,
    "secretsmanager:CreateSecret": [f"{_SECRETS}:PREFIX/*", f"{_SECRETS}:rds!*"],
    "secretsmanager:GetSecretValue": [f"{_SECRETS}:PREFIX/*", f"{_SECRETS}:rds!*"],
    "secretsmanager:TagResource": [f"{_SECRETS}:PREFIX/*", f"{_SECRETS}:rds!*"],
    "securityhub:BatchImportFindings": ["arn:aws:securityhub:REGION:ACCOUNT_ID:product/ACCOUNT_ID/default"],
    "sns:Publish": ["arn:aws:sns:REGION:ACCOUNT_ID:PREFIX-compliance"],
    "sqs:DeleteMessage": _CANARIES,
    "sqs:ReceiveMessage": _CANARIES,
    "sts:AssumeRole": [f"{_ROLES}/PREFIX-search-admin"],
}
# Actions that tag what is known by its tags: ours, and what has none.
_TAGS = {
    "acm:AddTagsToCertificate": "arn:aws:acm:REGION:ACCOUNT_ID:certificate/*",
    "application-autoscaling:TagResource": _TARGETS,
    "config:TagResource": f"{_CONFIG}:*",
    "ec2:CreateTags": "arn:aws:ec2:REGION:ACCOUNT_ID:*/*",
    "guardduty:TagResource": "arn:aws:guardduty:REGION:ACCOUNT_ID:detector/*",
    "kms:TagResource": "arn:aws:kms:REGION:ACCOUNT_ID:key/*",
    "macie2:TagResource": "arn:aws:macie2:REGION:ACCOUNT_ID:classification-job/*",
    "securityhub:TagResource": "arn:aws:securityhub:REGION:ACCOUNT_ID:hub/default",
    "shield:TagResource": "arn:aws:shield::ACCOUNT_ID:protection/*",
}
# What else must hold: keys are used through services only, but for the one that signs evidence.
_CONDITIONS: dict[str, dict[str, dict[str, str]]] = {
    "iam:PassRole": {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}},
    "kms:CreateGrant": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    "kms:Decrypt": {"StringLike": {"kms:ViaService": "*.amazonaws.com"}},
    "kms:Encrypt": {"StringLike": {"kms:ViaService": "*.amazonaws.com"}},
    "kms:GenerateDataKey": {"StringLike": {"kms:ViaService": "*.amazonaws.com"}},
    "kms:Sign": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/PREFIX-compliance"}},
}
# Where a phase needs other resources of an action than others do.
_OF_PHASE = {
    # The recorder runs with Config's own role, which nobody else can use.
    "phase2": {"iam:PassRole": [f"{_ROLES}/PREFIX-*", f"{_ROLES}/aws-service-role/config.amazonaws.com/*"]},
    # Definitions of the message broker, which AWS Backup does not know.
    "phase6": {action: [f"{_OBJECTS}-backup-ACCOUNT_ID/*"] for action in ("s3:GetObject", "s3:PutObject")},
    # Whether an object was copied is in its head, which is read with the permission for the object.
    "verify": {
        "s3:GetObject": [f"{_OBJECTS}-*-ACCOUNT_ID/*"],
        "s3:PutObject": [f"{_OBJECTS}-evidence-ACCOUNT_ID/*"],
    },
}
GLOBAL = ("cloudfront", "iam", "route53", "s3", "shield", "sts")
ANYWHERE = "*"
"""Stands for regions that are not the platform's, in which it looks for what should not be there."""
LOOKS = ("List", "Describe")
UNBORN = {"security-group-rule"}
"""What an action that changes something else makes, and that has no tags before."""
CHANGES = ("CreateAlias", "CreateGrant", "CreateNetworkAclEntry", "CreateRoute", "CreateTags")
"""Called as if they made something of its own, they change what there is."""
MAKES = ("Create", "Allocate", "Copy", "Import", "Run", "Register", "Request")

# What AWS asks for besides, and neither the emulator nor the catalogue says.
_BESIDES = {
    "access-analyzer:CreateAnalyzer": ["access-analyzer:TagResource"],
    "acm:RequestCertificate": ["acm:AddTagsToCertificate"],
    "application-autoscaling:RegisterScalableTarget": ["iam:CreateServiceLinkedRole"],
    "backup:CreateBackupPlan": ["backup:TagResource"],
    "backup:CreateBackupVault": [
        *("backup-storage:MountCapsule", "backup:TagResource", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"),
        *("kms:GenerateDataKey", "kms:RetireGrant"),
    ],
    "budgets:ModifyBudget": ["budgets:TagResource"],
    "ce:CreateAnomalyMonitor": ["ce:TagResource"],
    "ce:CreateAnomalySubscription": ["ce:TagResource"],
    "cloudwatch:PutMetricAlarm": ["cloudwatch:TagResource"],
    "config:PutConfigRule": ["config:TagResource"],
    "ec2:CreateFlowLogs": ["logs:CreateLogDelivery"],
    "ecr:CreateRepository": ["kms:CreateGrant", "kms:DescribeKey"],
    "eks:CreateAddon": ["eks:CreatePodIdentityAssociation", "eks:TagResource", "iam:PassRole"],
    "eks:CreateCluster": ["eks:TagResource", "iam:PassRole", "kms:CreateGrant", "kms:DescribeKey"],
    "eks:CreateNodegroup": ["eks:TagResource", "iam:PassRole"],
    "elasticache:CreateReplicationGroup": ["kms:CreateGrant", "kms:DescribeKey"],
    "elasticloadbalancing:CreateLoadBalancer": ["elasticloadbalancing:AddTags", "iam:CreateServiceLinkedRole"],
    "es:CreateDomain": ["es:AddTags", "kms:CreateGrant", "kms:DescribeKey"],
    "events:PutRule": ["events:TagResource"],
    "firehose:CreateDeliveryStream": ["firehose:TagDeliveryStream", "iam:PassRole", "kms:CreateGrant"],
    "guardduty:CreateDetector": ["guardduty:TagResource", "iam:CreateServiceLinkedRole"],
    "iam:CreateOpenIDConnectProvider": ["iam:TagOpenIDConnectProvider"],
    "iam:CreatePolicy": ["iam:TagPolicy"],
    "iam:CreateRole": ["iam:TagRole"],
    "inspector2:Enable": ["iam:CreateServiceLinkedRole"],
    "logs:CreateLogGroup": ["logs:TagResource"],
    "macie2:CreateClassificationJob": ["macie2:TagResource"],
    "macie2:EnableMacie": ["iam:CreateServiceLinkedRole"],
    "mq:CreateBroker": ["mq:CreateTags", "kms:CreateGrant", "kms:DescribeKey"],
    "rds:CreateDBInstanceReadReplica": ["kms:CreateGrant", "kms:DescribeKey"],
    "s3:GetObject": ["kms:Decrypt"],
    "s3:PutObject": ["kms:GenerateDataKey"],
    "secretsmanager:CreateSecret": ["kms:Decrypt", "kms:GenerateDataKey", "secretsmanager:TagResource"],
    "secretsmanager:GetSecretValue": ["kms:Decrypt"],
    "secretsmanager:ReplicateSecretToRegions": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
    "securityhub:EnableSecurityHub": ["iam:CreateServiceLinkedRole", "securityhub:TagResource"],
    "shield:CreateProtection": ["shield:TagResource"],
    "shield:CreateSubscription": ["iam:CreateServiceLinkedRole"],
    "sns:CreateTopic": ["sns:TagResource"],
    "sns:Publish": ["kms:Decrypt", "kms:GenerateDataKey"],
    "sqs:CreateQueue": ["sqs:TagQueue"],
    "sqs:ReceiveMessage": ["kms:Decrypt"],
    "wafv2:CreateIPSet": ["wafv2:TagResource"],
    "wafv2:CreateWebACL": ["wafv2:TagResource"],
    "xray:CreateGroup": ["xray:TagResource"],
    "xray:CreateSamplingRule": ["xray:TagResource"],
    "wafv2:PutLoggingConfiguration": [
        "logs:CreateLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:PutResourcePolicy",
    ],
}
# What the catalogue says for uses that are not made of an action here: templates and snapshots in buckets, parameters
# of SSM, containers' metadata in flow logs, delivery logs of topics, an organization's trail, and multi-region keys,
# whose service-linked role is asked for with kms:ReplicateKey.
_NOT_HERE = {
    "cloudtrail:CreateTrail": ["organizations:ListAWSServiceAccessForOrganization"],
    "config:PutConformancePack": ["s3:GetObject", "s3:ListBucket", "ssm:GetDocument"],
    "ec2:CreateFlowLogs": [
        *("ecs:ListClusters", "ecs:ListContainerInstances", "ecs:ListServices"),
        *("ecs:ListTaskDefinitions", "ecs:ListTasks"),
    ],
    "ec2:CreateLaunchTemplate": ["ssm:GetParameters"],
    "ec2:DescribeLaunchTemplateVersions": ["ssm:GetParameters"],
    "elasticache:CreateReplicationGroup": ["s3:GetObject"],
    "guardduty:CreatePublishingDestination": ["s3:GetObject", "s3:ListBucket"],
    "kms:CreateKey": ["iam:CreateServiceLinkedRole"],
    "rds:CreateDBInstance": ["rds:CreateTenantDatabase"],
    "sns:CreateTopic": ["iam:PassRole"],
    "wafv2:AssociateWebACL": [
        *("apigateway:SetWebACL", "apprunner:AssociateWebAcl", "appsync:SetWebACL", "cognito-idp:AssociateWebACL"),
        "ec2:AssociateVerifiedAccessInstanceWebAcl",
    ],
    "wafv2:ListResourcesForWebACL": [
        "apprunner:ListAssociatedServicesForWebAcl",
        "cognito-idp:ListResourcesForWebACL",
        "ec2:DescribeVerifiedAccessInstanceWebAclAssociations",
    ],
}
# What AWS asks for in the region that something is replicated into.
_THERE = {
    "kms:ReplicateKey": ["kms:CreateKey", "kms:PutKeyPolicy", "kms:TagResource"],
    "secretsmanager:ReplicateSecretToRegions": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
}
# What is made where there is more than in a sandbox, of whose size nothing scales, and what checks read there: pools
# of users.
_UNSEEN = {
    "phase3": {
        "application-autoscaling:DescribeScalableTargets": ["REGION"],
        "application-autoscaling:DescribeScalingPolicies": ["REGION"],
        "application-autoscaling:ListTagsForResource": ["REGION"],
        "application-autoscaling:PutScalingPolicy": ["REGION"],
        "application-autoscaling:RegisterScalableTarget": ["REGION"],
    },
    "verify": {
        "cognito-idp:DescribeUserPool": ["REGION"],
    },
}


def with_dependents(phase: str, needed: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """The actions with those that AWS asks for in the same call, and their regions."""
    found: dict[str, set[str]] = defaultdict(set)
    for action, regions in (*needed.items(), *_UNSEEN.get(phase, {}).items()):
        for one in (action, *_dependents(action)):
            found[one].update(["RECOVERY"] if one in _THERE.get(action, ()) else regions)
    return dict(sorted(found.items()))


def _dependents(action: str) -> set[str]:
    taken = _privilege(*action.split(":"))["resource_types"]
    told = {other for one in taken for other in one["dependent_actions"]}
    return {*told, *_BESIDES.get(action, ())} - {*_NOT_HERE.get(action, ())}


def of(phase: str, action: str, regions: Collection[str]) -> list[Where]:
    """Resource and Condition of an action; several where some of its resources have names and others none.

    :raises KeyError: for an action that AWS does not have.
    """
    if action == "rds:CreateDBInstanceReadReplica":
        regions = {*regions, "REGION"}  # its source is another resource of the call
    fixed = {**_FIXED, **_OF_PHASE.get(phase, {})}.get(action)
    found: list[Where] = [{"Resource": _in(fixed, regions)}] if fixed else _by_types(action, regions)
    for operator, keys in _CONDITIONS.get(action, {}).items():
        for where in found:
            where.setdefault("Condition", {}).setdefault(operator, {}).update(keys)
    return found


def _by_types(action: str, regions: Collection[str]) -> list[Where]:
    """By the types of resources that the action takes."""
    service, name = action.split(":")
    taken = [one["resource_type"].rstrip("*") for one in _privilege(service, name)["resource_types"]]
    required = [
        one["resource_type"].rstrip("*")
        for one in _privilege(service, name)["resource_types"]
        if one["resource_type"].endswith("*")
    ]
    named = sorted({arn for resource in taken for arn in _arns(service, resource, regions)})
    if action in _TAGS:
        anything = _in([_TAGS[action]], regions)
        return [_tagged(anything), _given(anything)]
    makes = name.startswith(MAKES) and name not in CHANGES
    if (name.startswith(LOOKS) and service != "s3") or not any(taken):
        return [_anywhere(service, regions)]
    if named and set(required) <= {resource for resource in taken if _arns(service, resource, regions)}:
        return [{"Resource": named}]
    if service == "kms" and not makes:
        return [_tagged(_all("kms", "key", regions)), *([{"Resource": named}] if named else [])]
    if required and not makes and all(_has_tags(service, resource) for resource in required):
        there = {resource for resource in taken if resource} - UNBORN
        made = sorted(arn for resource in set(taken) & UNBORN for arn in _all(service, resource, regions))
        return [
            _tagged([arn for resource in there for arn in _all(service, resource, regions)]),
            *([{"Resource": made}] if made else []),
        ]
    if required and not makes:
        return [{"Resource": sorted(arn for resource in set(required) for arn in _all(service, resource, regions))}]
    return [_anywhere(service, regions)]


def _in(arns: Collection[str], regions: Collection[str]) -> list[str]:
    return sorted({arn.replace("REGION", region) for arn in arns for region in regions})


def _anywhere(service: str, regions: Collection[str]) -> Where:
    if service in GLOBAL or ANYWHERE in regions:
        return {"Resource": "*"}
    return {"Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": sorted(regions)}}}


def _tagged(arns: Collection[str]) -> Where:
    tags = {"aws:ResourceTag/Platform": "PLATFORM", "aws:ResourceTag/Environment": "ENVIRONMENT"}
    return {"Resource": sorted(arns), "Condition": {"StringEquals": tags}}


def _given(arns: Collection[str]) -> Where:
    """What has no tags yet, and is given ours: also in the call that makes it."""
    tags = {"aws:RequestTag/Platform": "PLATFORM", "aws:RequestTag/Environment": "ENVIRONMENT"}
    return {
        "Resource": sorted(arns),
        "Condition": {"StringEquals": tags, "Null": {"aws:ResourceTag/Platform": "true"}},
    }


def _arns(service: str, resource: str, regions: Collection[str]) -> list[str]:
    """ARNs of the resources of a type that are ours by their names; [] where they have none."""
    names = _OTHERS.get((service, resource)) or [_NAMED.get(service, {}).get(resource, "")]
    return sorted({_arn(service, resource, name, region) for name in names if name for region in regions})


def _all(service: str, resource: str, regions: Collection[str]) -> list[str]:
    """ARNs of all resources of a type in the account."""
    return sorted({_arn(service, resource, "*", region) for region in regions})


def _arn(service: str, resource: str, name: str, region: str) -> str:
    """The ARN of a type of resource, its variables replaced: the first by the name, which covers those behind it."""
    template = next(one["arn"] for one in _service(service)["resources"] if one["resource"] == resource)
    for variable, value in (("Partition", "aws"), ("Region", region), ("Account", "ACCOUNT_ID")):
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
