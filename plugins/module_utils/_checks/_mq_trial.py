# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One message that its consumer refuses until the broker gives it up: where it goes, how often, how long it waits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

with suppress(ImportError):  # rabbitmq.amqp reports it
    import pika

from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_sentinel import (
    APPLICATION,
    PERSISTENT,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_topology import EVENTS, Step

TYPE = "verification"
# Held by the one verification that runs: a second one would take the first one's message for a leftover.
LOCK = "verification-lock"
POLL_SECONDS = 0.02
MORE_THAN_DECLARED = 3


@dataclass
class Trial:
    """
    :param deliveries: how often each queue handed the message out.
    :param waited_ms: by queue, the milliseconds between the last refusal before it and the message's arrival in it.
    :param deaths: ``x-death`` of the message as a dead letter: queue and reason to count.
    :param last_seen: the queue that delivered it last, or the exchange if none did.
    """

    deliveries: dict[str, int] = field(default_factory=dict)
    waited_ms: dict[str, int] = field(default_factory=dict)
    deaths: dict[tuple[str, str], int] = field(default_factory=dict)
    last_seen: str = EVENTS
    dead_lettered: bool = False


def expected_deaths(steps: Sequence[Step]) -> dict[tuple[str, str], int]:
    """What ``x-death`` must say after all of these queues."""
    return {(step.queue, "expired" if "message-ttl" in step.policy else "delivery_limit"): 1 for step in steps}


def stops(steps: Sequence[Step]) -> list[str]:
    """The queues among these that are consumed: the work queue and its retries."""
    return [step.queue for step in steps if "message-ttl" not in step.policy]


def run(
    connection: Any,
    steps: Sequence[Step],
    dead_letters: str,
    routing_key: str,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Trial:
    """Publish a persistent message with confirms and refuse it wherever it turns up, until it is a dead letter.

    The dead letter is taken away again. Other messages found on the way are left where they are, but for those of
    verifications that were interrupted.

    :param seconds: give up after so long.
    """
    channel = connection.channel()
    channel.queue_declare(LOCK, exclusive=True)
    channel.confirm_delivery()
    trial = Trial()
    hunt = _Hunt(connection, channel, uuid.uuid4().hex, clock() + seconds, clock)
    properties = pika.BasicProperties(
        delivery_mode=PERSISTENT, app_id=APPLICATION, type=TYPE, message_id=hunt.message_id
    )
    try:
        channel.basic_publish(EVENTS, routing_key, b"to be refused", properties, mandatory=True)
    except pika.exceptions.UnroutableError:
        return trial
    limits = {step.queue: step.policy["delivery-limit"] for step in steps if "delivery-limit" in step.policy}
    way = [*stops(steps), dead_letters]
    found = hunt.find(way[:1])
    if not found:
        return trial
    for here, following in pairwise(way):
        while found.queue == here:
            trial.last_seen = here
            trial.deliveries[here] = trial.deliveries.get(here, 0) + 1
            if trial.deliveries[here] > limits[here] + MORE_THAN_DECLARED:
                channel.basic_ack(found.tag)
                return trial
            channel.basic_nack(found.tag, requeue=True)
            refused = clock()
            seen = hunt.find([here, following])
            if not seen:
                return trial
            found = seen
        trial.waited_ms[following] = round((clock() - refused) * 1000)
    channel.basic_ack(found.tag)
    trial.last_seen, trial.dead_lettered = dead_letters, True
    trial.deaths = {(death["queue"], death["reason"]): int(death["count"]) for death in found.headers["x-death"]}
    return trial


@dataclass(frozen=True)
class _Found:
    queue: str
    tag: int
    headers: Mapping[str, Any]


@dataclass(frozen=True)
class _Hunt:
    connection: Any
    channel: Any
    message_id: str
    deadline: float
    clock: Callable[[], float]

    def find(self, queues: Sequence[str]) -> _Found | None:
        """Our message, as soon as one of these queues has it; None when time runs out."""
        while self.clock() < self.deadline:
            for queue in queues:
                found = self._get(queue)
                if found:
                    return found
            self.connection.sleep(POLL_SECONDS)
        return None

    def _get(self, queue: str) -> _Found | None:
        while True:
            method, properties, _body = self.channel.basic_get(queue)
            if method is None:
                return None
            if properties.message_id == self.message_id:
                return _Found(queue, method.delivery_tag, properties.headers or {})
            if (properties.app_id, properties.type) == (APPLICATION, TYPE):
                self.channel.basic_ack(method.delivery_tag)
            # What is somebody else's goes back when the channel is closed.
