from __future__ import annotations

import json
import re

import pytest

from sandbox.aws.call import UnsupportedError
from sandbox.aws.extensions.event_patterns import matches, transformed
from tests.sandbox.support import code_of

REGION, ACCOUNT = "ap-northeast-1", "123456789012"
EVENT = {
    "source": "aws.securityhub",
    "region": REGION,
    "detail": {"findings": [{"Severity": {"Label": "LOW"}}, {"Severity": {"Label": "HIGH"}, "Types": ['say "x"']}]},
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.ec2", "aws.securityhub"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"detail": {"findings": {"Severity": {"Label": ["HIGH"]}}}}, True),
        ({"detail": {"findings": {"Severity": {"Label": ["HIGH"]}, "Types": [{"exists": False}]}}}, False),
        ({"region": [{"prefix": "ap-"}]}, True),
        ({"region": [{"suffix": "-3"}]}, False),
        ({"region": [{"anything-but": ["us-east-1"]}]}, True),
        ({"account": [{"anything-but": ["1"]}]}, False),
        ({"account": [{"exists": False}]}, True),
        ({"$or": [{"source": ["aws.ec2"]}, {"region": [REGION]}]}, True),
    ],
)
def test_patterns(pattern, expected):
    assert matches(pattern, EVENT) is expected


def test_a_pattern_that_is_not_understood_is_said_so():
    with pytest.raises(UnsupportedError, match="cidr"):
        matches({"region": [{"cidr": "10.0.0.0/8"}]}, EVENT)


def test_templates_escape_in_strings_quote_outside_and_leave_out_what_is_not_there():
    transformer = {
        "InputPathsMap": {"type": "$.detail.findings[1].Types[0]", "all": "$.detail.findings[0]", "none": "$.x.y[3]"},
        "InputTemplate": '{"text": "<type> by <aws.events.rule-name><none>", "all": <all>}',
    }
    found = json.loads(transformed(transformer, EVENT, "rule"))
    assert found == {"text": 'say "x" by rule', "all": {"Severity": {"Label": "LOW"}}}


def put(sandbox, region=REGION, **entry):
    entry = {"Source": "tests", "DetailType": "test", "Detail": "{}", **entry}
    return sandbox.client("events", region=region).put_events(Entries=[entry])["Entries"][0]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Detail": "[]"}, "MalformedDetail"),
        ({"Detail": "{"}, "MalformedDetail"),
        ({"Source": "aws.securityhub"}, "NotAuthorizedForSource"),
        ({"Source": ""}, "InvalidArgument"),
    ],
)
def test_refuses_events_as_aws_does(sandbox, entry, code):
    assert put(sandbox, **entry)["ErrorCode"] == code


@pytest.fixture
def queue(sandbox, request):
    """(URL, ARN) of a queue that EventBridge may write to."""
    name = re.sub("[^a-zA-Z0-9]", "-", request.node.name)[-60:]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return sandbox.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"], arn


def rule(sandbox, name, pattern, target, region=REGION):
    client = sandbox.client("events", region=region)
    client.put_rule(Name=name, EventPattern=json.dumps(pattern))
    client.put_targets(Rule=name, Targets=[{"Id": "1", **target}])


def received(sandbox, url):
    answer = sandbox.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_an_event_reaches_a_queue_that_lets_it_in(sandbox, queue):
    url, arn = queue
    rule(sandbox, "to-queue", {"source": ["to-queue"]}, {"Arn": arn})
    put(sandbox, Source="to-queue", Detail='{"a": 1}')
    put(sandbox, Source="another")
    (event,) = received(sandbox, url)
    assert (event["source"], event["detail"]) == ("to-queue", {"a": 1})
    sandbox.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    sandbox.client("sqs").purge_queue(QueueUrl=url)
    put(sandbox, Source="to-queue")
    assert received(sandbox, url) == []


def test_an_event_of_another_region_comes_home_by_a_role_that_exists(sandbox, queue):
    url, arn = queue
    rule(sandbox, "home", {"source": ["far"]}, {"Arn": arn})
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    role = f"arn:aws:iam::{ACCOUNT}:role/forward-of-test-events"
    rule(sandbox, "far", {"source": ["far"]}, {"Arn": bus, "RoleArn": role}, region="us-east-1")
    put(sandbox, "us-east-1", Source="far")
    assert received(sandbox, url) == []
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    sandbox.client("iam").create_role(RoleName="forward-of-test-events", AssumeRolePolicyDocument=trust)
    put(sandbox, "us-east-1", Source="far")
    (event,) = received(sandbox, url)
    assert event["region"] == "us-east-1"


def test_patterns_can_be_tried(sandbox):
    client = sandbox.client("events")
    event = json.dumps(EVENT)
    assert client.test_event_pattern(EventPattern='{"source": ["aws.securityhub"]}', Event=event)["Result"]
    assert not client.test_event_pattern(EventPattern='{"source": ["aws.ec2"]}', Event=event)["Result"]
    assert code_of(lambda: client.test_event_pattern(EventPattern="{", Event=event)) == "InvalidEventPatternException"


OWN = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(
    ("publish", "encrypt", "arrives"),
    [
        ({}, {}, True),
        ({}, {"StringLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:*"}}, True),
        (OWN, {}, False),
        ({}, OWN, False),
    ],
)
def test_a_topic_and_its_key_are_told_nothing_of_the_rule(sandbox, queue, publish, encrypt, arrives):
    def policy(resource, actions, condition):
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": actions}
        made = {**statement, "Resource": resource, **({"Condition": condition} if condition else {})}
        return json.dumps({"Version": "2012-10-17", "Statement": [made]})

    url, arn = queue
    sns, name = sandbox.client("sns"), url.rpartition("/")[2]
    key = sandbox.client("kms").create_key(Policy=policy("*", ["kms:Decrypt", "kms:GenerateDataKey*"], encrypt))
    topic = sns.create_topic(Name=name, Attributes={"KmsMasterKeyId": key["KeyMetadata"]["KeyId"]})["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy(topic, "sns:Publish", publish)
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    rule(sandbox, name, {"source": [name]}, {"Arn": topic})
    put(sandbox, Source=name)
    assert bool(received(sandbox, url)) is arrives
