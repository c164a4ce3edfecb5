from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.sandbox.support import code_of

BUCKET = "elbv2-logs"
FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}


@pytest.fixture
def subnets(sandbox):
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.77.{index}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for index, zone in enumerate(("ap-northeast-1a", "ap-northeast-1c"))
    ]


@pytest.fixture
def made(sandbox, subnets):
    """The ARN of a load balancer that is gone after the test."""
    elb = sandbox.client("elbv2")
    arn = elb.create_load_balancer(Name="test", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    yield arn
    elb.delete_load_balancer(LoadBalancerArn=arn)


def test_a_name_is_one_load_balancers_and_needs_two_zones_and_groups_that_exist(sandbox, subnets, made):
    elb = sandbox.client("elbv2")
    (again,) = elb.create_load_balancer(Name="test", Subnets=subnets)["LoadBalancers"]
    assert (again["LoadBalancerArn"], again["CanonicalHostedZoneId"]) == (made, "Z14GRHDCWA56QT")
    for code, told in (
        ("DuplicateLoadBalancerName", {"Name": "test", "Subnets": subnets, "Scheme": "internal"}),
        ("ValidationError", {"Name": "other", "Subnets": subnets[:1]}),
        ("InvalidSecurityGroup", {"Name": "other", "Subnets": subnets, "SecurityGroups": ["sg-0123456789abcdef0"]}),
    ):
        assert code_of(lambda told=told: elb.create_load_balancer(**told)) == code
    groups = {"LoadBalancerArn": made, "SecurityGroups": ["sg-0123456789abcdef0"]}
    assert code_of(lambda: elb.set_security_groups(**groups)) == "InvalidSecurityGroup"


def test_a_protected_one_is_not_deleted(sandbox, made):
    elb = sandbox.client("elbv2")
    for value in ("true", "false"):
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=[attribute])
        if value == "true":
            assert code_of(lambda: elb.delete_load_balancer(LoadBalancerArn=made)) == "OperationNotPermitted"


def test_logs_go_to_a_bucket_of_the_region_that_takes_them(sandbox, made):
    elb, s3 = sandbox.client("elbv2"), sandbox.client("s3")

    def deliver(bucket):
        told = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": bucket, "access_logs.s3.prefix": "alb"}
        attributes = [{"Key": key, "Value": value} for key, value in told.items()]
        return elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=attributes)

    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    far = sandbox.client("s3", region="ap-northeast-3")
    far.create_bucket(Bucket=f"{BUCKET}-far", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-3"})
    for bucket in ("no-such-bucket", BUCKET, f"{BUCKET}-far"):
        assert code_of(lambda bucket=bucket: deliver(bucket)) == "InvalidConfigurationRequest"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/alb/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert {"Key": "access_logs.s3.bucket", "Value": BUCKET} in deliver(BUCKET)["Attributes"]


def test_what_listeners_are_refused(sandbox, made):
    elb = sandbox.client("elbv2")
    http = {"LoadBalancerArn": made, "Protocol": "HTTP", "Port": 80, "DefaultActions": [FIXED]}
    arn = elb.create_listener(**http)["Listeners"][0]["ListenerArn"]
    long = {**FIXED, "FixedResponseConfig": {"StatusCode": "503", "MessageBody": "あ" * 342}}
    unknown = [{"CertificateArn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/none"}]
    attribute = {"Key": "tcp.idle_timeout.seconds", "Value": "60"}
    https = {**http, "Protocol": "HTTPS", "Port": 443}
    for code, call in (
        ("DuplicateListener", lambda: elb.create_listener(**http)),
        ("ValidationError", lambda: elb.create_listener(**https)),
        ("CertificateNotFound", lambda: elb.create_listener(**https, Certificates=unknown)),
        ("InvalidLoadBalancerAction", lambda: elb.modify_listener(ListenerArn=arn, DefaultActions=[long])),
        (
            "InvalidConfigurationRequest",
            lambda: elb.modify_listener_attributes(ListenerArn=arn, Attributes=[attribute]),
        ),
    ):
        assert code_of(call) == code
    (told,) = elb.describe_listeners(LoadBalancerArn=made)["Listeners"]
    assert not {"Certificates", "SslPolicy"} & told.keys()


def test_certificates_are_in_use_while_a_listener_offers_them(sandbox, made):
    acm, elb = sandbox.client("acm"), sandbox.client("elbv2")
    certificates = [_imported(acm, name) for name in ("a.example", "b.example", "c.example")]

    def used():
        found = [acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] for arn in certificates]
        return [users == [made] for users in found]

    first, second, third = ([{"CertificateArn": arn}] for arn in certificates)
    listener = elb.create_listener(
        LoadBalancerArn=made, Protocol="HTTPS", Port=443, Certificates=first, DefaultActions=[FIXED]
    )["Listeners"][0]["ListenerArn"]
    elb.add_listener_certificates(ListenerArn=listener, Certificates=second)
    assert used() == [True, True, False]
    refused = code_of(lambda: elb.remove_listener_certificates(ListenerArn=listener, Certificates=first))
    assert refused == "OperationNotPermitted"
    elb.modify_listener(ListenerArn=listener, Certificates=third)
    assert used() == [False, True, True]
    elb.remove_listener_certificates(ListenerArn=listener, Certificates=second)
    assert used() == [False, False, True]
    elb.delete_listener(ListenerArn=listener)
    assert used() == [False, False, False]


def _imported(acm, name):

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    answer = acm.import_certificate(
        Certificate=made.public_bytes(pem),
        PrivateKey=key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain),
    )
    return answer["CertificateArn"]
