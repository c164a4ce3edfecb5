from __future__ import annotations

import json

import boto3
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.ecr import Registry, Repository
from tests.unit.aws.scripted import context

POLICY = {"Version": "2012-10-17", "Statement": []}
LIFECYCLE = {"rules": []}
ARN = "arn:aws:ecr:ap-northeast-1:123456789012:repository/p/a"
CURRENT = {"_arn": ARN, "tags": {"Stray": "1"}}
NAME = {"repositoryName": "p/a"}


@pytest.mark.parametrize(
    ("desired", "calls"),
    [
        (
            {"image_tag_mutability": "IMMUTABLE"},
            [("PutImageTagMutability", {**NAME, "imageTagMutability": "IMMUTABLE"})],
        ),
        (
            {"image_scanning_configuration": {"scan_on_push": True}},
            [("PutImageScanningConfiguration", {**NAME, "imageScanningConfiguration": {"scanOnPush": True}})],
        ),
        (
            {"lifecycle_policy": LIFECYCLE},
            [("PutLifecyclePolicy", {**NAME, "lifecyclePolicyText": json.dumps(LIFECYCLE)})],
        ),
        ({"policy": POLICY}, [("SetRepositoryPolicy", {**NAME, "policyText": json.dumps(POLICY)})]),
        (
            {"tags": {"Platform": "iworkz"}},
            [
                ("UntagResource", {"resourceArn": ARN, "tagKeys": ["Stray"]}),
                ("TagResource", {"resourceArn": ARN, "tags": [{"Key": "Platform", "Value": "iworkz"}]}),
            ],
        ),
    ],
)
def test_an_update_makes_exactly_these_calls(desired, calls):
    clients, shared = context({name: {} for name, _ in calls})
    Repository(shared).update("p/a", {"repository_name": "p/a", **desired}, CURRENT, tuple(desired))
    assert clients.made == calls


SCANNING = {"scan_type": "ENHANCED", "rules": []}
REPLICATION = {"rules": [{"destinations": [{"region": "ap-northeast-3", "registry_id": "123456789012"}]}]}


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        (("scan_type",), [("PutRegistryScanningConfiguration", {"scanType": "ENHANCED", "rules": []})]),
        (("rules",), [("PutRegistryScanningConfiguration", {"scanType": "ENHANCED", "rules": []})]),
        (
            ("replication_configuration",),
            [
                (
                    "PutReplicationConfiguration",
                    {
                        "replicationConfiguration": {
                            "rules": [{"destinations": [{"region": "ap-northeast-3", "registryId": "123456789012"}]}]
                        }
                    },
                )
            ],
        ),
    ],
)
def test_the_registry_is_put_as_a_whole(fields, calls):
    clients, shared = context({name: {} for name, _ in calls})
    Registry(shared).update("registry", {**SCANNING, "replication_configuration": REPLICATION}, {}, fields)
    assert clients.made == calls


def repository(name):
    return {"repositoryName": name, "repositoryArn": ARN, "imageTagMutability": "IMMUTABLE"}


def raising(code):
    error = getattr(boto3.client("ecr", region_name="ap-northeast-1").exceptions, code)

    def answer(_parameters):
        raise error({"Error": {"Code": code}}, "Get")

    return answer


ABSENT = {
    "ListTagsForResource": {"tags": [{"Key": "a", "Value": "b"}]},
    "GetLifecyclePolicy": raising("LifecyclePolicyNotFoundException"),
    "GetRepositoryPolicy": raising("RepositoryPolicyNotFoundException"),
}


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (100, 1), (101, 2), (190, 2)])
def test_repositories_are_described_by_the_hundred(count, calls):
    names = [f"p/{number:03}" for number in range(count)]
    described = {
        "DescribeRepositories": lambda asked: {"repositories": [repository(n) for n in asked["repositoryNames"]]}
    }
    clients, shared = context({**ABSENT, **described})
    states = Repository(shared).read(names)
    assert set(states) == set(names)
    assert "lifecycle_policy" not in states[names[0]]
    assert [name for name, _ in clients.made].count("DescribeRepositories") == calls


def test_a_missing_name_does_not_hide_the_others():
    def described(asked):
        if "repositoryNames" in asked:
            raising("RepositoryNotFoundException")(asked)
        return {"repositories": [repository("p/a"), repository("someone-elses")]}

    _, shared = context({**ABSENT, "DescribeRepositories": described})
    assert set(Repository(shared).read(["p/a", "p/b"])) == {"p/a"}
