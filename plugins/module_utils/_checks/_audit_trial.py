# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read personal data for real, as the tenant of checks, and look for the record that has to be left."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 20.0
# Clocks of the servers and of this machine may differ.
MARGIN_SECONDS = 120
TABLE = "audit_probe"

Clock = Callable[[], float]
Item = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """``record`` is what was found, None when nothing was within the time; ``seconds`` how long it took."""

    what: str
    record: str | None
    seconds: float


def of_table(
    world: World, instance: postgres.Instance, seconds: float, clock: Clock = time.monotonic, sleep: Any = time.sleep
) -> Trace:
    """Read the made-up person of the tenant's table, and look in the instance's log for who did it.

    Raises ConnectionError when the table can't be read.
    """
    token = f"audit-{uuid.uuid4().hex}"
    schema = world.platform.canary
    with _postgres.session(world, instance) as connection:
        # The token is in a comment, which the audit log quotes.
        statement = f"SELECT person, name FROM {schema}.{TABLE} /* {token} */"
        if not connection.execute(statement.encode()).fetchall():
            raise ConnectionError(f"{instance['DBInstanceIdentifier']}: {schema}.{TABLE} is empty")
    name = instance["DBInstanceIdentifier"]
    group = f"/aws/rds/instance/{name}/postgresql"
    found, took = await_record(lambda: search(world, group, token), seconds, clock, sleep)
    return Trace(f"{name}: {schema}.{TABLE}", found, took)


def of_object(
    world: World, bucket: str, group: str, seconds: float, clock: Clock = time.monotonic, sleep: Any = time.sleep
) -> Trace:
    """Read the first byte of an object, and look in the trail's log group for who did it.

    In an empty bucket an object is asked for that is not there: that is recorded, too.
    """
    client = world.client("s3")
    key = next((one["Key"] for one in client.list_objects_v2(Bucket=bucket, MaxKeys=1).get("Contents", [])), TABLE)
    try:
        answer = client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
    except client.exceptions.NoSuchKey as error:
        answer = error.response
    request = answer["ResponseMetadata"]["RequestId"]
    found, took = await_record(lambda: search(world, group, request), seconds, clock, sleep)
    return Trace(f"{bucket}/{key}", found, took)


def search(world: World, group: str, words: str) -> str | None:
    """The newest of the recent events of a log group that has these words (logs:FilterLogEvents), None without one."""
    client = world.client("logs")
    start = int((world.now.timestamp() - MARGIN_SECONDS) * 1000)
    try:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=f'"{words}"', startTime=start
        )
        found = [str(event["message"]) for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:
        return None
    return found[-1] if found else None


def await_record(find: Callable[[], str | None], seconds: float, clock: Clock, sleep: Any) -> tuple[str | None, float]:
    """What ``find`` answers once it does, and after how many seconds; it is asked more and more seldom."""
    began, pause = clock(), POLL_SECONDS
    while True:
        found = find()
        passed = clock() - began
        if found is not None or passed >= seconds:
            return found, round(passed, 1)
        sleep(min(pause, seconds - passed))
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
