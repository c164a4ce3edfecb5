"""What carries tags in a real account of the emulator, the alarms made of it, and item 3.2.2.1 as it drifts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import cloudwatch
from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import tagged
from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage_alarms import alarms_for, dashboards_for
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import cloudwatch as checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks import cloudwatch_dashboards
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.integration.conftest import REGION, TAGS

OURS = {"Platform": "iworkz", "Environment": "sandbox"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in OURS.items()]
PREFIX, TOPIC = "iworkz-sandbox", "iworkz-sandbox-alerts"
DECLARED = [
    {"type": kind, "what": what, "metric_name": metric, "statistic": "Sum", "threshold": 0, "period": 300,
     "evaluation_periods": 1, "comparison_operator": "GreaterThanThreshold"}
    for kind, what, metric in (
        ("sns", "not-delivered", "NumberOfNotificationsFailed"),
        ("sqs", "age", "ApproximateAgeOfOldestMessage"),
        ("ec2:natgateway", "ports", "ErrorPortAllocation"),
        ("ec2:natgateway", "drops", "PacketsDropCount"),
    )
]  # fmt: skip
DASHBOARDS = {
    "capacity": [
        {
            "title": "Age",
            "type": "sqs",
            "metrics": ["ApproximateAgeOfOldestMessage"],
            "statistic": "Maximum",
            "lines": [900],
        }
    ]
}


@pytest.fixture
def watched(account, network):
    """A platform of two topics that people listen to, a queue and a NAT gateway, all watched."""
    sns, ec2 = account.client("sns"), account.client("ec2")
    for name in (TOPIC, f"{PREFIX}-security"):
        arn = sns.create_topic(Name=name, Tags=TAG_LIST)["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="ops@iworkz.jp")
    account.client("sqs").create_queue(QueueName=f"{PREFIX}-canary", tags=OURS)
    told = [{"ResourceType": "natgateway", "Tags": TAG_LIST}]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    subnet = next(iter(network["subnets"].values()))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, TagSpecifications=told)
    watch(account)
    return account


@cache
def clients(port):
    """Those of the account, made once: a verification reads forty services."""
    connection = {"region": REGION, "access_key": "AKIAINTEGRATIONTESTS", "secret_key": "any"}
    return Clients({**connection, "endpoint_url": f"http://127.0.0.1:{port}"})


def resources(account):
    return tagged(clients(account.port).client, [REGION], OURS)


def watch(account, check_mode=False):
    """What the role does in one region."""
    existing = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    alarms = alarms_for(
        resources(account),
        DECLARED,
        existing,
        home=REGION,
        prefix=PREFIX,
        topic=TOPIC,
        spare_topic=f"{PREFIX}-security",
    )
    dashboards = dashboards_for(resources(account), DASHBOARDS, home=REGION, prefix=PREFIX)
    outcome = account.run(cloudwatch.ADAPTERS, check_mode, alarms=alarms, purge=True)
    shown = account.run(cloudwatch.ADAPTERS, check_mode, dashboards=dashboards)
    assert outcome["failed_resources"] == shown["failed_resources"] == {}
    return outcome


def world(account):
    platform = Platform("iworkz", "sandbox", account.account_id, REGION, "ap-northeast-3", TAGS, {})
    return World(platform, clients(account.port), datetime.now(UTC))


def breaches(account):
    required = load_requirements().resolve("3.2.2.1").required
    found = checks.everything_is_watched(world(account), dict(required)).breaches
    return [(breach.id, breach.params.get("resource") or breach.params.get("alarm")) for breach in found]


def test_what_is_watched_passes_and_a_second_run_changes_nothing(watched):
    assert breaches(watched) == []
    assert not watch(watched)["changed"]
    alarms = {one["AlarmName"]: one for one in watched.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    own = alarms[f"{PREFIX}-cloudwatch-sns-alerts-not-delivered"]
    assert own["AlarmActions"] == [f"arn:aws:sns:{REGION}:123456789012:{PREFIX}-security"]


def test_a_new_resource_without_alarms_fails_until_the_role_is_applied_again(watched):
    watched.client("sqs").create_queue(QueueName=f"{PREFIX}-new", tags=OURS)
    assert breaches(watched) == [("cloudwatch.unalarmed", f"{PREFIX}-new")]
    assert watch(watched, check_mode=True)["created"] == [f"alarm {PREFIX}-cloudwatch-sqs-new-age"]
    watch(watched)
    assert breaches(watched) == []


def test_a_new_resource_without_tags_fails(watched, network):
    watched.client("sqs").create_queue(QueueName=f"{PREFIX}-stray")
    watched.client("sqs").create_queue(QueueName="of-somebody-else")
    assert breaches(watched) == [("cloudwatch.untagged", f"arn:aws:sqs:{REGION}:123456789012:{PREFIX}-stray")]


def test_a_resource_of_a_type_that_nobody_has_decided_about_fails(watched):
    watched.client("ssm").put_parameter(Name="/iworkz/x", Value="1", Type="String", Tags=TAG_LIST)
    ((breach, resource),) = breaches(watched)
    assert (breach, resource.split(":")[2]) == ("cloudwatch.unknown_type", "ssm")


def test_an_alarm_that_is_silenced_or_that_nobody_hears_fails(watched):
    name = f"{PREFIX}-cloudwatch-sqs-canary-age"
    watched.client("cloudwatch").disable_alarm_actions(AlarmNames=[name])
    assert ("cloudwatch.alarm_mute", name) in breaches(watched)
    watch(watched)
    sns = watched.client("sns")
    for one in sns.list_subscriptions()["Subscriptions"]:
        if one["TopicArn"].endswith("-alerts"):
            sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
    found = breaches(watched)
    assert ("cloudwatch.alarm_mute", name) in found
    assert ("cloudwatch.alarm_mute", f"{PREFIX}-cloudwatch-sns-alerts-not-delivered") not in found


def test_an_alarm_of_what_is_gone_is_purged(watched):
    sqs = watched.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{PREFIX}-canary")["QueueUrl"])
    assert watch(watched)["deleted"] == [f"alarm {PREFIX}-cloudwatch-sqs-canary-age"]


def test_another_roles_alarm_is_left_and_not_doubled(watched):
    client = watched.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="theirs",
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": f"{PREFIX}-canary"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=60,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[f"arn:aws:sns:{REGION}:123456789012:{TOPIC}"],
    )
    assert watch(watched)["deleted"] == [f"alarm {PREFIX}-cloudwatch-sqs-canary-age"]
    assert breaches(watched) == []


def test_a_dashboard_of_what_is_gone_fails(watched):
    required = {"namespaces": ["AWS/SQS"]}
    found = cloudwatch_dashboards.capacity_is_shown(world(watched), required)
    assert (found.breaches, found.observed["namespaces"]) == ((), ["AWS/SQS"])
    client = watched.client("cloudwatch")
    body = json.loads(client.get_dashboard(DashboardName=f"{PREFIX}-capacity")["DashboardBody"])
    body["widgets"][0]["properties"]["metrics"][0][-1] = "gone"
    client.put_dashboard(DashboardName=f"{PREFIX}-capacity", DashboardBody=json.dumps(body))
    (breach,) = cloudwatch_dashboards.capacity_is_shown(world(watched), required).breaches
    assert breach.id == "cloudwatch.widget_dead"
