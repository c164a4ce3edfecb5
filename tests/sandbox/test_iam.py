from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "monitoring.rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
MONITORING = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


def test_aws_managed_policies_are_there_when_asked_for(sandbox):
    iam = sandbox.client("iam")
    iam.create_role(RoleName="managed", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="managed", PolicyArn=MONITORING)
    attached = iam.list_attached_role_policies(RoleName="managed")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [MONITORING]
    version = iam.get_policy(PolicyArn=MONITORING)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=MONITORING, VersionId=version)["PolicyVersion"]["Document"]
    assert document["Statement"]
    local = iam.list_policies(Scope="Local")["Policies"]
    assert MONITORING not in {policy["Arn"] for policy in local}


@pytest.mark.parametrize("path", ["NoSuchPolicy", "wrong-path/AdministratorAccess"])
def test_a_policy_that_aws_does_not_have(sandbox, path):
    iam = sandbox.client("iam")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=f"arn:aws:iam::aws:policy/{path}")


def test_audiences_of_an_identity_provider(sandbox):
    iam = sandbox.client("iam")
    arn = iam.create_open_id_connect_provider(Url="https://audiences.example", ClientIDList=["a"])[
        "OpenIDConnectProviderArn"
    ]
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["a", "b"]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["b"]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn + "x", ClientID="b")
