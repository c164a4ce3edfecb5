from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.opensearch import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-search"
DOMAIN = {
    "domain_name": NAME,
    "engine_version": "OpenSearch_2.17",
    "cluster_config": {
        "instance_type": "t3.small.search",
        "instance_count": 3,
        "dedicated_master_enabled": True,
        "dedicated_master_type": "t3.small.search",
        "dedicated_master_count": 3,
        "zone_awareness_enabled": True,
        "zone_awareness_config": {"availability_zone_count": 3},
    },
    "ebs_options": {"ebs_enabled": True, "volume_type": "gp3", "volume_size": 10},
    "vpc_options": {
        "subnet_ids": ["iworkz-sandbox-data-1d", "iworkz-sandbox-data-1a", "iworkz-sandbox-data-1c"],
        "security_group_ids": ["iworkz-sandbox-store"],
    },
    "encryption_at_rest_options": {"enabled": True, "kms_key_id": "alias/iworkz-sandbox-data"},
    "node_to_node_encryption_options": {"enabled": True},
    "domain_endpoint_options": {"enforce_https": True, "tls_security_policy": "Policy-Min-TLS-1-2-PFS-2023-10"},
    "advanced_security_options": {
        "enabled": True,
        "master_user_options": {"master_user_arn": "arn:aws:iam::123456789012:role/admin"},
    },
    "access_policies": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "es:ESHttp*", "Resource": "*"}],
    },
    "log_publishing_options": {"AUDIT_LOGS": {"cloud_watch_logs_log_group_arn": "/search/audit", "enabled": True}},
}


@pytest.fixture
def made(account, network, data_key):
    account.converges(ADAPTERS, domains=[DOMAIN])
    return account


def status(account):
    return account.client("opensearch").describe_domain(DomainName=NAME)["DomainStatus"]


def test_converges_with_names_resolved(made, network, data_key):
    domain = status(made)
    assert domain["EncryptionAtRestOptions"]["KmsKeyId"] == data_key
    assert sorted(domain["VPCOptions"]["SubnetIds"]) == sorted(network["subnets"].values())
    assert domain["LogPublishingOptions"]["AUDIT_LOGS"]["CloudWatchLogsLogGroupArn"].endswith(
        ":log-group:/search/audit"
    )
    assert not domain["Processing"]


@pytest.mark.parametrize(
    "drift",
    [
        {"EBSOptions": {"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 20}},
        {"DomainEndpointOptions": {"EnforceHTTPS": False}},
        {"AccessPolicies": json.dumps({"Version": "2012-10-17", "Statement": []})},
        {"LogPublishingOptions": {"AUDIT_LOGS": {"Enabled": False}}},
    ],
    ids=lambda drift: next(iter(drift)),
)
def test_mends_drift(made, drift):
    made.client("opensearch").update_domain_config(DomainName=NAME, **drift)
    made.mends(ADAPTERS, f"domain {NAME}", domains=[DOMAIN])


def test_mends_tags(made):
    made.client("opensearch").add_tags(ARN=status(made)["ARN"], TagList=[{"Key": "Owner", "Value": "hand"}])
    made.mends(ADAPTERS, f"domain {NAME}", domains=[DOMAIN])


def test_upgrades(made):
    made.run(ADAPTERS, domains=[{**DOMAIN, "engine_version": "OpenSearch_2.19"}])
    assert status(made)["EngineVersion"] == "OpenSearch_2.19"


def test_losing_encryption_is_refused(made):
    before = made.mutations()
    with pytest.raises(InvalidInput, match="encryption_at_rest_options cannot be changed in place"):
        made.run(ADAPTERS, domains=[{**DOMAIN, "encryption_at_rest_options": {"enabled": False}}])
    assert made.mutations() == before


def test_purges_what_is_ours_only(made):
    made.client("opensearch").create_domain(DomainName="theirs")
    assert made.run(ADAPTERS, domains=[], purge=True)["deleted"] == [f"domain {NAME}"]
    names = [d["DomainName"] for d in made.client("opensearch").list_domain_names()["DomainNames"]]
    assert names == ["theirs"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"domain_name": "x" * 29}, "28 are allowed"),
        ({"engine_versoin": "1"}, "unknown key engine_versoin; did you mean engine_version?"),
        (
            {"cluster_config": {"instance_cuont": 1}},
            "unknown key cluster_config.instance_cuont; did you mean instance_count?",
        ),
        ({"ebs_options": {"volume_size": "big"}}, "Invalid type for parameter EBSOptions.VolumeSize"),
    ],
)
def test_bad_input_makes_no_call(account, change, error):
    with pytest.raises(InvalidInput, match=error.replace("?", r"\?")):
        account.run(ADAPTERS, domains=[{**DOMAIN, **change}])
    assert account.mutations() == []


def test_a_missing_subnet_is_named(account, data_key):
    failed = account.run(ADAPTERS, domains=[DOMAIN])["failed_resources"]
    assert "subnet iworkz-sandbox-data-1d does not exist" in failed[f"domain {NAME}"]
