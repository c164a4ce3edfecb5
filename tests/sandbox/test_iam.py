from __future__ import annotations

import json
import urllib.request

import boto3
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


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_the_credential_report_has_the_root_user(sandbox):
    iam = sandbox.client("iam")
    iam.create_user(UserName="taro")
    iam.generate_credential_report()
    lines = iam.get_credential_report()["Content"].decode().splitlines()
    assert lines[1].split(",")[:2] == ["<root_account>", "arn:aws:iam::123456789012:root"]
    assert any(line.startswith("taro,") for line in lines)
    assert len({line.count(",") for line in lines}) == 1
    assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1


def test_what_a_role_has_used_and_what_not(sandbox):
    iam = sandbox.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="used", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    grants = {"Effect": "Allow", "Action": ["sqs:ListQueues", "sns:ListTopics"], "Resource": "*"}
    iam.put_role_policy(RoleName="used", PolicyName="own", PolicyDocument=policy(grants))
    session = sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    _as(sandbox, session, "sns").list_topics()
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    found = iam.get_service_last_accessed_details(JobId=job)
    assert found["JobStatus"] == "COMPLETED"
    assert {one["ServiceNamespace"]: "LastAuthenticated" in one for one in found["ServicesLastAccessed"]} == {
        "sns": True,
        "sqs": False,
    }
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_service_last_accessed_details(JobId="00000000-0000-0000-0000-000000000000")


def _as(sandbox, credentials, service):
    """A client with other credentials."""
    return boto3.client(
        service,
        region_name="ap-northeast-1",
        endpoint_url=sandbox.client(service).meta.endpoint_url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
    )


@pytest.fixture
def limited(sandbox):
    """A client factory of a user who may make topics called ours-*, and look at all, while policies are enforced."""
    iam = sandbox.client("iam")
    iam.create_user(UserName="limited")
    statements = [
        {"Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "arn:aws:sns:*:*:ours-*"},
        {"Effect": "Allow", "Action": ["sns:List*", "s3:ListAllMyBuckets", "iam:ListRoles"], "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "sqs:ListQueues",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "ap-northeast-3"}},
        },
    ]
    iam.put_user_policy(UserName="limited", PolicyName="p", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    enforce(sandbox, True)
    yield lambda service: _as(sandbox, key, service)
    enforce(sandbox, False)
    iam.delete_access_key(UserName="limited", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="limited", PolicyName="p")
    iam.delete_user(UserName="limited")


def enforce(sandbox, enforced):
    url = f"{sandbox.client('iam').meta.endpoint_url}/_sandbox/authorization"
    request = urllib.request.Request(url, data=json.dumps({"enforced": enforced}).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer) == {"enforced": enforced}


def test_what_is_allowed_is_done(limited):
    limited("sns").create_topic(Name="ours-1")
    limited("sns").list_topics()
    limited("s3").list_buckets()
    limited("sts").get_caller_identity()


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("sns", "create_topic", {"Name": "theirs"}, "AccessDenied"),
        ("iam", "list_roles", {}, "AccessDenied"),
        ("s3", "create_bucket", {"Bucket": "b"}, "AccessDenied"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("kms", "list_keys", {}, "AccessDeniedException"),
        ("sqs", "list_queues", {}, "AccessDenied"),
    ],
)
def test_what_is_not_allowed_is_refused(limited, service, operation, parameters, code):
    with pytest.raises(ClientError, match=code) as caught:
        getattr(limited(service), operation)(**parameters)
    assert "user/limited is not authorized to perform" in str(caught.value)


def test_the_owner_may_do_anything(limited, sandbox):
    assert "Keys" in sandbox.client("kms").list_keys()


def test_a_boundary_bounds(sandbox):
    iam = sandbox.client("iam")
    allow = {"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=policy(allow))["Policy"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName="bounded",
        AssumeRolePolicyDocument=policy(trust),
        PermissionsBoundary=boundary,
    )["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(RoleName="bounded", PolicyName="p", PolicyDocument=policy(everything))
    session = sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    enforce(sandbox, True)
    try:
        _as(sandbox, session, "sns").list_topics()
        with pytest.raises(ClientError, match="AccessDenied"):
            _as(sandbox, session, "kms").list_keys()
    finally:
        enforce(sandbox, False)
