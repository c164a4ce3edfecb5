from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.ecr import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

PREFIX = "iworkz-sandbox"
NAMES = [f"{PREFIX}/{name}" for name in ("matching", "search", "billing")]
CI = "arn:aws:iam::123456789012:role/iworkz-sandbox-ci-push"
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 14,
            },
            "action": {"type": "expire"},
        }
    ]
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "OnlyThePipelinePushes",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["ecr:PutImage", "ecr:InitiateLayerUpload"],
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": CI}},
        }
    ],
}
REGISTRY = {
    "scan_type": "ENHANCED",
    "rules": [
        {
            "scan_frequency": "CONTINUOUS_SCAN",
            "repository_filters": [{"filter": f"{PREFIX}/*", "filter_type": "WILDCARD"}],
        }
    ],
    "replication_configuration": {
        "rules": [
            {
                "destinations": [{"region": "ap-northeast-3", "registry_id": "123456789012"}],
                "repository_filters": [{"filter": f"{PREFIX}/", "filter_type": "PREFIX_MATCH"}],
            }
        ]
    },
}
REPOSITORIES = [
    {
        "repository_name": name,
        "image_tag_mutability": "IMMUTABLE",
        "encryption_configuration": {"encryption_type": "KMS", "kms_key": "alias/iworkz-sandbox-data"},
        "lifecycle_policy": LIFECYCLE,
        "policy": POLICY,
    }
    for name in NAMES
]
DECLARED = {"registry": REGISTRY, "repositories": REPOSITORIES}


@pytest.fixture
def made(account, data_key):
    account.converges(ADAPTERS, **DECLARED)
    return account


def test_converges_on_scanned_replicated_encrypted_repositories(made, data_key):
    client = made.client("ecr")
    found = client.describe_repositories()["repositories"]
    assert {r["repositoryName"] for r in found} == set(NAMES)
    assert {r["encryptionConfiguration"]["kmsKey"] for r in found} == {data_key}
    scanned = client.batch_get_repository_scanning_configuration(repositoryNames=NAMES)["scanningConfigurations"]
    assert {one["scanFrequency"] for one in scanned} == {"CONTINUOUS_SCAN"}
    replication = client.describe_registry()["replicationConfiguration"]["rules"][0]
    assert replication["destinations"] == [{"region": "ap-northeast-3", "registryId": "123456789012"}]


def test_mends_the_registry(made):
    client = made.client("ecr")
    client.put_registry_scanning_configuration(scanType="BASIC", rules=[])
    client.put_replication_configuration(replicationConfiguration={"rules": []})
    made.mends(ADAPTERS, "registry registry", **DECLARED)


def test_mends_repositories(made):
    client = made.client("ecr")
    first, second, third = NAMES
    client.put_image_tag_mutability(repositoryName=first, imageTagMutability="MUTABLE")
    client.delete_lifecycle_policy(repositoryName=first)
    client.set_repository_policy(
        repositoryName=second,
        policyText=json.dumps({"Version": "2012-10-17", "Statement": [{**POLICY["Statement"][0], "Effect": "Allow"}]}),
    )
    client.delete_repository(repositoryName=third, force=True)
    made.mends(ADAPTERS, *(f"repository {name}" for name in NAMES), **DECLARED)
    assert json.loads(client.get_repository_policy(repositoryName=second)["policyText"]) == POLICY


def test_the_key_cannot_be_changed(made):
    other = {**REPOSITORIES[0], "encryption_configuration": {"encryption_type": "AES256"}}
    with pytest.raises(InvalidInput, match="encryption_configuration cannot be changed in place"):
        made.run(ADAPTERS, repositories=[other])


def test_purge_deletes_only_what_carries_the_tags(made):
    made.client("ecr").create_repository(repositoryName="someone-elses")
    result = made.run(ADAPTERS, repositories=REPOSITORIES[:2], purge=True)
    assert result["deleted"] == [f"repository {NAMES[2]}"]
    left = {r["repositoryName"] for r in made.client("ecr").describe_repositories()["repositories"]}
    assert left == {*NAMES[:2], "someone-elses"}


def test_repositories_are_described_by_page_not_one_by_one(made):
    result = made.run(ADAPTERS, check_mode=True, **DECLARED)
    assert result["api_calls"]["ecr:DescribeRepositories"] == 1
