# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the declared queues to everything a broker must hold for them. Pure.

Each work queue gets a chain of queues. A message that its consumers refuse too often waits, is tried again, waits
longer, and so on, and in the end is a dead letter::

    events -> work -> work.wait.1 -> work.retry.1 -> work.wait.2 -> work.retry.2 -> ... -> dead-letters

Every arrow after the first is RabbitMQ's own dead-lettering. The retries have queues of their own, which the service
consumes besides the work queue, because RabbitMQ silently drops a message that would come back into a queue in which
it exceeded the delivery limit. In front of every queue is a fanout exchange of its name, so that a message keeps its
routing key on its way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]

EVENTS = "events"
SENTINEL = "sentinel"
WAIT, RETRY = "wait", "retry"
# Above what Amazon MQ puts on every vhost (0): a queue is governed by one policy only.
PRIORITY = 10
NOTHING, EVERYTHING = "^$", ".*"


@dataclass(frozen=True)
class Step:
    """One queue of a chain: ``policy`` is the definition in force on it."""

    queue: str
    policy: Item


def tenants(services: Iterable[Mapping[str, Any]]) -> list[str]:
    """The services, of ``platform_services``, that use the message queue."""
    return [service["name"] for service in services if "mq" in service["dependencies"]["stores"]]


def settings(declared: Mapping[str, Any], tenant: str) -> list[Item]:
    """The work queues of one tenant: ``name, routing_keys, delivery_limit, retry_after_ms, max_length``."""
    own = declared["services"].get(tenant, {})
    common = {**declared["defaults"], **own}
    queues = {**declared["defaults"]["queues"], **own.get("queues", {})}
    return [{**common, **queue, "name": name} for name, queue in queues.items()]


def chain(queue: Mapping[str, Any], dead_letters: str) -> list[Step]:
    """The queues that a message passes from its work queue on, the dead letters left out."""
    name, waits = queue["name"], queue["retry_after_ms"]
    names = [name]
    for number in range(1, len(waits) + 1):
        names += [f"{name}.{WAIT}.{number}", f"{name}.{RETRY}.{number}"]
    steps = []
    for index, (here, following) in enumerate(zip(names, [*names[1:], dead_letters], strict=True)):
        # Nothing is lost on the way to a full or absent queue: the source keeps it until the target has confirmed.
        policy: Item = {
            "dead-letter-exchange": following,
            "dead-letter-strategy": "at-least-once",
            **_bounded(queue["max_length"]),
        }
        if index % 2:
            policy["message-ttl"] = waits[index // 2]
        else:
            policy["delivery-limit"] = queue["delivery_limit"]
        steps.append(Step(here, policy))
    return steps


def steps(queues: Iterable[Mapping[str, Any]], dead_letters: str) -> list[Step]:
    """Every queue of one tenant, the dead letters last."""
    found = list(queues)
    longest = max(queue["max_length"] for queue in found)
    return [step for queue in found for step in chain(queue, dead_letters)] + [Step(dead_letters, _bounded(longest))]


def topology(
    declared: Mapping[str, Any], services: Iterable[Mapping[str, Any]], canary: str, dead_letters: str, secrets: str
) -> Item:
    """Every list that ``rabbitmq_config`` takes. Each service that uses the queue, and the canary, has a vhost and a
    user of its name.

    :param declared: ``platform_queues``.
    :param services: ``platform_services``.
    :param secrets: what the names of the users' secrets begin with, such as ``iworkz-production/mq/``.
    """
    result: dict[str, list[Item]] = {
        option: []
        for option in ("vhosts", "users", "limits", "exchanges", "policies", "queues", "bindings", "sentinels")
    }
    users = tenants(services)
    for tenant in (*users, canary):
        queues = settings(declared, tenant)
        result["vhosts"].append({"name": tenant})
        result["limits"].append({"vhost": tenant, **declared["limits"]})
        result["users"].append(
            {
                "name": tenant,
                "secret": f"{secrets}{tenant}",
                # Checks are made as the canary: it may also read how the broker and the queues of all vhosts are.
                "tags": ["monitoring"] if tenant == canary else [],
                "permissions": _canary_permissions(canary, users) if tenant == canary else {tenant: _rights(queues)},
            }
        )
        _route(result, tenant, queues, dead_letters)
    _guard(result, canary)
    return result


def _route(result: dict[str, list[Item]], vhost: str, queues: list[Item], dead_letters: str) -> None:
    result["exchanges"].append({"vhost": vhost, "name": EVENTS, "type": "topic"})
    for step in steps(queues, dead_letters):
        _hold(result, vhost, step.queue)
        policy = {"vhost": vhost, "name": step.queue, "pattern": f"^{re.escape(step.queue)}$", "priority": PRIORITY}
        result["policies"].append({**policy, "definition": step.policy})
    result["bindings"] += [
        {"vhost": vhost, "source": EVENTS, "destination": queue["name"], "routing_key": key}
        for queue in queues
        for key in queue["routing_keys"]
    ]


def _hold(result: dict[str, list[Item]], vhost: str, name: str) -> None:
    """A durable quorum queue behind a fanout exchange of its name."""
    result["exchanges"].append({"vhost": vhost, "name": name, "type": "fanout"})
    result["queues"].append({"vhost": vhost, "name": name, "type": "quorum"})
    result["bindings"].append({"vhost": vhost, "source": name, "destination": name, "routing_key": ""})


def _guard(result: dict[str, list[Item]], canary: str) -> None:
    """A message that stays for good, to show that messages outlive a restart."""
    _hold(result, canary, SENTINEL)
    result["sentinels"].append({"vhost": canary, "queue": SENTINEL, "exchange": SENTINEL})


def _rights(queues: Iterable[Mapping[str, Any]]) -> Item:
    """A service publishes events, consumes its work queues and their retries, and changes nothing."""
    names = "|".join(re.escape(queue["name"]) for queue in queues)
    return {"configure": NOTHING, "write": f"^{EVENTS}$", "read": f"^({names})(\\.{RETRY}\\.[0-9]+)?$"}


def _canary_permissions(canary: str, others: Iterable[str]) -> Item:
    """The canary does as it likes at home. Elsewhere it is let in, so that the management API shows it the queues, and
    may touch none."""
    visitor = dict.fromkeys(("configure", "write", "read"), NOTHING)
    home = dict.fromkeys(("configure", "write", "read"), EVERYTHING)
    return {**dict.fromkeys(others, visitor), canary: home}


def _bounded(max_length: int) -> Item:
    """Full is full: publishers are refused, nothing is dropped."""
    return {"max-length": max_length, "overflow": "reject-publish"}
