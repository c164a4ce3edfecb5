from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.mq import BROKER_METRICS, runs, watched
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements

from .fake_account import TAGS, alarm, broken, watching, world

NAME = "iworkz-sandbox-mq"
DEAD = "iworkz.dead"
DECLARED = {"stores": {"mq": {"engine_version": "3.13", "dead_letter_queue": DEAD}}}
BROKER = {
    "BrokerName": NAME,
    "EngineType": "RABBITMQ",
    "EngineVersion": "3.13.7",
    "BrokerState": "RUNNING",
    "PubliclyAccessible": False,
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
DEAD_LETTERS = alarm("dead", "AWS/AmazonMQ", "MessageCount", Broker=NAME, Queue=DEAD)


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
        ([{**DEAD_LETTERS, "AlarmActions": []}], "alarms.no_action"),
    ],
)
def test_dead_letters_need_an_alarm_of_their_own(dead_letters, breach):
    (found,) = judge_alarms(*ALARMS, *dead_letters)
    assert (found.id, found.params["resource"]) == (breach, f"{NAME} {DEAD}")


def test_without_a_broker_nothing_is_watched():
    answers = {**account(), **watching([*ALARMS, DEAD_LETTERS])}
    assert broken(watched(world(answers, DECLARED), {})) == [Breach("mq.no_broker", {})]
