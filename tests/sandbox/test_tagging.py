"""Resource Groups Tagging, of services that moto leaves out."""

from __future__ import annotations

import pytest

OURS = {"Platform": "iworkz", "Environment": "sandbox"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in OURS.items()]
FILTERS = [{"Key": key, "Values": [value]} for key, value in OURS.items()]
EDGE = "us-east-1"


@pytest.fixture
def account(local):
    local.control("POST", "reset")
    return local


def tagged(account, region="ap-northeast-1", **params):
    client = account.client("resourcegroupstaggingapi", region=region)
    pages = client.get_paginator("get_resources").paginate(TagFilters=FILTERS, **params)
    return {one["ResourceARN"].split(":", 5)[5] for page in pages for one in page["ResourceTagMappingList"]}


def test_of_ec2_whatever_carries_tags(account):
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_tags(Resources=[vpc, address, acl], Tags=TAG_LIST)
    assert tagged(account) == {f"vpc/{vpc}", f"elastic-ip/{address}", f"network-acl/{acl}"}
    assert tagged(account, ResourceTypeFilters=["ec2:vpc"]) == {f"vpc/{vpc}"}
    assert tagged(account, "ap-northeast-3") == set()


def test_in_pages(account):
    sqs = account.client("sqs")
    for number in range(3):
        sqs.create_queue(QueueName=f"q{number}", tags=OURS)
    sqs.create_queue(QueueName="other", tags={"Platform": "iworkz"})
    client = account.client("resourcegroupstaggingapi")
    page = client.get_resources(TagFilters=FILTERS, ResourcesPerPage=2)
    assert len(page["ResourceTagMappingList"]) == 2
    rest = client.get_resources(TagFilters=FILTERS, ResourcesPerPage=2, PaginationToken=page["PaginationToken"])
    assert (len(rest["ResourceTagMappingList"]), rest["PaginationToken"]) == (1, "")


def test_what_has_no_region_is_told_of_in_one(account):
    route53 = account.client("route53")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "id.iworkz.jp"}
    check = route53.create_health_check(CallerReference="1", HealthCheckConfig=config)["HealthCheck"]["Id"]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=check, AddTags=TAG_LIST)
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "x"}
    acl = {"Name": "acl", "DefaultAction": {"Allow": {}}, "VisibilityConfig": seen, "Tags": TAG_LIST}
    front = account.client("wafv2", region=EDGE).create_web_acl(**acl, Scope="CLOUDFRONT")["Summary"]["Id"]
    here = account.client("wafv2").create_web_acl(**acl, Scope="REGIONAL")["Summary"]["Id"]
    assert tagged(account) == {f"regional/webacl/acl/{here}"}
    assert tagged(account, EDGE) == {f"healthcheck/{check}", f"global/webacl/acl/{front}"}


def test_a_bucket_is_told_of_in_its_own_region(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="iworkz-logs", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_bucket_tagging(Bucket="iworkz-logs", Tagging={"TagSet": TAG_LIST})
    assert tagged(account) == {"iworkz-logs"}
    assert tagged(account, EDGE) == set()


def test_rules_and_event_subscriptions(account):
    account.client("events").put_rule(Name="findings", EventPattern='{"source": ["aws.rds"]}', Tags=TAG_LIST)
    topic = account.client("sns").create_topic(Name="alerts")["TopicArn"]
    account.client("rds").create_event_subscription(SubscriptionName="told", SnsTopicArn=topic, Tags=TAG_LIST)
    assert tagged(account) == {"rule/findings", "es:told"}


def test_a_brokers_arn_has_its_name(account):
    made = account.client("mq").create_broker(
        BrokerName="queue",
        EngineType="RABBITMQ",
        EngineVersion="3.13",
        HostInstanceType="mq.m5.large",
        DeploymentMode="SINGLE_INSTANCE",
        PubliclyAccessible=False,
        AutoMinorVersionUpgrade=True,
        Users=[{"Username": "admin", "Password": "long-enough-for-aws"}],
        Tags=OURS,
    )
    assert made["BrokerArn"].endswith(f":broker:queue:{made['BrokerId']}")
    assert account.client("mq").describe_broker(BrokerId=made["BrokerId"])["Tags"] == OURS
    assert tagged(account) == {f"broker:queue:{made['BrokerId']}"}
