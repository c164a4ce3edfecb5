"""Log events that AWS itself writes, of which the newest are kept: the account is in memory and saved as a whole."""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.aws.call import Call

KEPT = 2000
"""Events of one stream."""


def put_events(
    call: Call, group: str, stream: str, events: Sequence[tuple[int, str]], region: str | None = None
) -> bool:
    """Append events, (milliseconds since 1970, message), to a stream that is made if need be; False without a group.

    Each delivery stream that has subscribed the group gets those that its pattern matches, and writes them at once.
    """
    found = call.backend("logs", region).groups.get(group)
    if found is None:
        return False
    if stream not in found.streams:
        found.create_log_stream(stream)
    subscriptions, found.subscription_filters = found.subscription_filters, {}
    try:
        found.streams[stream].put_log_events([{"timestamp": at, "message": message} for at, message in events])
    finally:
        found.subscription_filters = subscriptions
    new = found.streams[stream].events[-len(events) :]
    for subscription in subscriptions.values():
        _forward(call, found.streams[stream], subscription, new)
    del found.streams[stream].events[:-KEPT]
    return True


def _forward(call: Call, stream: Any, subscription: Any, events: Sequence[Any]) -> None:
    """moto forwards everything, whatever the pattern, and past the bucket's own lock and key."""
    from moto.logs.utils import EventMessageFilter

    pattern = EventMessageFilter(subscription.filter_pattern)
    matching = [
        {"id": str(event.event_id), "timestamp": event.timestamp, "message": event.message}
        for event in events
        if pattern.matches(event.message)
    ]
    service, _region, _account, name = subscription.destination_arn.split(":", 5)[2:6]
    if not matching or service != "firehose":
        return
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": stream.account_id,
        "logGroup": stream.log_group.name,
        "logStream": stream.log_stream_name,
        "subscriptionFilters": [subscription.name],
        "logEvents": matching,
    }
    delivery = call.backend("firehose", stream.region).delivery_streams.get(name.partition("/")[2])
    if delivery is None:
        return
    place = delivery.destinations[0]["ExtendedS3"]
    moment = datetime.now(UTC)
    key = f"{place.get('Prefix', '')}{moment:%Y/%m/%d/%H}/{delivery.delivery_stream_name}-1-{moment:%Y-%m-%d-%H-%M-%S}-"
    bucket = place["BucketARN"].rpartition(":")[2]
    put_object(call, bucket, f"{key}{uuid4()}", gzip.compress(json.dumps(document).encode()))


def put_object(call: Call, bucket: str, key: str, body: bytes, **settings: str) -> None:
    """Write an object as a service of AWS does: under the bucket's own lock and key, unless told otherwise."""
    digest = b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    call.ask("s3", "PutObject", Bucket=bucket, Key=key, Body=body, ContentMD5=digest, **settings)
