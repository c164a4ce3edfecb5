# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A persistent message that is left in a durable quorum queue and must still be there after the broker restarted."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

with suppress(ImportError):  # rabbitmq.amqp reports it
    import pika

APPLICATION = "iworkz.platform"
TYPE = "sentinel"
PUBLISHED = "published-at"
PERSISTENT = 2


def count(connection: Any, queue: str) -> int:
    """How many messages the queue has ready (queue.declare passive)."""
    return int(connection.channel().queue_declare(queue, passive=True).method.message_count)


def publish(connection: Any, exchange: str, now: datetime) -> None:
    """Publish it and return once the broker has confirmed it; raises pika's error when it is refused or unroutable."""
    channel = connection.channel()
    channel.confirm_delivery()
    properties = pika.BasicProperties(
        delivery_mode=PERSISTENT, app_id=APPLICATION, type=TYPE, headers={PUBLISHED: now.isoformat(timespec="seconds")}
    )
    channel.basic_publish(exchange, "", b"must outlive every restart", properties, mandatory=True)


def published(connection: Any, queue: str) -> datetime | None:
    """When the message was published that is at the head of the queue, where it stays; None when there is none."""
    channel = connection.channel()
    method, properties, _body = channel.basic_get(queue)
    if method is None:
        return None
    channel.basic_nack(method.delivery_tag, requeue=True)
    if properties.delivery_mode != PERSISTENT:
        return None
    return datetime.fromisoformat(properties.headers[PUBLISHED])
