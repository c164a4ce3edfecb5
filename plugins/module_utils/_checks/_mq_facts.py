# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the platform's brokers hold, read as the canary, which sees all queues and may touch its own only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq_sentinel as sentinel
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq_topology as topology

# Without statistics, which are seconds old and with them what they say about policies.
LIVE = "disable_stats=true&enable_queue_totals=true"
POLICY_COLUMNS = "columns=vhost,name,definition"
BINDING_COLUMNS = "columns=vhost,source,destination,destination_type,routing_key"
NODE_COLUMNS = "columns=name,running,uptime"

STATISTICS_SECONDS = 15
POLL_SECONDS = 0.5

Item = dict[str, Any]
Binding = tuple[str, str, str, str]


@dataclass(frozen=True)
class Content:
    """
    :param queues: by vhost and name, as GET /api/queues has them, with the ``policy_definition`` in force.
    :param bindings: vhost, source, destination queue, routing key.
    :param started: when each running node was last started.
    :param sentinel: when the message in the canary's sentinel queue was published, None when there is none.
    """

    broker: rabbitmq.Broker
    credentials: dict[str, str]
    queues: dict[tuple[str, str], Item]
    bindings: frozenset[Binding]
    started: dict[str, datetime]
    sentinel: datetime | None


def brokers(world: World) -> list[Item]:
    """The platform's brokers (mq:ListBrokers, DescribeBroker), as DescribeBroker has them."""
    client = world.client("mq")
    pages = client.get_paginator("list_brokers").paginate()
    found = [client.describe_broker(BrokerId=b["BrokerId"]) for page in pages for b in page["BrokerSummaries"]]
    return [broker for broker in found if world.platform.owns(broker.get("Tags", {}))]


def contents(world: World) -> dict[str, Content | None]:
    """By broker; None where the canary has no user yet, or the broker no endpoint."""
    platform = world.platform
    credentials = secrets.read(world.client("secretsmanager"), f"{platform.prefix}/mq/{platform.canary}")
    found: dict[str, Content | None] = {}
    for described in world.once(brokers):
        broker = rabbitmq.from_description(described)
        found[described["BrokerName"]] = _read(world, broker, credentials) if broker and credentials else None
    return found


def _read(world: World, broker: rabbitmq.Broker, credentials: dict[str, str]) -> Content:
    ca_bundle = world.platform.reach.get("ca_bundle")
    api = rabbitmq.Api(broker, credentials["username"], credentials["password"], ca_bundle)
    policies = {(one["vhost"], one["name"]): one["definition"] for one in api.get("policies", query=POLICY_COLUMNS)}
    queues = {
        (queue["vhost"], queue["name"]): {
            **queue,
            "policy_definition": policies.get((queue["vhost"], queue.get("policy"))),
        }
        for queue in api.get("queues", query=LIVE)
    }
    bindings = frozenset(
        (binding["vhost"], binding["source"], binding["destination"], binding["routing_key"])
        for binding in api.get("bindings", query=BINDING_COLUMNS)
        if binding["destination_type"] == "queue"
    )
    started = _started(api)
    published = None
    if (world.platform.canary, topology.SENTINEL) in queues:
        with rabbitmq.amqp(broker, credentials, world.platform.canary, ca_bundle) as connection:
            published = sentinel.published(connection, topology.SENTINEL)
    return Content(broker, credentials, queues, bindings, started, published)


def _started(api: rabbitmq.Api) -> dict[str, datetime]:
    """When each running node was started. Just after that it does not say so yet: its statistics come every 5 s."""
    deadline = time.monotonic() + STATISTICS_SECONDS
    while True:
        nodes = [node for node in api.get("nodes", query=NODE_COLUMNS) if node["running"]]
        if all("uptime" in node for node in nodes) or time.monotonic() > deadline:
            now = datetime.now(UTC)
            return {node["name"]: now - timedelta(milliseconds=node["uptime"]) for node in nodes}
        time.sleep(POLL_SECONDS)


def declared(world: World) -> Item:
    """Everything the brokers must hold, as ``rabbitmq_config`` takes it."""
    platform = world.platform
    services = platform.declared["services"]
    dead_letters = platform.declared["stores"]["mq"]["dead_letter_queue"]
    secret = f"{platform.prefix}/mq/"
    return topology.topology(platform.declared["queues"], services, platform.canary, dead_letters, secret)
