from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import acm
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2 import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.conftest import TAGS

NAME = "iworkz-sandbox-maintenance"
BUCKET = "iworkz-sandbox-logs"
LISTENER = f"listener {NAME} 443"
HSTS = "routing.http.response.strict_transport_security.header_value"
PAGE = {"status_code": "503", "content_type": "text/html", "message_body": "<p>メンテナンス中です"}
ATTRIBUTES = {
    "access_logs.s3.enabled": "true",
    "access_logs.s3.bucket": BUCKET,
    "access_logs.s3.prefix": "alb",
    "deletion_protection.enabled": "true",
}


HOSTS = ["www.iworkz.jp", "id.iworkz.jp"]
DECLARED = {
    "load_balancers": [
        {
            "name": NAME,
            "type": "application",
            "scheme": "internet-facing",
            "subnets": [f"iworkz-sandbox-data-{zone}" for zone in ("1a", "1c", "1d")],
            "security_groups": ["iworkz-sandbox-store"],
            "attributes": ATTRIBUTES,
        }
    ],
    "listeners": [
        {
            "load_balancer": NAME,
            "port": 443,
            "protocol": "HTTPS",
            "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "certificates": HOSTS,
            "default_actions": [{"type": "fixed-response", "fixed_response_config": PAGE}],
            "attributes": {HSTS: "max-age=63072000"},
        },
        {
            "load_balancer": NAME,
            "port": 80,
            "protocol": "HTTP",
            "default_actions": [
                {"type": "redirect", "redirect_config": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
            ],
        },
    ],
}


@pytest.fixture
def wanted(account, network):
    account.client("route53").create_hosted_zone(Name="iworkz.jp", CallerReference="public")
    account.converges(acm.ADAPTERS, certificates=[{"domain_name": name} for name in HOSTS])
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": account.region})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/alb/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return DECLARED


@pytest.fixture
def made(account, wanted):
    account.converges(ADAPTERS, **wanted)
    return account


def arns(account):
    elb = account.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return balancer["LoadBalancerArn"], {one["Port"]: one["ListenerArn"] for one in listeners}


def test_converges_with_certificates_of_the_hosts_that_acm_tells_of_as_used(made):
    balancer, listeners = arns(made)
    offered = made.client("elbv2").describe_listener_certificates(ListenerArn=listeners[443])["Certificates"]
    assert sorted(one["IsDefault"] for one in offered) == [False, True]
    used = [
        made.client("acm").describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"] for one in offered
    ]
    assert [one["InUseBy"] for one in used] == [[balancer]] * 2
    tags = made.client("elbv2").describe_tags(ResourceArns=[balancer, *listeners.values()])["TagDescriptions"]
    assert [{tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in tags] == [TAGS] * 3


def test_mends_the_load_balancer(made, wanted, network):
    balancer, _listeners = arns(made)
    elb, subnets = made.client("elbv2"), sorted(network["subnets"].values())
    other = made.client("ec2").create_security_group(VpcId=network["vpc"], GroupName="other", Description="other")
    elb.set_subnets(LoadBalancerArn=balancer, Subnets=subnets[:2])
    elb.set_security_groups(LoadBalancerArn=balancer, SecurityGroups=[other["GroupId"]])
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}]
    )
    elb.remove_tags(ResourceArns=[balancer], TagKeys=["Platform"])
    elb.add_tags(ResourceArns=[balancer], Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, f"load_balancer {NAME}", **wanted)


def test_mends_listeners(made, wanted):
    _balancer, listeners = arns(made)
    elb = made.client("elbv2")
    elb.modify_listener(
        ListenerArn=listeners[443],
        SslPolicy="ELBSecurityPolicy-2016-08",
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )
    elb.modify_listener_attributes(ListenerArn=listeners[443], Attributes=[{"Key": HSTS, "Value": ""}])
    elb.delete_listener(ListenerArn=listeners[80])
    made.mends(ADAPTERS, LISTENER, f"listener {NAME} 80", **wanted)


def test_takes_certificates_off_that_are_of_no_host_the_default_too(made, wanted):
    https, http = wanted["listeners"]
    for kept in HOSTS:
        made.mends(ADAPTERS, LISTENER, **{**wanted, "listeners": [{**https, "certificates": [kept]}, http]})
        _balancer, listeners = arns(made)
        (offered,) = made.client("elbv2").describe_listener_certificates(ListenerArn=listeners[443])["Certificates"]
        assert offered["IsDefault"]


def test_purge_refuses_what_is_protected_and_deletes_what_is_not(made, wanted):
    result = made.run(ADAPTERS, purge=True, load_balancers=[])
    assert "deletion protection is enabled" in result["failed_resources"][f"load_balancer {NAME}"]
    (balancer,) = wanted["load_balancers"]
    open_ = {**balancer, "attributes": {**ATTRIBUTES, "deletion_protection.enabled": "false"}}
    made.run(ADAPTERS, load_balancers=[open_])
    assert made.run(ADAPTERS, purge=True, load_balancers=[])["deleted"] == [f"load_balancer {NAME}"]


@pytest.mark.parametrize(
    ("option", "changes", "message"),
    [
        ("load_balancers", {"schema": "internal"}, "unknown key schema; did you mean scheme"),
        ("load_balancers", {"attributes": {"deletion_protection.enabled": True}}, "must be a string"),
        ("load_balancers", {"attributes": []}, "must map names to values"),
        ("listeners", {"certificates": []}, "a listener for HTTPS or TLS has some"),
        ("listeners", {"protocol": "HTTP"}, "a listener for HTTPS or TLS has some, and no other"),
        (
            "listeners",
            {
                "default_actions": [
                    {"type": "fixed-response", "fixed_response_config": {**PAGE, "message_body": "あ" * 342}}
                ]
            },
            "the message body has 1026 bytes, 1024 are allowed",
        ),
    ],
)
def test_bad_input(account, option, changes, message):
    before = account.mutations()
    first, *others = DECLARED[option]
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, **{**DECLARED, option: [{**first, **changes}, *others]})
    assert account.mutations() == before


def test_names_what_is_missing(made, wanted):
    https, _http = wanted["listeners"]
    lost = [{**https, "certificates": ["api.iworkz.jp"]}, {**https, "load_balancer": "none"}]
    failed = made.run(ADAPTERS, listeners=lost)["failed_resources"]
    assert "ACM has no issued certificate for api.iworkz.jp in ap-northeast-1" in failed[LISTENER]
    assert "load balancer none does not exist" in failed["listener none 443"]
