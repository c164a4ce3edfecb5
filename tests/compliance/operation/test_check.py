"""Item 2.2.2.4: a planted violation arrives once, and everyone who is to be told would be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _alert_trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks.compliance_alerts import (
    alerted,
    selects,
    trial_breaches,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, Platform, Unmet, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from tests.compliance.operation.conftest import NOW, PREFIX, TOPIC, Engine
from tests.unit.checks.fake_account import broken
from tests.unit.compliance import packs as small

TAGS = {"Platform": "iworkz", "Environment": "sandbox"}
TESTS = [
    {"name": "a breach", "given": {"months": [{"month": "2026-06-01", "overtime_min": 6000}]}, "expect": "violation"}
]
SECONDS = 3


def with_tests(**changes: Any) -> dict[str, Any]:
    documents = small.files()
    text = small.yaml.safe_dump({**documents["rules/CAP.yml"], "tests": TESTS, **changes}, allow_unicode=True)
    return {**documents, "rules/CAP.yml": text.replace("'2026-06-01'", "2026-06-01")}


@pytest.fixture
def alerting(engine: Engine, tmp_path: Path) -> Engine:
    """An account as the role leaves it, with one recipient."""
    engine.register(small.write(tmp_path / "tested", with_tests()))
    engine.recipient("ops", "high", "ja", kind="email", address="ops@iworkz.jp")
    sns, sqs = engine.account.client("sns"), engine.account.client("sqs")
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue="alias/data")
    selected = {"severity": ["critical", "high"], "language": ["ja"], "canary": [{"exists": False}]}
    subscribe(engine, "email", "ops@iworkz.jp", **selected)
    url = sqs.create_queue(QueueName=f"{PREFIX}-compliance-canary")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscribe(engine, "sqs", arn, canary=["true"])
    engine.account.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{PREFIX}-compliance-not-delivered",
        Namespace="AWS/SNS",
        MetricName="NumberOfNotificationsFailed",
        Dimensions=[{"Name": "TopicName", "Value": f"{PREFIX}-compliance"}],
        AlarmActions=[TOPIC],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    engine.account.client("rds").add_tags_to_resource(
        ResourceName=f"arn:aws:rds:ap-northeast-1:123456789012:db:{PREFIX}-postgres",
        Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()],
    )
    return engine


def subscribe(engine: Engine, protocol: str, endpoint: str, **policy: Any) -> str:
    found = engine.account.client("sns").subscribe(
        TopicArn=TOPIC,
        Protocol=protocol,
        Endpoint=endpoint,
        Attributes={"FilterPolicy": json.dumps(policy), "RawMessageDelivery": "true"} if policy else {},
        ReturnSubscriptionArn=True,
    )
    return str(found["SubscriptionArn"])


def judge(engine: Engine, seconds: float = SECONDS) -> Finding:
    platform = Platform("iworkz", "sandbox", "123456789012", "ap-northeast-1", "ap-northeast-3", TAGS, {})
    world = World(platform, Clients(engine.account.connection), NOW)
    required = dict(load_requirements().resolve("2.2.2.4").required)
    return alerted(world, {**required, "delivery_seconds": seconds})


def reasons(finding: Finding) -> list[str]:
    return [breach.id.removeprefix("compliance_alerts.") for breach in broken(finding)]


def addressed(engine: Engine, endpoint: str) -> str:
    found = engine.account.client("sns").list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    (arn,) = [one["SubscriptionArn"] for one in found if one["Endpoint"].endswith(endpoint)]
    return str(arn)


def test_a_planted_violation_arrives_once(alerting: Engine) -> None:
    url = alerting.listen("ja", ("critical", "high"))
    for _run in range(2):
        finding = judge(alerting)
        assert reasons(finding) == []
        assert finding.observed["trial"]["arrived"] == 1
        assert finding.observed["trial"]["article"] == "第1条"
    # People are not told of it.
    assert alerting.received(url) == []


def test_nobody_listens(alerting: Engine) -> None:
    alerting.account.client("sns").unsubscribe(SubscriptionArn=addressed(alerting, "-canary"))
    assert reasons(judge(alerting, 1)) == ["not_delivered"]
    alerting.account.client("sqs").delete_queue(
        QueueUrl=alerting.account.client("sqs").get_queue_url(QueueName=f"{PREFIX}-compliance-canary")["QueueUrl"]
    )
    with pytest.raises(Unmet) as unmet:
        judge(alerting)
    assert unmet.value.breach.id == "compliance_alerts.no_canary_queue"


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({"severity": ["critical"], "language": ["ja"], "canary": [{"exists": False}]}, "filtered_out"),
        ({"severity": ["high"], "language": ["en"], "canary": [{"exists": False}]}, "filtered_out"),
        ({}, "canaries_let_through"),
    ],
)
def test_a_subscription_that_selects_otherwise(alerting: Engine, policy: dict[str, Any], reason: str) -> None:
    alerting.account.client("sns").set_subscription_attributes(
        SubscriptionArn=addressed(alerting, "ops@iworkz.jp"),
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps(policy),
    )
    assert reasons(judge(alerting)) == [reason]


def test_somebody_is_not_subscribed(alerting: Engine) -> None:
    alerting.recipient("legal")
    alerting.recipient("others", kind="sns", address="iworkz-sandbox-others")
    assert reasons(judge(alerting)) == ["not_subscribed", "not_subscribed"]
    sns = alerting.account.client("sns")
    other = sns.create_topic(Name="iworkz-sandbox-others")["TopicArn"]
    sns.subscribe(TopicArn=other, Protocol="email", Endpoint="others@iworkz.jp")
    subscribe(alerting, "email", "legal@iworkz.jp", language=["en"], canary=[{"exists": False}])
    assert reasons(judge(alerting)) == []


def test_nobody_is_to_be_told_and_nothing_is_protected(alerting: Engine) -> None:
    alerting.sql("DELETE FROM compliance.recipients")
    alerting.account.client("sns").set_topic_attributes(
        TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue=""
    )
    alerting.account.client("cloudwatch").delete_alarms(AlarmNames=[f"{PREFIX}-compliance-not-delivered"])
    assert reasons(judge(alerting)) == ["not_encrypted", "no_recipients", "alarms.missing"]


def test_no_topic(alerting: Engine) -> None:
    alerting.account.client("sns").delete_topic(TopicArn=TOPIC)
    with pytest.raises(Unmet) as unmet:
        judge(alerting)
    assert unmet.value.breach.id == "compliance_alerts.no_topic"


def test_what_an_alert_must_and_must_not_say(tmp_path: Path) -> None:
    documents = with_tests()
    documents["schema/months.yml"]["columns"]["worker_id"]["personal"] = "personal"
    pack = packs.load(small.write(tmp_path, documents))
    rule, finding = _alert_trial.plant(pack)
    said = f"CAP Act article 1 {finding['reference']}"
    trial = _alert_trial.Trial(finding, {"a": said}, 0.1)

    def found(**bodies: str) -> list[str]:
        breaches = tuple(trial_breaches(replace(trial, bodies=bodies), pack, "en", "q", 1))
        return reasons(Finding({}, breaches))

    assert rule.id == "CAP"
    assert found(a=said) == []
    assert found(a=said, b=said) == ["delivered_more_than_once"]
    assert found(a=said.replace(finding["reference"], "")) == ["content_missing"]
    assert found(a=f"{said} W1") == ["personal_data"]


@pytest.mark.parametrize(
    ("changes", "reason"), [({"status": "advisory"}, "no_rule_to_try"), ({"unless": [
        {"when": "TRUE", "article": {"en": "2", "ja": "第2条"}}]}, "not_judged")]
)  # fmt: skip
def test_nothing_to_plant(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    if "status" in changes:
        changes = {**changes, "verified": "single secondary source"}
    pack = packs.load(small.write(tmp_path, with_tests(**changes)))
    with pytest.raises(Unmet) as unmet:
        _alert_trial.plant(pack)
    assert unmet.value.breach.id == f"compliance_alerts.{reason}"


def test_filter_policies() -> None:
    assert selects({}, {})
    assert selects({"a": ["x", "y"], "b": [{"exists": False}]}, {"a": "y"})
    assert not selects({"a": ["x"]}, {})
    assert not selects({"b": [{"exists": True}]}, {})
    with pytest.raises(ValueError, match="prefix"):
        selects({"a": [{"prefix": "x"}]}, {"a": "xy"})
