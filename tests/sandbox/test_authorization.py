"""What enforcement knows besides actions and names: tags of EC2's resources and of keys, aliases, roles passed on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.actions import actions

TAGS = {"Platform": "ours", "Environment": "test"}
OURS = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in TAGS.items()}}
NEW = {
    "StringEquals": {f"aws:RequestTag/{key}": value for key, value in TAGS.items()},
    "Null": {"aws:ResourceTag/Platform": "true"},
}
EC2 = [{"Key": key, "Value": value} for key, value in TAGS.items()]
KMS = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]

Client = Callable[[str], Any]


@pytest.fixture
def user(sandbox) -> Iterator[Callable[..., Client]]:
    """Make clients of a user who has just these statements, while policies are enforced."""
    iam = sandbox.client("iam")
    iam.create_user(UserName="bound")
    key = iam.create_access_key(UserName="bound")["AccessKey"]
    names = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def with_statements(*statements: dict[str, Any]) -> Client:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        iam.put_user_policy(UserName="bound", PolicyName="p", PolicyDocument=json.dumps(document))
        sandbox.control("POST", "authorization", {"enforced": True})
        url = iam.meta.endpoint_url
        return lambda service: boto3.client(service, region_name="ap-northeast-1", endpoint_url=url, **names)

    yield with_statements
    sandbox.control("POST", "authorization", {"enforced": False})
    iam.delete_access_key(UserName="bound", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="bound", PolicyName="p")
    iam.delete_user(UserName="bound")


@pytest.fixture(scope="module")
def groups(sandbox) -> dict[str, str]:
    """Security groups: ours, somebody else's, and one without tags."""
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.250.0.0/16")["Vpc"]["VpcId"]
    made = {}
    for name, tags in {"ours": EC2, "theirs": [{"Key": "Platform", "Value": "theirs"}], "bare": []}.items():
        given = [{"ResourceType": "security-group", "Tags": tags}] if tags else []
        answer = ec2.create_security_group(GroupName=name, Description="-", VpcId=vpc, TagSpecifications=given)
        made[name] = answer["GroupId"]
    return made


def test_a_tag_of_the_resource(user, groups):
    ec2 = user({"Action": "ec2:RevokeSecurityGroupEgress", "Resource": "*", "Condition": OURS})("ec2")
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=groups["ours"], IpPermissions=everywhere)
    for name in ("theirs", "bare"):
        with pytest.raises(ClientError, match=f"security-group/{groups[name]}"):
            ec2.revoke_security_group_egress(GroupId=groups[name], IpPermissions=everywhere)


def test_the_arn_of_what_has_an_identifier(user, groups):
    ec2 = user({"Action": "ec2:*", "Resource": f"arn:aws:ec2:*:*:security-group/{groups['theirs']}"})("ec2")
    rule = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    ec2.authorize_security_group_ingress(GroupId=groups["theirs"], IpPermissions=rule)
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        ec2.authorize_security_group_ingress(GroupId=groups["ours"], IpPermissions=rule)


def test_what_has_no_tags_may_be_made_ours_and_what_is_others_not(user, sandbox, groups):
    bare = sandbox.client("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2 = user({"Action": "ec2:CreateTags", "Resource": "*", "Condition": NEW})("ec2")
    for resource, tags in ((groups["theirs"], EC2), (bare, EC2[:1])):
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            ec2.create_tags(Resources=[resource], Tags=tags)
    ec2.create_tags(Resources=[bare], Tags=EC2)


def test_tags_of_a_key_and_its_aliases(user, sandbox):
    owner = sandbox.client("kms")
    ours, theirs = (
        owner.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Tags=tags)["KeyMetadata"]["KeyId"]
        for tags in (KMS, [])
    )
    owner.create_alias(AliasName="alias/bound-seal", TargetKeyId=ours)
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/bound-seal"}}
    kms = user(
        {"Action": "kms:GetPublicKey", "Resource": "*", "Condition": OURS},
        {"Action": "kms:Sign", "Resource": "*", "Condition": named},
    )("kms")
    kms.get_public_key(KeyId=ours)
    signing = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    kms.sign(KeyId="alias/bound-seal", **signing)
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.sign(KeyId="alias/bound-by-nobody", **signing)
    for refused in (lambda: kms.get_public_key(KeyId=theirs), lambda: kms.sign(KeyId=theirs, **signing)):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            refused()


@pytest.mark.parametrize(("resource", "passes"), [("role/passed-*", True), ("role/other-*", False)])
def test_a_role_that_is_passed(user, sandbox, resource, passes):
    role = "arn:aws:iam::123456789012:role/passed-on"
    name = f"passing-{passes}".lower()
    firehose = user(
        {"Action": "firehose:*", "Resource": "*"},
        {"Action": "iam:PassRole", "Resource": f"arn:aws:iam::123456789012:{resource}"},
    )("firehose")
    destination = {"BucketARN": "arn:aws:s3:::passing", "RoleARN": role}
    try:
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination)
    except ClientError as error:
        refused = "iam:PassRole on resource" in str(error)
    else:
        refused = False
    assert refused is not passes


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "resource"),
    [
        ("wafv2", "create_ip_set", {"Name": "a", "Scope": "CLOUDFRONT", "IPAddressVersion": "IPV4", "Addresses": []},
         ":wafv2:ap-northeast-1:123456789012:global/ipset/a/"),
        ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}, ":rule/r"),
        ("sqs", "create_queue", {"QueueName": "q"}, ":123456789012:q"),
        ("sqs", "send_message", {"QueueUrl": "http://x/123456789012/q", "MessageBody": "-"}, ":123456789012:q"),
        ("s3", "delete_objects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}}, ":::b/k"),
        ("cloudtrail", "start_logging", {"Name": "t"}, ":trail/t"),
        ("accessanalyzer", "create_analyzer", {"analyzerName": "n", "type": "ACCOUNT"},
         ":access-analyzer:ap-northeast-1:123456789012:analyzer/n"),
    ],
)  # fmt: skip
def test_the_resource_is_named_when_it_is_refused(user, service, operation, parameters, resource):
    client = user({"Action": "sns:ListTopics", "Resource": "*"})(service)
    with pytest.raises(ClientError, match=resource):
        getattr(client, operation)(**parameters)


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("apigateway", "GetRestApis", "apigateway:GET"),
        ("apigatewayv2", "CreateApi", "apigateway:POST"),
        ("resourcegroupstaggingapi", "GetResources", "tag:GetResources"),
        ("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        ("elbv2", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
    ],
)
def test_actions_that_are_called_otherwise(service, operation, action):
    assert actions(service, operation) == (action,)
