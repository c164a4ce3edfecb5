from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.opensearch import Domain, same_vpc

ARN = "arn:aws:es:ap-northeast-1:123456789012:domain/search"
POLICY = {"Version": "2012-10-17", "Statement": []}
STATUS = {
    "DomainId": "1/search",
    "DomainName": "search",
    "ARN": ARN,
    "Created": True,
    "Deleted": False,
    "Processing": False,
    "Endpoints": {"vpc": "search.example"},
    "ClusterConfig": {"InstanceCount": 3},
    "AccessPolicies": json.dumps(POLICY),
}


def answers(**change):
    return {
        "opensearch:ListDomainNames": {"DomainNames": [{"DomainName": "search"}]},
        "opensearch:DescribeDomains": {"DomainStatusList": [{**STATUS, **change}]},
        "opensearch:ListTags": {"TagList": [{"Key": "k", "Value": "v"}]},
    }


def state(scripted, **change):
    return Domain(scripted(answers(**change))).read(None)["search"]


def test_five_domains_are_described_at_a_time(scripted):
    names = [{"DomainName": f"d{n:02}"} for n in range(12)]
    context = scripted(
        {
            "opensearch:ListDomainNames": {"DomainNames": names},
            "opensearch:DescribeDomains": {"DomainStatusList": []},
        }
    )
    assert Domain(context).read({f"d{n:02}" for n in range(11)}) == {}
    asked = sorted(params["DomainNames"] for params in context.clients.named("opensearch:DescribeDomains"))
    assert [len(names) for names in asked] == [5, 5, 1]


def test_a_domains_state(scripted):
    found = state(scripted)
    assert found["access_policies"] == POLICY
    assert found["tags"] == {"k": "v"}
    assert found["cluster_config"] == {"instance_count": 3}


@pytest.mark.parametrize(
    ("told", "desired"),
    [
        ("ENABLED", "ENABLED"),
        ("ENABLE_IN_PROGRESS", "ENABLED"),
        ("DISABLE_IN_PROGRESS", "DISABLED"),
        ("ERROR", "ERROR"),
    ],
)
def test_auto_tune_is_compared_by_what_was_asked_for(scripted, told, desired):
    assert state(scripted, AutoTuneOptions={"State": told})["auto_tune_options"]["desired_state"] == desired


@pytest.mark.parametrize(
    ("change", "ready"),
    [
        ({}, True),
        ({"Endpoints": {}, "Endpoint": "search.example"}, True),
        ({"Created": False}, False),
        ({"Processing": True}, False),
        ({"UpgradeProcessing": True}, False),
        ({"Endpoints": {}}, False),
    ],
)
def test_ready(scripted, change, ready):
    assert Domain(scripted()).ready(state(scripted, **change)) is ready


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        ({"subnet_ids": ["b", "a"], "vpc_id": "v"}, {"subnet_ids": ["a", "b"]}, True),
        ({"subnet_ids": ["a"], "security_group_ids": ["g"]}, {"subnet_ids": ["a"], "security_group_ids": ["g"]}, True),
        ({"subnet_ids": ["a"]}, {"subnet_ids": ["a", "b"]}, False),
        ({"subnet_ids": ["a"]}, {"subnet_ids": ["a"], "security_group_ids": ["g"]}, False),
        ({"subnet_ids": ["a"], "vpc_id": "v"}, {"subnet_ids": ["a"], "vpc_id": "w"}, False),
        # What is not declared is not compared.
        ({"subnet_ids": ["a"], "security_group_ids": ["g"]}, {"subnet_ids": ["a"]}, True),
        ({"subnet_ids": ["a"], "security_group_ids": ["g"]}, {"security_group_ids": ["g"]}, True),
    ],
)
def test_same_vpc(current, desired, same):
    assert same_vpc(current, desired) is same


def test_a_name_of_29_characters_is_refused(scripted):
    assert Domain(scripted()).validate({"domain_name": "x" * 28}) == []
    assert "domain_name has 29 characters; 28 are allowed" in Domain(scripted()).validate({"domain_name": "x" * 29})


def test_the_master_user_is_sent_on_creation_and_never_compared(scripted):
    context = scripted()
    adapter = Domain(context)
    master = {"master_user_arn": "arn:aws:iam::123456789012:role/admin"}
    declared = {
        "domain_name": "search",
        "access_policies": POLICY,
        "advanced_security_options": {"enabled": True, "master_user_options": master},
    }
    desired = adapter.prepare(declared, strict=True)
    assert desired["advanced_security_options"] == {"enabled": True}
    assert declared["advanced_security_options"]["master_user_options"] == master
    adapter.create("search", desired)
    (sent,) = context.clients.named("opensearch:CreateDomain")
    assert sent["AccessPolicies"] == json.dumps(POLICY)
    assert sent["AdvancedSecurityOptions"] == {
        "Enabled": True,
        "MasterUserOptions": {"MasterUserARN": "arn:aws:iam::123456789012:role/admin"},
    }


DESIRED = {
    "domain_name": "search",
    "engine_version": "OpenSearch_2.19",
    "ebs_options": {"volume_size": 20},
    "access_policies": POLICY,
    "tags": {"k": "v"},
}
UPGRADE = ("opensearch:UpgradeDomain", {"DomainName": "search", "TargetVersion": "OpenSearch_2.19"})


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        (("engine_version",), [UPGRADE]),
        (("tags",), [("opensearch:AddTags", {"ARN": ARN, "TagList": [{"Key": "k", "Value": "v"}]})]),
        (
            ("access_policies",),
            [("opensearch:UpdateDomainConfig", {"DomainName": "search", "AccessPolicies": json.dumps(POLICY)})],
        ),
        (
            ("ebs_options",),
            [("opensearch:UpdateDomainConfig", {"DomainName": "search", "EBSOptions": {"VolumeSize": 20}})],
        ),
    ],
)
def test_an_update_touches_what_differs(scripted, fields, calls):
    context = scripted()
    Domain(context).update("search", DESIRED, {"_arn": ARN, "tags": {}}, fields)
    assert context.clients.made == calls


@pytest.mark.parametrize(
    ("deleted", "calls"), [(False, [("opensearch:DeleteDomain", {"DomainName": "search"})]), (True, [])]
)
def test_a_domain_on_its_way_out_is_not_deleted_twice(scripted, deleted, calls):
    context = scripted()
    Domain(context).delete("search", {"_deleted": deleted})
    assert context.clients.made == calls
