from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._checks.ecr import (
    expiring,
    one_per_service,
    only_ci_pushes,
    scanned,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import Platform, World

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/data"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
ISSUER = "token.actions.githubusercontent.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/iworkz-sandbox-ci-push"
SUBJECT = "repo:iworkz/services:ref:refs/heads/main"
SERVICES = [f"service-{number}" for number in range(19)]
TAGS = [{"Key": "Platform", "Value": "iworkz"}, {"Key": "Environment", "Value": "sandbox"}]
PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
LIFECYCLE = {
    "rules": [
        {"rulePriority": 1, "selection": {"tagStatus": "untagged"}, "action": {"type": "expire"}},
        {"rulePriority": 2, "selection": {"tagStatus": "any"}, "action": {"type": "expire"}},
    ]
}
FIRST = "iworkz-sandbox/service-0"


def name(service):
    return f"iworkz-sandbox/{service}"


def facts() -> dict[str, Any]:
    """An account in which every check passes, by operation and, where it is asked per repository, by name."""
    names = [name(service) for service in SERVICES]
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": PUSH,
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}},
    }
    return {
        "DescribeKey": {"KeyMetadata": {"Arn": KEY}},
        "DescribeRepositories": {
            "repositories": [
                {
                    "repositoryName": one,
                    "repositoryArn": f"arn:aws:ecr:ap-northeast-1:{ACCOUNT}:repository/{one}",
                    "imageTagMutability": "IMMUTABLE",
                    "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY},
                }
                for one in names
            ]
        },
        "ListTagsForResource": {"tags": TAGS},
        "GetRegistryScanningConfiguration": {"scanningConfiguration": {"scanType": "ENHANCED"}},
        "frequency": dict.fromkeys(names, "CONTINUOUS_SCAN"),
        "images": {one: [] for one in names},
        "scans": {},
        "lifecycle": dict.fromkeys(names, LIFECYCLE),
        "policy": {one: {"Version": "2012-10-17", "Statement": [copy.deepcopy(deny)]} for one in names},
        "ListOpenIDConnectProviders": {"OpenIDConnectProviderList": [{"Arn": PROVIDER}]},
        "GetOpenIDConnectProvider": {"ClientIDList": ["sts.amazonaws.com"]},
        "roles": [
            {
                "Arn": ROLE,
                "Tags": list(TAGS),
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Federated": PROVIDER},
                            "Action": "sts:AssumeRoleWithWebIdentity",
                            "Condition": {
                                "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": [SUBJECT]}
                            },
                        }
                    ]
                },
                "RolePolicyList": [
                    {
                        "PolicyDocument": {
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": PUSH,
                                    "Resource": f"arn:aws:ecr:ap-northeast-1:{ACCOUNT}:repository/iworkz-sandbox/*",
                                }
                            ]
                        }
                    }
                ],
            }
        ],
    }


class Clients:
    """Real clients, answered from the facts."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    def client(self, service: str, region: str | None = None) -> Any:
        client = boto3.client(service, region_name=region, aws_access_key_id="AKIA", aws_secret_access_key="secret")
        client._make_api_call = self.answer
        return client

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        repository = parameters.get("repositoryName")
        if operation == "BatchGetRepositoryScanningConfiguration":
            assert len(parameters["repositoryNames"]) <= 25
            return {
                "scanningConfigurations": [
                    {"repositoryName": one, "scanFrequency": self.told["frequency"][one]}
                    for one in parameters["repositoryNames"]
                ]
            }
        if operation == "DescribeImages":
            return {"imageDetails": self.told["images"][repository]}
        if operation == "DescribeImageScanFindings":
            return self.one("scans", parameters["imageId"]["imageDigest"], "ScanNotFoundException")
        if operation == "GetLifecyclePolicy":
            policy = self.one("lifecycle", repository, "LifecyclePolicyNotFoundException")
            return {"lifecyclePolicyText": json.dumps(policy)}
        if operation == "GetRepositoryPolicy":
            return {"policyText": json.dumps(self.one("policy", repository, "RepositoryPolicyNotFoundException"))}
        if operation == "GetAccountAuthorizationDetails":
            return {"RoleDetailList": self.told["roles"]}
        if operation == "DescribeKey" and self.told[operation] is None:
            raise boto3.client("kms", region_name="ap-northeast-1").exceptions.NotFoundException(
                {"Error": {"Code": "NotFoundException"}}, operation
            )
        return self.told[operation]

    def one(self, what: str, key: str, absent: str) -> dict[str, Any]:
        if key not in self.told[what]:
            client = boto3.client("ecr", region_name="ap-northeast-1")
            raise getattr(client.exceptions, absent)({"Error": {"Code": absent}}, "Get")
        return self.told[what][key]


def judge(check, item, told):
    platform = Platform(
        name="iworkz",
        environment="sandbox",
        account_id=ACCOUNT,
        region="ap-northeast-1",
        recovery_region="ap-northeast-3",
        tags={"Platform": "iworkz", "Environment": "sandbox", "ManagedBy": "iworkz.platform"},
        declared={
            "services": [{"name": service} for service in SERVICES],
            "images": {"lifecycle_policy": LIFECYCLE},
            "ci": {
                "issuer": f"https://{ISSUER}",
                "audience": "sts.amazonaws.com",
                "repository": "iworkz/services",
                "branch": "main",
            },
        },
    )
    world = World(platform, Clients(told), datetime(2026, 11, 21, tzinfo=UTC))
    return check(world, dict(load_requirements().resolve(item).required))


CHECKS = {"1.2.2.1": one_per_service, "1.2.2.2": scanned, "1.2.2.3": expiring, "1.2.2.4": only_ci_pushes}


def image(digest="sha256:1", pushed=1, tag="v1", **more):
    return {"imageDigest": digest, "imageTags": [tag], "imagePushedAt": datetime(2026, 1, pushed, tzinfo=UTC), **more}


def scan(status="ACTIVE", **counts):
    return {"imageScanStatus": {"status": status}, "imageScanFindings": {"findingSeverityCounts": counts}}


@pytest.mark.parametrize("item", CHECKS)
def test_passes(item):
    assert judge(CHECKS[item], item, facts()).breaches == ()


@pytest.mark.parametrize("item", CHECKS)
def test_an_empty_account_fails(item):
    told = facts()
    told["DescribeRepositories"]["repositories"] = []
    assert judge(CHECKS[item], item, told).breaches


@pytest.mark.parametrize("item", CHECKS)
def test_repositories_of_others_do_not_count(item):
    told = facts()
    told["ListTagsForResource"] = {"tags": [TAGS[0], {"Key": "Environment", "Value": "staging"}]}
    assert judge(CHECKS[item], item, told).breaches


def first(told):
    return told["DescribeRepositories"]["repositories"][0]


def statement(told):
    return told["policy"][FIRST]["Statement"][0]


def trust(told):
    return told["roles"][0]["AssumeRolePolicyDocument"]["Statement"][0]


def exact(told):
    return trust(told)["Condition"]["StringEquals"]


MUTATIONS = {
    "1.2.2.1": [
        (lambda f: first(f).update(imageTagMutability="MUTABLE"), "ecr.mutable"),
        (lambda f: first(f).update(imageTagMutability="IMMUTABLE_WITH_EXCLUSION"), "ecr.mutable"),
        (lambda f: first(f).update(encryptionConfiguration={"encryptionType": "AES256"}), "ecr.other_key"),
        (lambda f: first(f)["encryptionConfiguration"].update(kmsKey=KEY + "2"), "ecr.other_key"),
        (lambda f: f.update(DescribeKey=None), "ecr.other_key"),
        (lambda f: f["DescribeRepositories"]["repositories"].pop(), "ecr.missing"),
        (lambda f: f["DescribeRepositories"]["repositories"].pop(), "ecr.too_few"),
    ],
    "1.2.2.2": [
        (lambda f: f["frequency"].update({FIRST: "MANUAL"}), "ecr.not_scanned"),
        (lambda f: f["images"].update({FIRST: [image()]}), "ecr.image_not_scanned"),
        (lambda f: (f["images"].update({FIRST: [image()]}), f["scans"].update({"sha256:1": scan("FAILED")})),
         "ecr.image_not_scanned"),
        (lambda f: (f["images"].update({FIRST: [image()]}), f["scans"].update({"sha256:1": scan(CRITICAL=1)})),
         "ecr.critical_findings"),
    ],
    "1.2.2.3": [
        (lambda f: f["lifecycle"].pop(FIRST), "ecr.no_lifecycle"),
        (lambda f: f["lifecycle"].update({FIRST: {"rules": LIFECYCLE["rules"][:1]}}), "ecr.lifecycle_differs"),
    ],
    "1.2.2.4": [
        (lambda f: f["ListOpenIDConnectProviders"].update(OpenIDConnectProviderList=[]), "ecr.no_provider"),
        (lambda f: f["GetOpenIDConnectProvider"]["ClientIDList"].append("x"), "ecr.provider_audience"),
        (lambda f: f["roles"].clear(), "ecr.no_push_role"),
        (lambda f: f["roles"][0]["Tags"].clear(), "ecr.no_push_role"),
        (lambda f: trust(f).update(Principal={"Federated": [PROVIDER, "other"]}), "ecr.trust_open"),
        (lambda f: trust(f).update(Condition={"StringLike": {f"{ISSUER}:sub": "repo:iworkz/*"}}), "ecr.trust_open"),
        (lambda f: exact(f).pop(f"{ISSUER}:sub"), "ecr.trust_open"),
        (lambda f: exact(f).pop(f"{ISSUER}:aud"), "ecr.trust_open"),
        (lambda f: exact(f).update({f"{ISSUER}:sub": SUBJECT.replace("main", "dev")}), "ecr.trust_others"),
        (lambda f: f["policy"].pop(FIRST), "ecr.push_not_denied"),
        (lambda f: statement(f).update(Effect="Allow"), "ecr.push_not_denied"),
        (lambda f: statement(f).update(Principal={"AWS": ACCOUNT}), "ecr.push_not_denied"),
        (lambda f: statement(f).update(Action=PUSH[:3]), "ecr.push_not_denied"),
        (lambda f: statement(f)["Condition"].update(Bool={"aws:SecureTransport": "false"}), "ecr.push_not_denied"),
        (lambda f: statement(f)["Condition"]["ArnNotEquals"].update({"aws:PrincipalArn": [ROLE, "arn:x"]}),
         "ecr.others_push"),
        (lambda f: statement(f).update(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}),
         "ecr.others_push"),
        (lambda f: statement(f).pop("Condition"), "ecr.ci_cannot_push"),
        (lambda f: f["roles"][0]["RolePolicyList"].clear(), "ecr.ci_cannot_push"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("item", "mutate", "breach"), [(i, *case) for i, cases in MUTATIONS.items() for case in cases])
def test_each_rule_has_its_breach(item, mutate, breach):
    told = facts()
    mutate(told)
    assert breach in {one.id for one in judge(CHECKS[item], item, told).breaches}


def test_the_newest_image_counts_and_lists_of_images_do_not():
    told = facts()
    index = {"imageManifestMediaType": "application/vnd.oci.image.index.v1+json"}
    told["images"][FIRST] = [
        image("sha256:old", 1, "v1"),
        image("sha256:new", 2, "v2"),
        image("sha256:index", 3, "v2", **index),
    ]
    told["scans"] = {"sha256:old": scan(CRITICAL=3), "sha256:new": scan(HIGH=1)}
    finding = judge(scanned, "1.2.2.2", told)
    assert finding.breaches == ()
    assert finding.observed["repositories"][FIRST]["image"] == "v2"


def test_the_order_of_lifecycle_rules_means_nothing():
    told = facts()
    told["lifecycle"][FIRST] = {"rules": LIFECYCLE["rules"][::-1]}
    assert judge(expiring, "1.2.2.3", told).breaches == ()


def test_other_errors_are_not_taken_for_absence():
    told = facts()
    clients_error = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetLifecyclePolicy")
    told["lifecycle"] = _Raising(clients_error)
    with pytest.raises(ClientError):
        judge(expiring, "1.2.2.3", told)


class _Raising(dict):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def __contains__(self, key: object) -> bool:
        raise self.error
