# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.3.2, message queue: the brokers that carry the platform's tags.

Durable queues (1.3.2.2) and dead letters (1.3.2.3) are judged on real messages and come with the data planes.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

NO_BROKER = Breach("mq.no_broker", {})
BROKER_METRICS = (
    "MessageCount",
    "ConsumerCount",
    "MessageUnacknowledgedCount",
    "RabbitMQMemUsed",
    "RabbitMQDiskFree",
)


def brokers(world: World) -> list[dict[str, Any]]:
    """The platform's brokers (mq:ListBrokers, DescribeBroker), as DescribeBroker has them."""
    client = world.client("mq")
    pages = client.get_paginator("list_brokers").paginate()
    found = [client.describe_broker(BrokerId=b["BrokerId"]) for page in pages for b in page["BrokerSummaries"]]
    return [broker for broker in found if world.platform.owns(broker.get("Tags", {}))]


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
        queue = {"Broker": name, "Queue": dead_letters}
        dead, none = alarm_breaches(world, f"{name} {dead_letters}", "AWS/AmazonMQ", queue, ["MessageCount"])
        breaches += missing + none
        observed[name] = {"alarms": alarms, "dead_letter_alarms": dead["MessageCount"]}
    return Finding(observed, tuple(breaches) if observed else (NO_BROKER,))
