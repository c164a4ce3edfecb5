# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A queue that nobody but verifications listens on, and what arrives there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

with suppress(ImportError):  # the action plugins import boto3 themselves and say so
    from botocore.exceptions import ClientError

# A message that comes twice comes again soon.
LINGER_SECONDS = 1
# What is another verification's goes back soon.
HIDDEN_SECONDS = 2


def url_of(client: Any, name: str) -> str | None:
    """URL of a queue (sqs:GetQueueUrl), None when there is none."""
    try:
        return str(client.get_queue_url(QueueName=name)["QueueUrl"])
    except ClientError as error:
        if "NonExistentQueue" not in error.response["Error"]["Code"]:
            raise
        return None


def receive(
    client: Any, url: str, ours: Callable[[Mapping[str, Any]], bool], attributes: tuple[str, ...] = ()
) -> dict[str, str]:
    """Bodies of our messages, which are taken away, by id (sqs:ReceiveMessage, sqs:DeleteMessage)."""
    answer = client.receive_message(
        QueueUrl=url,
        MessageAttributeNames=list(attributes),
        MaxNumberOfMessages=10,
        VisibilityTimeout=HIDDEN_SECONDS,
        WaitTimeSeconds=LINGER_SECONDS,
    )
    found = {}
    for message in answer.get("Messages", []):
        if ours(message):
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found[message["MessageId"]] = message["Body"]
    return found


def collect(fetch: Callable[[], dict[str, str]], wanted: int, seconds: float) -> tuple[dict[str, str], float]:
    """Bodies by id of what arrives until there are as many as wanted and no more come, or until nobody waits any more,
    and the seconds until then."""
    began = time.monotonic()
    deadline, complete = began + seconds, None
    bodies: dict[str, str] = {}
    while time.monotonic() < deadline:
        bodies |= fetch()
        if len(bodies) >= wanted and complete is None:
            complete = time.monotonic()
            deadline = min(deadline, complete + LINGER_SECONDS)
    return bodies, round((complete or time.monotonic()) - began, 2)
