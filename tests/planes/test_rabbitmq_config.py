"""The module rabbitmq_config and the checks of its work, on a real broker."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import mq
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, rabbitmq_config
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_topology import topology
from tests.planes.conftest import PlanesSandbox, wait_for

NAME = "iworkz-queuetest-mq"
ADMIN = {"username": "platform", "password": "admin-of-the-tests"}
TAGS = {"Platform": "iworkz", "Environment": "queuetest"}
SECRETS = "iworkz-queuetest/mq/"
DEAD = "dead-letters"
QUEUES: dict[str, Any] = {
    "defaults": {
        "delivery_limit": 2,
        "retry_after_ms": [100, 200],
        "max_length": 100,
        "queues": {"work": {"routing_keys": ["#"]}},
    },
    "limits": {"max_connections": 50, "max_queues": 30},
    "services": {},
}
SERVICES = [{"name": "billing", "dependencies": {"stores": ["mq"]}}]
DECLARED = topology(QUEUES, SERVICES, "canary", DEAD, SECRETS)
REGION = "ap-northeast-1"


@dataclass(frozen=True)
class Subject:
    sandbox: PlanesSandbox
    identifier: str

    @property
    def clients(self) -> Clients:
        return Clients(self.sandbox.connection)

    @property
    def broker(self) -> rabbitmq.Broker:
        found = rabbitmq.broker(self.clients, NAME)
        assert found is not None
        return found

    @property
    def by_hand(self) -> rabbitmq.Api:
        return rabbitmq.Api(self.broker, ADMIN["username"], ADMIN["password"], self.sandbox.ca)

    def run(self, check_mode: bool = False, **declared: Any) -> dict[str, Any]:
        """What the module does, with everything declared unless told otherwise."""
        given = {"broker": NAME, "admin_secret": f"{SECRETS}admin", "ca_bundle": self.sandbox.ca, "tags": TAGS}
        validated = ArgumentSpecValidator(rabbitmq_config.ARGUMENTS).validate(
            copy.deepcopy({**given, **DECLARED, **declared})
        )
        assert not validated.error_messages
        return rabbitmq_config.run({**validated.validated_parameters, **self.sandbox.connection}, check_mode=check_mode)

    def secret(self, user: str) -> dict[str, str]:
        client = self.sandbox.client("secretsmanager")
        return dict(json.loads(client.get_secret_value(SecretId=f"{SECRETS}{user}")["SecretString"]))

    def amqp(self, user: str, vhost: str) -> Any:
        return rabbitmq.amqp(self.broker, self.secret(user), vhost, self.sandbox.ca)

    def judge(self, check: Any, item: str) -> list[str]:
        platform = Platform(
            "iworkz",
            "queuetest",
            "123456789012",
            REGION,
            "ap-northeast-3",
            TAGS,
            {"queues": QUEUES, "services": SERVICES, "stores": {"mq": {"dead_letter_queue": DEAD}}},
            {"ca_bundle": self.sandbox.ca},
        )
        required = {**load_requirements().resolve(item).required}
        if "margin_seconds" in required:
            required["margin_seconds"] = 2
        finding = check(World(platform, self.clients, datetime.now(UTC)), required)
        return [breach.id.removeprefix("mq.") for breach in finding.breaches]


@pytest.fixture(scope="module")
def made(planes_sandbox: PlanesSandbox) -> Iterator[Subject]:
    """A broker on which nothing is configured; before it, check mode announces everything."""
    client = planes_sandbox.client("mq")
    before = Subject(planes_sandbox, "none").run(check_mode=True)
    assert len(before["created"]) == sum(len(items) for items in DECLARED.values())
    planes_sandbox.client("secretsmanager").create_secret(Name=f"{SECRETS}admin", SecretString=json.dumps(ADMIN))
    identifier = client.create_broker(
        BrokerName=NAME,
        EngineType="RABBITMQ",
        EngineVersion="3.13",
        DeploymentMode="CLUSTER_MULTI_AZ",
        HostInstanceType="mq.m5.large",
        AutoMinorVersionUpgrade=True,
        PubliclyAccessible=False,
        Users=[{"Username": ADMIN["username"], "Password": ADMIN["password"]}],
        Tags=TAGS,
    )["BrokerId"]
    wait_for(lambda: client.describe_broker(BrokerId=identifier)["BrokerState"] == "RUNNING", 90, NAME)
    yield Subject(planes_sandbox, identifier)
    client.delete_broker(BrokerId=identifier)
    secrets = planes_sandbox.client("secretsmanager")
    for user in ("admin", "billing", "canary"):
        secrets.delete_secret(SecretId=f"{SECRETS}{user}", ForceDeleteWithoutRecovery=True)


@pytest.fixture
def subject(made: Subject) -> Subject:
    """As declared."""
    assert made.run(purge=True)["failed_resources"] == {}
    return made


def mends(subject: Subject, *labels: str) -> None:
    """Check mode names exactly these and writes nothing, apply mends them, for good."""
    announced = subject.run(check_mode=True)
    assert sorted(announced["created"] + announced["updated"]) == sorted(labels)
    assert [
        call for call in announced["api_calls"] if call.startswith("rabbitmq:") and " GET " in f" {call[9:]} "
    ] != []
    assert not [call for call in announced["api_calls"] if call.startswith("rabbitmq:") and "GET" not in call]
    assert subject.run()["failed_resources"] == {}
    assert subject.run()["changed"] is False


def test_apply_then_nothing_to_do_and_no_password_anywhere(made: Subject):
    applied = made.run()
    assert applied["failed_resources"] == {}
    again = made.run()
    assert again["changed"] is False
    assert not [call for call in again["api_calls"] if call.startswith("rabbitmq:") and "GET" not in call]
    text = json.dumps([applied, again])
    for password in (ADMIN["password"], made.secret("billing")["password"]):
        assert password not in text


def test_users_log_in_with_their_secret_to_their_vhost_only(subject: Subject):
    subject.amqp("billing", "billing").close()
    with pytest.raises(rabbitmq.BrokerError, match="no AMQP connection"):
        subject.amqp("billing", "canary")


def test_drift_is_found_and_mended(subject: Subject):
    hand = subject.by_hand
    hand.put(
        "policies", "billing", "work", body={"pattern": "^work$", "definition": {"delivery-limit": 9}, "priority": 10}
    )
    hand.put("users", "billing", body={"password": "by-somebody-else", "tags": "administrator"})
    hand.delete("queues", "billing", DEAD)
    hand.put("vhost-limits", "billing", "max-queues", body={"value": 29})
    hand.delete("permissions", "billing", ADMIN["username"])
    mends(
        subject,
        "policy billing/work",
        "user billing",
        f"queue billing/{DEAD}",
        f"binding billing/{DEAD} -> {DEAD} []",
        "limit billing",
        "vhost billing",
    )


def test_purge_takes_what_is_not_declared_and_no_message(subject: Subject):
    hand = subject.by_hand
    for name in ("empty", "full"):
        hand.put("queues", "billing", name, body={"durable": True, "arguments": {"x-queue-type": "quorum"}})
        hand.post("bindings", "billing", "e", "events", "q", name, body={"routing_key": f"{name} #/", "arguments": {}})
    with rabbitmq.amqp(subject.broker, ADMIN, "billing", subject.sandbox.ca) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", "full", b"x")
        purged = subject.run(purge=True)
        assert purged["failed_resources"] == {
            "queue billing/full": "holds 1 messages: consume, move or purge them first"
        }
        assert channel.queue_declare("full", passive=True).method.message_count == 1
        channel.queue_purge("full")
    assert subject.run(purge=True)["deleted"] == ["queue billing/full"]
    assert subject.run(purge=True)["changed"] is False


def test_a_queue_of_another_type_is_refused_then_replaced_when_allowed(subject: Subject):
    subject.by_hand.delete("queues", "billing", "work")
    subject.by_hand.put("queues", "billing", "work", body={"durable": True, "arguments": {}})
    with pytest.raises(InvalidInput, match="queue billing/work: type cannot be changed in place"):
        subject.run()
    assert subject.run(allow_replace=True)["failed_resources"] == {}
    assert subject.run()["changed"] is False


def test_a_server_that_is_not_trusted_gets_no_password(subject: Subject):
    with pytest.raises(ReconcileError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        subject.run(ca_bundle=None)
    assert ADMIN["password"] not in str(caught.value)


def test_a_message_is_dead_lettered_after_its_retries(subject: Subject):
    assert subject.judge(mq.dead_lettered, "1.3.2.3") == []
    with subject.amqp("canary", "canary") as connection:
        found = [connection.channel().queue_declare(q, passive=True).method.message_count for q in ("work", DEAD)]
    assert found == [0, 0]


@pytest.mark.parametrize(
    ("queue", "definition", "messages"),
    [
        ("work", {"delivery-limit": 3}, ["policies_not_in_force", "deliveries"]),
        ("work.wait.1", {"message-ttl": 1}, ["policies_not_in_force", "retried_early"]),
        (
            "work.retry.1",
            {"dead-letter-exchange": "work.retry.2"},
            ["policies_not_in_force", "retried_early", "deaths"],
        ),
        # Back into a queue whose delivery limit it exceeded: RabbitMQ drops it without a word.
        ("work.wait.2", {"dead-letter-exchange": "work.retry.1"}, ["policies_not_in_force", "not_dead_lettered"]),
    ],
)
def test_a_chain_that_is_not_as_declared_is_found_out_by_the_message(
    subject: Subject, queue: str, definition: dict[str, Any], messages: list[str]
):
    (policy,) = [one for one in DECLARED["policies"] if (one["vhost"], one["name"]) == ("canary", queue)]
    body = {**policy, "definition": {**policy["definition"], **definition}}
    subject.by_hand.put("policies", "canary", queue, body={n: body[n] for n in ("pattern", "definition", "priority")})
    assert subject.judge(mq.dead_lettered, "1.3.2.3") == messages


def test_what_an_interrupted_verification_left_does_not_disturb_the_next(subject: Subject):
    import pika

    left = pika.BasicProperties(app_id="iworkz.platform", type="verification", message_id="left")
    foreign = pika.BasicProperties(message_id="foreign")
    with subject.amqp("canary", "canary") as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for properties in (left, foreign):
            channel.basic_publish("events", "x", b"", properties)
    assert subject.judge(mq.dead_lettered, "1.3.2.3") == []
    with subject.amqp("canary", "canary") as connection:
        channel = connection.channel()
        method, properties, _body = channel.basic_get("work", auto_ack=True)
        assert (method.message_count, properties.message_id) == (0, "foreign")


def test_survival_is_shown_by_a_restart_and_by_nothing_else(subject: Subject):
    assert subject.judge(mq.durable, "1.3.2.2") == ["not_restarted"]
    client = subject.sandbox.client("mq")
    client.reboot_broker(BrokerId=subject.identifier)
    wait_for(lambda: client.describe_broker(BrokerId=subject.identifier)["BrokerState"] == "RUNNING", 90, NAME)
    assert subject.judge(mq.durable, "1.3.2.2") == []
    with subject.amqp("canary", "canary") as connection:
        connection.channel().queue_purge("sentinel")
    assert subject.judge(mq.durable, "1.3.2.2") == ["message_lost"]
    # A new one says nothing of the restart before it.
    assert subject.run()["created"] == ["sentinel canary/sentinel"]
    assert subject.judge(mq.durable, "1.3.2.2") == ["not_restarted"]
