# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.3.2, message queue: the brokers that carry the platform's tags, and what they hold.

Durable queues (1.3.2.2) and dead letters (1.3.2.3) are judged on real messages, in the canary's vhost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mq_trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._mq_facts import (
    Content,
    Item,
    brokers,
    contents,
    declared,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import covers
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, rabbitmq_topology

NO_BROKER = Breach("mq.no_broker", {})
BROKER_METRICS = (
    "MessageCount",
    "ConsumerCount",
    "MessageUnacknowledgedCount",
    "RabbitMQMemUsed",
    "RabbitMQDiskFree",
)


@check("1.3.2.1")
def runs(world: World, required: dict[str, Any]) -> Finding:
    declared = str(world.platform.declared["stores"]["mq"]["engine_version"])
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for broker in world.once(brokers):
        name = broker["BrokerName"]
        encryption = broker["EncryptionOptions"]
        facts = observed[name] = {
            "engine": broker["EngineType"],
            "version": broker["EngineVersion"],
            "state": broker["BrokerState"],
            "public": broker["PubliclyAccessible"],
            # AWS encrypts RabbitMQ brokers with a key of its own; no other can be chosen.
            "encryption_key": encryption.get("KmsKeyId") or ("AWS owned" if encryption["UseAwsOwnedKey"] else None),
        }
        if facts["engine"] != required["engine"]:
            breaches.append(Breach("mq.engine", {"broker": name, "engine": facts["engine"]}))
        if facts["version"] != declared and not facts["version"].startswith(f"{declared}."):
            breaches.append(Breach("mq.version", {"broker": name, "version": facts["version"], "declared": declared}))
        if facts["state"] != "RUNNING":
            breaches.append(Breach("mq.not_running", {"broker": name, "state": facts["state"]}))
        if facts["public"]:
            breaches.append(Breach("mq.public", {"broker": name}))
        if not facts["encryption_key"]:
            breaches.append(Breach("mq.not_encrypted", {"broker": name}))
    return Finding(observed, tuple(breaches) if observed else (NO_BROKER,))


@check("1.3.2.2")
def durable(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for described in world.once(brokers):
        name, mode = described["BrokerName"], described["DeploymentMode"]
        facts: dict[str, Any] = {"deployment_mode": mode}
        observed[name] = facts
        if mode != required["deployment_mode"]:
            breaches.append(Breach("mq.one_zone", {"broker": name, "mode": mode}))
        content = world.once(contents)[name]
        if content is None:
            breaches.append(Breach("mq.not_configured", {"broker": name}))
            continue
        queues = declared(world)["queues"]
        breaches += _queue_breaches(content, queues)
        breaches += _sentinel_breaches(content)
        facts |= {
            "queues": len(queues),
            "message_published": _text(content.sentinel),
            "nodes_started": {node: _text(started) for node, started in content.started.items()},
        }
    return Finding(observed, tuple(breaches) if observed else (NO_BROKER,))


@check("1.3.2.3")
def dead_lettered(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = _declared_breaches(world, required)
    for described in world.once(brokers):
        name = described["BrokerName"]
        content = world.once(contents)[name]
        if content is None:
            observed[name] = {}
            breaches.append(Breach("mq.not_configured", {"broker": name}))
            continue
        breaches += _chain_breaches(content, declared(world))
        trial, found = _trial(world, content, required["margin_seconds"])
        breaches += found
        observed[name] = {
            "deliveries": trial.deliveries,
            "waited_ms": trial.waited_ms,
            "deaths": [f"{queue}: {reason} x{count}" for (queue, reason), count in sorted(trial.deaths.items())],
            "last_seen": trial.last_seen,
        }
    return Finding(observed, tuple(breaches) if observed else (NO_BROKER,))


@check("1.3.2.4")
def watched(world: World, required: dict[str, Any]) -> Finding:
    dead_letters = world.platform.declared["stores"]["mq"]["dead_letter_queue"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for broker in world.once(brokers):
        name = broker["BrokerName"]
        # An alarm on one queue says nothing about the others.
        alarms, missing = alarm_breaches(
            world, name, "AWS/AmazonMQ", {"Broker": name}, BROKER_METRICS, without=["Queue"]
        )
        breaches += missing
        dead: dict[str, Any] = {}
        for vhost in rabbitmq_topology.tenants(world.platform.declared["services"]):
            queue = {"Broker": name, "VirtualHost": vhost, "Queue": dead_letters}
            resource = f"{name} {vhost}/{dead_letters}"
            found, none = alarm_breaches(world, resource, "AWS/AmazonMQ", queue, ["MessageCount"])
            breaches += none
            dead[vhost] = found["MessageCount"]
        observed[name] = {"alarms": alarms, "dead_letter_alarms": dead}
    return Finding(observed, tuple(breaches) if observed else (NO_BROKER,))


def _queue_breaches(content: Content, queues: Iterable[Item]) -> list[Breach]:
    missing, weak = defaultdict(list), defaultdict(list)
    for queue in queues:
        found = content.queues.get((queue["vhost"], queue["name"]))
        if found is None:
            missing[queue["vhost"]].append(queue["name"])
        elif found["type"] != "quorum" or not found["durable"]:
            weak[queue["vhost"]].append(queue["name"])
    return _by_vhost("mq.queues_missing", content, missing) + _by_vhost("mq.queues_not_quorum", content, weak)


def _sentinel_breaches(content: Content) -> list[Breach]:
    broker = content.broker.name
    if content.sentinel is None:
        return [Breach("mq.message_lost", {"broker": broker, "queue": rabbitmq_topology.SENTINEL})]
    latest = [node for node, started in sorted(content.started.items()) if started <= content.sentinel]
    params = {"broker": broker, "nodes": ", ".join(latest), "published": _text(content.sentinel)}
    return [Breach("mq.not_restarted", params)] if latest or not content.started else []


def _declared_breaches(world: World, required: dict[str, Any]) -> list[Breach]:
    """What is declared may be stricter than the checklist, never looser."""
    data = world.platform.declared["queues"]
    breaches = []
    for tenant in (*rabbitmq_topology.tenants(world.platform.declared["services"]), world.platform.canary):
        for queue in rabbitmq_topology.settings(data, tenant):
            where = {"vhost": tenant, "queue": queue["name"]}
            retries = len(queue["retry_after_ms"])
            if retries < required["retries"]:
                breaches.append(Breach("mq.few_retries", {**where, "retries": retries, "wanted": required["retries"]}))
            if queue["delivery_limit"] > required["delivery_limit"]:
                limits = {"limit": queue["delivery_limit"], "wanted": required["delivery_limit"]}
                breaches.append(Breach("mq.high_delivery_limit", {**where, **limits}))
    return breaches


def _chain_breaches(content: Content, wanted: Item) -> list[Breach]:
    """Where the policies and bindings that make a chain are not in force."""
    loose, unbound = defaultdict(list), defaultdict(list)
    for policy in wanted["policies"]:
        queue = content.queues.get((policy["vhost"], policy["name"]), {})
        if not covers(queue.get("policy_definition"), policy["definition"]):
            loose[policy["vhost"]].append(policy["name"])
    for binding in wanted["bindings"]:
        ends = binding["vhost"], binding["source"], binding["destination"], binding["routing_key"]
        if ends not in content.bindings:
            unbound[binding["vhost"]].append(f"{binding['source']} -> {binding['destination']}")
    return _by_vhost("mq.policies_not_in_force", content, loose) + _by_vhost("mq.bindings_missing", content, unbound)


def _trial(world: World, content: Content, margin: float) -> tuple[_mq_trial.Trial, list[Breach]]:
    platform, broker = world.platform, content.broker
    dead = platform.declared["stores"]["mq"]["dead_letter_queue"]
    queue = rabbitmq_topology.settings(platform.declared["queues"], platform.canary)[0]
    steps = rabbitmq_topology.chain(queue, dead)
    key = queue["routing_keys"][0].replace("#", _mq_trial.TYPE).replace("*", _mq_trial.TYPE)
    seconds = sum(queue["retry_after_ms"]) / 1000 + margin
    with rabbitmq.amqp(broker, content.credentials, platform.canary, platform.reach.get("ca_bundle")) as connection:
        trial = _mq_trial.run(connection, steps, dead, key, seconds)
    return trial, trial_breaches(trial, steps, dead, broker.name)


def trial_breaches(trial: _mq_trial.Trial, steps: list[rabbitmq_topology.Step], dead: str, broker: str) -> list[Breach]:
    """Whether the message went the declared way: limit + 1 deliveries per queue, every wait, one death each."""
    breaches = []
    if not trial.dead_lettered:
        breaches.append(Breach("mq.not_dead_lettered", {"broker": broker, "queue": trial.last_seen, "dead": dead}))
    limits = {step.queue: step.policy["delivery-limit"] for step in steps if "delivery-limit" in step.policy}
    for queue, deliveries in trial.deliveries.items():
        if deliveries != limits[queue] + 1:
            params = {"broker": broker, "queue": queue, "deliveries": deliveries, "wanted": limits[queue] + 1}
            breaches.append(Breach("mq.deliveries", params))
    waits = [step.policy["message-ttl"] for step in steps if "message-ttl" in step.policy]
    for queue, wait in zip(_mq_trial.stops(steps)[1:], waits, strict=True):
        waited = trial.waited_ms.get(queue)
        if waited is not None and waited < wait:
            params = {"broker": broker, "queue": queue, "waited": waited, "wanted": wait}
            breaches.append(Breach("mq.retried_early", params))
    if trial.dead_lettered and trial.deaths != _mq_trial.expected_deaths(steps):
        deaths = ", ".join(f"{queue} ({reason}) x{count}" for (queue, reason), count in sorted(trial.deaths.items()))
        breaches.append(Breach("mq.deaths", {"broker": broker, "deaths": deaths or "-"}))
    return breaches


def _by_vhost(message: str, content: Content, named: dict[str, list[str]]) -> list[Breach]:
    broker = content.broker.name
    return [
        Breach(message, {"broker": broker, "vhost": vhost, "names": ", ".join(names)})
        for vhost, names in sorted(named.items())
    ]


def _text(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
