# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Canaries in RabbitMQ: persistent messages with publisher confirms to a quorum queue per drill and run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

with suppress(ImportError):  # _stores/rabbitmq.py says so
    import pika

PERSISTENT = 2
PREFETCH = 1000
IDLE_SECONDS = 2.0

Connect = Callable[[], Any]
"""A new pika.BlockingConnection as the canary tenant to its vhost."""


class AmqpCanary:
    """Confirmed canaries are counted by consuming them, so they are counted once: ``kept`` empties the queue."""

    def __init__(self, connect: Connect, tenant: str, identifier: str) -> None:
        self.queue = f"{tenant}.drill.{identifier}"
        self._connect = connect
        self._connection: Any = None
        self._channel: Any = None
        self._kept: set[int] = set()

    def create(self) -> None:
        with closing(self._connect()) as connection:
            connection.channel().queue_declare(self.queue, durable=True, arguments={"x-queue-type": "quorum"})

    def open(self) -> None:
        self._connection = self._connect()
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def write(self, seq: int) -> None:
        # Returns when the broker confirms; raises when it refuses or has no such queue (mandatory).
        self._channel.basic_publish(
            "", self.queue, b"%d" % seq, pika.BasicProperties(delivery_mode=PERSISTENT), mandatory=True
        )

    def close(self) -> None:
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def kept(self) -> set[int]:
        with closing(self._connect()) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=PREFETCH)
            while left := channel.queue_declare(self.queue, passive=True).method.message_count:
                for delivery, _properties, body in channel.consume(self.queue, inactivity_timeout=IDLE_SECONDS):
                    if delivery is None:
                        break
                    self._kept.add(int(body))
                    channel.basic_ack(delivery.delivery_tag)
                    left -= 1
                    if left <= 0:
                        break
                channel.cancel()
        return set(self._kept)

    def remove(self) -> None:
        with closing(self._connect()) as connection:
            connection.channel().queue_delete(self.queue)
