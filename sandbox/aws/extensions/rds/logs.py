"""The log of PostgreSQL in CloudWatch Logs, of instances that export it: `/aws/rds/instance/<identifier>/postgresql`.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html

The servers of the data planes write files; what is new in them is shipped with the first call after some seconds, and
before every call that reads logs. Where it has got to is kept with the account, so nothing is shipped twice or lost by
a restart. The log of a Multi-AZ instance is that of the server that is written to.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from itertools import pairwise

from sandbox.aws.call import Call
from sandbox.aws.extensions.kept_logs import KEPT, put_events
from sandbox.aws.extensions.rds.servers import INSTANCE, key
from sandbox.planes.client import PlaneError, Planes

SECONDS = 5.0
"""Between two looks at the servers' logs."""
SHIPPED = "rds.shipped_logs"
"""Name of the store of {identifier: where the logs of its servers were read to; see postgres/logs.py of the planes}."""
DUE = "rds.logs_due"
# %t of log_line_prefix; what follows without it belongs to the entry before.
_ENTRY = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC:", re.MULTILINE)


def ship_due(call: Call) -> bool:
    """Ship what is new, when it is time or when logs are about to be read; whether there was something."""
    due = call.store(DUE)
    if call.planes is None or (time.time() < due.get("at", 0) and not _reads_logs(call)):
        return False
    due["at"] = time.time() + SECONDS
    exporting = [
        identifier
        for identifier, database in call.backend("rds").databases.items()
        if "postgresql" in (getattr(database, "enabled_cloudwatch_logs_exports", None) or ())
    ]
    return sum(ship(call, call.planes, identifier) for identifier in exporting) > 0


def ship(call: Call, planes: Planes, identifier: str) -> bool:
    """Move what an instance has written since the last time to its log group."""
    shipped = call.store(SHIPPED)
    try:
        answer = planes.ask(INSTANCE, key(call.region, identifier), "log", positions=shipped.get(identifier, {}))
    except PlaneError:
        # It is being made or restarted, or has no server: what it wrote is there the next time.
        return False
    shipped[identifier] = answer["positions"]
    events = entries(answer["text"])[-KEPT:]
    if not events:
        return False
    group = f"/aws/rds/instance/{identifier}/postgresql"
    if not put_events(call, group, f"{identifier}.0", events):
        call.ask("logs", "CreateLogGroup", logGroupName=group)
        put_events(call, group, f"{identifier}.0", events)
    return True


def entries(text: str) -> list[tuple[int, str]]:
    """The entries of a log: (milliseconds since 1970, text). Lines before the first entry are left out."""
    starts = [match.start() for match in _ENTRY.finditer(text)]
    found = (text[start:end].rstrip("\n") for start, end in pairwise([*starts, None]))
    return [(_milliseconds(entry), entry) for entry in found]


def _milliseconds(entry: str) -> int:
    moment = datetime.strptime(entry[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def _reads_logs(call: Call) -> bool:
    return call.service == "logs" and not call.target.mutating
