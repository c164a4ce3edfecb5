"""Brokers of Amazon MQ as real servers: users, TLS, what survives a reboot, several at once, deletion."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pika
import pytest
from botocore.exceptions import ClientError

from tests.planes.conftest import PlanesSandbox, wait_for
from tests.sandbox.support import code_of

USER, PASSWORD = "platform", "a 'real\" one; \\~12"


@dataclass
class Broker:
    sandbox: PlanesSandbox
    identifier: str

    @property
    def mq(self) -> Any:
        return self.sandbox.client("mq")

    def describe(self) -> dict[str, Any]:
        return dict(self.mq.describe_broker(BrokerId=self.identifier))

    def wait(self, state: str = "RUNNING") -> float:
        """Seconds until it is in a state."""
        began = time.monotonic()
        wait_for(lambda: self.describe()["BrokerState"] == state, 90, state)
        return time.monotonic() - began

    @property
    def instance(self) -> dict[str, Any]:
        (instance,) = self.describe()["BrokerInstances"]
        return dict(instance)

    @property
    def node(self) -> dict[str, Any]:
        found = self.sandbox.planes.describe("rabbitmq", f"ap-northeast-1/{self.identifier}")
        assert found is not None
        (node,) = found["nodes"]
        return dict(node)

    def connect(self, user: str = USER, password: str = PASSWORD) -> pika.BlockingConnection:
        url = urlsplit(self.instance["Endpoints"][0])
        assert url.scheme == "amqps"
        context = ssl.create_default_context(cafile=self.sandbox.ca)
        return pika.BlockingConnection(
            pika.ConnectionParameters(
                url.hostname,
                url.port,
                credentials=pika.PlainCredentials(user, password),
                ssl_options=pika.SSLOptions(context, url.hostname),
            )
        )

    def api(self, path: str, user: str = USER, password: str = PASSWORD) -> Any:
        request = urllib.request.Request(f"{self.instance['ConsoleURL']}/api/{path}")
        request.add_header("Authorization", "Basic " + b64encode(f"{user}:{password}".encode()).decode())
        context = ssl.create_default_context(cafile=self.sandbox.ca)
        with urllib.request.urlopen(request, context=context, timeout=10) as response:
            return json.load(response)


def create(sandbox: PlanesSandbox, name: str, **changes: Any) -> Broker:
    made = sandbox.client("mq").create_broker(
        **{
            "BrokerName": name,
            "EngineType": "RABBITMQ",
            "EngineVersion": "3.13",
            "DeploymentMode": "CLUSTER_MULTI_AZ",
            "HostInstanceType": "mq.m5.large",
            "PubliclyAccessible": False,
            "AutoMinorVersionUpgrade": True,
            "Users": [{"Username": USER, "Password": PASSWORD}],
            **changes,
        }
    )
    return Broker(sandbox, made["BrokerId"])


def remove(broker: Broker) -> None:
    broker.mq.delete_broker(BrokerId=broker.identifier)
    wait_for(lambda: not broker.mq.list_brokers()["BrokerSummaries"] or not _is_listed(broker), 60, "deletion")


def _is_listed(broker: Broker) -> bool:
    return broker.identifier in {one["BrokerId"] for one in broker.mq.list_brokers()["BrokerSummaries"]}


@pytest.fixture(scope="module")
def broker(planes_sandbox: PlanesSandbox) -> Iterator[Broker]:
    made = create(planes_sandbox, "shared")
    assert made.describe()["BrokerState"] == "CREATION_IN_PROGRESS"
    assert made.describe()["BrokerInstances"] == []
    made.wait()
    yield made
    remove(made)


@pytest.fixture
def queue(broker: Broker, request: pytest.FixtureRequest) -> Iterator[str]:
    """A durable queue, of the type given as parameter, with three persistent, confirmed messages in it."""
    connection = broker.connect()
    channel = connection.channel()
    channel.confirm_delivery()
    name = f"kept-{uuid.uuid4()}"
    channel.queue_declare(name, durable=True, arguments={"x-queue-type": request.param})
    for number in range(3):
        channel.basic_publish("", name, str(number).encode(), pika.BasicProperties(delivery_mode=2))
    connection.close()
    yield name
    connection = broker.connect()
    connection.channel().queue_delete(name)
    connection.close()


def messages(broker: Broker, queue: str) -> list[bytes]:
    connection = broker.connect()
    channel = connection.channel()
    bodies = []
    # A quorum queue has no leader for a moment after a restart, and looks empty then.
    wait_for(lambda: channel.queue_declare(queue, passive=True).method.message_count == 3, 10, "three messages")
    while (body := channel.basic_get(queue, auto_ack=False)[2]) is not None:
        bodies.append(body)
    connection.close()
    return bodies


def test_its_user_is_the_one_of_the_call(broker):
    assert broker.api("whoami")["tags"] == ["administrator"]
    assert [user["name"] for user in broker.api("users")] == [USER]
    assert [vhost["name"] for vhost in broker.api("vhosts")] == ["/"]
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        broker.connect(password="another one")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        broker.api("whoami", "guest", "guest")


def test_it_is_reached_by_tls_of_the_sandboxes_authority_only(broker):
    host = urlsplit(broker.instance["ConsoleURL"]).hostname
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{broker.instance['ConsoleURL']}/api/overview", timeout=10)
    assert host.startswith(f"127.{broker.sandbox.port // 256}.{broker.sandbox.port % 256}.")


@pytest.mark.parametrize("queue", ["quorum"], indirect=True)
def test_messages_survive_a_reboot(broker, queue):
    before = broker.node["pid"]
    broker.mq.reboot_broker(BrokerId=broker.identifier)
    assert broker.describe()["BrokerState"] == "REBOOT_IN_PROGRESS"
    assert code_of(lambda: broker.mq.reboot_broker(BrokerId=broker.identifier)) == "BadRequestException"
    broker.wait()
    assert broker.node["pid"] not in (None, before)
    assert messages(broker, queue) == [b"0", b"1", b"2"]


def is_kept(broker: Broker, queue: str) -> bool:
    """Whether Mnesia's log on disk tells that a queue's declaration was committed.

    The declaration is written at once, its commit up to two seconds later, and without that it is rolled back.
    """
    database = broker.sandbox.settings.planes_directory / "data" / broker.node["name"] / "mnesia"
    (log,) = database.glob("*/LATEST.LOG")
    _, declared, later = log.read_bytes().rpartition(queue.encode())
    return not declared or b"committed" in later  # Every few minutes the log is emptied into the tables.


# A quorum queue would have to be three minutes old: only then does RabbitMQ 3.10 have its directory entry on disk.
@pytest.mark.parametrize("queue", ["classic"], indirect=True)
def test_a_killed_server_comes_back_with_its_messages(broker, queue):
    before = broker.node["pid"]
    wait_for(lambda: is_kept(broker, queue), 10, "the queue on disk")
    assert broker.sandbox.command("kill", broker.node["name"]).returncode == 0
    wait_for(lambda: broker.node["pid"] not in (None, before))
    wait_for(lambda: broker.sandbox.programs()[broker.node["name"]]["ready"])
    assert messages(broker, queue) == [b"0", b"1", b"2"]


def test_users_of_rabbitmq_are_no_matter_of_the_api(broker):
    assert broker.describe()["Users"] == []
    for change in (broker.mq.create_user, broker.mq.update_user):
        user = {"BrokerId": broker.identifier, "Username": "more", "Password": "twelve-letters"}
        assert code_of(lambda change=change, user=user: change(**user)) == "BadRequestException"
    assert broker.mq.list_users(BrokerId=broker.identifier)["Users"] == []
    with pytest.raises(ClientError, match="guest"):
        create(broker.sandbox, "guests", Users=[{"Username": "guest", "Password": "twelve-letters"}])


def test_a_second_broker_is_another_server_and_leaves_nothing(broker):
    second = create(broker.sandbox, "second", Users=[{"Username": "other", "Password": "other-letters"}])
    second.wait()
    assert second.instance["Endpoints"] != broker.instance["Endpoints"]
    assert [user["name"] for user in second.api("users", "other", "other-letters")] == ["other"]
    assert [user["name"] for user in broker.api("users")] == [USER]
    name, pid = second.node["name"], second.node["pid"]
    remove(second)
    assert broker.sandbox.planes.describe("rabbitmq", f"ap-northeast-1/{second.identifier}") is None
    assert name in broker.sandbox.programs(), "it waits for the next broker"
    third = create(broker.sandbox, "third")
    third.wait()
    assert (third.node["name"], third.node["pid"]) == (name, pid)
    assert [user["name"] for user in third.api("users")] == [USER]
    # Stopped, not killed: one that was killed is started again, and may answer before it is asked.
    assert broker.sandbox.command("stop", name).returncode == 0
    remove(third)
    assert name not in broker.sandbox.programs(), "one that does not answer is not kept"
