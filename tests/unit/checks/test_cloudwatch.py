from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import (
    Tagged,
    kind_of,
    load_coverage,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _coverage_facts,
    _rds_events,
    _untagged,
    cloudwatch,
    cloudwatch_dashboards,
    cloudwatch_scaling,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import node_groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import instances
from ansible_collections.iworkz.platform.plugins.module_utils._checks.elasticache import groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml
from tests.unit.checks import fake_account
from tests.unit.checks.facts import NOW, PLATFORM, TAG_LIST, TOPIC, Facts
from tests.unit.checks.fake_account import broken

ROOT = Path(__file__).resolve().parents[3]
HOME = PLATFORM.region
ACCOUNT = PLATFORM.account_id
REQUIRED = {item: load_requirements().resolve(item).required for item in ("3.2.2.1", "3.2.2.2", "3.2.2.3")}


def resource(service: str, name: str, region: str = HOME, **tags: str) -> Tagged:
    arn = f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"
    return Tagged(arn, region or "us-east-1", tags, kind_of(arn, load_coverage()))


def alarm_on(one: Tagged, metric: str, **changes: Any) -> dict[str, Any]:
    name = f"{one.last}-{metric}"
    assert one.kind
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{one.region}:{ACCOUNT}:alarm:{name}",
        "Namespace": one.kind.namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in one.dimensions.items()],
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        "StateUpdatedTimestamp": NOW - timedelta(days=30),
        **changes,
    }


QUEUE = resource("sqs", "iworkz-sandbox-canary")
DATABASE = resource("rds", "db:iworkz-sandbox-postgres")
BROKER = resource("mq", "broker:iworkz-sandbox-mq:b-1")
WATCHED = [alarm_on(QUEUE, "ApproximateAgeOfOldestMessage")]
OURS = resource("cloudwatch", f"alarm:{WATCHED[0]['AlarmName']}")


def covered(
    monkeypatch: pytest.MonkeyPatch,
    resources: list[Tagged],
    alarms: list[dict[str, Any]],
    lost: tuple[str, ...] = (),
    heard: frozenset[str] = frozenset({TOPIC}),
) -> list[tuple[str, str]]:
    monkeypatch.setattr(cloudwatch, "untagged", lambda world, found: list(lost))
    facts = {_coverage_facts.resources: resources, _coverage_facts.alarms: {HOME: alarms}, _coverage_facts.heard: heard}
    found = broken(cloudwatch.everything_is_watched(Facts(facts), dict(REQUIRED["3.2.2.1"])))
    return [(one.id, str(next(iter(one.params.values()), ""))) for one in found]


def test_every_type_has_metrics_or_a_reason() -> None:
    for kind in load_coverage().values():
        assert bool(kind.metrics) == bool(kind.namespace) == bool(kind.dimensions), kind.name


# Types of which their own roles make the alarms.
OWN = {"rds:db", "es:domain", "mq:broker", "eks:cluster"}


def test_of_every_other_type_the_role_cloudwatch_makes_the_alarms() -> None:
    declared = read_yaml(ROOT / "group_vars" / "all" / "cloudwatch.yml")["platform_cloudwatch"]["alarms"]
    made = {(one["type"], one["metric_name"]) for one in declared}
    assert made == {
        (kind.name, each) for kind in load_coverage().values() if kind.name not in OWN for each in kind.metrics
    }


def test_a_type_without_metrics_and_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "coverage.yml").write_text("sqs: {namespace: AWS/SQS}")
    with pytest.raises(KeyError):
        load_coverage(tmp_path / "coverage.yml")


@pytest.mark.parametrize(
    ("service", "name", "kind", "dimensions"),
    [
        ("rds", "db:postgres", "rds:db", {"DBInstanceIdentifier": "postgres"}),
        ("sns", "alerts", "sns", {"TopicName": "alerts"}),
        ("mq", "broker:queue:b-1", "mq:broker", {"Broker": "queue"}),
        ("es", "domain/search", "es:domain", {"DomainName": "search", "ClientId": ACCOUNT}),
        ("ec2", "natgateway/nat-1", "ec2:natgateway", {"NatGatewayId": "nat-1"}),
        (
            "elasticloadbalancing",
            "loadbalancer/app/front/1f",
            "elasticloadbalancing:loadbalancer/app",
            {"LoadBalancer": "app/front/1f"},
        ),
        (
            "wafv2",
            "regional/webacl/acl/1f",
            "wafv2:regional/webacl",
            {"WebACL": "acl", "Region": HOME, "Rule": "ALL"},
        ),
        ("logs", "log-group:/aws/x", "logs", {}),
    ],
)
def test_where_metrics_are(service: str, name: str, kind: str, dimensions: dict[str, str]) -> None:
    one = resource(service, name)
    assert (one.type, one.dimensions) == (kind, dimensions)


def test_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covered(monkeypatch, [QUEUE, OURS], WATCHED) == []


@pytest.mark.parametrize(
    ("resources", "alarms", "breaches"),
    [
        ([], [], [("cloudwatch.nothing_tagged", "ap-northeast-1, ap-northeast-3, us-east-1")]),
        ([QUEUE], [], [("cloudwatch.unalarmed", "iworkz-sandbox-canary")]),
        ([resource("ssm", "parameter/x")], [], [("cloudwatch.unknown_type", "ssm:parameter")]),
        ([resource("newservice", "x")], [], [("cloudwatch.unknown_type", "newservice")]),
        # In another region nothing of it is watched here.
        ([resource("sqs", "q", "us-east-1")], WATCHED, [("cloudwatch.unalarmed", "q")]),
        ([QUEUE], [alarm_on(QUEUE, "Other")], [("cloudwatch.unalarmed", "iworkz-sandbox-canary")]),
        (
            [QUEUE],
            [alarm_on(QUEUE, "ApproximateAgeOfOldestMessage", ActionsEnabled=False)],
            [("cloudwatch.unheard", "iworkz-sandbox-canary")],
        ),
        # A node of a group needs no alarm, another instance does.
        ([resource("ec2", "instance/i-1", **{"eks:nodegroup-name": "general"})], [], []),
        (
            [resource("ec2", "instance/i-1")],
            [],
            [("cloudwatch.unalarmed", "instance/i-1"), ("cloudwatch.unalarmed", "instance/i-1")],
        ),
        # Copies are counted where they come from.
        ([resource("backup", "backup-vault:v", "ap-northeast-3")], [], []),
    ],
)
def test_coverage(
    monkeypatch: pytest.MonkeyPatch, resources: list[Tagged], alarms: list[dict[str, Any]], breaches: list[Any]
) -> None:
    assert covered(monkeypatch, resources, alarms) == breaches


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"ActionsEnabled": False}, "cloudwatch.alarm_mute"),
        ({"AlarmActions": []}, "cloudwatch.alarm_mute"),
        ({"AlarmActions": [TOPIC + "-nobody"]}, "cloudwatch.alarm_mute"),
        ({"StateValue": "INSUFFICIENT_DATA"}, "cloudwatch.no_data"),
    ],
)
def test_an_alarm_of_ours_that_is_mute(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], breach: str) -> None:
    alarm = {**WATCHED[0], **change}
    assert (breach, alarm["AlarmName"]) in covered(monkeypatch, [QUEUE, OURS], [alarm])
    # Others' alarms are their own affair.
    assert breach not in dict(covered(monkeypatch, [QUEUE], [alarm]))


def test_a_young_alarm_may_wait_for_data(monkeypatch: pytest.MonkeyPatch) -> None:
    young = {**WATCHED[0], "StateValue": "INSUFFICIENT_DATA", "StateUpdatedTimestamp": NOW - timedelta(hours=47)}
    assert covered(monkeypatch, [QUEUE, OURS], [young]) == []


def test_an_alarm_that_scales_reaches_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    scales = [{**WATCHED[0], "AlarmActions": ["arn:aws:autoscaling:x:1:scalingPolicy:y"]}]
    assert covered(monkeypatch, [QUEUE, OURS], scales, heard=frozenset()) == []


def test_what_lacks_tags_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = covered(monkeypatch, [QUEUE, OURS], WATCHED, lost=("arn:lost",))
    assert found == [("cloudwatch.untagged", "arn:lost")]


class Lists:
    """Every list is empty, but for the given ones."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    def can_paginate(self, operation: str) -> bool:
        return False

    def __getattr__(self, operation: str) -> Any:
        return lambda **params: self._answers.get(operation, {})


def test_untagged_is_what_is_in_the_network_or_bears_the_name() -> None:
    answers = {
        "describe_nat_gateways": {
            "NatGateways": [
                {"NatGatewayId": "nat-in", "VpcId": "vpc-1", "State": "available"},
                {"NatGatewayId": "nat-gone", "VpcId": "vpc-1", "State": "deleted"},
                {"NatGatewayId": "nat-out", "VpcId": "vpc-2", "State": "available"},
            ]
        },
        "list_queues": {
            "QueueUrls": [f"https://sqs/{ACCOUNT}/iworkz-sandbox-canary", "https://sqs/1/iworkz-sandboxes"]
        },
        "list_topics": {"Topics": [{"TopicArn": f"arn:aws:sns:{HOME}:{ACCOUNT}:iworkz-sandbox-new"}]},
        "list_clusters": {"clusters": ["iworkz-sandbox", "other"]},
    }
    world = fake_account.world({})
    world._clients = type(
        "Clients", (), {"client": lambda _self, _name, region: Lists(answers if region == HOME else {})}
    )()
    found = _untagged.untagged(world, [resource("ec2", "vpc/vpc-1"), QUEUE])
    place = f"{HOME}:{ACCOUNT}"
    assert found == [
        f"arn:aws:ec2:{place}:natgateway/nat-in",
        f"arn:aws:eks:{place}:cluster/iworkz-sandbox",
        f"arn:aws:sns:{place}:iworkz-sandbox-new",
    ]


PRIMARY = {"DBInstanceIdentifier": "iworkz-sandbox-postgres", "AllocatedStorage": 100, "MaxAllocatedStorage": 126}
CLUSTER = {"ReplicationGroupId": "iworkz-sandbox-redis", "CacheNodeType": "cache.r7g.large", "ClusterEnabled": True}
SMALL = {**CLUSTER, "CacheNodeType": "cache.t4g.small"}
NODES = {"nodegroupName": "general", "scalingConfig": {"minSize": 3, "desiredSize": 3, "maxSize": 6}}
REPLICAS = {
    "ResourceId": "replication-group/iworkz-sandbox-redis",
    "ScalableDimension": "elasticache:replication-group:Replicas",
    "MinCapacity": 1,
    "MaxCapacity": 5,
    "SuspendedState": {"DynamicScalingOutSuspended": False},
}
POLICY = {"PolicyName": "by-load", "ScalableDimension": "elasticache:replication-group:Replicas"}


class Scaled(Facts):
    """A world with Application Auto Scaling and streams."""

    def __init__(self, facts: dict[Any, Any], **answers: Any) -> None:
        super().__init__(facts)
        self._answers = {
            "describe_scalable_targets": {"ScalableTargets": [REPLICAS]},
            "describe_scaling_policies": {"ScalingPolicies": [POLICY]},
            **answers,
        }

    def client(self, service: str, region: str | None = None) -> Any:
        return fake_account.Client(self._answers)


def scaled(facts: dict[Any, Any] | None = None, **answers: Any) -> Finding:
    sound = {
        instances: [PRIMARY],
        groups: [CLUSTER],
        node_groups: [NODES],
        _coverage_facts.resources: [],
        _coverage_facts.alarms: {HOME: []},
        _coverage_facts.heard: frozenset({TOPIC}),
    }
    return cloudwatch_scaling.scaled_by_load(Scaled({**sound, **(facts or {})}, **answers), dict(REQUIRED["3.2.2.2"]))


def unscaled(facts: dict[Any, Any] | None = None, **answers: Any) -> list[str]:
    return [breach.id for breach in broken(scaled(facts, **answers))]


def sizes(**changes: int) -> list[dict[str, Any]]:
    return [{**NODES, "scalingConfig": {"minSize": 3, "desiredSize": 3, "maxSize": 6, **changes}}]


def test_scaled() -> None:
    assert unscaled() == []
    assert scaled().observed["caches"]["iworkz-sandbox-redis"]["targets"] == {
        "elasticache:replication-group:Replicas": {"min": 1, "max": 5, "policies": ["by-load"]}
    }


@pytest.mark.parametrize(
    ("facts", "answers", "breaches"),
    [
        ({instances: [{**PRIMARY, "MaxAllocatedStorage": 125}]}, {}, ["cloudwatch.storage_fixed"]),
        ({instances: [{"DBInstanceIdentifier": "db", "AllocatedStorage": 20}]}, {}, ["cloudwatch.storage_fixed"]),
        ({}, {"describe_scalable_targets": {"ScalableTargets": []}}, ["cloudwatch.no_target"]),
        (
            {},
            {"describe_scalable_targets": {"ScalableTargets": [{**REPLICAS, "MaxCapacity": 1}]}},
            ["cloudwatch.target_fixed"],
        ),
        (
            {},
            {
                "describe_scalable_targets": {
                    "ScalableTargets": [{**REPLICAS, "SuspendedState": {"DynamicScalingOutSuspended": True}}]
                }
            },
            ["cloudwatch.target_suspended"],
        ),
        ({}, {"describe_scaling_policies": {"ScalingPolicies": []}}, ["cloudwatch.no_policy"]),
        # What AWS can't scale needs no target.
        ({groups: [SMALL]}, {"describe_scalable_targets": {"ScalableTargets": []}}, []),
        ({groups: [{**CLUSTER, "ClusterEnabled": False}]}, {"describe_scalable_targets": {"ScalableTargets": []}}, []),
        ({node_groups: sizes(maxSize=3)}, {}, ["cloudwatch.nodes_fixed"]),
        ({node_groups: sizes(desiredSize=6)}, {}, ["cloudwatch.nodes_at_limit"]),
        ({instances: [], groups: [], node_groups: []}, {}, ["cloudwatch.nothing_to_scale"]),
        ({_coverage_facts.resources: [BROKER]}, {}, ["cloudwatch.no_trigger"] * 2),
        # Nodes of a cache that is scaled are no one's job, those of another are.
        ({_coverage_facts.resources: [resource("elasticache", "cluster:iworkz-sandbox-redis-0001-001")]}, {}, []),
        (
            {groups: [SMALL], _coverage_facts.resources: [resource("elasticache", "cluster:iworkz-sandbox-redis-001")]},
            {},
            ["cloudwatch.no_trigger"] * 2,
        ),
        (
            {_coverage_facts.resources: [resource("kinesis", "stream/s")]},
            {
                "describe_stream_summary": {
                    "StreamDescriptionSummary": {"StreamModeDetails": {"StreamMode": "PROVISIONED"}}
                }
            },
            ["cloudwatch.stream_fixed"],
        ),
        (
            {_coverage_facts.resources: [resource("dynamodb", "table/t")]},
            {"describe_table": {"Table": {}}},
            ["cloudwatch.no_target"] * 2,
        ),
        (
            {_coverage_facts.resources: [resource("dynamodb", "table/t")]},
            {"describe_table": {"Table": {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}}},
            [],
        ),
    ],
)
def test_scaling(facts: dict[Any, Any], answers: dict[str, Any], breaches: list[str]) -> None:
    assert unscaled(facts, **answers) == breaches


def test_an_alarm_that_somebody_hears_is_a_trigger() -> None:
    alarms = [alarm_on(BROKER, metric) for metric in ("MessageCount", "RabbitMQMemUsed")]
    facts = {_coverage_facts.resources: [BROKER], _coverage_facts.alarms: {HOME: alarms}}
    assert unscaled(facts) == []
    assert unscaled({**facts, _coverage_facts.heard: frozenset()}) == ["cloudwatch.no_trigger"] * 2


CPU = ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "iworkz-sandbox-postgres"]


def widget(*rows: Any, **properties: Any) -> dict[str, Any]:
    told = {"title": "CPU", "region": HOME, "metrics": list(rows), **properties}
    return {"type": "metric", "properties": told}


def shown(monkeypatch: pytest.MonkeyPatch, *widgets: Any, dashboards: tuple[str, ...] = ("capacity",)) -> list[str]:
    monkeypatch.setattr(
        cloudwatch_dashboards, "_dashboards", lambda _world: {name: {"widgets": list(widgets)} for name in dashboards}
    )
    world = Facts({_coverage_facts.resources: [DATABASE]})
    found = cloudwatch_dashboards.capacity_is_shown(world, {"namespaces": ["AWS/RDS"]})
    return [breach.id for breach in broken(found)]


@pytest.mark.parametrize(
    ("widgets", "breaches"),
    [
        ([widget(CPU)], []),
        ([widget(CPU, [".", "FreeStorageSpace", ".", "."], ["...", "iworkz-sandbox-postgres", {"color": "#fff"}])], []),
        ([widget(CPU, [{"expression": "m1 * 2"}])], []),
        ([widget(CPU, ["...", "gone"])], ["cloudwatch.widget_dead"]),
        ([widget(CPU, region="us-east-1")], ["cloudwatch.widget_dead"]),
        ([widget(CPU), widget(["AWS/SQS", "X", "QueueName", "q"])], ["cloudwatch.widget_dead"]),
        ([widget(CPU), widget()], ["cloudwatch.widget_empty"]),
        ([{"type": "text", "properties": {}}], ["cloudwatch.dashboard_empty", "cloudwatch.not_shown"]),
    ],
)
def test_dashboards(monkeypatch: pytest.MonkeyPatch, widgets: list[Any], breaches: list[str]) -> None:
    assert shown(monkeypatch, *widgets) == breaches


def test_without_a_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, dashboards=()) == ["cloudwatch.no_dashboard"]


def told(source: str, *categories: str, **changes: Any) -> dict[str, Any]:
    return {
        "SourceType": source,
        "EventCategoriesList": list(categories),
        "SnsTopicArn": TOPIC,
        "Enabled": True,
        **changes,
    }


EVENTS = [told("db-instance"), told("db-parameter-group", "configuration change"), told("db-security-group")]


@pytest.mark.parametrize(
    ("events", "heard", "breaches"),
    [
        (EVENTS, {TOPIC}, []),
        ([], {TOPIC}, ["rds.no_event_subscription"] * 3),
        ([told("db-instance", "failure"), *EVENTS[1:]], {TOPIC}, ["rds.no_event_subscription"]),
        ([told("db-instance", Enabled=False), *EVENTS[1:]], {TOPIC}, ["rds.no_event_subscription"]),
        ([told("db-instance", SourceIdsList=["db"]), *EVENTS[1:]], {TOPIC}, ["rds.no_event_subscription"]),
        (EVENTS, set(), ["rds.events_unheard"] * 3),
    ],
)
def test_events_of_databases(events: list[Any], heard: set[str], breaches: list[str]) -> None:
    answers = {
        "describe_db_instances": {"DBInstances": [{"TagList": TAG_LIST}]},
        "describe_event_subscriptions": {"EventSubscriptionsList": events},
    }
    world = Scaled({_coverage_facts.heard: frozenset(heard)}, **answers)
    found = list(_rds_events.judge(world))
    assert [one.id for one in broken(Finding({}, tuple(found)))] == breaches * 2  # both regions have an instance


def test_a_region_without_a_database_has_no_events() -> None:
    world = Scaled({}, describe_db_instances={"DBInstances": []})
    assert list(_rds_events.judge(world)) == []
