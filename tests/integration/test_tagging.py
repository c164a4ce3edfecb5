"""Tags, once for every way a service has of setting them: declared ones are set, others go or stay as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import cloudwatch, ecr, mq, opensearch, sns

OURS = {"Platform": "iworkz", "Environment": "sandbox"}
ALARM = {
    "alarm_name": "iworkz-sandbox-errors",
    "namespace": "iworkz",
    "metric_name": "e",
    "statistic": "Sum",
    "period": 60,
    "evaluation_periods": 1,
    "threshold": 5,
    "comparison_operator": "GreaterThanThreshold",
}

# kind: (adapters, option, declaration, a person who tags by hand).
TAGGED: dict[str, tuple[Any, str, dict[str, Any], Callable[[Any, dict[str, str]], Any]]] = {}


def tagged(adapters: Any, option: str, declared: dict[str, Any]) -> Callable[[Any], Any]:
    def register(by_hand: Callable[[Any, dict[str, str]], Any]) -> Any:
        TAGGED[by_hand.__name__] = (adapters, option, declared, by_hand)
        return by_hand

    return register


def as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


@tagged(cloudwatch.ADAPTERS, "alarms", ALARM)
def alarm(account, tags):
    client = account.client("cloudwatch")
    arn = client.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    client.tag_resource(ResourceARN=arn, Tags=as_list(tags))


@tagged(cloudwatch.ADAPTERS, "log_groups", {"log_group_name": "/iworkz/app"})
def log_group(account, tags):
    client = account.client("logs")
    arn = client.describe_log_groups()["logGroups"][0]["arn"].removesuffix(":*")
    client.tag_resource(resourceArn=arn, tags=tags)


@tagged(mq.ADAPTERS, "configurations", {"name": "c", "engine_type": "RABBITMQ", "engine_version": "3.13"})
def configuration(account, tags):
    client = account.client("mq")
    client.create_tags(ResourceArn=client.list_configurations()["Configurations"][0]["Arn"], Tags=tags)


@tagged(opensearch.ADAPTERS, "domains", {"domain_name": "search"})
def domain(account, tags):
    client = account.client("opensearch")
    arn = client.describe_domain(DomainName="search")["DomainStatus"]["ARN"]
    client.add_tags(ARN=arn, TagList=as_list(tags))


@tagged(ecr.ADAPTERS, "repositories", {"repository_name": "iworkz-sandbox/search"})
def repository(account, tags):
    client = account.client("ecr")
    client.tag_resource(
        resourceArn=client.describe_repositories()["repositories"][0]["repositoryArn"], tags=as_list(tags)
    )


@tagged(sns.ADAPTERS, "topics", {"name": "iworkz-sandbox-alerts"})
def topic(account, tags):
    client = account.client("sns")
    client.tag_resource(ResourceArn=client.list_topics()["Topics"][0]["TopicArn"], Tags=as_list(tags))


@pytest.mark.parametrize("kind", TAGGED)
def test_tags_are_those_of_the_task_and_of_the_resource(account, kind):
    adapters, option, declared, by_hand = TAGGED[kind]

    def run(own: dict[str, str] | None = None, **options: Any) -> tuple[bool, dict[str, str]]:
        item = {**declared, **({"tags": own} if own else {})}
        result = account.run(adapters, tags=OURS, **{option: [item]}, **options)
        assert result["failed_resources"] == {}
        (state,) = result["resources"][option].values()
        return result["changed"], state["tags"]

    assert run() == (True, OURS)
    assert run({"Team": "search", "Environment": "own"}) == (
        True,
        {"Platform": "iworkz", "Environment": "own", "Team": "search"},
    )
    by_hand(account, {"Hand": "made", "Platform": "drifted"})
    mixed = {**OURS, "Team": "search", "Hand": "made"}
    assert run(purge_tags=False) == (True, mixed)
    assert run(purge_tags=False) == (False, mixed)
    assert run() == (True, OURS)
    assert run() == (False, OURS)
