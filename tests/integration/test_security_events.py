"""The check of item 3.1.2.4 in an account that the modules made, as it is and drifted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import eventbridge, securityhub, sns
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _canary, _finding_trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World
from tests.integration.security import allow, policy

HOME, AWAY = "ap-northeast-1", "us-east-1"
PREFIX = "iworkz-sandbox"
TOPIC = f"arn:aws:sns:{HOME}:123456789012:{PREFIX}-security"
QUEUE = f"{PREFIX}-security-canary"
RULE = {
    "name": f"{PREFIX}-security-findings",
    "event_pattern": {
        "source": ["aws.securityhub"],
        "detail": {"findings": {"Severity": {"Label": ["HIGH"]}, "RecordState": ["ACTIVE"]}},
    },
    "targets": [
        {
            "id": "responders",
            "arn": TOPIC,
            "input_transformer": {
                "input_paths_map": {
                    "generator": "$.detail.findings[0].GeneratorId",
                    "type": "$.detail.findings[0].Types[0]",
                    "region": "$.detail.findings[0].Region",
                },
                "input_template": '{"generator": "<generator>", "text": "[HIGH] <type> in <region>"}',
            },
        }
    ],
}


@pytest.fixture
def made(account: Any) -> Any:
    """A hub in two regions, whose findings come home, a route, a topic with its key, and the queue."""
    service = "events.amazonaws.com"
    statement = allow(service, ["kms:Decrypt", "kms:GenerateDataKey*"], "*")
    key = account.client("kms").create_key(Policy=policy(statement))["KeyMetadata"]["Arn"]
    arn = f"arn:aws:sqs:{HOME}:123456789012:{QUEUE}"
    queue_policy = policy(allow("sns.amazonaws.com", ["sqs:SendMessage"], arn))
    account.client("sqs").create_queue(QueueName=QUEUE, Attributes={"Policy": queue_policy})
    topic = {
        "name": TOPIC.rpartition(":")[2],
        "kms_master_key_id": key,
        "policy": json.loads(policy(allow(service, ["sns:Publish"], TOPIC))),
        "subscriptions": [
            {
                "protocol": "sqs",
                "endpoint": arn,
                "filter_policy": {"generator": [{"prefix": f"{PREFIX}-verification/"}]},
                "filter_policy_scope": "MessageBody",
                "raw_message_delivery": True,
            }
        ],
    }
    account.converges(sns.ADAPTERS, topics=[topic])
    account.run(securityhub.ADAPTERS, region=AWAY, hub={"standards": []})
    linked = {"region_linking_mode": "SPECIFIED_REGIONS", "regions": [AWAY]}
    account.run(securityhub.ADAPTERS, hub={"standards": []}, finding_aggregator=linked)
    account.run(eventbridge.ADAPTERS, rules=[RULE])
    return account


def trial(account: Any, seconds: float = 2) -> _finding_trial.Trial:
    platform = Platform("iworkz", "sandbox", account.account_id, HOME, AWAY, {}, {})
    world = World(platform, Clients(account.connection), datetime.now(UTC))
    url = _canary.url_of(world.client("sqs"), QUEUE)
    assert url is not None
    return _finding_trial.run(world, [HOME, AWAY], "HIGH", url, seconds)


def ids(found: _finding_trial.Trial) -> list[str]:
    return [one.id.removeprefix("security_events.") for one in _finding_trial.breaches(found, "HIGH", QUEUE, 2)]


def test_findings_of_both_regions_arrive_once_and_are_archived(made):
    assert ids(trial(made)) == []
    found = made.client("securityhub").get_findings()["Findings"]
    assert {one["RecordState"] for one in found} == {"ARCHIVED"}
    assert "Messages" not in made.client("sqs").receive_message(QueueUrl=QUEUE)


def unlink(account: Any) -> None:
    client = account.client("securityhub")
    (one,) = client.list_finding_aggregators()["FindingAggregators"]
    client.delete_finding_aggregator(FindingAggregatorArn=one["FindingAggregatorArn"])


def close_topic(account: Any) -> None:
    other = policy(allow("budgets.amazonaws.com", ["sns:Publish"], TOPIC))
    account.client("sns").set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=other)


def close_key(account: Any) -> None:
    key = account.client("sns").get_topic_attributes(TopicArn=TOPIC)["Attributes"]["KmsMasterKeyId"]
    other = policy(allow("s3.amazonaws.com", ["kms:Decrypt"], "*"))
    account.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=other)


def disable(account: Any) -> None:
    account.client("events").disable_rule(Name=RULE["name"])


def select_other(account: Any) -> None:
    pattern = {"source": ["aws.securityhub"], "detail": {"findings": {"Severity": {"Label": ["CRITICAL"]}}}}
    account.client("events").put_rule(Name=RULE["name"], EventPattern=json.dumps(pattern))


@pytest.mark.parametrize(
    ("drift", "expected"),
    [
        (unlink, ["not_delivered"]),
        (close_topic, ["not_delivered", "not_delivered"]),
        (close_key, ["not_delivered", "not_delivered"]),
        (disable, ["not_delivered", "not_delivered"]),
        (select_other, ["not_delivered", "not_delivered"]),
    ],
)
def test_a_finding_that_does_not_arrive_is_noticed(made, drift, expected):
    drift(made)
    assert ids(trial(made)) == expected


def test_a_message_that_says_everything_is_noticed(made):
    transformer = {
        "InputPathsMap": {"g": "$.detail.findings[0].GeneratorId", "all": "$.detail.findings[0]"},
        "InputTemplate": '{"generator": "<g>", "all": <all>}',
    }
    target = {"Id": "responders", "Arn": TOPIC, "InputTransformer": transformer}
    made.client("events").put_targets(Rule=RULE["name"], Targets=[target])
    assert ids(trial(made)) == ["personal_data", "personal_data"]
