"""The adapters against a scripted management API: what is read, and exactly which calls change something."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Options, ensure
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq_access, rabbitmq_routing
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq import from_description
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_access import Keeper, in_force
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_resource import Management

PASSWORD = "made-by-secrets-manager"
ALL = {"configure": ".*", "write": ".*", "read": ".*"}


def hashed(password: str, algorithm: str = "sha256") -> str:
    salt = b"\x01\x02\x03\x04"
    return base64.b64encode(salt + hashlib.new(algorithm, salt + password.encode()).digest()).decode()


def user(**changes: Any) -> dict[str, Any]:
    return {
        "name": "billing",
        "password_hash": hashed(PASSWORD),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
        **changes,
    }


class Broker:
    """Answers GETs from what it holds and records every other call. It changes nothing."""

    username = "platform"

    def __init__(self, **definitions: list[dict[str, Any]]) -> None:
        empty: dict[str, list[Any]] = {
            kind: [] for kind in ("users", "permissions", "exchanges", "queues", "bindings", "policies")
        }
        self.definitions = {**empty, **definitions}
        self.answers: dict[tuple[str, ...], Any] = {("vhosts",): [], ("vhost-limits",): []}
        self.calls: list[tuple[Any, ...]] = []
        self.reads = 0
        self.messages: dict[str, int] = {}

    @property
    def writes(self) -> int:
        return len(self.calls)

    def get(self, *path: str, query: str = "") -> Any:
        if path == ("definitions",):
            self.reads += 1
            return copy.deepcopy(self.definitions)
        return copy.deepcopy(self.answers.get(path))

    def put(self, *path: str, body: dict[str, Any]) -> None:
        self.calls.append(("PUT", *path, body))

    def post(self, *path: str, body: dict[str, Any]) -> None:
        self.calls.append(("POST", *path, body))

    def delete(self, *path: str) -> None:
        self.calls.append(("DELETE", *path))

    @contextmanager
    def connect(self, vhost: str) -> Any:
        declared = lambda queue, passive: SimpleNamespace(  # noqa: E731
            method=SimpleNamespace(message_count=self.messages.get(queue, 0))
        )
        yield SimpleNamespace(channel=lambda: SimpleNamespace(queue_declare=declared))


class SecretsManager:
    """Holds one secret per name."""

    def __init__(self, **secrets: dict[str, str]) -> None:
        self.secrets = secrets

    def batch_get_secret_value(self, SecretIdList: list[str]) -> dict[str, Any]:
        found = [{"Name": n, "SecretString": json.dumps(self.secrets[n])} for n in SecretIdList if n in self.secrets]
        return {"SecretValues": found}

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        return {}

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:
        return {"SecretString": json.dumps(self.secrets[SecretId])}


def act(broker: Broker, adapter: type, items: list[dict[str, Any]], *arguments: Any, **options: Any) -> Any:
    """One pass over one kind; the outcome. Waiting is pointless here: the broker never changes."""
    made = adapter(Management(broker, ["v"], broker.connect), *arguments)
    clock = iter(range(0, 10_000_000, 1000))
    told = Options(clock=lambda: next(clock), sleep=lambda _: None, wait=False, **options)
    return ensure([made], {made.option: items}, told)


POLICY = {"vhost": "v", "name": "work", "pattern": "^work$", "definition": {"delivery-limit": 3}, "apply_to": "queues"}
QUEUE = {"vhost": "v", "name": "work", "type": "quorum", "durable": True, "auto_delete": False, "arguments": {}}
HELD_QUEUE = {"vhost": "v", "name": "work", "durable": True, "auto_delete": False}
EXCHANGE = {"vhost": "v", "name": "events", "type": "topic", "durable": True, "arguments": {}}
BINDING = {"vhost": "v", "source": "events", "destination": "work", "destination_type": "queue", "routing_key": "a.#"}


@pytest.mark.parametrize(
    ("adapter", "held", "item", "calls"),
    [
        (
            rabbitmq_routing.Policy,
            {},
            POLICY,
            [
                (
                    "PUT",
                    "policies",
                    "v",
                    "work",
                    {"pattern": "^work$", "definition": {"delivery-limit": 3}, "apply-to": "queues"},
                )
            ],
        ),
        # A key that somebody added is drift: a policy is put as a whole.
        (
            rabbitmq_routing.Policy,
            {
                "policies": [
                    {
                        **POLICY,
                        "apply-to": "queues",
                        "definition": {"delivery-limit": 3, "max-length": 1},
                        "priority": 7,
                    }
                ]
            },
            POLICY,
            "update",
        ),
        (
            rabbitmq_routing.Queue,
            {},
            QUEUE,
            [
                (
                    "PUT",
                    "queues",
                    "v",
                    "work",
                    {"durable": True, "auto_delete": False, "arguments": {"x-queue-type": "quorum"}},
                )
            ],
        ),
        (
            rabbitmq_routing.Queue,
            {"queues": [{**HELD_QUEUE, "arguments": {"x-queue-type": "quorum"}}]},
            QUEUE,
            [],
        ),
        (
            rabbitmq_routing.Exchange,
            {},
            EXCHANGE,
            [("PUT", "exchanges", "v", "events", {"type": "topic", "durable": True, "arguments": {}})],
        ),
        (
            rabbitmq_routing.Binding,
            {},
            BINDING,
            [("POST", "bindings", "v", "e", "events", "q", "work", {"routing_key": "a.#"})],
        ),
        (rabbitmq_routing.Binding, {"bindings": [{**BINDING, "arguments": {}}]}, BINDING, []),
    ],
)
def test_only_what_differs_is_written(adapter, held, item, calls):
    broker = Broker(**held)
    announced = act(broker, adapter, [item], check_mode=True)
    assert broker.calls == []
    applied = act(broker, adapter, [item])
    assert [change.action for change in announced.changes] == [change.action for change in applied.changes]
    if calls == "update":
        ((method, *path, body),) = broker.calls
        assert (method, path) == ("PUT", ["policies", "v", "work"])
        assert body["definition"] == {"delivery-limit": 3}
        assert body["priority"] == 7
    else:
        assert broker.calls == calls


@pytest.mark.parametrize(
    "arguments", [{}, {"x-queue-type": "classic"}, {"x-queue-type": "quorum", "x-delivery-limit": 9}]
)
def test_another_type_or_argument_of_a_queue_is_refused_and_nothing_changed(arguments):
    broker = Broker(queues=[{**HELD_QUEUE, "arguments": arguments}])
    with pytest.raises(InvalidInput, match=r"queue v/work: .* cannot be changed in place"):
        act(broker, rabbitmq_routing.Queue, [QUEUE])
    assert broker.calls == []


def test_a_queue_that_holds_messages_is_not_deleted():
    broker = Broker(queues=[{**HELD_QUEUE, "name": "stray", "arguments": {"x-queue-type": "quorum"}}])
    broker.messages = {"stray": 2}
    outcome = act(broker, rabbitmq_routing.Queue, [], purge=True)
    assert outcome.failed == {"queue v/stray": "holds 2 messages: consume, move or purge them first"}
    assert broker.calls == []


@pytest.mark.parametrize(
    ("name", "vhost", "purged"),
    [
        ("stray", "v", True),
        ("amq.topic", "v", False),
        ("ha-all-AWS-OWNED-DO-NOT-DELETE", "v", False),
        ("stray", "w", False),
    ],
)
def test_purge_stays_within_declared_vhosts_and_leaves_what_is_not_ours(name, vhost, purged):
    broker = Broker(exchanges=[{"vhost": vhost, "name": name, "type": "topic", "durable": True, "arguments": {}}])
    act(broker, rabbitmq_routing.Exchange, [], check_mode=True, purge=True)
    assert broker.calls == []
    act(broker, rabbitmq_routing.Exchange, [], purge=True)
    assert broker.calls == ([("DELETE", "exchanges", vhost, name)] if purged else [])


def test_bindings_that_differ_in_an_argument_are_different_bindings():
    broker = Broker(bindings=[{**BINDING, "arguments": {"x-match": "all"}}])
    outcome = act(broker, rabbitmq_routing.Binding, [{**BINDING, "arguments": {}}])
    assert [change.action for change in outcome.changes] == ["create"]


@pytest.mark.parametrize(
    ("changes", "password", "expected"),
    [
        ({}, PASSWORD, True),
        ({}, "another", False),
        (
            {"password_hash": hashed(PASSWORD, "sha512"), "hashing_algorithm": "rabbit_password_hashing_sha512"},
            PASSWORD,
            True,
        ),
        ({"hashing_algorithm": "rabbit_password_hashing_sha512"}, PASSWORD, False),
        ({"hashing_algorithm": "rabbit_password_hashing_md5"}, PASSWORD, False),
        # A user who may not log in with a password at all.
        ({"password_hash": ""}, "", False),
    ],
)
def test_a_password_is_in_force_when_the_salted_hash_is_its(changes, password, expected):
    assert in_force(password, user(**changes)) is expected


def test_the_hash_of_the_documentation():
    """https://www.rabbitmq.com/docs/passwords: salt 908DC60A, password test12."""
    assert in_force("test12", user(password_hash="kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"))


DECLARED = {"name": "billing", "secret": "p/mq/billing", "tags": [], "permissions": {"v": ALL}}
PERMISSION = {"user": "billing", "vhost": "v", **ALL}


@pytest.mark.parametrize(
    ("held", "calls"),
    [
        ({"users": [user()], "permissions": [PERMISSION]}, []),
        (
            {},
            [
                ("PUT", "users", "billing", {"password": PASSWORD, "tags": ""}),
                ("PUT", "permissions", "v", "billing", ALL),
            ],
        ),
        (
            {"users": [user(password_hash=hashed("another"))], "permissions": [PERMISSION]},
            [("PUT", "users", "billing", {"password": PASSWORD, "tags": ""})],
        ),
        (
            {"users": [user(tags=["administrator"])], "permissions": [PERMISSION]},
            [("PUT", "users", "billing", {"password": PASSWORD, "tags": ""})],
        ),
        (
            {"users": [user(tags="")], "permissions": [PERMISSION, {**PERMISSION, "vhost": "w"}]},
            [("DELETE", "permissions", "w", "billing")],
        ),
    ],
)
def test_users(held, calls):
    broker = Broker(**held)
    keeper = Keeper(SecretsManager(**{"p/mq/billing": {"username": "billing", "password": PASSWORD}}), {}, None)
    arguments = (keeper, {"billing": "p/mq/billing"})
    announced = act(broker, rabbitmq_access.User, [DECLARED], *arguments, check_mode=True)
    assert broker.calls == []
    act(broker, rabbitmq_access.User, [DECLARED], *arguments)
    assert broker.calls == calls
    assert PASSWORD not in repr(announced)


def test_a_vhost_that_its_administrator_may_not_use_is_mended():
    broker = Broker(permissions=[{"user": "platform", "vhost": "v", **ALL, "write": "^$"}])
    broker.answers["vhosts",] = [{"name": "v", "cluster_state": {"rabbit@a": "running"}}]
    outcome = act(broker, rabbitmq_access.Vhost, [{"name": "v"}])
    assert [change.fields for change in outcome.changes] == [("administered",)]
    assert broker.calls == [("PUT", "permissions", "v", "platform", ALL)]


def test_without_a_broker_check_mode_announces_everything():
    management = Management(None, ["v"], lambda vhost: None)
    adapters = [
        rabbitmq_access.Vhost(management),
        rabbitmq_access.Limit(management),
        rabbitmq_routing.Queue(management),
    ]
    declared = {"vhosts": [{"name": "v"}], "limits": [{"vhost": "v", "max_queues": 3}], "queues": [QUEUE]}
    outcome = ensure(adapters, declared, Options(check_mode=True))
    assert [change.label for change in outcome.changes] == ["vhost v", "limit v", "queue v/work"]
    assert {change.action for change in outcome.changes} == {"create"}


@pytest.mark.parametrize(
    ("instances", "found"),
    [
        (
            [
                {
                    "ConsoleURL": "https://b.mq.ap-northeast-1.on.aws",
                    "Endpoints": ["amqps://b.mq.ap-northeast-1.on.aws:5671"],
                }
            ],
            True,
        ),
        ([{"ConsoleURL": "https://b.mq", "Endpoints": []}], False),
        ([], False),
    ],
)
def test_a_broker_has_an_endpoint_or_is_not_there_yet(instances, found):
    described = {
        "BrokerName": "mq",
        "BrokerState": "RUNNING",
        "DeploymentMode": "CLUSTER_MULTI_AZ",
        "BrokerInstances": instances,
    }
    assert (from_description(described) is not None) is found
