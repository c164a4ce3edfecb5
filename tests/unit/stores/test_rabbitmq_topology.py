from __future__ import annotations

import re

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_topology import (
    chain,
    settings,
    steps,
    tenants,
    topology,
)

DECLARED = {
    "defaults": {
        "delivery_limit": 3,
        "retry_after_ms": [5000, 30000],
        "max_length": 100,
        "queues": {"work": {"routing_keys": ["#"]}},
    },
    "limits": {"max_connections": 5, "max_queues": 20},
    "services": {
        "document": {
            "queues": {
                "work": {"routing_keys": ["document.#"]},
                "conversions": {"routing_keys": ["conversion.#"], "retry_after_ms": [7], "max_length": 900},
            }
        },
        "canary": {"retry_after_ms": [1]},
    },
}
SERVICES = [
    {"name": "billing", "dependencies": {"stores": ["postgres", "mq"]}},
    {"name": "document", "dependencies": {"stores": ["mq"]}},
    {"name": "admin", "dependencies": {"stores": ["postgres"]}},
]


@pytest.fixture(scope="module")
def everything():
    return topology(DECLARED, SERVICES, "canary", "dead-letters", "p/mq/")


def of(everything, option, vhost):
    return [item for item in everything[option] if item.get("vhost") == vhost]


def test_only_services_that_use_the_queue_are_tenants():
    assert tenants(SERVICES) == ["billing", "document"]


@pytest.mark.parametrize(
    ("tenant", "queue", "expected"),
    [
        ("billing", "work", {"routing_keys": ["#"], "retry_after_ms": [5000, 30000], "max_length": 100}),
        ("document", "work", {"routing_keys": ["document.#"], "retry_after_ms": [5000, 30000]}),
        ("document", "conversions", {"routing_keys": ["conversion.#"], "retry_after_ms": [7], "max_length": 900}),
        ("canary", "work", {"routing_keys": ["#"], "retry_after_ms": [1], "delivery_limit": 3}),
    ],
)
def test_a_services_own_settings_lie_over_the_defaults(tenant, queue, expected):
    (found,) = [one for one in settings(DECLARED, tenant) if one["name"] == queue]
    assert expected.items() <= found.items()


def test_a_chain_alternates_tries_and_waits_and_ends_in_the_dead_letters():
    queue = settings(DECLARED, "billing")[0]
    found = [
        (
            step.queue,
            step.policy["dead-letter-exchange"],
            step.policy.get("delivery-limit", step.policy.get("message-ttl")),
        )
        for step in chain(queue, "dead-letters")
    ]
    assert found == [
        ("work", "work.wait.1", 3),
        ("work.wait.1", "work.retry.1", 5000),
        ("work.retry.1", "work.wait.2", 3),
        ("work.wait.2", "work.retry.2", 30000),
        ("work.retry.2", "dead-letters", 3),
    ]


def test_no_queue_of_a_chain_is_passed_twice():
    """RabbitMQ drops a message that comes back into a queue whose delivery limit it exceeded."""
    found = [step.queue for step in steps(settings(DECLARED, "document"), "dead-letters")]
    assert len(found) == len(set(found))


def test_nothing_is_dropped_on_the_way():
    for step in chain(settings(DECLARED, "billing")[0], "dead-letters"):
        assert step.policy["dead-letter-strategy"] == "at-least-once"
        assert step.policy["overflow"] == "reject-publish"


def test_dead_letters_hold_as_many_as_the_longest_queue():
    last = steps(settings(DECLARED, "document"), "dead-letters")[-1]
    assert (last.queue, last.policy) == ("dead-letters", {"max-length": 900, "overflow": "reject-publish"})


def test_every_queue_is_quorum_governed_by_one_policy_and_reached_through_an_exchange_of_its_name(everything):
    for vhost in ("billing", "document", "canary"):
        exchanges = {one["name"]: one["type"] for one in of(everything, "exchanges", vhost)}
        bound = {(one["source"], one["destination"]) for one in of(everything, "bindings", vhost)}
        for queue in of(everything, "queues", vhost):
            name = queue["name"]
            assert queue["type"] == "quorum"
            assert exchanges[name] == "fanout"
            assert (name, name) in bound
            governing = [p for p in of(everything, "policies", vhost) if re.search(p["pattern"], name)]
            assert [policy["name"] for policy in governing] == ([name] if name != "sentinel" else [])


def test_events_reach_the_work_queues(everything):
    found = {
        (b["destination"], b["routing_key"]) for b in of(everything, "bindings", "document") if b["source"] == "events"
    }
    assert found == {("work", "document.#"), ("conversions", "conversion.#")}


@pytest.mark.parametrize(
    ("right", "name", "allowed"),
    [
        ("configure", "work", False),
        ("write", "events", True),
        ("write", "work", False),
        ("write", "amq.default", False),
        ("read", "work", True),
        ("read", "conversions.retry.1", True),
        ("read", "work.wait.1", False),
        ("read", "dead-letters", False),
        ("read", "workshop", False),
    ],
)
def test_a_service_may_publish_events_and_consume_its_queues_and_nothing_else(everything, right, name, allowed):
    (user,) = [one for one in everything["users"] if one["name"] == "document"]
    assert list(user["permissions"]) == ["document"]
    assert bool(re.search(user["permissions"]["document"][right], name)) is allowed
    assert user["tags"] == []


def test_the_canary_sees_all_vhosts_and_touches_its_own(everything):
    (user,) = [one for one in everything["users"] if one["name"] == "canary"]
    assert user["permissions"]["canary"] == {"configure": ".*", "write": ".*", "read": ".*"}
    assert user["permissions"]["billing"] == {"configure": "^$", "write": "^$", "read": "^$"}
    assert user["secret"] == "p/mq/canary"


def test_only_the_canary_has_a_sentinel(everything):
    assert everything["sentinels"] == [{"vhost": "canary", "queue": "sentinel", "exchange": "sentinel"}]
    assert [q["vhost"] for q in everything["queues"] if q["name"] == "sentinel"] == ["canary"]
