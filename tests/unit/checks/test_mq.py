from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import mq
from ansible_collections.iworkz.platform.plugins.module_utils._checks._mq_facts import Content, brokers, contents
from ansible_collections.iworkz.platform.plugins.module_utils._checks._mq_trial import Trial, expected_deaths
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.mq import BROKER_METRICS, runs, watched
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq import Broker
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_topology import Step, topology

from .fake_account import TAGS, alarm, broken, watching, world

NAME = "iworkz-sandbox-mq"
DEAD = "iworkz.dead"
QUEUES: dict[str, Any] = {
    "defaults": {
        "delivery_limit": 2,
        "retry_after_ms": [10, 20],
        "max_length": 100,
        "queues": {"work": {"routing_keys": ["#"]}},
    },
    "limits": {"max_connections": 10, "max_queues": 10},
    "services": {},
}
SERVICES = [
    {"name": "billing", "dependencies": {"stores": ["postgres", "mq"]}},
    {"name": "admin", "dependencies": {"stores": ["postgres"]}},
]
DECLARED = {
    "stores": {"mq": {"engine_version": "3.13", "dead_letter_queue": DEAD}},
    "queues": QUEUES,
    "services": SERVICES,
}
BROKER = {
    "BrokerName": NAME,
    "EngineType": "RABBITMQ",
    "EngineVersion": "3.13.7",
    "BrokerState": "RUNNING",
    "PubliclyAccessible": False,
    "DeploymentMode": "CLUSTER_MULTI_AZ",
    "EncryptionOptions": {"UseAwsOwnedKey": True},
    "Tags": TAGS,
}


def account(*brokers: dict[str, Any]) -> dict[str, Any]:
    by_id = {f"b-{n}": broker for n, broker in enumerate(brokers)}
    return {
        "mq": {
            "list_brokers": {"BrokerSummaries": [{"BrokerId": identifier} for identifier in by_id]},
            "describe_broker": lambda BrokerId: by_id[BrokerId],
        }
    }


def required(item: str) -> dict[str, Any]:
    return dict(load_requirements().resolve(item).required)


def judge(*brokers: dict[str, Any]) -> list[Breach]:
    return broken(runs(world(account(*brokers), DECLARED), required("1.3.2.1")))


def test_a_private_encrypted_running_broker_passes():
    finding = runs(world(account(BROKER), DECLARED), required("1.3.2.1"))
    assert finding.breaches == ()
    assert finding.observed[NAME]["encryption_key"] == "AWS owned"


@pytest.mark.parametrize(
    ("change", "breaches"),
    [
        ({"EngineType": "ACTIVEMQ"}, [Breach("mq.engine", {"broker": NAME, "engine": "ACTIVEMQ"})]),
        (
            {"EngineVersion": "3.12.1"},
            [Breach("mq.version", {"broker": NAME, "version": "3.12.1", "declared": "3.13"})],
        ),
        # 3.130 is not a patch of 3.13.
        ({"EngineVersion": "3.130"}, [Breach("mq.version", {"broker": NAME, "version": "3.130", "declared": "3.13"})]),
        ({"EngineVersion": "3.13"}, []),
        (
            {"BrokerState": "REBOOT_IN_PROGRESS"},
            [Breach("mq.not_running", {"broker": NAME, "state": "REBOOT_IN_PROGRESS"})],
        ),
        ({"PubliclyAccessible": True}, [Breach("mq.public", {"broker": NAME})]),
        ({"EncryptionOptions": {"UseAwsOwnedKey": False}}, [Breach("mq.not_encrypted", {"broker": NAME})]),
        ({"EncryptionOptions": {"UseAwsOwnedKey": False, "KmsKeyId": "arn:aws:kms:x"}}, []),
        ({"Tags": {**TAGS, "Environment": "staging"}}, [Breach("mq.no_broker", {})]),
        ({"Tags": {}}, [Breach("mq.no_broker", {})]),
    ],
)
def test_each_rule_of_1_3_2_1_breaks_by_itself(change, breaches):
    assert judge({**BROKER, **change}) == breaches


def test_no_broker_at_all_fails():
    assert judge() == [Breach("mq.no_broker", {})]


def test_every_broker_is_judged():
    second = {**BROKER, "BrokerName": "second", "PubliclyAccessible": True}
    assert judge(BROKER, second) == [Breach("mq.public", {"broker": "second"})]


ALARMS = [alarm(metric, "AWS/AmazonMQ", metric, Broker=NAME) for metric in BROKER_METRICS]
DEAD_LETTERS = alarm("dead", "AWS/AmazonMQ", "MessageCount", Broker=NAME, VirtualHost="billing", Queue=DEAD)


def judge_alarms(*alarms: dict[str, Any]) -> list[Breach]:
    answers = {**account(BROKER), **watching(copy.deepcopy(alarms))}
    return broken(watched(world(answers, DECLARED), required("1.3.2.4")))


def test_alarms_on_the_broker_and_on_dead_letters_pass():
    assert judge_alarms(*ALARMS, DEAD_LETTERS) == []


@pytest.mark.parametrize("metric", BROKER_METRICS)
def test_each_metric_needs_its_alarm(metric):
    rest = [one for one in ALARMS if one["MetricName"] != metric]
    missing = Breach("alarms.missing", {"resource": NAME, "metric": metric})
    assert judge_alarms(*rest, DEAD_LETTERS) == [missing]


@pytest.mark.parametrize("metric", BROKER_METRICS)
def test_each_alarm_must_reach_somebody(metric):
    alarms = [{**one, "ActionsEnabled": one["MetricName"] != metric} for one in ALARMS]
    assert judge_alarms(*alarms, DEAD_LETTERS) == [
        Breach("alarms.no_action", {"resource": NAME, "alarm": metric}),
    ]


@pytest.mark.parametrize(
    ("dead_letters", "breach"),
    [
        ([], "alarms.missing"),
        ([{**DEAD_LETTERS, "Dimensions": [{"Name": "Broker", "Value": NAME}]}], "alarms.missing"),
        ([alarm("dead", "AWS/AmazonMQ", "MessageCount", Broker=NAME, VirtualHost="/", Queue=DEAD)], "alarms.missing"),
        ([{**DEAD_LETTERS, "AlarmActions": []}], "alarms.no_action"),
    ],
)
def test_dead_letters_need_an_alarm_of_their_own(dead_letters, breach):
    (found,) = judge_alarms(*ALARMS, *dead_letters)
    assert (found.id, found.params["resource"]) == (breach, f"{NAME} billing/{DEAD}")


def test_without_a_broker_nothing_is_watched():
    answers = {**account(), **watching([*ALARMS, DEAD_LETTERS])}
    assert broken(watched(world(answers, DECLARED), {})) == [Breach("mq.no_broker", {})]


NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WANTED = topology(QUEUES, SERVICES, "canary", DEAD, "iworkz-sandbox/mq/")


def content(**changes: Any) -> Content:
    """What a broker holds on which everything is as declared."""
    policies = {(policy["vhost"], policy["name"]): policy["definition"] for policy in WANTED["policies"]}
    queues = {
        (queue["vhost"], queue["name"]): {
            "type": "quorum",
            "durable": True,
            "policy_definition": {**policies.get((queue["vhost"], queue["name"]), {}), "queue-version": 2},
        }
        for queue in WANTED["queues"]
    }
    bindings = {(b["vhost"], b["source"], b["destination"], b["routing_key"]) for b in WANTED["bindings"]}
    made = Content(
        Broker(NAME, "RUNNING", "CLUSTER_MULTI_AZ", "https://mq", "amqps://mq:5671"),
        {"username": "canary", "password": "-"},
        queues,
        frozenset(bindings),
        {"rabbit@a": NOW, "rabbit@b": NOW},
        NOW - timedelta(hours=1),
    )
    return replace(made, **changes)


class Holding(World):
    """A world whose broker holds the given content."""

    def __init__(self, held: Content | None, described: dict[str, Any]) -> None:
        base = world({}, DECLARED)
        super().__init__(base.platform, None, NOW)  # type: ignore[arg-type]
        self.facts = {brokers: [described], contents: {NAME: held}}

    def once(self, fn: Any) -> Any:
        return self.facts[fn]


def judge_queues(held: Content | None, **described: Any) -> list[tuple[str, dict[str, Any]]]:
    finding = mq.durable(Holding(held, {**BROKER, **described}), required("1.3.2.2"))
    return [(breach.id, breach.params) for breach in broken(finding)]


def without(held: Content, key: tuple[str, str]) -> Content:
    return replace(held, queues={name: queue for name, queue in held.queues.items() if name != key})


def changed(held: Content, key: tuple[str, str], **change: Any) -> Content:
    return replace(held, queues={**held.queues, key: {**held.queues[key], **change}})


def test_quorum_queues_and_a_message_that_outlived_a_restart_pass():
    assert judge_queues(content()) == []


def test_one_zone_is_not_highly_available():
    assert judge_queues(content(), DeploymentMode="SINGLE_INSTANCE") == [
        ("mq.one_zone", {"broker": NAME, "mode": "SINGLE_INSTANCE"})
    ]


@pytest.mark.parametrize(
    ("held", "message", "names"),
    [
        (without(content(), ("billing", "work.wait.1")), "mq.queues_missing", "work.wait.1"),
        (changed(content(), ("billing", DEAD), type="classic"), "mq.queues_not_quorum", DEAD),
        (changed(content(), ("billing", "work"), durable=False), "mq.queues_not_quorum", "work"),
    ],
)
def test_each_declared_queue_must_be_a_durable_quorum_queue(held, message, names):
    assert judge_queues(held) == [(message, {"broker": NAME, "vhost": "billing", "names": names})]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sentinel": None}, "mq.message_lost"),
        # Published after the last start: nothing is proven yet.
        ({"sentinel": NOW + timedelta(minutes=1)}, "mq.not_restarted"),
        ({"sentinel": NOW}, "mq.not_restarted"),
        # One node of the cluster has not been restarted since.
        ({"started": {"rabbit@a": NOW, "rabbit@b": NOW - timedelta(hours=2)}}, "mq.not_restarted"),
        ({"started": {}}, "mq.not_restarted"),
    ],
)
def test_survival_is_claimed_only_of_a_message_older_than_every_nodes_start(change, message):
    ((found, params),) = judge_queues(content(**change))
    assert found == message
    if change.get("started"):
        assert params["nodes"] == "rabbit@b"


def test_a_broker_that_was_never_configured_fails():
    assert judge_queues(None) == [("mq.not_configured", {"broker": NAME})]


STEPS = [
    Step("work", {"delivery-limit": 2}),
    Step("work.wait.1", {"message-ttl": 10}),
    Step("work.retry.1", {"delivery-limit": 2}),
]
GOOD = Trial(
    deliveries={"work": 3, "work.retry.1": 3},
    waited_ms={"work.retry.1": 11, DEAD: 1},
    deaths=expected_deaths(STEPS),
    last_seen=DEAD,
    dead_lettered=True,
)


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        ({}, []),
        ({"dead_lettered": False, "last_seen": "work", "waited_ms": {}}, ["mq.not_dead_lettered"]),
        ({"deliveries": {"work": 2, "work.retry.1": 3}}, ["mq.deliveries"]),
        ({"deliveries": {"work": 3, "work.retry.1": 4}}, ["mq.deliveries"]),
        ({"waited_ms": {"work.retry.1": 9, DEAD: 1}}, ["mq.retried_early"]),
        ({"deaths": {**expected_deaths(STEPS), ("work", "delivery_limit"): 2}}, ["mq.deaths"]),
        ({"deaths": {("work", "delivery_limit"): 1}}, ["mq.deaths"]),
        ({"deaths": {**expected_deaths(STEPS), ("elsewhere", "maxlen"): 1}}, ["mq.deaths"]),
    ],
)
def test_a_refused_message_must_go_the_declared_way(change, messages):
    found = mq.trial_breaches(replace(GOOD, **change), STEPS, DEAD, NAME)
    assert [breach.id for breach in found] == messages


def judge_chains(monkeypatch: pytest.MonkeyPatch, held: Content | None, **need: Any) -> list[tuple[str, Any]]:
    monkeypatch.setattr(mq, "_trial", lambda *_: (GOOD, []))
    finding = mq.dead_lettered(Holding(held, BROKER), {**required("1.3.2.3"), **need})
    return [(breach.id, breach.params) for breach in broken(finding)]


def test_every_services_chain_must_be_in_force(monkeypatch):
    assert judge_chains(monkeypatch, content()) == []
    loose = changed(content(), ("billing", "work"), policy_definition={"delivery-limit": 99})
    assert judge_chains(monkeypatch, loose) == [
        ("mq.policies_not_in_force", {"broker": NAME, "vhost": "billing", "names": "work"})
    ]
    unbound = content(bindings=content().bindings - {("billing", "work.wait.1", "work.wait.1", "")})
    assert judge_chains(monkeypatch, unbound) == [
        ("mq.bindings_missing", {"broker": NAME, "vhost": "billing", "names": "work.wait.1 -> work.wait.1"})
    ]
    assert [message for message, _ in judge_chains(monkeypatch, None)] == ["mq.not_configured"]


@pytest.mark.parametrize(
    ("need", "message"), [({"retries": 3}, "mq.few_retries"), ({"delivery_limit": 1}, "mq.high_delivery_limit")]
)
def test_declared_queues_may_not_be_looser_than_the_checklist(monkeypatch, need, message):
    found = judge_chains(monkeypatch, content(), **need)
    assert [(one, params["vhost"]) for one, params in found] == [(message, "billing"), (message, "canary")]
